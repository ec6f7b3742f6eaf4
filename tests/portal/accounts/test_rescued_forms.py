"""What was written when a session had ended survives the login: whole forms and what is saved as one writes."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from applications.models import Application, Startup
from portal.accounts import rescued_forms
from portal.models import Session
from portal.operations import sweeps
from tests import factories as f
from tests import world
from tests.applications import pages
from tests.applications.pages import form_on, name_of, sign_in_by_page, signed_in, signed_out, text, with_password
from tests.payouts import money
from tests.permissions import ARGUMENTS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present

SIGNED_OUT = "You were signed out meanwhile. What you wrote is kept: sign in, and it is there again."


class Writer:
    """Somebody before a draft whose session has ended."""

    def __init__(self) -> None:
        self.draft: Application = f.draft()
        self.person = with_password(f.founder_of(self.draft.startup))
        self.product, self.site = name_of(self.draft, "product"), name_of(self.draft, "site")
        self.edit = reverse("application_edit", args=[self.draft.pk])
        self.save = reverse("application_save", args=[self.draft.pk])
        self.fields = form_on(signed_in(self.person).get(self.edit))
        self.client = signed_out(self.person)

    def says(self) -> dict[str, Any]:
        return dict(self.draft.answers.values_list("question__key", "value"))


def test_whole_form_stands_in_the_page_again_after_the_login() -> None:
    writer = Writer()
    sent = {**writer.fields, writer.product: f"An hour of words {pages.SCRIPT}", "fact-developers": "7"}
    gone = writer.client.post(writer.edit, {**sent, "action": "submit"})
    assert gone["Location"] == f"{reverse('account_login')}?next={writer.edit}"
    assert SIGNED_OUT in text(writer.client.get(gone["Location"]))
    response = sign_in_by_page(writer.client, writer.person, gone["Location"])
    page = text(response)
    assert response.redirect_chain[-1][0] == writer.edit
    assert "An hour of words &lt;script&gt;" in page
    assert 'data-autosave-state="unsaved"' in page
    assert "We kept what you wrote" in page
    assert writer.says() == {"product": "A fine product"}  # nothing is done in anybody's name
    # Until it is saved it is there again and again; then it is forgotten.
    assert "An hour of words" in text(writer.client.get(writer.edit))
    fields = form_on(writer.client.get(writer.edit))
    writer.client.post(writer.edit, {**fields, "action": "save"})
    assert writer.says() == {"product": f"An hour of words {pages.SCRIPT}"}
    assert writer.draft.facts.get(fact="developers").value == 7
    assert "We kept what you wrote" not in text(writer.client.get(writer.edit))


def test_what_is_saved_as_one_writes_leads_the_page_to_the_login_and_back() -> None:
    writer = Writer()
    sent = {**writer.fields, writer.product: "A paragraph"}
    gone = writer.client.post(writer.save, sent, headers={"HX-Request": "true"})
    assert (gone.status_code, gone["HX-Redirect"]) == (204, f"{reverse('account_login')}?next={writer.save}")
    response = sign_in_by_page(writer.client, writer.person, gone["HX-Redirect"])
    assert response.redirect_chain[-1][0] == writer.edit
    assert "A paragraph" in text(response)
    saved = writer.client.post(writer.save, form_on(response), headers={"HX-Request": "true"})
    assert (saved.status_code, writer.says()["product"]) == (200, "A paragraph")
    assert "We kept what you wrote" not in text(writer.client.get(writer.edit))


def test_later_words_are_kept_and_it_is_said_once() -> None:
    writer = Writer()
    for words in ("One", "One two"):
        gone = writer.client.post(writer.save, {**writer.fields, writer.product: words})
    assert text(writer.client.get(gone["Location"])).count(SIGNED_OUT) == 1
    assert "One two" in text(sign_in_by_page(writer.client, writer.person, gone["Location"]))


def test_kept_words_do_not_overwrite_what_somebody_else_wrote_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    gone = writer.client.post(writer.edit, {**writer.fields, writer.product: "Mine"})
    other = signed_in(pages.member(writer.draft.startup, "editor"))
    other.post(writer.save, {**writer.fields, writer.product: "Theirs", writer.site: "https://theirs.example"})
    response = sign_in_by_page(writer.client, writer.person, gone["Location"])
    refused = writer.client.post(writer.edit, {**form_on(response), "action": "save"})
    assert (refused.status_code, "Theirs" in text(refused), "Mine" in text(refused)) == (422, True, True)
    assert writer.says() == {"product": "Theirs", "site": "https://theirs.example"}


def test_another_person_on_the_same_browser_sees_nothing_of_it() -> None:
    writer, other = Writer(), with_password(f.user())
    gone = writer.client.post(writer.edit, {**writer.fields, writer.product: "Secret words"})
    response = sign_in_by_page(writer.client, other, gone["Location"])
    assert (response.status_code, "Secret words" in text(response)) == (404, False)


@pytest.mark.parametrize("name", ["startup_new", "account_profile"])
def test_form_of_one_is_not_filled_for_another_who_signs_in_there(name: str) -> None:
    client, other = signed_out(f.user()), with_password(f.user())
    gone = client.post(reverse(name), {"name": "Lumen Care"})
    assert len(kept(client)) == 1
    response = sign_in_by_page(client, other, gone["Location"])
    assert (response.status_code, "Lumen Care" in text(response)) == (200, False)
    assert kept(client) == {}


def test_words_of_the_last_person_take_the_place_of_those_of_the_one_before() -> None:
    client, last = signed_out(f.user()), with_password(f.user())
    client.post(reverse("account_profile"), {"name": "Lumen Care"})
    client.cookies["device"] = signed_out(last).cookies["device"].value
    gone = client.post(reverse("startup_new"), {"name": "Loomwork"})
    assert list(kept(client)) == ["kept:/startups/new"]
    assert 'value="Loomwork"' in text(sign_in_by_page(client, last, gone["Location"]))


@pytest.mark.parametrize("cookie", ["", "forged", "e30:1abc:forged"])
def test_nothing_is_kept_in_a_browser_in_which_nobody_was_signed_in(cookie: str) -> None:
    client = Client()
    client.cookies["device"] = cookie
    gone = client.post(reverse("startup_new"), {"name": "Lumen Care"})
    assert SIGNED_OUT not in text(client.get(gone["Location"]))
    assert not Session.objects.exists()


def test_form_of_any_page_survives() -> None:
    client = signed_out(person := with_password(f.user()))
    gone = client.post(reverse("startup_new"), {"name": "Lumen Care", "country": "US", "description": pages.SCRIPT})
    page = text(sign_in_by_page(client, person, gone["Location"]))
    assert 'value="Lumen Care"' in page
    assert pages.SCRIPT not in page
    assert not Startup.objects.exists()
    assert "Lumen Care" not in text(client.get(reverse("startup_new")))


def test_invitation_half_written_stands_in_its_own_form() -> None:
    startup = f.startup(name="Lumen Care")
    client = signed_out(person := with_password(f.founder_of(startup)))
    gone = client.post(reverse("startup_invite", args=[startup.pk]), {"email": "ben@example.org", "role": "viewer"})
    response = sign_in_by_page(client, person, gone["Location"])
    assert response.redirect_chain[-1][0] == reverse("startup", args=[startup.pk])
    assert 'value="ben@example.org"' in text(response)
    assert 'value="Lumen Care"' in text(response)


def test_signature_survives_and_passwords_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pages.set_clock(monkeypatch, f.DECIDED)
    made = f.participation(signed=False).offer
    client = signed_out(person := with_password(f.founder_of(made.application.startup)))
    words = {"signed_name": "Ada Founder", "agreed": "on", "digest": made.terms.digest, "language": "en"}
    gone = client.post(reverse("offer_sign", args=[made.pk]), {**words, "password": "hidden", "account_number_1": "12"})
    stored = "".join(str(value) for value in client.session.values())
    assert "Ada" in stored
    assert "hidden" not in stored
    assert "account_number" not in stored
    page = text(sign_in_by_page(client, person, gone["Location"]))
    assert 'value="Ada Founder"' in page


def test_form_beyond_any_measure_is_not_kept() -> None:
    client = signed_out(f.user())
    client.post(reverse("startup_new"), {"name": "x" * 1_000_001})
    assert not [key for key in client.session.keys() if key.startswith("kept:")]  # noqa: SIM118  # a session is no dict


def kept(client: Client) -> dict[str, str]:
    return {page: text for page, text in client.session.items() if page.startswith("kept:")}


def test_last_pages_of_a_visitor_are_kept_and_the_oldest_dropped() -> None:
    client = signed_out(f.user())
    for pk in [*range(1, 26), 23]:
        client.post(f"/startups/{pk}/", {"name": "Loomwork"})
    assert list(kept(client)) == [f"kept:/startups/{pk}" for pk in (21, 22, 24, 25, 23)]
    assert text(client.get(reverse("account_login"))).count(SIGNED_OUT) == rescued_forms.PAGES


def test_what_is_kept_of_a_visitor_has_a_measure() -> None:
    client = signed_out(f.user())
    for pk in range(1, 26):
        client.post(f"/startups/{pk}/", {"name": "x" * (rescued_forms.MOST // 3)})
    assert list(kept(client)) == ["kept:/startups/24", "kept:/startups/25"]
    assert sum(map(len, kept(client).values())) <= rescued_forms.MOST


def test_nothing_is_kept_for_what_is_no_page() -> None:
    client = signed_out(f.user())
    for nowhere in ("/nowhere/", "/startups/0x/", "/language/", "/offers/1/accept/", "/account/password/change/"):
        client.post(nowhere, {"name": "Loomwork"})
    assert kept(client) == {}


def test_nothing_is_kept_of_a_desk_for_who_has_none() -> None:
    address, client = reverse("admin:desk_fund", args=[f.cohort().pk]), signed_out(person := with_password(f.user()))
    gone = client.post(address, {"reference": "Letter of May"})
    client.post("/startups/1/", {"name": "Loomwork"})
    assert len(kept(client)) == 2
    assert sign_in_by_page(client, person, gone["Location"]).status_code == 404
    assert list(kept(client)) == ["kept:/startups/1"]


def test_network_keeps_so_many_visitors_an_hour(settings: LazySettings) -> None:
    settings.VISITORS_PER_NETWORK = 3
    cohort = f.cohort()
    check = reverse("eligibility_check", args=[cohort.programme.slug])
    for n in range(10):  # without cookies, each is another visitor
        signed_out(f.user()).post(reverse("startup_new"), {"name": f"Loomwork {n}"})
        Client().post(check, {"fact-developers": "3"})
    assert Session.objects.count() == 3
    elsewhere = signed_out(f.user())
    elsewhere.post(reverse("startup_new"), {"name": "Loomwork"}, REMOTE_ADDR="192.0.2.7")
    assert len(kept(elsewhere)) == 1


def test_what_is_kept_of_a_visitor_ends_after_a_day_and_is_forgotten() -> None:
    client = signed_out(f.user())
    client.post(reverse("startup_new"), {"name": "Loomwork"})
    session = Session.objects.get()
    assert timedelta(hours=23) < session.expire_date - timezone.now() <= timedelta(days=1)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    sweeps.housekeeping(f.AT)
    assert Session.objects.count() == 0


def test_login_of_a_visitor_lasts_as_any_other() -> None:
    client = signed_out(person := with_password(f.user()))
    gone = client.post(reverse("startup_new"), {"name": "Loomwork"})
    sign_in_by_page(client, person, gone["Location"])
    assert client.session.get_expiry_age() > timedelta(days=1).total_seconds()


def test_empty_form_keeps_nothing() -> None:
    client = signed_out(f.user())
    client.post(reverse("application_reopen", args=[f.submitted().pk]))
    assert not client.session.keys()


def test_page_of_what_is_saved_as_one_writes_is_that_of_its_form() -> None:
    assert (
        rescued_forms._page("/applications/3/edit/save/")
        == rescued_forms._page("/applications/3/edit/")
        == "/applications/3/edit"
    )


# --- Every form that promises it ------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A form by its address: who writes in it, what, and what of it the page shows again."""

    who: str
    wrote: Mapping[str, Any]
    again: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_after_session: bool = False
    page: str = ""  # where it stands again, if not where it was posted


