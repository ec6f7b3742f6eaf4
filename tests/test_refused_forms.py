"""Every form of the portal with something wrong in it: 422, why, and everything typed still on the page."""

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import get_resolver, resolve, reverse

from portal.accounts import first_operator, rescued_forms
from portal.views.methods import POSTED_FROM
from tests import factories as f
from tests import world
from tests.applications import pages
from tests.applications.pages import form_on, member, name_of, signed_in
from tests.payouts import money
from tests.permissions import ARGUMENTS, LETTERS, PAGES
from tests.test_permissions import addresses

pytestmark = pytest.mark.django_db
HALF = "Half a thought"
LONG = f"{HALF} {'!' * 5000}"


@dataclass(frozen=True)
class Case:
    """A form by its address: who posts what that is wrong, and what of it the page shows again."""

    who: str
    wrong: Mapping[str, Any]
    again: str = HALF
    at: Callable[[world.World], Any] = lambda made: money.DUE


def held(made: world.World) -> Any:
    return made.held.ends_at


FORMS = {
    "account_profile": Case("founder", {"name": HALF, "language": "en", "timezone": "Nowhere"}),
    "application_edit": Case("founder", {}),
    "application_save": Case("founder", {}, again="Null characters are not allowed."),  # the page keeps its words
    "application_withdraw": Case("founder", {}, again="Only a founder can do this."),  # has no field
    "booking": Case("founder", {"topic": HALF}),
    "eligibility_check": Case("visitor", {"fact-raised": HALF}),
    "mentor_hours": Case("mentor", {"add": "off", "off-first_on": HALF}),
    "mentor_profile": Case("mentor", {"headline": HALF, "minutes": "5"}),
    "offer_decline": Case("founder", {"reason": LONG}),
    "offer_sign": Case("founder", {"signed_name": HALF}),
    "operator_setup": Case(
        "visitor", {"new_password1": HALF}, again="This field is required."
    ),  # passwords are not shown
    "payout_account": Case("founder", {"holder_name": HALF, "account_number": "1"}),
    "payout_account_confirm_prove": Case("founder", {"code": "12345x"}, again="This code is wrong"),  # is given anew
    "startup_invite_prove": Case("founder", {"code": "12345x"}, again="This code is wrong"),  # is given anew
    "payout_account_prove": Case("founder", {"code": "12345x"}, again="This code is wrong"),  # is given anew
    "review": Case("reviewer", {"action": "save", "comment": HALF, "feedback": LONG}),
    "review_conflict": Case("reviewer", {"note": HALF}),
    "review_save": Case("reviewer", {"comment": LONG}, again="at most 4000 characters"),  # the page keeps its words
    "session_cancel": Case("founder", {"reason": LONG}),
    "session_log": Case("mentor", {"shared": HALF, "minutes": "0"}, at=held),
    "session_reschedule": Case("founder", {"starts_at": "soon"}, again="Choose one of the hours below."),
    "startup": Case("founder", {"name": "", "city": HALF}),
    "startup_invite": Case("founder", {"email": HALF}),
    "startup_new": Case("founder", {"name": "", "city": HALF}),
}
# The form of another address, and examples.
NOT_POSTED = {"offer", "styleguide"}
# No line of the matrix, or a link of its own.
BESIDE = {"account_profile", "operator_setup"}


def asked(name: str, made: world.World) -> tuple[Client, str, dict[str, Any]]:
    """Return who is signed in before a form, its address, and what the page sends along by itself."""
    person = made.people[FORMS[name].who]
    client = signed_in(person) if person else Client()
    told = ARGUMENTS[name](made) if name in ARGUMENTS else {}
    sent: dict[str, Any] = {}
    match name:
        case "application_edit" | "application_save":
            draft = f.draft(made.participation.startup)
            told = {"pk": draft.pk}
            page = client.get(reverse("application_edit", kwargs=told))
            sent = form_on(page) | {name_of(draft, "product"): f"{HALF}\x00"}
        case "application_withdraw":
            client = signed_in(member(made.participation.startup, "editor"))
        case "offer_decline":
            told = {"pk": f.offer(f.submitted(made.participation.startup)).pk}
        case "offer_sign":
            told = {"pk": f.participation(f.submitted(made.participation.startup), signed=False).offer_id}
        case "operator_setup":
            told = {"token": first_operator.link(f.user(is_operator=True)).rstrip("/").rsplit("/", 1)[-1]}
    return client, reverse(name, kwargs=told), sent


@pytest.mark.parametrize("name", sorted(FORMS))
def test_form_with_something_wrong_comes_back_with_every_word(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.build()
    pages.set_clock(monkeypatch, FORMS[name].at(made))
    client, address, sent = asked(name, made)
    response = client.post(address, {**sent, **FORMS[name].wrong})
    assert (response.status_code, FORMS[name].again in html.unescape(pages.text(response))) == (422, True)


def has_form(client: Client, address: str) -> bool:
    """Say whether a page shows a form."""
    if hasattr(resolve(address).func, POSTED_FROM):
        return False
    response = client.get(address)
    if response.streaming:
        b"".join(response)  # read to its end, a file is closed
    return isinstance((response.context or {}).get("form"), forms.BaseForm)


def with_forms(made: world.World) -> Iterator[str]:
    """Name the addresses of the portal that show a form or give what was typed back."""
    names = {letter: part for part, letter in LETTERS.items()}
    for name in {name for name in addresses(get_resolver().url_patterns) if name in PAGES and ":" not in name}:
        person = made.people[names[PAGES[name][0]]]
        address = reverse(name, kwargs=ARGUMENTS[name](made) if name in ARGUMENTS else {})
        if rescued_forms.is_restored(resolve(address).func) or has_form(
            signed_in(person) if person else Client(), address
        ):
            yield name


def test_every_form_of_the_portal_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.build()
    pages.set_clock(monkeypatch, money.DUE)
    assert {*with_forms(made), *BESIDE} == {*FORMS, *NOT_POSTED}
