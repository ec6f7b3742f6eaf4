"""Mails that carry a secret: an invitation's link is made at sending and stands nowhere else (law 14)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from applications.models import Invitation

_SALT = "applications.invitation"


def make_token(invitation: Invitation) -> str:
    """Make the token that proves that its bearer got the invitation's mail."""
    return signing.dumps(invitation.pk, salt=_SALT)


def verify_token(token: str) -> Invitation | None:
    """Return the invitation of a token, or None for one that we did not make.

    Whether it still holds and for whom it is, `actions.accept_invitation` says.
    """
    try:
        key = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return Invitation.objects.select_related("startup", "invited_by").filter(pk=key).first()


def invitation(invitation_id: int) -> Mapping[str, Any] | None:
    """Return what the mail of an open invitation says; None once it was accepted or withdrawn."""
    invited = (
        Invitation.objects.select_related("startup", "invited_by")
        .filter(pk=invitation_id, accepted_at=None, withdrawn_at=None)
        .first()
    )
    if invited is None:
        return None
    return {"about": invited, "url": settings.SITE_URL + reverse("invitation", args=[make_token(invited)])}
