"""Passkeys at the login: allauth's pages, which say no in words whatever stands in the place of a credential."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.webauthn import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.accounts.visitors import may_begin
from portal.views.errors import too_many


class PasskeyLogin(views.LoginWebAuthnView):  # type: ignore[misc]  # allauth ships no types
    """Sign in by a passkey alone; what its page asks is kept until the answer, of so many visitors of a network an hour."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if get_adapter(request).is_ajax(request) and not may_begin(request):
            return too_many(request)
        answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        return render(self.request, "account/passkey_refused.html", status=422)


class PasskeyProof(views.ReauthenticateWebAuthnView):  # type: ignore[misc]  # as above
    """Prove by a passkey that it is still oneself."""

    def form_invalid(self, form: Any) -> HttpResponse:
        return render(self.request, "account/passkey_refused.html", status=422)
