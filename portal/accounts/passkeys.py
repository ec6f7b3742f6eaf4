"""Forms of allauth that read a credential of a browser: whatever is no credential is refused as a wrong code is."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as theirs

# allauth has no public way to read what its page asked of the key.
from allauth.mfa.webauthn.internal import auth
from django import forms
from fido2.webauthn import UserVerificationRequirement

from portal.forms import JsonField

# What the reading of JSON and CBOR trips over; a database that is away is none of them.
ODD = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, struct.error)


class CredentialField(JsonField):
    """A credential as a browser gives it, which is always an object."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        read = super().to_python(value)
        if not isinstance(read, dict):
            raise get_adapter().validation_error("incorrect_code")
        return read


class _Authenticates(forms.Form):
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]  # mixed into a form of allauth's
        except ODD as odd:
            raise get_adapter().validation_error("incorrect_code") from odd


class LoginForm(_Authenticates, theirs.LoginWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """Sign in by a passkey, which its device opens by a PIN or by who holds it.

    The session may hold what a page asked that needs a touch alone, because the password came before: that opens no
    login by itself.
    """

    def clean_credential(self) -> Authenticator:
        if (auth.get_state() or {}).get("user_verification") != UserVerificationRequirement.REQUIRED:
            raise get_adapter().validation_error("incorrect_code")
        return super().clean_credential()


class SecondFactorForm(_Authenticates, theirs.AuthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """Give a security key as the second factor."""


class ProofForm(_Authenticates, theirs.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # as above
    """Prove by a security key that it is still oneself."""


class AddForm(theirs.AddWebAuthnForm):  # type: ignore[misc]  # as above
    """Add a security key or a passkey."""

    credential = CredentialField()

    def clean(self) -> Any:
        try:
            return super().clean()
        except ODD as odd:
            raise get_adapter().validation_error("incorrect_code") from odd
