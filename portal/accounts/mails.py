"""The account's mails that carry a secret: their links are made at sending and stand nowhere else (law 14)."""

from collections.abc import Mapping
from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from portal.models import User

EMAIL_CONFIRMATION = "account_email_confirmation_link"
PASSWORD_RESET = "account_password_reset_link"  # noqa: S105  # a kind of mail


def link(view: str, *args: Any, **kwargs: Any) -> str:
    """Return the full address of a page, on the site's own name whatever the request called it."""
    return settings.SITE_URL + reverse(view, args=args, kwargs=kwargs)


def email_confirmation(address_id: int) -> Mapping[str, Any] | None:
    """Make the link that confirms an email address, unless it is confirmed already."""
    address = EmailAddress.objects.filter(pk=address_id, verified=False).first()
    if address is None:
        return None
    return {"url": link("account_confirm_email", EmailConfirmationHMAC(address).key), "address": address.email}


def password_reset(user_id: int) -> Mapping[str, Any] | None:
    """Make the link by which a person sets a new password."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return {"url": link("account_reset_password_from_key", uidb36=user_pk_to_url_str(user), key=token)}
