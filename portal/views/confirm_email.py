"""The link that confirms an email address: allauth's page, which also says what is done already."""

from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.views import ConfirmEmailView
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class ConfirmEmail(ConfirmEmailView):  # type: ignore[misc]  # allauth ships no types
    """Confirm an address; of one that is confirmed, say so and lead to the login, or to the dashboard."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _is_confirmed(kwargs["key"]):
            return self._done()
        try:
            answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        except Http404:
            if not _is_confirmed(kwargs["key"]):
                raise
            return self._done()  # by the first of two clicks, a moment ago
        return answer

    def respond(self, success: bool) -> HttpResponse:
        if not success and _is_confirmed(self.kwargs["key"]):
            return self._done()
        answer: HttpResponse = super().respond(success)
        return answer

    def _done(self) -> HttpResponse:
        messages.info(self.request, _("This email address is already confirmed. You can sign in."))
        return redirect("dashboard")


def _is_confirmed(key: str) -> bool:
    """Return whether a link is ours, however old, and its address is confirmed."""
    try:
        address = signing.loads(key, salt=app_settings.SALT)
    except signing.BadSignature:
        return False
    return bool(EmailAddress.objects.filter(pk=address, verified=True).exists())
