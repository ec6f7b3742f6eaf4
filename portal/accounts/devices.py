"""Browsers that somebody has signed in with before: known by a signed cookie, until a password or a factor changes.

Which of them a session was begun with stands in it (`KNOWN_BY`), so that who is signed out of one browser by its owner is
a stranger there, too.
"""

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.accounts import limits
from portal.accounts.session_store import SIGNED_IN
from portal.models import User

SALT = "portal.known_device"
KEPT = timedelta(days=180)
PEOPLE = 5  # of one browser
KNOWN_BY = "known_by"  # in what a session notes at the login
_ASKED = "device_to_remember"  # the attribute of the request


def known(request: HttpRequest, user: User) -> str:
    """Return the id of this device if the person has signed in with it since their last change, or nothing."""
    device, mark = _read(request).get(str(user.pk), ("", ""))
    is_known = device and constant_time_compare(mark, _mark(user, device)) and not limits.is_shut(_about(user, device))
    return device if is_known else ""


def last_person(request: HttpRequest) -> int | None:
    """Return the id of who signed in last with this device, whatever changed since; asks no database."""
    return next((int(pk) for pk in reversed(_read(request))), None)


def anybody(request: HttpRequest) -> User | None:
    """Return a person by whom this device is known, or nobody."""
    people = User.objects.filter(pk__in=_read(request), is_active=True).order_by("pk")
    return next((person for person in people if known(request, person)), None)


def remember(request: HttpRequest, user: User) -> None:
    """Let the answer to this request make the browser known, and their session say by which id."""
    device = known(request, user) or secrets.token_urlsafe(12)
    setattr(request, _ASKED, (user, device))
    if told := request.session.get(SIGNED_IN):
        request.session[SIGNED_IN] = told | {KNOWN_BY: device}


def make_stranger(user: User, told: dict[str, Any]) -> None:
    """Know the device no more with which a session was begun, by what it notes at the login."""
    if device := told.get(KNOWN_BY):
        limits.shut(_about(user, device), int(KEPT.total_seconds()))


def write(request: HttpRequest, response: HttpResponseBase) -> None:
    """Write the cookie where the request asked for it."""
    asked: tuple[User, str] | None = getattr(request, _ASKED, None)
    if asked is None:
        return
    user, device = asked
    others = {pk: kept for pk, kept in _read(request).items() if pk != str(user.pk)}
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


def _about(user: User, device: str) -> str:
    return f"stranger:{user.pk}:{device}"


def _mark(user: User, device: str) -> str:
    told = f"{user.pk}:{device}:{user.password}:{user.devices_since or ''}"
    return salted_hmac(SALT, told, algorithm="sha256").hexdigest()[:32]
