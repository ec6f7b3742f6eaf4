"""Forms of allauth that take the code of an authenticator app, with our limits of guesses."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base import forms as theirs

from portal.accounts import devices, events, limits
from portal.accounts.sessions import network_of


class _Counted:
    user: Any

    def clean_code(self) -> str:
        request = context.request
        device = devices.known(request, self.user)
        counted = limits.guess("code", str(self.user.pk), network=network_of(request), device=device)
        if not counted:
            events.note_limited(request, self.user, f"code:{self.user.pk}")
            raise get_adapter().validation_error("too_many_login_attempts")
        code: str = super().clean_code()  # type: ignore[misc]  # mixed into a form of allauth's
        limits.give_back(counted)
        return code


class SecondFactorForm(_Counted, theirs.AuthenticateForm):  # type: ignore[misc]  # allauth ships no types
    """Give a code as the second factor."""


class ProofForm(_Counted, theirs.ReauthenticateForm):  # type: ignore[misc]  # as above
    """Prove by a code that it is still oneself."""
