"""Passwords: what is refused offline, what is taken, and that no answer's time tells who has an account."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from applications.forms.startups import StartupForm
from portal.accounts.adapters import clean_name
from portal.models import User
from tests import factories
from tests.portal.accounts.test_accounts import PASSWORD, SIGN_UP, log_in, member

pytestmark = pytest.mark.django_db


def problem(password: str, user: User | None = None) -> list[str | None]:
    """Return why a password is refused."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [each.code for each in error.error_list]
    return []


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("h3r0nw", ["password_too_short"]),
        ("nine_char", ["password_too_short"]),
        ("correcthorsebatterystaple", ["password_breached"]),
        ("CorrectHorseBatteryStaple", ["password_breached"]),
        ("trustno1trustno1", ["password_breached"]),
        ("tremplin-2027", ["password_tells_of_you"]),
        ("Trémplin!2027", ["password_tells_of_you"]),
        ("a heron on the weir", []),
        ("🐢🐢 slow but sure", []),
        ("x" * 41 + "heron" * 5, []),
        ("long " * 40, []),
    ],
)
def test_password_is_judged_by_length_and_by_what_others_would_guess(password: str, codes: list[str]) -> None:
    assert problem(password) == codes


@pytest.mark.parametrize("password", ["lovelace.1815", "Ada.Lovelace!", "analytical99", "loomwork-2027"])
def test_password_that_tells_of_the_person_is_refused(password: str) -> None:
    ada = factories.user("Ada Lovelace", email="analytical@engine.example")
    factories.startup(ada, name="Loomwork")
    assert problem(password, ada) == ["password_tells_of_you"]
    assert problem(password, factories.user("Bao Nguyen", email="bao@other.example")) == []


def test_name_in_a_long_password_is_no_matter() -> None:
    assert problem("lovelace walks nine herons home", factories.user("Ada Lovelace")) == []


@pytest.mark.parametrize("password", ["lovelace.1815", "ada@example.org1"])
def test_sign_up_judges_by_the_name_and_address_typed_beside_it(password: str) -> None:
    answer = Client().post("/account/signup/", SIGN_UP | {"password1": password, "password2": password})
    assert "too close to your name" in answer.content.decode()
    assert not User.objects.exists()


def test_change_asks_for_the_present_password() -> None:
    ada, client = member(), Client()
    log_in(client, ada)
    new = {"password1": "a heron on the weir", "password2": "a heron on the weir"}
    client.post("/account/password/change/", {"oldpassword": "wrong", **new})
    client.post("/account/password/change/", new)
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


# --- Time -------------------------------------------------------------------------------------------


class Counting(MD5PasswordHasher):
    """Counts how often a password is hashed: what makes an answer slow."""

    count = 0

    def encode(self, password: str, salt: str, *args: Any, **kwargs: Any) -> str:
        Counting.count += 1
        return super().encode(password, salt, *args, **kwargs)


def hashed(address: str, told: dict[str, str]) -> int:
    """Return how often an answer to a visitor hashed a password."""
    Counting.count = 0
    Client().post(address, told)
    return Counting.count


@pytest.fixture
def _counted(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]


@pytest.mark.usefixtures("_counted")
@pytest.mark.parametrize("account", ["none", "confirmed", "unconfirmed", "unconfirmed, of another password", "closed"])
def test_sign_up_hashes_once_whoever_has_an_account(account: str) -> None:
    if account != "none":
        member(
            "another password" if "another" in account else PASSWORD,
            email="ada@example.org",
            is_active=account != "closed",
        )
        EmailAddress.objects.update(verified="unconfirmed" not in account)
    assert hashed("/account/signup/", SIGN_UP) == 1


@pytest.mark.usefixtures("_counted")
@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", PASSWORD), ("ada@example.org", "wrong"), ("no@example.org", "wrong")],
)
def test_login_hashes_once_whoever_has_an_account(email: str, password: str) -> None:
    member(email="ada@example.org")
    assert hashed("/account/login/", {"login": email, "password": password}) == 1


# --- Names ------------------------------------------------------------------------------------------

UNSEEN = ["\u202e", "\u202a", "\u2066", "\u2069", "\u200e", "\u200b", "\u2060", "\ufeff", "\u00ad", "\u200d", "\x07"]


@pytest.mark.parametrize("mark", UNSEEN, ids=[f"U+{ord(mark):04X}" for mark in UNSEEN])
def test_name_with_what_nobody_sees_is_refused(mark: str) -> None:
    with pytest.raises(ValidationError):
        clean_name(f"Ada{mark}King")
    answer = Client().post("/account/signup/", SIGN_UP | {"name": f"Ada{mark}King"})
    assert "name" in answer.context["form"].errors
    form = StartupForm({"name": f"Loom{mark}work", "legal_name": f"Loom{mark}work Inc.", "country": "US"})
    assert {"name", "legal_name"} <= set(form.errors)
    with pytest.raises(ValidationError):
        User(name=f"Ada{mark}King", email="ada@example.org").clean_fields(exclude=["password"])


@pytest.mark.parametrize(
    "name", ["Zoë Ångström", "نیلوفر می‌خواهد", "ක්‍ෂේම", "O’Neill-Smith", "Nguyễn Thị Minh", "佐藤 花子"]
)
def test_name_of_any_script_is_taken(name: str) -> None:
    assert clean_name(name) == name