REASON = Case("manager", {"reason": "The shutters are down"}, ("The shutters are down",))
FORMS = {
    "account_profile": Case(
        "founder",
        {"name": "Ada Newname", "language": "fr", "timezone": "Asia/Tokyo"},
        ('value="Ada Newname"', 'value="fr" selected', 'value="Asia/Tokyo" selected'),
    ),
    "booking": Case("founder", {"topic": "How to sell"}, ("How to sell",)),
    "mentor_hours": Case(
        "mentor",
        {"add": "off", "off-first_on": "2027-06-01", "off-last_on": "2027-06-02"},
        ('value="2027-06-01"',),
    ),
    "mentor_profile": Case("mentor", {"headline": "Knows shutters"}, ('value="Knows shutters"',)),
    "offer_decline": Case("founder", REASON.wrote, REASON.again),
    "payout_account": Case(
        "founder",
        {"holder_name": "Loomwork Inc.", "account_number": "123456789", "routing_number": "021000021"},
        ('value="Loomwork Inc."',),
    ),
    "review": Case("reviewer", {"action": "save", "comment": "They know their trade"}, ("They know their trade",)),
    "review_conflict": Case(
        "reviewer", {"kind": "investor", "note": "Shares since May"}, ("Shares since May", 'value="investor"')
    ),
    "review_save": Case("reviewer", {"comment": "They know"}, ("They know",), page="review"),
    "session_cancel": Case("founder", REASON.wrote, REASON.again),
    "session_log": Case("mentor", {"shared": "We spoke of looms"}, ("We spoke of looms",), is_after_session=True),
    "startup": Case("founder", {"name": "Loomwork Two"}, ('value="Loomwork Two"',)),
    "startup_invite": Case("founder", {"email": "ben@example.org"}, ('value="ben@example.org"',), page="startup"),
    "startup_new": Case("founder", {"name": "Lumen Care"}, ('value="Lumen Care"',)),
    "admin:desk_account_act": REASON,
    "admin:desk_ask": Case("manager", {"question": "Which revenue?"}, ("Which revenue?",)),
    "admin:desk_batch_act": Case("preparer", REASON.wrote, REASON.again, {"act": "cancel"}),
    "admin:desk_fund": Case(
        "manager", {"amount": "1234.50", "reference": "Letter of May"}, ('value="1234.50"', 'value="Letter of May"')
    ),
    "admin:desk_decision": Case(
        "manager",
        {"action": "propose", "outcome": "waitlist", "rank": "7", "message": "Nearly there"},
        ("Nearly there", 'value="7"'),
    ),
    "admin:desk_hold": Case(
        "manager",
        {"notice": "We ask you", "note": "Odd mail", "review_on": "2027-06-09"},
        ("We ask you", "Odd mail", "2027-06-09"),
    ),
    "admin:desk_hold_act": Case("manager", {"why": "The report has come"}, ("The report has come",)),
    "admin:desk_pairing_end": REASON,
    "admin:desk_pairing_pair": Case("manager", {"is_primary": "on", "mentor": "0"}, ("Select a valid choice",)),
    "admin:desk_payment_act": Case("preparer", {"code": "R0X"}, ('value="R0X"',)),
    "admin:desk_revoke": REASON,
    "admin:desk_take_back": REASON,
    "admin:mentorship_mentorsession_act": Case("manager", REASON.wrote, REASON.again, {"act": "cancel"}),
    "admin:portal_rolegrant_list_act": Case(
        "manager", {"person": "ben@example.org"}, ('value="ben@example.org"',), {"act": "grant"}
    ),
    "admin:applications_cohort_add": Case(
        "manager",
        {"code": "SPR", "name_en": "Spring", "closes_at": "2027-05-01T17:30"},
        ('value="SPR"', 'value="Spring"', 'value="2027-05-01T17:30"'),
    ),
    "admin:applications_programme_change": Case(
        "manager", {"tagline_en": "For looms", "funder": "The Guild"}, ("For looms", 'value="The Guild"')
    ),
}
# These have a test of their own, above or in tests/portal/desk/test_bulk.py.
OWN_TESTS = {"application_edit", "application_save", "offer_sign", "session_reschedule", "admin:desk_bulk"}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> world.World:
    pages.set_clock(monkeypatch, money.DUE)
    return world.build()


