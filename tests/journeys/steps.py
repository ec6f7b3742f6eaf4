"""The steps of the journey, each as the person does it: a page in, what they see at the end as proof."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from applications.models import Application
from demo.applications.pdf import one_page
from demo.applications.people import PASSWORD
from portal.accounts import step_up
from portal.language.fields import pick
from portal.models import StepUp
from tests.journeys.conftest import at

PDF = one_page("Deck", "Slides")
NAME = "Lumen Care Diagnostics"

Shot = Callable[[Page, str], None]


def leave(page: Page, through: Locator) -> None:
    """Press what leads to another page and wait for it: what looks without waiting would otherwise still see the one before."""
    with page.expect_navigation():
        through.click()


def press(page: Page, name: str) -> None:
    """Press a button of the page itself."""
    leave(page, page.locator("main").get_by_role("button", name=name).first)


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow a link of the page itself."""
    leave(page, page.locator("main").get_by_role("link", name=name).first)


def confirm(page: Page) -> None:
    """Send the form that the page is there for."""
    leave(page, page.locator("main form button[type=submit]").last)


def cohort() -> str:
    """Give the name of the cohort that the startup applied to: the demo names it by the month in which it is laid out."""
    return pick(Application.objects.get(startup__name=NAME).cohort.name, "en")


