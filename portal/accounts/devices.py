"""Browsers that somebody has signed in with before: known by a signed cookie, until a password or a factor changes."""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.models import User

SALT = "portal.known_device"
KEPT = timedelta(days=180)
PEOPLE = 5  # of one browser
_ASKED = "device_to_remember"  # the attribute of the request


def known(request: HttpRequest, user: User) -> str:
    """Return the id of this device if the person has signed in with it since their last change, or nothing."""
    device, mark = _read(request).get(str(user.pk), ("", ""))
    return device if device and constant_time_compare(mark, _mark(user, device)) else ""


def any_known(request: HttpRequest) -> str:
    """Return the id of a device by which anybody has signed in, whoever they are, or nothing; asks no database."""
    return next((device for device, _mark in _read(request).values()), "")


def remember(request: HttpRequest, user: User) -> None:
    """Let the answer to this request make the browser known."""
    setattr(request, _ASKED, user)


def write(request: HttpRequest, response: HttpResponseBase) -> None:
    """Write the cookie where the request asked for it."""
    user: User | None = getattr(request, _ASKED, None)
    if user is None:
        return
    others = {pk: kept for pk, kept in _read(request).items() if pk != str(user.pk)}
    device = known(request, user) or secrets.token_urlsafe(12)
    kept = dict([*others.items()][-PEOPLE + 1 :]) | {str(user.pk): (device, _mark(user, device))}
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(kept, salt=SALT),
        max_age=KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=KEPT
        )
    except signing.BadSignature:
        return {}
    return kept


def _mark(user: User, device: str) -> str:
    told = f"{user.pk}:{device}:{user.password}:{user.devices_since or ''}"
    return salted_hmac(SALT, told, algorithm="sha256").hexdigest()[:32]
