"""A security key without a PIN is a second factor and no login: whatever page asked for a touch, the password comes first."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.models import User
from tests.portal.accounts.security_keys import SecurityKey
from tests.portal.accounts.test_accounts import is_signed_in, log_in, member

pytestmark = pytest.mark.django_db
LOGIN = "/account/2fa/webauthn/login/"


@pytest.fixture
def ada() -> User:
    return member()


@pytest.fixture
def key(ada: User) -> SecurityKey:
    return with_key(ada)


def with_key(person: User) -> SecurityKey:
    client, made = Client(), SecurityKey(person)
    log_in(client, person)
    assert made.add(client).status_code == 302
    return made


def asked_at_the_login(client: Client) -> dict[str, Any]:
    answer = client.get(LOGIN, headers={"X-Requested-With": "XMLHttpRequest"})
    asked: dict[str, Any] = answer.json()["request_options"]
    return asked


def asked_after_a_password(client: Client, person: User) -> dict[str, Any]:
    log_in(client, person)
    asked: dict[str, Any] = client.get(reverse("mfa_authenticate")).context["js_data"]["request_options"]
    return asked


def test_key_is_a_second_factor_by_a_touch(ada: User, key: SecurityKey) -> None:
    client = Client()
    asked = asked_after_a_password(client, ada)
    client.post(reverse("mfa_authenticate"), {"credential": key.answer(asked, verified=False)})
    assert is_signed_in(client)


@pytest.mark.parametrize("verified", [True, False])
def test_key_signs_in_alone_where_it_verified_who_holds_it(key: SecurityKey, verified: bool) -> None:
    client = Client()
    answer = client.post(LOGIN, {"credential": key.answer(asked_at_the_login(client), verified=verified)})
    assert (answer.status_code, is_signed_in(client)) == ((302, True) if verified else (422, False))


def test_what_was_asked_of_a_second_factor_is_answered_by_no_login(key: SecurityKey) -> None:
    thief, client = member(), Client()
    with_key(thief)
    asked = asked_after_a_password(client, thief)
    client.get("/account/signup/")  # allauth forgets the begun login, and not what was asked
    answer = client.post(LOGIN, {"credential": key.answer(asked, verified=False)})
    assert (answer.status_code, is_signed_in(client)) == (422, False)


def test_what_was_asked_for_one_page_is_answered_once(key: SecurityKey) -> None:
    client = Client()
    credential = key.answer(asked_at_the_login(client), verified=True)
    client.post(LOGIN, {"credential": credential})
    client.post("/account/logout/")
    assert client.post(LOGIN, {"credential": credential}).status_code == 422