def sign_in(page: Page, email: str) -> None:
    """Sign a demo account in through the form, as a person does."""
    page.goto("/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    at(page, "/dashboard/")


def check_eligibility(page: Page, shot: Shot) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Open now")).to_be_visible()
    shot(page, "01-home")
    follow(page, "Sirocco Startup Programme")
    shot(page, "02-programme")
    page.goto("/programmes/sirocco/check/")
    page.select_option("select[name=fact-country]", "US")
    page.fill("input[name=fact-raised]", "1200000")
    page.fill("input[name=fact-developers]", "3")
    confirm(page)
    expect(page.get_by_text("We can’t tell yet").first).to_be_visible()
    page.check("input[name=fact-built-on-model][value=yes]")
    page.check("input[name=fact-sector][value=health]")
    confirm(page)
    expect(page.get_by_text("You can apply").first).to_be_visible()
    shot(page, "03-eligibility")


def start(page: Page, shot: Shot) -> None:
    page.goto("/programmes/sirocco/")
    follow(page, "Apply")
    page.fill("input[name=name]", NAME)
    page.select_option("select[name=country]", "US")
    shot(page, "04-startup")
    press(page, "Create the startup")
    press(page, "Start the application")
    expect(page).to_have_url(re.compile(r"/applications/\d+/edit/"))


def write(page: Page, shot: Shot, folder: Path) -> None:
    """Answer everything that is asked, whatever the programme's rows ask; leave, and come back."""
    document = folder / "slides.pdf"
    document.write_bytes(PDF)
    form = page.locator("#application-form")
    form.locator("select[name=fact-country]").select_option("US")
    for box in form.locator("input[type=number]").all():
        box.fill("3")
    for name in dict.fromkeys(
        form.locator("input[type=radio], input[type=checkbox]").evaluate_all("all => all.map(e => e.name)")
    ):
        form.locator(f"input[name='{name}']").first.check()
    for box in form.locator("textarea").all():
        box.fill("We read scans faster, and say how sure we are. Three hospitals use it every day.")
    for box in form.locator("input[type=url]").all():
        box.fill("https://lumen-care.example/demo")
    for box in form.locator("input[type=text]").all():
        box.fill("12" if box.get_attribute("inputmode") == "numeric" else "Second readings of scans")
    for box in form.locator("input[type=file]").all():
        box.set_input_files(document)
    leave(page, form.locator("button[name=action][value=save]:visible").last)
    expect(page.get_by_text("You can leave and come back").first).to_be_visible()
    shot(page, "05-application")
    page.goto("/dashboard/")
    shot(page, "06-dashboard-draft")


def submit(page: Page, shot: Shot) -> None:
    page.goto("/dashboard/")
    follow(page, "Continue")
    leave(page, page.locator("#application-form button[name=action][value=submit]:visible").last)
    expect(page.get_by_text("Submitted. We sent you an email")).to_be_visible()
    shot(page, "07-submitted")


def assign(page: Page, shot: Shot) -> None:
    page.goto("/admin/")
    page.goto("/admin/desks/assignments/")
    follow(page, cohort())
    row = page.locator("tr", has_text=NAME)
    row.locator("input[name=applications]").check()
    for box in page.locator("input[name=reviewers]").all():
        box.check()
    shot(page, "08-assignment-desk")
    press(page, "Assign")
    expect(page.locator("tr", has_text=NAME).get_by_text("assigned").first).to_be_visible()


def review(page: Page, reference: str, shot: Shot | None) -> None:
    page.goto("/reviews/")
    follow(page, re.compile(reference))
    if shot:
        shot(page, "09-conflict-question")
    press(page, "No conflict")
    for name in dict.fromkeys(page.locator("input[type=radio]").evaluate_all("all => all.map(e => e.name)")):
        choices = page.locator(f"input[name='{name}']")
        wanted = page.locator(f"input[name='{name}'][value='accept']")
        (wanted if wanted.count() else choices.last).check(force=True)
    for box in page.locator("#judgement textarea").all():
        box.fill("Careful work with honest numbers.")
    if shot:
        shot(page, "10-review")
    press(page, "Submit the review")
    expect(page.locator("tr", has_text=reference)).to_contain_text("Submitted")


def propose(page: Page, shot: Shot) -> None:
    page.goto("/admin/desks/decisions/")
    follow(page, cohort())
    shot(page, "11-decision-desk")
    leave(page, page.locator("tr", has_text=NAME).get_by_role("link", name=re.compile("Decide")))
    page.locator("input[name=outcome][value=accept]").check(force=True)
    expect(page.locator("input[name=months]")).to_have_value("6")
    shot(page, "12-decision")
    press(page, "Propose")


def confirm_and_release(page: Page, shot: Shot) -> None:
    page.goto("/admin/desks/decisions/")
    follow(page, cohort())
    leave(page, page.locator("tr", has_text=NAME).get_by_role("link", name=re.compile("Review and confirm")))
    follow(page, "Confirm")
    confirm(page)
    page.goto("/admin/desks/decisions/")
    follow(page, cohort())
    follow(page, "Release")
    shot(page, "13-release")
    press(page, "Release")
    expect(page.locator("main")).to_contain_text("open")


def accept_and_sign(page: Page, shot: Shot) -> None:
    page.goto("/dashboard/")
    shot(page, "14-chosen")
    follow(page, "See the offer")
    shot(page, "15-offer")
    press(page, "Accept the offer")
    page.fill("input[name=signed_name]", "Amara Okafor")
    page.check("input[name=agreed]")
    shot(page, "16-agreement")
    press(page, "Sign the agreement")
    expect(page).to_have_url(re.compile(r"/participations/\d+/"))


def give_account(page: Page, shot: Shot) -> None:
    page.goto("/dashboard/")
    follow(page, NAME)
    page.goto(page.url.rstrip("/") + "/account/")
    page.fill("input[name=holder_name]", "Lumen Care Diagnostics Inc.")
    page.locator("input[name=account_type]").first.check(force=True)
    page.fill("input[name=routing_number]", "021000022")
    for box in page.locator("input[name^=account_number]").all():
        box.fill("000123456789")
    press(page, "Save bank details")
    expect(page.locator("main")).to_contain_text("routing number", ignore_case=True)
    shot(page, "17-account-refused")
    page.fill("input[name=routing_number]", "021000021")
    for box in page.locator("input[name^=account_number]").all():
        box.fill("000123456789")
    press(page, "Save bank details")
    expect(page.get_by_label("Code from the email")).to_be_focused()
    shot(page, "17-account-code")
    page.fill("input[name=code]", step_up.code_for(StepUp.objects.latest("pk").uuid))
    press(page, "Confirm and save")
    expect(page.locator("main")).to_contain_text("6789")


def vouch(page: Page, act: str, evidence: str, shot: Shot | None = None) -> None:
    """Confirm or verify the bank details at the desk."""
    page.goto("/admin/desks/accounts/")
    follow(page, NAME)
    if shot:
        shot(page, "18-account-desk")
    follow(page, act)
    page.fill("textarea[name=evidence], input[name=evidence]", evidence)
    confirm(page)


def prepare(page: Page, shot: Shot) -> None:
    page.goto("/admin/desks/batches/")
    follow(page, "Create a batch")
    expect(page.locator("main")).to_contain_text(NAME)
    shot(page, "19-prepare")
    page.select_option("select[name=which]", "all")
    press(page, "Create batch")
    confirm(page)
    expect(page.locator("main")).to_contain_text("A colleague must approve it")


def approve_download_and_send(page: Page, shot: Shot, folder: Path) -> bytes:
    page.goto("/admin/desks/batches/")
    leave(page, page.locator("main table tbody").get_by_role("link").first)
    for act in ("Approve", "Mark as sent"):
        if act != "Approve":
            with page.expect_download() as download:
                page.locator("main").get_by_role("button", name="Download the file").click()
            download.value.save_as(folder / "batch.ach")
        follow(page, act)
        confirm(page)
        shot(page, "20-batch-approved" if act == "Approve" else "21-batch-sent")
    return (folder / "batch.ach").read_bytes()


def see_money(page: Page, shot: Shot, name: str, words: str) -> None:
    page.goto("/dashboard/")
    follow(page, NAME)
    expect(page.locator("main")).to_contain_text(words, ignore_case=True)
    shot(page, name)


def see_cohort_money(page: Page, shot: Shot) -> None:
    page.goto("/admin/desks/money/")
    follow(page, cohort())
    expect(page.locator("main")).to_contain_text("Signing to first payment")
    shot(page, "24-cohort-money")


def pair(page: Page, shot: Shot) -> None:
    page.goto("/admin/desks/pairing/")
    shot(page, "25-pairing-desk")
    row = page.locator("li, tr, article", has_text=NAME).last
    leave(page, row.get_by_role("link", name=re.compile("Pair with a mentor")))
    page.locator("main select").first.select_option(index=1)
    confirm(page)
    expect(page.get_by_text(re.compile("paired", re.I)).first).to_be_visible()


def book(page: Page, shot: Shot) -> None:
    page.goto("/dashboard/")
    follow(page, "Book a session")
    page.locator("input[name=starts_at]").first.check(force=True)
    page.fill("textarea[name=topic], input[name=topic]", "How do we measure that it reads scans well?")
    shot(page, "26-booking")
    press(page, "Book this hour")
    expect(page).to_have_url(re.compile(r"/sessions/\d+/"))
    shot(page, "27-session")


def log(page: Page, shot: Shot) -> None:
    page.goto("/mentoring/")
    shot(page, "28-mentoring")
    follow(page, re.compile("Log"))
    page.fill("textarea[name=shared]", "We agreed on a test set of two hundred scans.")
    page.fill("textarea[name=private]", "They need a statistician soon.")
    page.fill("input[name$='-0-text']", "Collect the two hundred scans")
    shot(page, "29-log")
    press(page, "Save the log")


def see_log(page: Page, shot: Shot) -> None:
    page.goto("/dashboard/")
    follow(page, NAME)
    leave(page, page.locator("main a[href*='/sessions/']").first)
    expect(page.locator("main")).to_contain_text("two hundred scans")
    expect(page.locator("main")).not_to_contain_text("statistician")
    shot(page, "30-shared-notes")