def address_of(name: str, made: world.World, arguments: Mapping[str, Any]) -> str:
    told = ARGUMENTS[name](made) if name in ARGUMENTS else {}
    match name:
        case "admin:mentorship_mentorsession_act":
            told = {"object_id": made.booked.pk}
        case "admin:applications_programme_change":
            told = {"object_id": made.participation.cohort.programme_id}
        case "admin:desk_decision":
            told = {"pk": f.submitted(to=made.participation.cohort).pk}
        case "offer_decline":
            told = {"pk": f.offer(f.submitted(made.participation.startup)).pk}
    return reverse(name, kwargs={**told, **arguments})


@pytest.mark.parametrize("name", sorted(FORMS))
def test_what_was_written_in_a_form_is_there_again(
    name: str, made: world.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = FORMS[name]
    if case.is_after_session:
        pages.set_clock(monkeypatch, made.held.ends_at)
    person = made.people[case.who]
    assert person is not None
    client = signed_out(with_password(person))
    address = address_of(name, made, case.arguments)
    gone = client.post(address, {"csrfmiddlewaretoken": "x", **case.wrote})
    assert SIGNED_OUT in text(client.get(gone["Location"]))
    stored = " ".join(f"{key}: {value}" for key, value in client.session.items() if key.startswith("kept:"))
    assert "123456789" not in stored
    assert "021000021" not in stored
    response = sign_in_by_page(client, person, gone["Location"])
    assert response.status_code == 200
    page = html.unescape(text(response))
    assert [words for words in case.again if words not in page] == []
    landed = response.redirect_chain[-1][0]
    assert landed == (address_of(case.page, made, {}) if case.page else address)


@pytest.mark.parametrize("name", ["booking", "session_reschedule"])
def test_hour_that_was_chosen_is_chosen_again(name: str, made: world.World) -> None:
    person = made.people["founder"]
    assert person is not None
    client = signed_out(with_password(person))
    address = address_of(name, made, {})
    hours = re.findall(r'name="starts_at" value="([^"]+)"', text(signed_in(person).get(address)))
    gone = client.post(address, {"starts_at": html.unescape(hours[2])})
    page = text(sign_in_by_page(client, person, gone["Location"]))
    assert re.findall(r'name="starts_at" value="([^"]+)"[^>]* checked', page) == [hours[2]]


def test_rows_of_a_record_are_there_again(made: world.World) -> None:
    manager = made.people["manager"]
    assert manager is not None
    client = signed_out(with_password(manager))
    cohort = f.cohort(made.participation.cohort.programme, publish=False)
    address = reverse("admin:applications_cohort_change", args=[cohort.pk])
    page = signed_in(manager).get(address)
    words = {"name_en": "Spring", "phases-0-name_en": "Second reading"}
    for formset in page.context["inline_admin_formsets"]:
        words |= {
            f"{formset.formset.prefix}-{name}": str(n) for name, n in formset.formset.management_form.initial.items()
        }
        words |= {
            f"{formset.formset.prefix}-{n}-id": str(form.instance.pk) for n, form in enumerate(formset.formset.forms)
        }
    gone = client.post(address, words)
    page = sign_in_by_page(client, manager, gone["Location"])
    assert 'value="Spring"' in text(page)
    assert 'value="Second reading"' in text(page)
    assert "What you wrote is here again: save it." in text(page)
    assert 'value="Spring"' not in text(client.get(address))
    cohort.refresh_from_db()
    assert "Spring" not in cohort.name.values()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("admin:desk_decision_act", {"shown": "a digest"}),  # a button, no words
        ("admin:desk_account_act", {"shown": "a digest"}),
        ("admin:desk_assign", {"applications": "3"}),
        ("action_items", {"text": "Call them"}),
        ("offer_accept", {"words": "None"}),
        ("account_email", {"email": "ada@example.org"}),
    ],
)
def test_page_that_shows_nothing_again_promises_nothing(name: str, words: dict[str, str], made: world.World) -> None:
    client = signed_out(f.user())
    gone = client.post(address_of(name, made, {}), words)
    assert gone["Location"].startswith(reverse("account_login"))
    assert not [key for key in client.session.keys() if key.startswith("kept:")]  # noqa: SIM118  # a session is no dict
    assert SIGNED_OUT not in text(client.get(gone["Location"]))


def marked(patterns: list[Any], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from marked(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
        elif rescued_forms.is_restored(pattern.callback):
            yield space + str(pattern.name)


def test_every_page_that_promises_it_is_tried() -> None:
    verb = re.compile(r"(admin:)(?!desk_)\w+?(_list_act|_act|_add|_change)$")  # one base serves all records

    def kinds(names: Iterable[str]) -> set[str]:
        return {verb.sub(r"\1record\2", name) for name in names}

    assert kinds(marked(get_resolver().url_patterns)) == kinds(FORMS) | OWN_TESTS
