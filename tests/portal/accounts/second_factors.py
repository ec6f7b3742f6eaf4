"""An authenticator app for tests: sets itself up through the pages, and gives codes."""

import time
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from portal.models import User
from tests.portal.accounts.test_accounts import PASSWORD


def code(secret: str) -> str:
    """Give the code of the present half minute; it may be given again, as half a minute later."""
    cache.clear()
    return shown(secret)


def shown(secret: str) -> str:
    """Give the code of the present half minute as the app shows it: once given, it is used up."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def code_of(person: User) -> str:
    """Give the code that the person's app shows, which may be given again."""
    return code(secret_of(person))


def secret_of(person: User) -> str:
    authenticator = Authenticator.objects.get(user=person, type="totp")
    return str(get_adapter().decrypt(authenticator.data["secret"]))


def set_up(client: Client) -> Any:
    """Set an authenticator app up, as a person does who has just given the password."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/2fa/totp/activate/")
    return client.post("/account/2fa/totp/activate/", {"code": code(client.session[SECRET_SESSION_KEY])})
