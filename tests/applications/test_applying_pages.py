"""Writing an application on its page: saved as one writes, never overwritten unasked, never lost."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions
from applications.models import Answer, Application, Document, Question
from applications.questions.questionnaire import contents
from portal import clock
from portal.models import OutgoingMail, User
from portal.outbox.deliver import drain
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import SCRIPT, form_on, member, name_of, signed_in, told, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present


def outbox() -> list[Any]:
    return getattr(mail, "outbox", [])


class Desk:
    """A founder before the page of a draft, as a browser shows it."""

    def __init__(self, draft: Application | None = None, person: User | None = None) -> None:
        self.draft = draft or f.draft()
        self.person = person or f.founder_of(self.draft.startup)
        self.client = signed_in(self.person)
        self.product = name_of(self.draft, "product")
        self.site = name_of(self.draft, "site")
        self.deck = name_of(self.draft, "deck")
        self.load()

    def load(self) -> Any:
        response = self.client.get(self.url())
        self.fields = form_on(response) if response.status_code == 200 else {}
        return response

    def url(self, name: str = "application_edit") -> str:
        return reverse(name, args=[self.draft.pk])

    def press(self, button: str = "save", *, changed: Mapping[str, Any] | None = None, follow: bool = False) -> Any:
        """Send the whole form by one of its buttons."""
        return self.client.post(self.url(), {**self.fields, **(changed or {}), "action": button}, follow=follow)

    def pause(self, changed: Mapping[str, Any] | None = None) -> Any:
        """Send the form as htmx does when one pauses, and take what the answer tells the page to remember."""
        self.fields |= changed or {}
        response = self.client.post(self.url("application_save"), self.fields, headers={"HX-Request": "true"})
        self.fields |= dict(
            re.findall(r'name="(seen-[^"]+)" id="[^"]+" value="([^"]+)" hx-swap-oob', pages.text(response))
        )
        return response

    def says(self) -> dict[str, Any]:
        return dict(self.draft.answers.values_list("question__key", "value"))


# --- Who may ------------------------------------------------------------------------------------------


PAGES = ["application", "application_edit", "application_save", "application_withdraw"]


@pytest.mark.parametrize("name", [*PAGES, "application_reopen"])
def test_stranger_finds_nothing_and_a_visitor_the_login(name: str) -> None:
    url = reverse(name, args=[f.draft().pk])
    assert signed_in(f.user()).get(url).status_code == 404
    assert signed_in(f.user()).post(url).status_code == 404
    assert Client().get(url)["Location"] == f"{reverse('account_login')}?next={url}"


def test_who_left_the_startup_finds_nothing() -> None:
    desk = Desk()
    desk.draft.startup.memberships.update(ended_at=f.AT)
    assert desk.client.get(desk.url("application")).status_code == 404
    assert desk.pause({desk.product: "Still mine?"}).status_code == 404


def test_viewer_reads_the_draft_and_writes_nothing() -> None:
    draft = f.draft()
    client = signed_in(member(draft.startup, "viewer"))
    response = client.get(reverse("application_edit", args=[draft.pk]), follow=True)
    assert told(response) == ["You can read this application. Only founders and editors can edit it."]
    page = pages.text(response)
    assert "A fine product" in page
    assert "Continue" not in page
    assert "Withdraw the application" not in page
    data = {name_of(draft, "product"): "Mine"}
    refused = client.post(reverse("application_save", args=[draft.pk]), data)
    assert (refused.status_code, "only founders and editors" in pages.text(refused)) == (422, True)
    assert draft.answers.get(question__key="product").value == "A fine product"


def test_editor_writes_and_submits_and_does_not_withdraw() -> None:
    draft = f.draft()
    desk = Desk(draft, member(draft.startup, "editor"))
    desk.press(changed={desk.site: "https://a.example"})
    assert desk.says()["site"] == "https://a.example"
    desk.load()
    assert told(desk.press("submit", follow=True)) == ["Submitted. We sent you an email with your reference."]
    assert "Withdraw the application" not in pages.text(desk.client.get(desk.url("application")))
    refused = desk.client.post(desk.url("application_withdraw"))
    assert (refused.status_code, refused.context["form"].non_field_errors()) == (422, ["Only a founder can do this."])
    assert "Only a founder can do this." in pages.text(refused)
    draft.refresh_from_db()
    assert draft.state == "submitted"


# --- Starting -----------------------------------------------------------------------------------------


def test_start_asks_which_startup_and_opens_its_draft() -> None:
    cohort, founder = f.cohort(), f.user()
    startup = f.startup(founder, name=SCRIPT)
    client, url = signed_in(founder), reverse("application_start", args=[cohort.slug])
    page = client.get(url)
    assert SCRIPT not in pages.text(page)
    first = client.post(url, {"startup": startup.pk})
    draft = Application.objects.get()
    assert first["Location"] == reverse("application_edit", args=[draft.pk])
    assert client.post(url, {"startup": startup.pk})["Location"] == first["Location"]
    assert f"Has application {draft.reference} already" in pages.text(client.get(url))


def test_start_without_a_startup_leads_through_making_one() -> None:
    url = reverse("application_start", args=[f.cohort().slug])
    response = signed_in(f.user()).get(url)
    assert response["Location"] == f"{reverse('startup_new')}?next={url}"


def test_start_offers_no_startup_that_one_only_reads() -> None:
    startup, cohort = f.startup(), f.cohort()
    client = signed_in(member(startup, "viewer"))
    url = reverse("application_start", args=[cohort.slug])
    assert client.get(url).status_code == 302
    assert client.post(url, {"startup": startup.pk}).status_code == 302
    f.startup(User.objects.get(pk=client.session["_auth_user_id"]))
    assert client.post(url, {"startup": startup.pk}).status_code == 404
    assert not Application.objects.exists()


def test_start_in_a_cohort_that_is_not_open_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, founder = f.cohort(), f.user()
    startup = f.startup(founder)
    pages.set_clock(monkeypatch, cohort.closes_at)
    client, url = signed_in(founder), reverse("application_start", args=[cohort.slug])
    assert "This cohort does not take applications now" in pages.text(client.get(url))
    assert told(client.post(url, {"startup": startup.pk}, follow=True)) == [
        "This cohort does not take applications now."
    ]
    unpublished = f.cohort(publish=False)
    assert client.get(reverse("application_start", args=[unpublished.slug])).status_code == 404


def test_facts_of_the_self_check_come_along() -> None:
    cohort, founder = f.cohort(), f.user()
    startup, client = f.startup(founder), signed_in(founder)
    check = reverse("eligibility_check", args=[cohort.programme.slug])
    client.post(check, {"fact-country": "US", "fact-raised": "1200.50", "fact-developers": "x"})
    client.post(reverse("application_start", args=[cohort.slug]), {"startup": startup.pk})
    assert dict(Application.objects.get().facts.values_list("fact", "value")) == {"country": "US", "raised": 120_050}


# --- Saving -------------------------------------------------------------------------------------------


def test_save_keeps_everything_and_says_so() -> None:
    desk = Desk()
    response = desk.press(
        follow=True, changed={desk.product: "Line one\r\nline two", desk.site: "not an address", "fact-raised": "7"}
    )
    assert told(response) == ["Saved. You can leave and come back at any time."]
    assert desk.says() == {"product": "Line one\nline two", "site": "not an address"}
    assert desk.draft.facts.get(fact="raised").value == 700


def test_pause_saves_what_was_changed_and_tells_the_page() -> None:
    desk = Desk()
    response = desk.pause({desk.product: "Better words"})
    page = pages.text(response)
    assert (response.status_code, 'data-autosave-state="saved"' in page) == (200, True)
    assert f'id="seen-{desk.product}" value="2-' in page
    assert f'id="seen-{desk.site}"' not in page
    assert "submit-application" not in page
    assert desk.says() == {"product": "Better words"}


def counts(page: str) -> list[str]:
    return re.findall(r'<span class="part-count">([^<]+)</span>', page)


def test_pause_draws_the_parts_again_where_one_counts_anything_anew() -> None:
    desk = Desk()
    for words, same in [
        ({desk.product: "Better words"}, True),  # answered before and after
        ({desk.product: "x" * 501}, False),  # answered, and wrong
        ({desk.product: "Good again"}, False),
        ({desk.product: "And better"}, True),
        ({desk.site: "https://a.example"}, False),
        ({"fact-country": "FR"}, False),
        ({"fact-country": "US"}, False),
        ({desk.product: ""}, False),
    ]:
        # What the page was told of its parts it sends along.
        page = pages.text(desk.pause(words))
        desk.fields.pop("parts", None)
        desk.fields |= dict(re.findall(r'type="hidden" name="(parts)" value="([^"]+)"', page))
        assert ('id="parts"' not in page, words) == (same, words)
        assert 'id="deadline"' in page
        if not same:
            assert counts(page) == counts(pages.text(desk.client.get(desk.url())))


def test_pause_draws_a_part_again_that_a_refusal_had_marked() -> None:
    desk = Desk()
    assert 'name="parts" value="wrong"' in pages.text(desk.pause({"fact-developers": "many"}))
    page = pages.text(desk.pause({"fact-developers": "2", "parts": "wrong"}))
    assert ('id="parts"' in page, "part-wrong" in page, 'name="parts"' in page) == (True, False, False)


def test_pause_reads_what_was_sent_and_no_more() -> None:
    desk = Desk()
    sent = {name: value for name, value in desk.fields.items() if desk.product in name} | {desk.product: "Better"}
    with CaptureQueriesContext(connection) as seen:
        desk.client.post(desk.url("application_save"), sent, headers={"HX-Request": "true"})
    tables = re.findall(
        r' (?:FROM|INTO) "applications_(\w+)"', "\n".join(query["sql"] for query in seen.captured_queries)
    )
    assert desk.says()["product"] == "Better"
    assert tables == ["application", "question", "membership", "application", "answer", "answer"]


def test_pause_shows_the_verdict_beside_an_answer() -> None:
    desk = Desk()
    page = pages.text(desk.pause({"fact-country": "FR"}))
    assert "country does not fit" in page
    assert "country fits" in pages.text(desk.pause({"fact-country": "US"}))


def test_pause_says_what_cannot_be_submitted_and_keeps_it() -> None:
    desk = Desk()
    page = pages.text(desk.pause({desk.product: "x" * 501, desk.site: "nowhere"}))
    assert "1 character too long." in page
    assert "Enter a web address that starts with https://" in page
    assert desk.says() == {"product": "x" * 501, "site": "nowhere"}


def test_pause_refuses_what_cannot_be_kept_and_keeps_the_rest() -> None:
    desk = Desk()
    response = desk.pause({desk.product: "x" * 9000, desk.site: "https://a.example", "fact-developers": "many"})
    page = pages.text(response)
    assert response.status_code == 422
    assert 'data-autosave-state="failed"' in page
    assert "far too long to be kept" in page
    assert "Enter a whole number." in page
    assert desk.says() == {"product": "A fine product", "site": "https://a.example"}


def test_empty_field_takes_an_answer_back_and_a_missing_one_does_not() -> None:
    desk = Desk()
    desk.client.post(desk.url(), {"action": "save"})
    assert desk.says() == {"product": "A fine product"}
    desk.press(changed={desk.product: "", "fact-country": ""})
    assert desk.says() == {"product": ""}
    assert not desk.draft.facts.filter(fact="country").exists()


def test_saving_whole_and_saving_by_pauses_say_the_same() -> None:
    whole, pauses = Desk(), Desk()
    words = {"product": "  Words\nin lines ", "site": " https://a.example ", "team_name": "Us"}
    whole.press(changed={name_of(whole.draft, key): value.replace("\n", "\r\n") for key, value in words.items()})
    for key, value in words.items():
        pauses.pause({name_of(pauses.draft, key): value})
    assert whole.says() == pauses.says() == {**words, "site": "https://a.example"}


def test_words_that_cannot_be_kept_stand_in_the_page_again() -> None:
    desk = Desk()
    words = "x" * 9000
    response = desk.press(changed={desk.product: words, desk.site: "https://a.example"})
    page = pages.text(response)
    assert response.status_code == 422
    assert words in page
    assert "There is a problem" in page
    assert "Everything else you wrote is saved." in page
    assert f'href="#id_{desk.product}"' in page
    assert desk.says() == {"product": "A fine product", "site": "https://a.example"}


def test_script_is_shown_as_words_everywhere() -> None:
    draft = f.draft(f.startup(name=SCRIPT + "🦄", city=SCRIPT, description=SCRIPT))
    desk = Desk(draft)
    desk.press(
        changed={desk.product: SCRIPT, name_of(draft, "team_name"): pages.LONG, desk.deck: upload(name=f"{SCRIPT}.pdf")}
    )
    for name in ("application_edit", "application", "application_withdraw"):
        assert SCRIPT not in pages.text(desk.client.get(desk.url(name)))
    desk.load()
    desk.press("submit")
    page = pages.text(desk.client.get(desk.url("application")))
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert pages.LONG in page


def test_null_character_is_refused_beside_its_field() -> None:
    desk = Desk()
    response = desk.pause({desk.product: "a\x00b"})
    assert (response.status_code, "Null characters are not allowed." in pages.text(response)) == (422, True)
    assert desk.says() == {"product": "A fine product"}


# --- Two tabs, two people -------------------------------------------------------------------------------


def later(monkeypatch: pytest.MonkeyPatch, minutes: int = 5) -> None:
    pages.set_clock(monkeypatch, f.AT + timedelta(minutes=minutes))


def test_page_left_open_overwrites_nothing_it_did_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    stale = Desk()
    fresh = Desk(stale.draft)
    fresh.press(changed={fresh.product: "An hour of writing", "fact-developers": "9"})
    later(monkeypatch)
    response = stale.press(follow=True, changed={stale.site: "https://a.example"})
    assert response.status_code == 200
    assert stale.says() == {"product": "An hour of writing", "site": "https://a.example"}
    assert stale.draft.facts.get(fact="developers").value == 9


def test_second_writer_is_told_and_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = Desk()
    ben = Desk(ana.draft, member(ana.draft.startup, "editor"))
    ana.pause({ana.product: f"Ana’s words {SCRIPT}"})
    later(monkeypatch)
    response = ben.pause({ben.product: "Ben’s words", ben.site: "https://ben.example"})
    page = pages.text(response)
    assert (response.status_code, 'data-autosave-state="conflict"' in page) == (409, True)
    assert f"{ana.person} changed this answer meanwhile." in page
    assert "Ana’s words &lt;script&gt;" in page
    assert ben.says() == {"product": f"Ana’s words {SCRIPT}", "site": "https://ben.example"}
    # It stays so until they choose, by pauses and by the button alike.
    assert ben.pause().status_code == 409
    assert ben.press().status_code == 422
    kept = ben.client.post(ben.url(), {**ben.fields, "keep": ben.product})
    assert kept["Location"] == f"{ben.url()}#q-{ben.product}"
    assert ben.says()["product"] == "Ben’s words"


def test_second_writer_leaves_it_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = Desk()
    ben = Desk(ana.draft, member(ana.draft.startup, "editor"))
    ana.pause({ana.product: "Ana’s words"})
    later(monkeypatch)
    ben.client.post(ben.url(), {**ben.fields, ben.product: "Ben’s", ben.site: "https://b.example", "drop": ben.product})
    assert ben.says() == {"product": "Ana’s words", "site": "https://b.example"}


def test_ones_own_second_window_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Desk()
    two = Desk(one.draft)
    one.pause({one.product: "Window one"})
    later(monkeypatch)
    page = two.pause({two.product: "Window two"})
    assert (page.status_code, "You changed this answer in another window." in pages.text(page)) == (409, True)
    assert one.says()["product"] == "Window one"


def test_second_writer_of_a_fact_is_told_and_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = Desk()
    ben = Desk(ana.draft, member(ana.draft.startup, "editor"))
    ana.pause({"fact-country": "FR"})
    later(monkeypatch)
    response = ben.pause({"fact-country": "DE", "fact-developers": "9"})
    page = pages.text(response)
    assert (response.status_code, 'data-autosave-state="conflict"' in page) == (409, True)
    assert f"{ana.person} changed this answer meanwhile." in page
    assert "<blockquote>France</blockquote>" in page

    def says() -> dict[str, Any]:
        return dict(ana.draft.facts.filter(fact__in=["country", "developers"]).values_list("fact", "value"))

    assert says() == {"country": "FR", "developers": 9}
    assert (ben.pause().status_code, ben.press().status_code) == (409, 422)
    ben.client.post(ben.url(), {**ben.fields, "drop": "fact-country"})
    assert says()["country"] == "FR"
    ben.client.post(ben.url(), {**ben.fields, "keep": "fact-country"})
    assert says()["country"] == "DE"


def test_same_fact_by_two_writers_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = Desk()
    ben = Desk(ana.draft, member(ana.draft.startup, "editor"))
    ana.pause({"fact-country": "FR"})
    later(monkeypatch)
    assert ben.pause({"fact-country": "FR"}).status_code == 200
    assert ana.draft.facts.get(fact="country").stated_by == ana.person


def test_fact_taken_back_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ana = Desk()
    ben = Desk(ana.draft, member(ana.draft.startup, "editor"))
    ana.pause({"fact-developers": ""})
    later(monkeypatch)
    page = ben.pause({"fact-developers": "9"})
    assert (page.status_code, "This answer was taken back meanwhile." in pages.text(page)) == (409, True)
    assert "<blockquote>No answer</blockquote>" in pages.text(page)


# --- Documents ----------------------------------------------------------------------------------------


def test_document_goes_up_when_it_is_chosen_and_again_as_the_same() -> None:
    desk = Desk()
    page = pages.text(desk.pause({desk.deck: upload()}))
    assert "deck.pdf" in page
    assert f'id="q-{desk.deck}"' in page
    desk.press(changed={desk.deck: upload()})
    document = Document.objects.get()
    assert (document.name, document.size, document.uploaded_by) == ("deck.pdf", len(pages.PDF), desk.person)
    assert default_storage.listdir("applications")[1] == [document.stored_as.removeprefix("applications/")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "“deck.pdf” is empty."),
        (b"MZ\x90\x00" * 999, "“deck.pdf” is not a PDF document, or it is broken."),
        (pages.PDF + b" " * (30 * 1024 * 1024), "“deck.pdf” is too large: at most 20 MB."),
    ],
    ids=["empty", "a program", "30 MB"],
)
def test_wrong_file_is_refused_beside_its_field_and_the_rest_is_saved(body: bytes, words: str) -> None:
    desk = Desk()
    response = desk.press("submit", changed={desk.site: "https://a.example", desk.deck: upload(body)})
    page = pages.text(response)
    assert (response.status_code, words in page) == (422, True)
    assert "There is a problem" in page
    assert desk.says()["site"] == "https://a.example"
    desk.draft.refresh_from_db()
    assert (desk.draft.state, Document.objects.count()) == ("draft", 0)
    assert desk.pause({desk.deck: upload(body)}).status_code == 422


def test_sixth_document_is_refused_and_its_bytes_forgotten() -> None:
    desk = Desk()
    for n in range(6):
        response = desk.press(changed={desk.deck: upload(pages.PDF + b" " * n)})
    assert "There are 5 documents here already." in pages.text(response)
    assert len(default_storage.listdir("applications")[1]) == 5


def test_file_for_a_question_that_asks_for_none_is_left_away() -> None:
    desk = Desk()
    desk.press(changed={desk.site: upload()})
    assert not Document.objects.exists()


def test_document_is_removed_at_its_question() -> None:
    desk = Desk()
    desk.press(changed={desk.deck: upload()})
    document = Document.objects.get()
    assert f"Remove {document.name}" in pages.text(desk.load())
    response = desk.client.post(desk.url(), {**desk.fields, "remove": document.pk, desk.product: "Changed"})
    assert response["Location"] == f"{desk.url()}#q-{desk.deck}"
    document.refresh_from_db()
    assert (document.removed_at, desk.says()["product"]) == (f.AT, "Changed")


def test_document_is_served_to_its_startup_as_a_download_and_to_no_stranger() -> None:
    desk = Desk()
    desk.press(changed={desk.deck: upload()})
    document = Document.objects.get()
    url = reverse("document", args=[document.pk])
    response = desk.client.get(url)
    assert b"".join(response) == pages.PDF
    assert response["Content-Disposition"] == f'attachment; filename="{document.file_name}"'
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "private, no-store")
    assert signed_in(f.user()).get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("removed", ["0", "x", "9" * 30, "²"])
def test_nonsense_to_remove_removes_nothing(removed: str) -> None:
    desk = Desk()
    assert desk.client.post(desk.url(), {**desk.fields, "remove": removed}).status_code == 302


# --- Submitting ---------------------------------------------------------------------------------------


def test_submit_freezes_it_and_shows_where_it_stands() -> None:
    desk = Desk()
    response = desk.press("submit", follow=True, changed={desk.product: "Last words"})
    page = pages.text(response)
    assert told(response) == ["Submitted. We sent you an email with your reference."]
    assert "Waiting for the review team" in page
    assert "Last words" in page
    assert desk.draft.reference in page
    assert desk.draft.versions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_submit_is_one_transaction_and_the_mail_server_hears_of_it_after() -> None:
    draft = f.draft()
    member(draft.startup, "editor")
    desk = Desk(Application.objects.get(pk=draft.pk))
    with CaptureQueriesContext(connection) as seen:
        assert desk.client.post(desk.url(), {"action": "submit"}).status_code == 302
    asked = [query["sql"] for query in seen]
    first, *session = (nth for nth, sql in enumerate(asked) if sql == "BEGIN")
    end = asked.index("COMMIT")
    written = [nth for nth, sql in enumerate(asked) if sql.startswith(("INSERT", "UPDATE"))]
    assert [asked[nth].split()[0] for nth in written] == ["UPDATE", "INSERT", "INSERT", "INSERT", "UPDATE"]
    assert "applications_application" in asked[written[0]]
    assert "portal_outgoingmail" in asked[written[3]]
    # What is told on the next page is kept with the session, once all is committed.
    assert (asked.count("COMMIT"), len(session)) == (2, 1)
    assert first < written[0] < written[3] < end < session[0] < written[4]
    assert "portal_session" in asked[written[4]]
    statements = [sql for sql in asked if not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    assert len([sql for sql in statements if "portal_democlock" not in sql]) <= 20
    # The mails are rows until a tick sends them.
    assert (OutgoingMail.objects.filter(kind="application_submitted", state="queued").count(), len(outbox())) == (2, 0)
    at = clock.now()
    clock.forget()
    assert drain(at) == len(outbox()) == 2


@pytest.mark.django_db(transaction=True)
def test_submit_that_breaks_at_its_last_statement_leaves_the_draft_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    monkeypatch.setattr("portal.outbox.queue._row", lambda *_args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.press("submit", changed={desk.product: "Last words"})
    draft = Application.objects.get(pk=desk.draft.pk)
    assert (draft.state, draft.versions.count(), draft.findings.count()) == ("draft", 0, 0)
    assert draft.answers.get(question__key="product").value == "Last words"


def test_submit_with_something_missing_lists_it_with_links() -> None:
    desk = Desk()
    response = desk.press("submit", changed={desk.product: "", "fact-country": "FR", "fact-developers": ""})
    page = pages.text(response)
    assert (response.status_code, "There are 3 problems" in page) == (422, True)
    assert f'<a href="#id_{desk.product}">product?</a> – This question needs an answer.' in page
    assert '<a href="#id_fact-country">country?</a> – country does not fit' in page
    assert '<a href="#id_fact-developers">developers?</a> – This question needs an answer.' in page
    assert "It is not submitted yet. Everything you wrote is saved." in page
    desk.draft.refresh_from_db()
    assert desk.draft.state == "draft"


def test_what_the_page_lists_is_what_the_act_refuses() -> None:
    desk = Desk()
    response = desk.press("submit", changed={desk.product: "", desk.site: "nowhere"})
    listed = {item.name for item in response.context["form"].problems if item.kind.question}
    assert listed == {f"answer-{key}" for key in contents(desk.draft).problems()}


def test_second_click_finds_it_submitted_once() -> None:
    desk = Desk()
    sent = {desk.product: "Final", desk.deck: upload()}
    desk.press("submit", changed=sent)
    response = desk.press("submit", follow=True, changed={**sent, desk.deck: upload()})
    assert response.redirect_chain[-1][0] == desk.url("application")
    assert told(response) == [
        "Submitted. We sent you an email with your reference.",
        "This application is already submitted, with everything you wrote.",
    ]
    assert (desk.draft.versions.count(), OutgoingMail.objects.filter(kind="application_submitted").count()) == (1, 1)


def test_way_back_after_submitting_leads_to_what_is() -> None:
    desk = Desk()
    assert "no-store" in desk.load()["Cache-Control"]
    desk.press("submit")
    response = desk.client.get(desk.url(), follow=True)
    assert told(response)[-1] == "This application is submitted. This is what you sent."
    assert response.redirect_chain[-1][0] == desk.url("application")


def test_words_written_while_a_co_founder_submitted_are_given_back() -> None:
    desk = Desk()
    actions.submit(desk.draft, by=desk.person, at=f.AT)
    words = f"A paragraph that took an hour {SCRIPT}"
    response = desk.press(changed={desk.product: words, desk.deck: upload(name="new.pdf")})
    page = pages.text(response)
    assert response.status_code == 409
    assert "A paragraph that took an hour &lt;script&gt;" in page
    assert "new.pdf" in page
    assert "This application is submitted and can no longer be changed." in page
    assert desk.says() == {"product": "A fine product"}
    refused = desk.pause({desk.product: "More"})
    assert (refused.status_code, "can no longer be changed" in pages.text(refused)) == (422, True)


def test_deadline_that_passes_while_writing_keeps_every_word(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    pages.set_clock(monkeypatch, desk.draft.cohort.closes_at)
    page = pages.text(desk.pause({desk.product: "Written at midnight"}))
    assert "The deadline has passed" in page
    assert 'id="submit-application" disabled hx-swap-oob' in page
    desk.load()
    response = desk.press("submit", changed={desk.site: "https://late.example"})
    page = pages.text(response)
    assert response.status_code == 422
    assert "The deadline has passed. What you wrote is kept, but it can no longer be submitted." in page
    assert "problems" not in page
    assert desk.says() == {"product": "Written at midnight", "site": "https://late.example"}
    assert "This draft was not submitted" in pages.text(desk.client.get(desk.url("application")))


def test_returned_application_shows_what_is_asked_and_is_answered_after_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = f.submitted()
    manager = f.holder("manager", made.cohort.programme)
    actions.return_for_information(made, f"Which model? {SCRIPT}", by=manager, at=f.AT)
    pages.set_clock(monkeypatch, made.cohort.closes_at + timedelta(days=1))
    desk = Desk(made)
    status = pages.text(desk.client.get(desk.url("application")))
    assert "The programme asks you something" in status
    assert SCRIPT not in status + pages.text(desk.load())
    assert str(manager) not in status
    response = desk.press("submit", follow=True, changed={desk.product: "The large one"})
    assert told(response) == ["Submitted. We sent you an email with your reference."]
    assert made.versions.count() == 2


# --- The status page, taking back, withdrawing ----------------------------------------------------------


def test_draft_tells_its_deadline_and_a_submission_the_promised_day() -> None:
    desk = Desk()
    page = desk.client.get(desk.url("application"))
    assert (page.context["wait"].mine, page.context["wait"].promised) == (True, desk.draft.cohort.closes_at)
    assert "Deadline" in pages.text(page)
    assert "Promised" not in pages.text(page)
    desk.press("submit")
    page = desk.client.get(desk.url("application"))
    assert (page.context["wait"].mine, page.context["wait"].promised) == (False, desk.draft.cohort.decisions_on)
    assert "Promised" in pages.text(page)


def test_broken_promise_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(f.submitted())
    pages.set_clock(monkeypatch, f.AT + timedelta(days=60))
    assert "This is later than promised." in pages.text(desk.client.get(desk.url("application")))


def test_reopen_makes_a_draft_and_says_what_that_means() -> None:
    desk = Desk(f.submitted())
    assert "Take it back to change it" in pages.text(desk.client.get(desk.url("application")))
    assert desk.client.get(desk.url("application_reopen"))["Location"] == desk.url("application")
    response = desk.client.post(desk.url("application_reopen"), follow=True)
    assert response.redirect_chain[-1][0] == desk.url()
    assert told(response) == ["It is a draft again: submit it once more before the deadline, or it does not count."]


def test_reopen_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(f.submitted())
    pages.set_clock(monkeypatch, desk.draft.cohort.closes_at)
    assert "Take it back" not in pages.text(desk.client.get(desk.url("application")))
    response = desk.client.post(desk.url("application_reopen"), follow=True)
    assert told(response) == ["The deadline has passed. The application stays as you submitted it."]


def test_withdraw_says_what_it_means_and_is_done_once() -> None:
    desk = Desk(f.submitted())
    asked = pages.text(desk.client.get(desk.url("application_withdraw")))
    assert "This cannot be undone." in asked
    response = desk.client.post(desk.url("application_withdraw"), follow=True)
    assert told(response) == ["The application is withdrawn."]
    assert "You withdrew this application" in pages.text(response)
    again = desk.client.post(desk.url("application_withdraw"), follow=True)
    assert (again.redirect_chain[-1][0], told(again)) == (desk.url("application"), ["The application is withdrawn."])
    # Who loses the race is told by the act, and then led here.
    assert told(desk.client.get(desk.url("application_withdraw"), follow=True)) == []


def test_withdrawing_what_is_decided_is_refused_on_its_page() -> None:
    desk = Desk(f.offer().application)
    refused = desk.client.post(desk.url("application_withdraw"))
    assert (refused.status_code, "Somebody may have been quicker" in pages.text(refused)) == (422, True)


def test_history_names_the_startups_people_and_nobody_else() -> None:
    made = f.submitted()
    desk = Desk(made)
    manager = f.holder("manager", made.cohort.programme, name="Mira Manager")
    actions.return_for_information(made, "Which model?", by=manager, at=f.AT)
    actions.go_on_without_answer(made, by=manager, at=f.AT)
    page = desk.client.get(desk.url("application"))
    assert [(str(entry.what), str(entry.who)) for entry in page.context["history"]] == [
        ("Gone on without an answer", ""),
        ("information asked", ""),
        ("submitted", str(desk.person)),
        ("Started", str(desk.person)),
    ]
    assert "Mira Manager" not in pages.text(page)


# --- How much it asks of the database ---------------------------------------------------------------------


def test_pages_ask_the_same_of_the_database_for_few_and_many_questions() -> None:
    few, cohort = Desk(), f.cohort(publish=False)
    section = cohort.sections.get()
    Question.objects.bulk_create(
        Question(section=section, order=n, key=f"q{n}", kind="long", label={"en": f"q{n}?"}) for n in range(10, 40)
    )
    cohort.published_at = f.AT - timedelta(days=31)
    cohort.save(update_fields=["published_at"])
    many = Desk(f.draft(to=cohort))
    many.press(
        changed={f"answer-{question.pk}": "Words" for question in Question.objects.filter(section=section, kind="long")}
    )
    assert Answer.objects.filter(application=many.draft).count() == 31
    for name in ("application_edit", "application"):
        assert pages.queries(few.client, few.url(name)) == pages.queries(many.client, many.url(name))
    with CaptureQueriesContext(connection) as of_few:
        few.press(changed={few.product: "Changed"})
    with CaptureQueriesContext(connection) as of_many:
        many.press(changed={f"answer-{q.pk}": "Changed" for q in Question.objects.filter(section=section, kind="long")})
    assert len(of_many) - 1 == len(of_few)  # the test's own question of the database
    assert len(of_few) <= 25
