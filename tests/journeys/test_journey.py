"""One startup travels the whole programme, in a real browser, as each person in turn."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from applications.models import Application
from portal.models import OutgoingMail
from tests.journeys.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
DEMO = "demo.tremplin.example"
NAME = "Lumen Care Diagnostics"

Shot = Callable[[Page, str], None]


def check_eligibility(page: Page, shot: Shot) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Open now")).to_be_visible()
    shot(page, "01-home")
    page.get_by_role("link", name="Sirocco Startup Programme").click()
    shot(page, "02-programme")
    page.get_by_role("link", name="Am I eligible?").click()
    page.select_option("select[name=fact-country]", "US")
    fields = page.locator("form.form")
    fields.locator("input[type=number]").nth(0).fill("1200000")
    fields.locator("input[type=number]").nth(1).fill("3")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet known")).to_be_visible()
    for label in ("Yes", "Health"):
        page.get_by_label(label, exact=True).check()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("You can apply")).to_be_visible()
    shot(page, "03-eligibility")


def apply(page: Page, shot: Shot, tmp_path: Path) -> str:
    page.goto("/")
    page.get_by_role("link", name="Sirocco Startup Programme").click()
    page.get_by_role("link", name="Apply", exact=True).click()
    page.get_by_label("Name", exact=False).first.fill(NAME)
    page.select_option("select[name=country]", "US")
    shot(page, "04-startup")
    page.get_by_role("button", name="Create the startup").click()
    page.get_by_role("button", name="Start the application").click()
    expect(page).to_have_url(re.compile(r"/applications/\d+/edit/"))
    fill_form(page, tmp_path)
    shot(page, "05-application")
    page.goto("/dashboard/")
    shot(page, "06-dashboard-draft")
    page.get_by_role("link", name="Go on writing").click()
    page.get_by_role("button", name="Submit the application").click()
    expect(page.get_by_text("Submitted. We sent you a mail")).to_be_visible()
    shot(page, "07-submitted")
    return Application.objects.get(startup__name=NAME).reference


def fill_form(page: Page, tmp_path: Path) -> None:
    """Answer everything that is asked, whatever the programme's rows ask."""
    document = tmp_path / "deck.pdf"
    document.write_bytes(PDF)
    form = page.locator("#application-form")
    form.locator("select[name=fact-country]").select_option("US")
    for box in form.locator("input[type=number]").all():
        box.fill("3")
    for group in form.locator("fieldset, .form-question").all():
        choice = group.locator("input[type=radio], input[type=checkbox]")
        if choice.count():
            choice.first.check()
    for box in form.locator("textarea").all():
        box.fill("We read scans faster, and say how sure we are. Three hospitals use it every day.")
    for box in form.locator("input[type=url]").all():
        box.fill("https://lumen-care.example/demo")
    for box in form.locator("input[type=text]").all():
        box.fill("12" if box.get_attribute("inputmode") == "numeric" else "Lumen Care")
    for box in form.locator("input[type=file]").all():
        box.set_input_files(document)
    form.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. You can leave")).to_be_visible()


def test_journey(demo: None, visit: Visit, shot: Shot, tmp_path: Path) -> None:
    with visit() as page:
        check_eligibility(page, shot)
    with visit(f"founder@{DEMO}") as page:
        reference = apply(page, shot, tmp_path)
    assert OutgoingMail.objects.filter(kind="application_submitted", text__contains=reference).count() == 1
