"""The offer and its clock, the signature, and the seat's page."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.models import Agreement, Offer
from portal.models import User
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import LONG, SCRIPT, member, signed_in, text, told

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _decided(monkeypatch: pytest.MonkeyPatch) -> None:
    pages.set_clock(monkeypatch, f.DECIDED)


def founder(offer: Offer) -> User:
    return f.founder_of(offer.application.startup)


def url(offer: Offer, name: str = "offer") -> str:
    return reverse(name, args=[offer.pk])


def accepted(**given: Any) -> Offer:
    made = f.offer(**given)
    actions.accept_offer(made, by=founder(made), at=f.DECIDED)
    return made


def signature(offer: Offer, **changed: Any) -> dict[str, Any]:
    return {
        "digest": offer.terms.digest,
        "language": "en",
        "signed_name": "Ada Founder",
        "agreed": "on",
        **changed,
    }


# --- Who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["offer", "offer_accept", "offer_decline", "offer_sign", "agreement"])
def test_stranger_finds_nothing_and_a_visitor_the_login(name: str) -> None:
    made = f.offer()
    assert signed_in(f.user()).get(url(made, name)).status_code == 404
    assert signed_in(f.user()).post(url(made, name)).status_code == 404
    assert Client().post(url(made, name))["Location"].startswith(reverse("account_login"))


def test_seat_is_there_for_its_startup_alone() -> None:
    seat = f.participation()
    page = reverse("participation", args=[seat.pk])
    assert signed_in(member(seat.startup, "viewer")).get(page).status_code == 200
    assert signed_in(f.user()).get(page).status_code == 404
    assert Client().get(page).status_code == 302


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_founders_answer_and_sign(role: str) -> None:
    made = f.offer()
    client = signed_in(member(made.application.startup, role))
    page = text(client.get(url(made)))
    assert "You are chosen: a founder answers the offer" in page
    assert "Accept the offer" not in page
    assert told(client.post(url(made, "offer_accept"), follow=True)) == ["Only a founder can do this."]
    refused = client.post(url(made, "offer_decline"), {"reason": "Other money"})
    assert refused.status_code == 422
    assert "Only a founder can do this." in text(refused)
    assert "Other money" in text(refused)
    actions.accept_offer(made, by=founder(made), at=f.DECIDED)
    assert "Sign the agreement</button>" not in text(client.get(url(made)))
    assert told(client.post(url(made, "offer_sign"), signature(made), follow=True)) == ["Only a founder can do this."]
    assert not Agreement.objects.exists()


# --- Answering ------------------------------------------------------------------------------------------


def test_offer_says_what_is_given_and_until_when() -> None:
    made = f.offer(message=f"Well done {SCRIPT}")
    page = text(signed_in(founder(made)).get(url(made)))
    for said in ("$6,000", "$36,000", "May 2027", "Deadline", "in 10 days", "Well done", "The startup agrees."):
        assert said in page, said
    assert SCRIPT not in page
    assert "Promised" not in page


def test_accepting_takes_the_seat_and_leads_to_the_signature() -> None:
    made = f.offer()
    client = signed_in(founder(made))
    response = client.post(url(made, "offer_accept"), follow=True)
    assert told(response) == ["Accepted: the seat is yours. One step is left, the agreement."]
    assert "Sign the agreement</button>" in text(response)
    assert client.get(url(made, "offer_accept"))["Location"] == url(made)


def test_second_click_on_accept_is_no_error() -> None:
    made = f.offer()
    client = signed_in(founder(made))
    client.post(url(made, "offer_accept"), follow=True)
    done = "This has already been done: this offer is “accepted”."
    assert told(client.post(url(made, "offer_accept"), follow=True)) == [done]
    made.refresh_from_db()
    assert made.state == "accepted"


def test_offer_that_ran_out_cannot_be_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = f.offer()
    pages.set_clock(monkeypatch, made.expires_at)
    client = signed_in(founder(made))
    page = text(client.get(url(made)))
    assert "This offer has run out" in page
    assert "Accept the offer" not in page
    assert told(client.post(url(made, "offer_accept"), follow=True)) == [
        "This offer has run out. Write to the programme if that is a mistake."
    ]
    actions.lapse_offer(made, at=made.expires_at)
    assert "This offer ran out unanswered" in text(client.get(url(made)))


def test_declining_says_what_it_means_and_keeps_the_reason() -> None:
    made = f.offer()
    client = signed_in(founder(made))
    assert "This cannot be undone." in text(client.get(url(made, "offer_decline")))
    response = client.post(url(made, "offer_decline"), {"reason": f"Other money {SCRIPT}"}, follow=True)
    assert told(response) == ["You turned the offer down. Thank you for telling us."]
    assert "You turned this offer down" in text(response)
    made.refresh_from_db()
    assert (made.state, made.decline_reason) == ("declined", f"Other money {SCRIPT}")
    assert told(client.get(url(made, "offer_decline"), follow=True)) == ["This offer is no longer open."]


def test_reason_that_is_too_long_is_refused_and_kept() -> None:
    made = f.offer()
    response = signed_in(founder(made)).post(url(made, "offer_decline"), {"reason": "y" * 501})
    page = text(response)
    assert (response.status_code, "at most 500 characters" in page, "y" * 501 in page) == (422, True, True)
    made.refresh_from_db()
    assert made.state == "open"


def test_revoked_offer_says_so() -> None:
    made = f.offer()
    actions.revoke_offer(made, "A mistake", by=f.holder("manager", made.cohort.programme), at=f.DECIDED)
    assert "The programme took this offer back" in text(signed_in(founder(made)).get(url(made)))


# --- Signing --------------------------------------------------------------------------------------------


def test_signing_keeps_words_name_time_and_address_and_opens_the_seat() -> None:
    made = accepted()
    client = signed_in(founder(made))
    response = client.post(
        url(made, "offer_sign"), signature(made, signed_name="  Ada   Founder "), REMOTE_ADDR="192.0.2.9"
    )
    assert response["Location"] == reverse("participation", args=[made.participation.pk])
    signed = Agreement.objects.get()
    assert (signed.signed_name, signed.text, signed.ip_address, signed.signed_at) == (
        "Ada Founder",
        "The startup agrees.",
        "192.0.2.9",
        f.DECIDED,
    )
    page = text(client.get(url(made, "agreement")))
    assert "The startup agrees." in page
    assert signed.digest in page
    assert client.get(url(made, "offer_sign"))["Location"] == url(made)


def test_address_of_the_signature_is_that_before_our_proxies(settings: LazySettings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    made = accepted()
    signed_in(founder(made)).post(
        url(made, "offer_sign"), signature(made), REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "192.0.2.44"}
    )
    assert Agreement.objects.get().ip_address == "192.0.2.44"


def test_words_are_kept_in_the_language_in_which_they_were_read() -> None:
    made = accepted()
    client = signed_in(founder(made))
    page = client.get(url(made), headers={"Accept-Language": "fr"})
    assert 'name="language" value="fr"' in text(page)
    client.post(url(made, "offer_sign"), signature(made, language="fr"), headers={"Accept-Language": "en"})
    signed = Agreement.objects.get()
    assert (signed.language, signed.title, signed.text) == (
        "fr",
        "Convention de participation",
        "La startup accepte.",
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"signed_name": "   "}, "This field is required."),
        ({"signed_name": "x" * 161}, "at most 160 characters"),
        ({"agreed": ""}, "Say that you have read the terms and sign them."),
        ({"digest": "0" * 64}, "These are not the terms of your offer."),
        ({"language": "tlh"}, "it does not say in which language you read the terms"),
    ],
)
def test_signature_that_does_not_hold_is_refused_in_words(changed: dict[str, str], words: str) -> None:
    made = accepted()
    response = signed_in(founder(made)).post(url(made, "offer_sign"), signature(made, **changed))
    assert (response.status_code, words in text(response)) == (422, True)
    assert not Agreement.objects.exists()


def test_signing_before_accepting_is_refused() -> None:
    made = f.offer()
    response = signed_in(founder(made)).post(url(made, "offer_sign"), signature(made), follow=True)
    assert told(response) == ["Accept the offer first."]


def test_second_click_on_sign_finds_it_signed() -> None:
    made = accepted()
    client = signed_in(founder(made))
    first, second = (client.post(url(made, "offer_sign"), signature(made))["Location"] for _click in range(2))
    assert first == second
    assert Agreement.objects.count() == 1


def test_agreement_that_is_not_signed_leads_to_the_offer() -> None:
    made = accepted()
    assert signed_in(founder(made)).get(url(made, "agreement"))["Location"] == url(made)


def test_signature_of_any_kind_is_shown_as_it_is() -> None:
    made = accepted()
    client = signed_in(founder(made))
    client.post(url(made, "offer_sign"), signature(made, signed_name=f"{SCRIPT}{LONG}"[:160]))
    page = text(client.get(url(made, "agreement"))) + text(client.get(url(made)))
    assert SCRIPT not in page
    assert LONG in page


# --- The seat -------------------------------------------------------------------------------------------


def test_seat_asks_for_the_signature_until_there_is_one() -> None:
    made = accepted()
    client = signed_in(founder(made))
    seat = reverse("participation", args=[made.participation.pk])
    assert "Sign the agreement" in text(client.get(seat))
    f.sign(made)
    response = client.get(seat)
    assert "Sign the agreement" not in text(response)
    assert [month.n for month in response.context["months"]] == [1, 2, 3, 4, 5, 6]
    assert [entry.state for entry in response.context["history"]] == ["active", "onboarding"]


def test_status_of_the_application_leads_to_the_seat() -> None:
    seat = f.participation()
    page = signed_in(f.founder_of(seat.startup)).get(reverse("application", args=[seat.application_id]))
    assert "You are in" in text(page)
    assert reverse("participation", args=[seat.pk]) in text(page)
    assert [(str(step.label), step.state) for step in page.context["steps"]] == [
        ("Submitted", "done"),
        ("Chosen", "done"),
        ("Offer accepted", "done"),
        ("Agreement signed", "done"),
        ("First month", "current"),
    ]


def test_steps_stop_where_the_way_ended() -> None:
    made = f.offer()
    actions.decline_offer(made, "", by=founder(made), at=f.DECIDED + timedelta(hours=1))
    page = signed_in(founder(made)).get(reverse("application", args=[made.application_id]))
    assert [(str(step.label), step.state) for step in page.context["steps"]] == [
        ("Submitted", "done"),
        ("Chosen", "done"),
        ("You turned this offer down", "stopped"),
        ("Agreement signed", "skipped"),
        ("First month", "skipped"),
    ]
