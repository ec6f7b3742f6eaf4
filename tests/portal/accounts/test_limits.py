"""Who reaches a limit reads why, in their language, and loses nothing of what they typed but passwords."""

import html
import re
from collections.abc import Mapping

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal import settings as ours
from portal.models import Attempts, User
from tests.portal.accounts.test_accounts import PASSWORD, SIGN_UP, is_signed_in, log_in, member

pytestmark = pytest.mark.django_db
WORDS = {"en": "Too many attempts", "fr": "Trop de tentatives"}
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
NAME = "Ada <b>King"


@pytest.fixture(autouse=True)
def _one_a_minute(settings: LazySettings) -> None:
    settings.LIMITS = {name: (per, 1) for name, (per, _most) in ours.LIMITS.items()}


FORMS: list[tuple[str, Mapping[str, str], str]] = [
    ("account_signup", {**SIGN_UP, "name": NAME}, NAME),
    ("account_login", {"login": "ada@example.org", "password": PASSWORD}, "ada@example.org"),
    ("account_reset_password", {"email": "ada@example.org"}, "ada@example.org"),
]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("name", "typed", "again"), FORMS, ids=[name for name, _typed, _again in FORMS])
def test_limit_has_a_page_that_keeps_the_words(name: str, typed: Mapping[str, str], again: str, language: str) -> None:
    client = Client(headers={"Accept-Language": language})
    address = f"{reverse(name)}?next=/apply/first/"
    answers = [client.post(address, typed) for _ in range(2)]
    page = answers[1].content.decode()
    assert [answer.status_code == 429 for answer in answers] == [False, True]
    assert answers[1]["Retry-After"] == "60"
    assert f'action="{html.escape(address)}"' in page
    assert language == "fr" or WORDS[language] in page
    kept = {field: html.unescape(value) for field, value in FIELD.findall(page)}
    assert again in kept.values()
    assert PASSWORD not in page
    Attempts.objects.all().delete()
    once_more = client.post(address, kept)
    assert again in html.unescape(once_more.content.decode()) or once_more.status_code == 302


@pytest.mark.parametrize("name", ["account_change_password", "account_email", "account_reauthenticate"])
def test_limit_of_a_person_has_the_page_too(name: str) -> None:
    client = Client()
    log_in(client, member())
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    Attempts.objects.all().delete()
    answers = [client.post(reverse(name), {"password": "wrong", "oldpassword": "wrong"}) for _ in range(2)]
    assert [answer.status_code == 429 for answer in answers] == [False, True]
    assert WORDS["en"] in answers[1].content.decode()


def test_limit_of_passkeys_has_the_page_too() -> None:
    answers = [Client().post(reverse("mfa_login_webauthn"), {"credential": "{}"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 429]


def test_known_device_signs_in_where_its_network_has_none_left(settings: LazySettings) -> None:
    settings.PER_DEVICE = 2
    ada, known = member(), Client()
    log_in(known, ada)
    known.post("/account/logout/")
    assert log_in(Client(), ada).status_code == 429
    log_in(known, ada)
    assert is_signed_in(known)
    known.post("/account/logout/")
    assert [log_in(known, ada).status_code for _ in range(3)] == [302, 429, 429]
    forged = Client()
    forged.cookies["device"] = "e30:1abc:forged"
    assert log_in(forged, ada).status_code == 429


def test_device_that_is_known_no_more_passes_no_limit() -> None:
    ada, known = member(), Client()
    log_in(known, ada)
    known.post("/account/logout/")
    User.objects.filter(pk=ada.pk).update(devices_since=timezone.now())
    assert log_in(known, ada).status_code == 429


def test_devices_that_one_person_makes_pass_no_more_often_than_one(settings: LazySettings) -> None:
    settings.PER_DEVICE = 2
    ada, browsers = member(), [Client() for _ in range(3)]
    for each in browsers:
        Attempts.objects.all().delete()
        log_in(each, ada)
        each.post("/account/logout/")
    assert [log_in(each, ada).status_code for each in browsers] == [302, 302, 429]


def test_known_device_passes_no_other_limit_of_its_network() -> None:
    known = Client()
    log_in(known, member())
    answers = [known.post("/account/password/reset/", {"email": "ada@example.org"}).status_code for _ in range(2)]
    assert answers == [302, 429]


def test_passkeys_are_counted_apart_from_passwords() -> None:
    answers = [log_in(Client(), member()).status_code for _ in range(2)]
    passkey = Client().post(reverse("mfa_login_webauthn"), {"credential": "{}"})
    assert (answers, passkey.status_code) == ([302, 429], 422)


def test_a_room_signs_up_at_once(client: Client, settings: LazySettings) -> None:
    settings.LIMITS = ours.LIMITS
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    answers = [client.post(reverse("account_signup"), {"email": f"person{n}@example.org"}) for n in range(100)]
    assert {answer.status_code for answer in answers} == {200}
    assert ours.PER_NETWORK >= 200
