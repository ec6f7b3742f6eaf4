"""The first operator: made on the command line, set up by a one-time link.

The link is a signed word of the person and of the state of their password, so that it dies with its use.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.models import User

HOURS = 24
SALT = "portal.operator_setup"


@transaction.atomic
def make_operator(email: str, *, name: str, at: datetime) -> User:
    """Make a person an operator, new or known; who runs this command vouches for the address."""
    address = email.strip().lower()
    user = User.objects.filter(email__iexact=address).first()
    if user is None:
        user = User.objects.create_user(address, name=name, joined_at=at)
    user.is_operator, user.is_active = True, True
    user.save(update_fields=["is_operator", "is_active"])
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    return user


def link(user: User) -> str:
    """Return the address by which the operator sets a password."""
    token = signing.dumps([user.pk, _state_of(user)], salt=SALT)
    return settings.SITE_URL + reverse("operator_setup", args=[token])


def read(token: str) -> User | None:
    """Return whose link this is; None when it is too old, used, forged, or its person is no operator any more."""
    try:
        pk, state = signing.loads(token, salt=SALT, max_age=HOURS * 3600)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk, is_operator=True, is_active=True).first()
    return user if user and constant_time_compare(state, _state_of(user)) else None


def _state_of(user: User) -> str:
    return salted_hmac(SALT, f"{user.password}|{user.last_login}", algorithm="sha256").hexdigest()
