"""Writing in a real browser: whatever happens to tabs, people, sessions and the network, no word is lost."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, Page, Request, Route, expect
from pytest_django.live_server_helper import LiveServer

from applications.models import Application, Membership, Startup
from demo.applications.pdf import one_page
from demo.applications.people import PASSWORD
from portal import clock
from portal.models import Session, User
from tests import factories as f
from tests.journeys.conftest import Visit, opened
from tests.journeys.steps import PDF
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = "Laboratoired’intelligenceartificielleappliquéeauxmétiersdelasantéenmilieururaletmontagnard<script>"
WORDS = "Three hospitals use it every day, and it says how sure it is. 🦄"


def person(name: str) -> User:
    """Make somebody who can sign in."""
    made = f.user(name, email=f"{name.lower()}@example.org")
    made.set_password(PASSWORD)
    made.save()
    EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


@pytest.fixture
def draft(settings: Any) -> Application:
    """Make a draft by Ana, whose co-founder is Ben, in a cohort that is open by the builders' clock and the machine's."""
    settings.DEBUG = False
    now = clock.now()
    cohort = f.cohort(opens_at=min(now, f.AT) - timedelta(days=1), closes_at=max(now, f.AT) + timedelta(days=9))
    startup = f.startup(person("Ana"), name=LONG)
    Membership.objects.create(startup=startup, person=person("Ben"), role="editor", joined_at=now)
    return f.draft(startup, cohort)


def says(draft: Application) -> dict[str, Any]:
    return dict(draft.answers.values_list("question__key", "value"))


def has_saved(page: Page, draft: Application) -> bool:
    """Say whether the draft says what was typed.

    The page is asked something, too: whoever only sleeps hears of no request, and a route lets none through meanwhile.
    """
    page.title()
    return bool(says(draft)["product"] == WORDS)


def edit(page: Page, draft: Application) -> None:
    page.goto(f"/applications/{draft.pk}/edit/")


def state(page: Page, name: str) -> None:
    """Wait until the line beside the buttons says so."""
    expect(page.locator("#autosave .autosave")).to_have_attribute("data-autosave-state", name)


# Each state is pushed once: an answer takes the line's place and sets its state in one go.
LISTEN = """() => {
  const box = document.querySelector('#autosave');
  window.said = [];
  new MutationObserver(() => {
    const line = box.querySelector('.autosave');
    if (line && line.dataset.autosaveState !== window.said.at(-1)) window.said.push(line.dataset.autosaveState);
  }).observe(box, {attributes: true, childList: true, subtree: true});
}"""


def listen(page: Page) -> Callable[[], list[str]]:
    """Note from now on what the line beside the buttons says, however shortly; give what asks for it."""
    page.evaluate(LISTEN)
    return lambda: list(page.evaluate("window.said"))


@contextmanager
def plain(browser: Browser, live_server: LiveServer, **options: Any) -> Iterator[Page]:
    """Give a page whose console is not looked at: where the network fails, or no script runs."""
    with opened(browser, live_server, **options) as context:
        yield context.new_page()


def sign_in(page: Page, name: str) -> None:
    page.goto("/account/login/")
    give_password(page, name)


def give_password(page: Page, name: str) -> None:
    page.fill("input[name=login]", f"{name}@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url(lambda url: "/account/login/" not in url)


def test_what_is_typed_is_saved_judged_and_there_again(draft: Application, visit: Visit) -> None:
    with visit("ana@example.org") as page:
        edit(page, draft)
        said = listen(page)
        box = page.locator("textarea").first
        box.fill(WORDS)
        state(page, "saved")
        assert said() == ["unsaved", "saving", "saved"]
        expect(page.locator(".counter").first).to_have_text(f"{len(WORDS)} of 500 characters")
        page.select_option("select[name=fact-country]", "FR")
        expect(page.locator("#note-fact-country")).to_contain_text("country does not fit")
        page.locator("input[type=url]").fill("nowhere")
        page.keyboard.press("Tab")
        expect(page.get_by_text("Enter a web address that starts with https://")).to_be_visible()
        expect(page.locator("#parts")).to_contain_text("5 of 7")
        deck = page.locator("input[type=file]")
        deck.set_input_files({"name": "deck.pdf", "mimeType": "application/pdf", "buffer": b"MZ" * 500})
        expect(page.get_by_text("“deck.pdf” is not a PDF document, or it is broken.")).to_be_visible()
        page.locator("input[type=file]").set_input_files(
            {"name": "deck.pdf", "mimeType": "application/pdf", "buffer": one_page("Deck", "Slides")}
        )
        expect(page.get_by_role("link", name="deck.pdf")).to_be_visible()
        state(page, "saved")
        page.reload()
        expect(page.locator("textarea").first).to_have_value(WORDS)
        expect(page.get_by_role("link", name="deck.pdf")).to_be_visible()
    assert says(draft)["product"] == WORDS


def test_only_what_is_not_stored_yet_is_sent(draft: Application, visit: Visit) -> None:
    with visit("ana@example.org") as page:
        edit(page, draft)
        box, site = page.locator("textarea").first, page.locator("input[type=url]")
        for field, words in [(box, WORDS), (site, "https://a.example"), (box, "A fine product")]:
            with page.expect_request("**/edit/save/") as asked:
                field.fill(words)
            state(page, "saved")
            assert fields_of(asked.value) == {field.get_attribute("name")}
        page.reload()
        expect(box).to_have_value("A fine product")
    assert (says(draft)["product"], says(draft)["site"]) == ("A fine product", "https://a.example")


def fields_of(request: Request) -> set[str]:
    """Give the names of the fields that a request sends, without its token and what the page remembers of them."""
    names = re.findall(r'; name="([^"]+)"', (request.post_data_buffer or b"").decode())
    return {name for name in names if not name.startswith("seen-")} - {"csrfmiddlewaretoken"}


def test_file_that_is_too_large_is_not_even_sent(draft: Application, visit: Visit, tmp_path: Path) -> None:
    huge = tmp_path / "huge.pdf"
    huge.write_bytes(b"%PDF-1.7\n" + b" " * (30 * 1024 * 1024) + b"%%EOF\n")
    with visit("ana@example.org") as page:
        edit(page, draft)
        page.locator("input[type=file]").set_input_files(huge)
        expect(page.get_by_text("“huge.pdf”: This file is too large.")).to_be_visible()
        expect(page.locator("input[type=file]")).to_have_value("")


def test_second_of_two_people_is_told_and_chooses(draft: Application, visit: Visit) -> None:
    with visit("ana@example.org") as ana, visit("ben@example.org") as ben:
        edit(ana, draft)
        edit(ben, draft)
        ana.locator("textarea").first.fill("Ana’s words")
        state(ana, "saved")
        ben.locator("textarea").first.fill("Ben’s words")
        state(ben, "conflict")
        expect(ben.locator(".overtaken")).to_contain_text("Ana changed this answer meanwhile.")
        expect(ben.locator(".overtaken")).to_contain_text("Ana’s words")
        assert says(draft)["product"] == "Ana’s words"
        ben.get_by_role("button", name="Replace with my answer").click()
        expect(ben.locator(".overtaken")).to_have_count(0)
        expect(ben.locator("textarea").first).to_have_value("Ben’s words")
    assert says(draft)["product"] == "Ben’s words"


def test_session_that_ends_while_writing_costs_no_word(draft: Application, visit: Visit) -> None:
    with visit("ana@example.org") as page:
        edit(page, draft)
        Session.objects.all().delete()
        page.locator("textarea").first.fill(WORDS)
        page.wait_for_url("**/account/login/**")
        expect(page.get_by_text("You were signed out meanwhile.")).to_be_visible()
        give_password(page, "ana")
        expect(page).to_have_url(re.compile(r"/applications/\d+/edit/$"))
        expect(page.locator("textarea").first).to_have_value(WORDS)
        state(page, "unsaved")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved. You can leave")).to_be_visible()
    assert says(draft)["product"] == WORDS


def test_signing_in_anew_in_another_tab_leaves_this_one_writing(draft: Application, visit: Visit) -> None:
    with visit("ana@example.org") as page:
        edit(page, draft)
        Session.objects.all().delete()
        other = page.context.new_page()
        sign_in(other, "ana")
        page.locator("textarea").first.fill(WORDS)
        state(page, "saved")
        page.locator("input[type=url]").fill("https://a.example")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved. You can leave")).to_be_visible()
    assert (says(draft)["product"], says(draft)["site"]) == (WORDS, "https://a.example")


def test_network_that_fails_is_told_and_tried_again(
    draft: Application, browser: Browser, live_server: LiveServer
) -> None:
    with plain(browser, live_server) as page:
        sign_in(page, "ana")
        edit(page, draft)
        reached: list[str] = []

        def cut_after(route: Route) -> None:
            """Let the server save, and lose its answer."""
            if not reached:
                reached.append(route.fetch().text())
                route.abort()
            else:
                route.continue_()

        page.route("**/edit/save/", cut_after)
        box = page.locator("textarea").first
        said = listen(page)
        box.fill("A fine product, written twice")
        until(lambda: "failed" in said(), "the loss is told")  # and after some seconds the page tries again by itself
        box.fill("A fine product")  # back to what the page remembers
        page.evaluate("dispatchEvent(new Event('online'))")
        state(page, "saved")
    assert says(draft)["product"] == "A fine product"


def test_file_that_does_not_arrive_is_told_once_and_sent_again_when_asked(
    draft: Application, browser: Browser, live_server: LiveServer
) -> None:
    with plain(browser, live_server) as page:
        page.clock.install()
        sign_in(page, "ana")
        edit(page, draft)
        uploads: list[Request] = []
        is_cut = True

        def cut(route: Route) -> None:
            """Lose whatever brings a file, while the line is cut."""
            if "filename=" in str(route.request.post_data_buffer):
                uploads.append(route.request)
                if is_cut:
                    return route.abort()
            return route.continue_()

        page.route("**/edit/save/", cut)
        page.locator("input[type=file]").set_input_files(
            {"name": "deck.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        told = page.get_by_text("“deck.pdf” could not be sent.")
        expect(told).to_have_count(1)
        state(page, "unsaved")
        page.clock.fast_forward("10:00")  # nothing is sent by itself
        box = page.locator("textarea").first
        box.fill(WORDS)
        page.clock.fast_forward("00:10")
        until(lambda: has_saved(page, draft), "what is written is saved all the same")
        expect(told).to_have_count(1)
        assert len(uploads) == 1
        is_cut = False
        page.get_by_role("button", name="Try again").click()
        expect(page.get_by_role("link", name="deck.pdf")).to_be_visible()
        expect(told).to_have_count(0)
        state(page, "saved")
    assert len(uploads) == 2
    assert draft.documents.count() == 1


def test_what_is_written_while_a_file_is_on_its_way_does_not_wait_for_it(
    draft: Application, browser: Browser, live_server: LiveServer
) -> None:
    with plain(browser, live_server) as page:
        sign_in(page, "ana")
        edit(page, draft)
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            if "filename=" in str(route.request.post_data_buffer):
                waiting.append(route)
            else:
                route.continue_()

        page.route("**/edit/save/", hold)
        page.locator("input[type=file]").set_input_files(
            {"name": "deck.pdf", "mimeType": "application/pdf", "buffer": PDF}
        )
        with page.expect_response("**/edit/save/") as answered:
            page.locator("textarea").first.fill(WORDS)
        assert answered.value.status == 200
        until(lambda: has_saved(page, draft), "it is saved")
        state(page, "saving")  # the file is not
        [upload] = waiting
        assert fields_of(upload.request) == {page.locator("input[type=file]").get_attribute("name")}
        upload.continue_()
        expect(page.get_by_role("link", name="deck.pdf")).to_be_visible()
        state(page, "saved")
    assert draft.documents.count() == 1


def test_two_presses_submit_once(draft: Application, visit: Visit) -> None:
    with visit("ana@example.org") as page:
        edit(page, draft)
        page.locator("textarea").first.fill(WORDS)
        page.get_by_role("button", name="Submit the application").dblclick()
        expect(page.get_by_text("Submitted. We sent you an email")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("This is what you sent.")).to_be_visible()
    draft.refresh_from_db()
    assert (draft.state, draft.versions.count(), says(draft)["product"]) == ("submitted", 1, WORDS)


def test_everything_works_without_a_script(draft: Application, browser: Browser, live_server: LiveServer) -> None:
    with plain(browser, live_server, java_script_enabled=False) as page:
        sign_in(page, "ana")
        edit(page, draft)
        page.locator("textarea").first.fill("")
        page.locator("input[type=url]").fill("https://a.example")
        page.get_by_role("button", name="Submit the application").click()
        expect(page.get_by_text("There is a problem", exact=True)).to_be_visible()
        page.get_by_role("link", name="product?").click()
        page.locator("textarea").first.fill(WORDS)
        Session.objects.all().delete()
        page.get_by_role("button", name="Save", exact=True).click()
        give_password(page, "ana")
        expect(page.locator("textarea").first).to_have_value(WORDS)
        page.get_by_role("button", name="Submit the application").click()
        expect(page.get_by_text("Submitted. We sent you an email")).to_be_visible()
    draft.refresh_from_db()
    assert (draft.state, says(draft)["product"], says(draft)["site"]) == ("submitted", WORDS, "https://a.example")


@pytest.mark.parametrize("width", [390, 820])
def test_no_page_is_wider_than_the_screen(draft: Application, visit: Visit, width: int) -> None:
    startup = Startup.objects.get()
    pages = [
        "/",
        f"/programmes/{draft.cohort.programme.slug}/",
        f"/programmes/{draft.cohort.programme.slug}/check/",
        "/dashboard/",
        "/startups/new/",
        f"/startups/{startup.pk}/",
        f"/apply/{draft.cohort.slug}/",
        f"/applications/{draft.pk}/",
        f"/applications/{draft.pk}/edit/",
        f"/applications/{draft.pk}/withdraw/",
    ]
    with visit("ana@example.org", width=width) as page:
        for address in pages:
            page.goto(address)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (address, wide) == (address, 0)
