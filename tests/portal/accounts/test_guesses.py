"""Guesses at passwords and codes are slowed down where they come from; nobody else is locked out by them."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.accounts import limits, sessions
from portal.models import AccountEvent, Attempts, User
from tests.portal.accounts import second_factors
from tests.portal.accounts.test_accounts import PASSWORD, is_signed_in, log_in, member
from tests.portal.outbox.test_deliver import together

pytestmark = pytest.mark.django_db
ELSEWHERE = "198.51.100.7"


def guess(client: Client, person: User, times: int, **extra: Any) -> str:
    """Guess at a password, and return the last page."""
    text = ""
    for _ in range(times):
        told = {"login": person.email, "password": "wrong"}
        text = client.post("/account/login/", told, **extra).content.decode()
    return text


def test_sixth_guess_from_one_network_is_refused_the_right_password_too() -> None:
    ada, client = member(), Client()
    guess(client, ada, 5)
    assert "Too many" in log_in(client, ada).content.decode()
    assert not is_signed_in(client)


def test_guesses_from_another_network_lock_nobody_out() -> None:
    ada, client = member(), Client()
    assert "Too many" in guess(Client(), ada, 6, REMOTE_ADDR=ELSEWHERE)
    log_in(client, ada)
    assert is_signed_in(client)


def test_addresses_of_one_ipv6_line_are_one_network() -> None:
    ada = member()
    guess(Client(), ada, 3, REMOTE_ADDR="2001:db8:1:2::1")
    guess(Client(), ada, 2, REMOTE_ADDR="2001:db8:1:2:ffff::9")
    assert "Too many" in guess(Client(), ada, 1, REMOTE_ADDR="2001:db8:1:2:abcd::1")
    assert "Too many" not in guess(Client(), ada, 1, REMOTE_ADDR="2001:db8:1:3::1")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("unknown", ""),
    ],
)
def test_network_is_what_a_line_is_given(address: str, network: str) -> None:
    assert sessions.network_of(RequestFactory().get("/", REMOTE_ADDR=address)) == network


def test_known_device_goes_through_in_the_network_of_the_guesser() -> None:
    ada, client = member(), Client()
    log_in(client, ada)
    client.post("/account/logout/")
    guess(Client(), ada, 6)
    log_in(client, ada)
    assert is_signed_in(client)


def test_known_device_is_limited_too_and_is_known_to_one_person_alone() -> None:
    ada, bob, client = member(), member(), Client()
    log_in(client, ada)
    client.post("/account/logout/")
    assert "Too many" not in guess(client, ada, 15)  # five as any browser of its network, once its own are used up
    assert "Too many" in guess(client, ada, 1)
    assert "Too many" in guess(client, bob, 6)


def test_stolen_device_locks_its_owner_out_of_nothing() -> None:
    ada, client, thief = member(), Client(), Client(REMOTE_ADDR=ELSEWHERE)
    log_in(client, ada)
    client.post("/account/logout/")
    thief.cookies["device"] = client.cookies["device"].value
    assert "Too many" in guess(thief, ada, 16)
    log_in(client, ada)
    assert is_signed_in(client)


def test_guesses_of_a_stolen_device_are_counted_by_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUESSES_KNOWN_DAY", limits.Limit(12, limits.DAY))
    ada, client = member(), Client()
    log_in(client, ada)
    client.post("/account/logout/")
    guess(client, ada, 10)
    Attempts.objects.filter(key=limits.key_of(f"password:{ada.email}:network:127.0.0.1")).delete()
    in_five_minutes = Attempts.objects.exclude(until__gt=timezone.now() + timedelta(hours=1))
    in_five_minutes.update(until=timezone.now())
    assert "Too many" not in guess(client, ada, 7)  # two of its own, and five as any browser
    assert "Too many" in guess(client, ada, 1)


def test_passkeys_go_through_while_passwords_are_guessed_at() -> None:
    ada = member()
    guess(Client(), ada, 6)
    answer = Client().post(reverse("mfa_login_webauthn"), {"credential": "{}"})
    assert answer.status_code == 422  # judged, and not refused unread


def test_many_networks_reach_a_limit_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUESSES_WHOLE", limits.Limit(3, 3600))
    ada, client = member(), Client()
    for nth in range(3):
        guess(Client(), ada, 1, REMOTE_ADDR=f"203.0.113.{nth}")
    log_in(client, ada)
    assert not is_signed_in(client)


def test_new_password_by_the_mailed_link_counts_from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUESSES_WHOLE", limits.Limit(3, 3600))
    ada, client = member(), Client()
    for nth in range(4):
        guess(Client(), ada, 1, REMOTE_ADDR=f"203.0.113.{nth}")
    limits.forget(f"password:{ada.email}")
    log_in(client, ada)
    assert is_signed_in(client)


def test_right_password_is_no_guess() -> None:
    ada = member()
    for _ in range(8):
        client = Client()
        log_in(client, ada)
        assert is_signed_in(client)


def test_guess_at_an_address_without_an_account_is_counted_alike() -> None:
    client = Client()
    texts = [
        client.post("/account/login/", {"login": "no@example.org", "password": "wrong"}).content.decode()
        for _ in range(6)
    ]
    assert ["Too many" in text for text in texts] == [False] * 5 + [True]


def test_nothing_drops_a_limit_but_its_time(settings: LazySettings) -> None:
    ada, client = member(), Client()
    guess(client, ada, 5)
    cache.clear()
    for nth in range(400):
        cache.set(f"something-{nth}", nth)
    Attempts.objects.bulk_create(Attempts(key=f"{nth}", count=1, until="2100-01-01T00:00:00Z") for nth in range(400))
    assert "Too many" in guess(client, ada, 1)


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_counted_each() -> None:
    answers = together(lambda: len(limits.guess("password", "ada@example.org", network="192.0.2.1")), times=9)
    assert Counter(answers) == {2: 5, 0: 4}
    limits.give_back(["password:ada@example.org", "password:ada@example.org:network:192.0.2.1"])
    assert sorted(Attempts.objects.values_list("count", flat=True)) == [8, 8]


def test_attempts_are_counted_anew_after_their_time_and_forgotten() -> None:
    asked = limits.Limit(1, 60), "something"
    assert [limits.allowed(asked), limits.allowed(asked)] == [True, False]
    Attempts.objects.update(until="2020-01-01T00:00:00Z")
    assert limits.allowed(asked)
    assert limits.forget_old(None) == 0  # type: ignore[arg-type]  # it asks the machine's clock
    Attempts.objects.update(until="2020-01-01T00:00:00Z")
    assert limits.forget_old(None) == 1  # type: ignore[arg-type]  # as above


def test_rows_of_limits_tell_no_address_and_no_network() -> None:
    guess(Client(), member(email="ada@example.org"), 1)
    keys = list(Attempts.objects.values_list("key", flat=True))
    assert {len(key) for key in keys} == {64}
    assert all(set(key) <= set("0123456789abcdef") for key in keys)


def test_signing_in_takes_few_statements() -> None:
    ada, client = member(), Client()
    client.get("/account/login/")
    with CaptureQueriesContext(connection) as seen:
        log_in(client, ada)
    assert is_signed_in(client)
    asked = [query["sql"] for query in seen if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len([sql for sql in asked if "portal_attempts" in sql]) == 3
    assert [sql for sql in asked if "portal_cache" in sql] == []
    assert len(asked) <= 16


def test_guesses_at_a_code_are_limited_by_person_and_network() -> None:
    ada, client = member(), Client()
    log_in(client, ada)
    second_factors.set_up(client)
    guesser, owner = Client(REMOTE_ADDR=ELSEWHERE), Client()
    for each in (guesser, owner):
        log_in(each, ada)
    for _ in range(6):
        refused = guesser.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "Too many" in refused.content.decode()
    owner.post(reverse("mfa_authenticate"), {"code": second_factors.code_of(ada)})
    assert (is_signed_in(guesser), is_signed_in(owner)) == (False, True)
    kinds = Counter(AccountEvent.objects.filter(network=ELSEWHERE).values_list("kind", flat=True))
    assert kinds == {"factor_refused": 5, "limited": 1}


@pytest.mark.django_db(transaction=True)  # allauth tells of it once it is committed
def test_code_that_set_the_app_up_opens_no_login() -> None:
    ada, client, later = member(), Client(), Client()
    log_in(client, ada)
    second_factors.set_up(client)
    log_in(later, ada)
    later.post(reverse("mfa_authenticate"), {"code": second_factors.shown(second_factors.secret_of(ada))})
    assert not is_signed_in(later)
    later.post(reverse("mfa_authenticate"), {"code": second_factors.code_of(ada)})
    assert is_signed_in(later)


@pytest.mark.parametrize("known", [True, False])
def test_refused_login_leaves_an_event_and_a_line(known: bool, caplog: pytest.LogCaptureFixture) -> None:
    ada = member(email="ada@example.org")
    email = ada.email if known else "no@example.org"
    Client().post("/account/login/", {"login": email, "password": PASSWORD + "!"}, REMOTE_ADDR=ELSEWHERE)
    event = AccountEvent.objects.get()
    assert (event.kind, event.person, event.network) == ("refused", ada if known else None, ELSEWHERE)
    [line] = [record for record in caplog.records if record.name == "portal.accounts.events"]
    assert line.levelname == "WARNING"
    assert email not in line.getMessage()
