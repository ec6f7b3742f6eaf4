"""Passkeys at the login: allauth's pages, which say no in words whatever stands in the place of a credential."""

from typing import Any

from allauth.mfa.webauthn import views
from django.http import HttpResponse
from django.shortcuts import render


class PasskeyLogin(views.LoginWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    """Sign in by a passkey alone."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return render(self.request, "account/passkey_refused.html", status=422)


class PasskeyProof(views.ReauthenticateWebAuthnView):  # type: ignore[misc]  # as above
    """Prove by a passkey that it is still oneself."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return render(self.request, "account/passkey_refused.html", status=422)
