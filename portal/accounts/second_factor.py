"""Who needs a second factor, and whether this very session was opened with one.

Having an authenticator is not enough: a session begun with a password alone, perhaps before the second factor was
set up, stays locked out until its person proves the factor in that session.
"""

from datetime import timedelta

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from portal.models import User
from portal.once import once

TRUSTED_AFTER = timedelta(days=3)
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def is_needed(user: User) -> bool:
    """Return whether the person works in the admin and so may do nothing without a second factor."""
    return user.is_staff and not settings.DEMO_WITHOUT_SECOND_FACTOR


def is_set_up(user: User) -> bool:
    """Return whether the person has an authenticator app or a passkey; recovery codes alone are none."""
    return bool(is_mfa_enabled(user, types=FACTORS))


def is_trusted(user: User) -> bool:
    """Return whether one of them was set up long enough ago that its owner, who was told by mail, would have objected."""
    return bool(trusted(user).exists())


def trusted(user: User) -> models.QuerySet[Authenticator]:
    """Return those of that age; a new one proves no more than the password by which it was set up, recovery codes less."""
    before = timezone.now() - TRUSTED_AFTER
    found: models.QuerySet[Authenticator] = Authenticator.objects.filter(
        user=user, type__in=FACTORS, created_at__lte=before
    )
    return found


def is_proven(request: HttpRequest, user: User) -> bool:
    """Return whether the second factor was given in this session."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))


def missing(request: HttpRequest, user: User) -> bool:
    """Return whether the person must still set up or give a second factor before working."""

    def read() -> bool:
        return is_needed(user) and not (is_proven(request, user) and is_set_up(user))

    return once(request, ("second factor missing", user.pk), read)


def way_to_it(request: HttpRequest, user: User) -> str:
    """Return the address where the person sets the second factor up, or gives it, and then comes back."""
    if not is_set_up(user):
        return reverse("mfa_index")
    has_app = is_mfa_enabled(user, types=[Authenticator.Type.TOTP])
    page = reverse("mfa_reauthenticate" if has_app else "mfa_reauthenticate_webauthn")
    back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse(settings.LOGIN_REDIRECT_URL)
    return f"{page}?{urlencode({'next': back})}"
