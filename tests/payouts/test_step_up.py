"""Bank details are saved, and confirmed, once their founder has proven who they are: by a second factor or a mailed code."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail as django_mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from applications.models import Participation
from applications.models.startups_laws import NEW_FOR
from payouts.models import PayoutAccount
from portal import clock
from portal.accounts import second_factor, step_up
from portal.models import AccountEvent, OutgoingMail, StepUp, User
from portal.outbox import deliver
from portal.outbox.queue import resend
from portal.refusals import Refusal
from tests import factories
from tests.payouts import money
from tests.payouts.test_accounts import dump
from tests.payouts.test_pages import FORM, browser, co_founder, page
from tests.portal.accounts import second_factors
from tests.portal.accounts.test_accounts import PASSWORD, log_in, member
from tests.portal.outbox.test_deliver import together

pytestmark = pytest.mark.django_db
OTHER = {"account_number": "987654321", "account_number_again": "987654321"}


def asked(client: Client, seat: Participation, **fields: str) -> str:
    """Give bank details, and return the address of the page that asks for a proof."""
    answer = client.post(page(seat), FORM | fields)
    assert answer.status_code == 302
    return str(answer["Location"])


def code() -> str:
    """Return the code of what was asked for last."""
    return step_up.code_for(StepUp.objects.latest("pk").uuid)


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10**6:06}"


def founder_with_app(seat: Participation, *, since: timedelta = second_factor.TRUSTED_AFTER) -> tuple[Client, User]:
    """Sign the founder in, with an authenticator app that was set up a while ago."""
    person = money.founder_of(seat)
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client = Client()
    log_in(client, person)
    second_factors.set_up(client)
    Authenticator.objects.filter(user=person).update(created_at=timezone.now() - since)
    return client, person


def prove(client: Client, person: User, back: str) -> Any:
    """Give the code of the authenticator app, as the page leads there."""
    address = f"{reverse('mfa_reauthenticate')}?next={back}"
    return client.post(address, {"code": second_factors.code_of(person), "next": back})


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    at = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: at)


def test_code_of_the_mail_saves_the_details() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    address = asked(client, seat)
    assert not PayoutAccount.objects.exists()
    assert "ending in 6789" in client.get(address).content.decode()
    deliver.drain(clock.now())
    body = str(django_mail.outbox[-1].body)
    assert "Loomwork Inc., ending in 6789" in body
    [mailed] = re.findall(r"^(\d{3} \d{3})$", body, re.MULTILINE)
    answer = client.post(address, {"code": mailed})
    assert answer["Location"] == page(seat)
    assert PayoutAccount.objects.get().last_four == "6789"
    assert StepUp.objects.get().sealed is None


def test_mail_keeps_no_words_and_is_nobodys_to_read_or_send_again() -> None:
    seat = factories.participation()
    asked(browser(money.founder_of(seat)), seat)
    row = OutgoingMail.objects.get(kind=step_up.MAIL)
    assert (row.secret, row.subject, row.text, row.subject_id) == (True, "", "", StepUp.objects.get().pk)
    assert code() not in dump()
    assert money.NUMBER not in dump()
    deliver.drain(clock.now())
    row.refresh_from_db()
    assert (row.state, row.text) == ("sent", "")
    with pytest.raises(Refusal, match="carries a secret"):
        resend(row, by=factories.user(is_operator=True), at=clock.now())


def test_wrong_code_saves_nothing_and_tells_how_to_go_on() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    address = asked(client, seat)
    answer = client.post(address, {"code": wrong(code())})
    assert (answer.status_code, "This code is wrong" in answer.content.decode()) == (422, True)
    assert not PayoutAccount.objects.exists()


def test_five_wrong_codes_end_it_for_the_right_one_too() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    address, right = asked(client, seat), code()
    for _ in range(5):
        client.post(address, {"code": wrong(right)})
    answer = client.post(address, {"code": right})
    assert (answer.status_code, "This isn’t done yet" in answer.content.decode()) == (422, True)
    assert not PayoutAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_tries_at_once_are_counted_each() -> None:
    seat = factories.participation()
    founder = money.founder_of(seat)
    address = asked(browser(founder), seat)
    bad = wrong(code())
    together(lambda: browser(founder).post(address, {"code": bad}).status_code, times=8)
    assert StepUp.objects.get().tries == 5


def test_code_is_over_after_ten_minutes_and_a_new_one_needs_nothing_typed_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    address, old = asked(client, seat), code()
    later(monkeypatch, 11)
    assert "This isn’t done yet" in client.post(address, {"code": old}).content.decode()
    assert "What you typed is kept" in client.get(address).content.decode()
    anew = client.post(address, {"again": "1"})["Location"]
    assert "This code is wrong" in client.post(anew, {"code": old}).content.decode()
    client.post(anew, {"code": code()})
    assert PayoutAccount.objects.get().last_four == "6789"


def test_mail_that_would_come_too_late_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = factories.participation()
    asked(browser(money.founder_of(seat)), seat)
    later(monkeypatch, 11)
    deliver.drain(clock.now())
    assert [str(mail.subject) for mail in django_mail.outbox if "code" in str(mail.subject)] == []


def test_what_was_never_proven_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    asked(client, seat)
    client.post(asked(client, seat, **OTHER), {"code": code()})
    assert step_up.forget_old(clock.now() + timedelta(minutes=69)) == 0
    assert step_up.forget_old(clock.now() + timedelta(minutes=71)) == 1
    assert [bool(step.done_at) for step in StepUp.objects.all()] == [True]


def test_code_is_nobody_elses() -> None:
    seat = factories.participation()
    address = asked(browser(money.founder_of(seat)), seat)
    other = browser(co_founder(seat))
    assert other.get(address).status_code == 404
    assert other.post(address, {"code": code()}).status_code == 404
    assert not PayoutAccount.objects.exists()


def test_code_is_for_one_startup() -> None:
    seat, another = factories.participation(), factories.participation()
    address = asked(browser(money.founder_of(seat)), seat)
    token = StepUp.objects.get().uuid
    elsewhere = reverse("payout_account_prove", args=[another.pk, token])
    assert browser(money.founder_of(another)).post(elsewhere, {"code": code()}).status_code == 404
    assert browser(money.founder_of(seat)).post(elsewhere, {"code": code()}).status_code == 404
    assert browser(money.founder_of(seat)).get(address).status_code == 200


def test_code_serves_once() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    address, right = asked(client, seat), code()
    client.post(address, {"code": right})
    answer = client.post(address, {"code": right}, follow=True)
    assert "This is done already." in answer.content.decode()
    assert answer.request["PATH_INFO"] == page(seat)
    assert PayoutAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_code_given_twice_at_once_serves_once() -> None:
    seat = factories.participation()
    founder = money.founder_of(seat)
    address, right = asked(browser(founder), seat), code()
    together(lambda: browser(founder).post(address, {"code": right}).status_code, times=4)
    assert PayoutAccount.objects.count() == 1


def test_code_is_for_these_details_and_not_for_those_of_another_tab() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    first, code_of_first = asked(client, seat), code()
    second, code_of_second = asked(client, seat, **OTHER), code()
    assert "This code is wrong" in client.post(second, {"code": code_of_first}).content.decode()
    assert "This code is wrong" in client.post(first, {"code": code_of_second}).content.decode()
    client.post(first, {"code": code_of_first})
    assert PayoutAccount.objects.get().last_four == "6789"


def test_eleventh_code_within_an_hour_is_refused_and_keeps_the_form() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    for _ in range(10):
        asked(client, seat)
    answer = client.post(page(seat), FORM)
    text = answer.content.decode()
    assert (answer.status_code, "many times within an hour" in text) == (422, True)
    assert 'value="Loomwork Inc."' in text


def test_what_cannot_be_saved_asks_for_no_code() -> None:
    seat = money.given().participation
    answer = browser(money.founder_of(seat)).post(page(seat), FORM)
    assert "the bank details we have already" in answer.content.decode()
    assert not StepUp.objects.exists()


def test_who_has_a_second_factor_gives_it_and_gets_no_mail() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat)
    address = asked(client, seat)
    assert not OutgoingMail.objects.filter(kind=step_up.MAIL).exists()
    shown = client.get(address).content.decode()
    assert "Use your authenticator app" in shown
    assert "Use a passkey" not in shown
    client.post(address, {"code": code()})  # the factor of the setting up was given before, and no mailed code counts
    assert not PayoutAccount.objects.exists()
    assert prove(client, person, address)["Location"] == address
    assert "One step is left" in client.get(address).content.decode()
    assert not PayoutAccount.objects.exists()
    assert client.post(address)["Location"] == page(seat)
    assert PayoutAccount.objects.get().last_four == "6789"
    assert StepUp.objects.get().proof.startswith("totp:")


def test_second_factor_that_a_thief_of_the_password_has_just_set_up_proves_nothing() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat, since=second_factor.TRUSTED_AFTER - timedelta(minutes=1))
    address = asked(client, seat)
    prove(client, person, address)
    client.post(address)
    assert not PayoutAccount.objects.exists()
    assert OutgoingMail.objects.get(kind=step_up.MAIL).to_email == person.email
    assert client.post(address, {"code": code()})["Location"] == page(seat)


def test_new_factor_beside_one_of_before_proves_nothing() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat, since=timedelta(0))
    since = timezone.now() - second_factor.TRUSTED_AFTER
    Authenticator.objects.create(user=person, type="webauthn", data={"name": "Key", "credential": {}}, created_at=since)
    address = asked(client, seat)
    prove(client, person, address)
    assert "Save these details now" not in client.get(address).content.decode()
    client.post(address)
    assert not PayoutAccount.objects.exists()


def test_recovery_code_proves_nothing() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat)
    codes = Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()
    address = asked(client, seat)
    back = f"{reverse('mfa_reauthenticate')}?next={address}"
    assert client.post(back, {"code": codes[0], "next": address})["Location"] == address
    assert "Save these details now" not in client.get(address).content.decode()
    client.post(address)
    assert not PayoutAccount.objects.exists()
    prove(client, person, address)
    assert client.post(address)["Location"] == page(seat)


def test_code_goes_to_no_address_that_a_thief_of_the_password_has_just_set(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = factories.participation()
    person = money.founder_of(seat)
    AccountEvent.objects.create(person=person, kind=AccountEvent.Kind.ADDRESS, at=clock.now())
    answer = browser(person).post(page(seat), FORM)
    assert (answer.status_code, "Your email address changed lately" in answer.content.decode()) == (422, True)
    assert not StepUp.objects.exists()
    later(monkeypatch, minutes=3 * 24 * 60)
    asked(browser(person), seat)
    assert OutgoingMail.objects.filter(kind=step_up.MAIL).exists()


def test_second_factor_of_before_goes_through_with_a_new_address() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat)
    AccountEvent.objects.create(person=person, kind=AccountEvent.Kind.ADDRESS, at=clock.now())
    address = asked(client, seat)
    prove(client, person, address)
    assert client.post(address)["Location"] == page(seat)


def test_one_proof_of_a_second_factor_saves_one_of_two_tabs() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat)
    first, second = asked(client, seat), asked(client, seat, **OTHER)
    prove(client, person, first)
    client.post(first)
    assert "Use your authenticator app" in client.post(second).content.decode()
    assert PayoutAccount.objects.get().last_four == "6789"


def test_proof_of_one_session_is_none_in_another() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat)
    address = asked(client, seat)
    prove(client, person, address)
    other = browser(person)
    assert "Use your authenticator app" in other.get(address).content.decode()
    other.post(address)
    assert not PayoutAccount.objects.exists()


def test_passkey_is_a_way_where_there_is_one() -> None:
    person = member()
    since = timezone.now() - second_factor.TRUSTED_AFTER
    data = {"name": "Key", "credential": {}}
    Authenticator.objects.create(user=person, type="webauthn", data=data, created_at=since)
    seat = factories.participation()
    seat.startup.memberships.create(person=person, role="founder", joined_at=since)
    client = browser(person)
    assert "Use a passkey or security key" in client.get(asked(client, seat)).content.decode()


# --- Confirming a co-founder's details --------------------------------------------------------------


def colleague(seat: Participation) -> User:
    """Let somebody be a founder who joined long enough ago."""
    return co_founder(seat, joined_at=clock.now() - NEW_FOR)


def asked_to_confirm(client: Client, seat: Participation, version: int = 1) -> str:
    """Confirm bank details, and return the address of the page that asks for a proof."""
    answer = client.post(reverse("payout_account_confirm", args=[seat.pk, version]))
    assert answer.status_code == 302
    return str(answer["Location"])


def test_code_of_the_mail_confirms_exactly_these_details() -> None:
    seat = money.given().participation
    second = colleague(seat)
    client = browser(second)
    address = asked_to_confirm(client, seat)
    assert PayoutAccount.objects.get().state == "pending"
    shown = client.get(address).content.decode()
    assert "Confirming the bank details of" in shown
    assert "What you typed" not in shown
    deliver.drain(clock.now())
    [mailed] = re.findall(r"^(\d{3} \d{3})$", str(django_mail.outbox[-1].body), re.MULTILINE)
    assert "Loomwork Inc., ending in 6789" in str(django_mail.outbox[-1].body)
    assert "This code is wrong" in client.post(address, {"code": wrong(code())}).content.decode()
    assert PayoutAccount.objects.get().state == "pending"
    assert client.post(address, {"code": mailed})["Location"] == page(seat)
    account = PayoutAccount.objects.get()
    assert (account.state, account.confirmed_by) == ("confirmed", second)
    step = StepUp.objects.get()
    assert (step.act, step.subject_id, step.sealed) == ("payout_account_confirm", account.pk, None)


def test_session_alone_confirms_nothing() -> None:
    seat = money.given().participation
    client = browser(colleague(seat))
    address = asked_to_confirm(client, seat)
    client.post(address)
    client.post(address, {"code": ""})
    assert PayoutAccount.objects.get().state == "pending"


def test_code_of_a_confirmation_is_for_one_account_and_one_act() -> None:
    seat = money.given().participation
    second = colleague(seat)
    client = browser(second)
    address, right = asked_to_confirm(client, seat), code()
    token = StepUp.objects.get().uuid
    giving = reverse("payout_account_prove", args=[seat.pk, token])
    assert client.post(giving, {"code": right}).status_code == 404
    assert browser(money.founder_of(seat)).post(address, {"code": right}).status_code == 404
    newer = money.given(seat, account_number="987654321")
    elsewhere = reverse("payout_account_confirm_prove", args=[seat.pk, newer.version, token])
    assert client.post(elsewhere, {"code": right}).status_code == 404
    answer = client.post(address, {"code": right})
    assert (answer.status_code, "cannot become" in answer.content.decode()) == (422, True)
    assert list(PayoutAccount.objects.order_by("version").values_list("state", flat=True)) == ["retired", "pending"]


def test_confirmation_by_a_second_factor_needs_one_given_for_it() -> None:
    seat = factories.participation()
    client, person = founder_with_app(seat)
    second = colleague(seat)
    given = browser(second)
    given.post(asked(given, seat), {"code": code()})
    address = asked_to_confirm(client, seat)
    client.post(address)  # the factor of the setting up was given before
    assert PayoutAccount.objects.get().state == "pending"
    prove(client, person, address)
    shown = client.get(address).content.decode()
    assert "One step is left" in shown
    assert "Confirm these details" in shown
    assert client.post(address)["Location"] == page(seat)
    assert PayoutAccount.objects.get().confirmed_by == person
    assert StepUp.objects.latest("pk").proof.startswith("totp:")


def test_confirmation_that_took_too_long_needs_a_new_code(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = money.given().participation
    client = browser(colleague(seat))
    address, old = asked_to_confirm(client, seat), code()
    later(monkeypatch, 11)
    assert "This isn’t done yet" in client.post(address, {"code": old}).content.decode()
    anew = client.post(address, {"again": "1"})["Location"]
    assert anew.startswith(reverse("payout_account_confirm", args=[seat.pk, 1]))
    assert client.post(anew, {"code": code()})["Location"] == page(seat)
    assert PayoutAccount.objects.get().state == "confirmed"
