"""Mails that anybody can cause: one mailbox gets few of them within a day, and one person causes few."""

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from portal.accounts import limits
from portal.accounts.limits import Limit, mailbox
from portal.models import Attempts, OutgoingMail
from tests.portal.accounts.test_accounts import PASSWORD, SIGN_UP, log_in, member, sent_path

pytestmark = pytest.mark.django_db
ADA = "ada@example.org"


@pytest.fixture(autouse=True)
def _three_a_day(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    """Let a day bring three, as quickly as anybody likes."""
    settings.LIMITS = {}
    monkeypatch.setattr(limits, "MAILS_TO_ONE", Limit(3, limits.DAY))
    for soon in ("CONFIRMATION_MAILS", "RESET_MAILS"):
        monkeypatch.setattr(limits, soon, Limit(100, 180))


def kinds() -> list[str]:
    return [mail.kind for mail in OutgoingMail.objects.order_by("pk")]


def ask_for_a_reset(email: str) -> None:
    Client().post("/account/password/reset/", {"email": email})


def sign_up(email: str) -> None:
    Client().post("/account/signup/", SIGN_UP | {"email": email})


def manage(client: Client, **typed: str) -> None:
    client.post("/account/email/", typed)


def owner(email: str = "old@example.org") -> Client:
    """Give the browser of somebody who has just proven who they are."""
    client = Client()
    log_in(client, member(email=email))
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("Ada@Example.ORG ", ADA),
        ("ada+bomb+1@example.org", ADA),
        ("+ada@example.org", "+ada@example.org"),
        ('"a+b"@example.org', '"a@example.org'),
        ("nobody", "nobody"),
        ("", ""),
    ],
)
def test_mailbox_of_an_address(email: str, kept: str) -> None:
    assert mailbox(email) == kept


def test_mailbox_gets_few_resets_a_day() -> None:
    member(email=ADA)
    for _ in range(5):
        ask_for_a_reset(ADA)
    assert kinds() == ["account_password_reset_link"] * 3
    Attempts.objects.update(until=timezone.now())
    ask_for_a_reset(ADA)
    assert len(kinds()) == 4


def test_mailbox_without_an_account_gets_few_a_day_however_it_is_written() -> None:
    for n in range(5):
        ask_for_a_reset(f"Ada+{n}@example.org")
    assert kinds() == ["account_unknown"] * 3


def test_mailbox_with_an_account_gets_few_notes_of_sign_ups_a_day() -> None:
    member(email=ADA)
    for _ in range(5):
        sign_up(ADA)
    assert kinds() == ["account_exists"] * 3


def test_mailbox_gets_few_confirmations_a_day() -> None:
    for n in range(5):
        sign_up(f"ada+{n}@example.org")
    assert kinds() == ["account_email_confirmation_link"] * 3


def test_what_comes_too_soon_is_not_counted_in_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESET_MAILS", Limit(1, 600))
    member(email=ADA)
    for _ in range(10):
        ask_for_a_reset(ADA)
    Attempts.objects.filter(key=limits.key_of(f"reset:{ADA}")).delete()
    ask_for_a_reset(ADA)
    assert len(kinds()) == 2


def test_resets_do_not_keep_confirmations_back() -> None:
    for _ in range(5):
        ask_for_a_reset(ADA)
    sign_up(ADA)
    assert kinds()[-1] == "account_email_confirmation_link"


def test_new_password_lets_its_owner_ask_again() -> None:
    member(email=ADA)
    for _ in range(5):
        ask_for_a_reset(ADA)
    client, new = Client(), "a staircase of seven winters"
    client.post(client.get(sent_path())["Location"], {"password1": new, "password2": new})
    ask_for_a_reset(ADA)
    assert kinds().count("account_password_reset_link") == 4


def test_link_to_a_new_address_is_sent_again_after_a_while_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONFIRMATION_MAILS", Limit(1, 180))
    client = owner()
    manage(client, action_add="", email=ADA)
    for _ in range(5):
        manage(client, action_send="", email=ADA)
    assert kinds() == ["account_email_confirmation_link"]


def test_several_people_who_give_one_address_as_theirs_fill_no_mailbox() -> None:
    for n in range(5):
        manage(owner(f"old{n}@example.org"), action_add="", email=ADA)
    assert kinds() == ["account_email_confirmation_link"] * 3


def test_one_person_gives_few_addresses_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADDRESSES_OF_ONE", Limit(2, limits.DAY))
    client = owner()
    for n in range(5):
        manage(client, action_add="", email=f"stranger{n}@example.org")
    assert [mail.to_email for mail in OutgoingMail.objects.order_by("pk")] == [
        f"stranger{n}@example.org" for n in range(2)
    ]
