"""The link that confirms an email address: allauth's page, which also says what is done already, and asks who confirms.

Anybody may sign up with somebody's address, or ask for it to take the place of their own; the link comes to its owner. Who
confirms it in a browser that asked for nothing shows the account's password. Where they do not know it, the account is a
stranger's, and theirs by a new password: the stranger's opens nothing then.
"""

from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter

# allauth has no public way to ask who is signing up in this browser.
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from allauth.account.views import ConfirmEmailView
from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from portal.models import User
from portal.refusals import status_of


class PasswordForm(forms.Form):
    """The password of the account to which an address belongs; a wrong one is a guess as it is at the login."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, account: User, data: Any = None) -> None:
        super().__init__(data)
        self.request, self.account = request, account

    def clean_password(self) -> str:
        given: str = self.cleaned_data["password"]
        found = get_adapter(self.request).authenticate(self.request, email=self.account.email, password=given)
        if found != self.account:
            raise ValidationError(_("This is not the password of this account."))
        return given


@method_decorator(sensitive_post_parameters(), name="dispatch")
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

    def get(self, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().get(*args, **kwargs)
        if self.object is None or self._is_asked_here():
            return answer
        return self._ask()

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        if not self._is_asked_here():
            account, posted = self.object.email_address.user, self.request.POST
            if _is_newcomer(account) and "new_password1" in posted:
                anew = SetPasswordForm(account, posted)
                if not anew.is_valid():
                    return self._ask(anew=anew)
                anew.save()
                password_reset.send(sender=User, request=self.request, user=account)
            elif not (given := PasswordForm(self.request, account, posted)).is_valid():
                return self._ask(given=given)
        answer: HttpResponse = super().post(*args, **kwargs)
        return answer

    def _is_asked_here(self) -> bool:
        """Return whether this browser asked for the address: in it they signed up, gave the password, or are signed in."""
        address = self.object.email_address
        if self.request.user.pk == address.user_id or not address.can_set_verified():
            return True
        begun = unstash_login(self.request, peek=True)
        return begun is not None and begun.user is not None and begun.user.pk == address.user_id

    def _ask(self, *, given: PasswordForm | None = None, anew: Any = None) -> HttpResponse:
        address = self.object.email_address
        told = given or anew
        context = {
            "address": address.email,
            "account": address.user,
            "is_newcomer": _is_newcomer(address.user),
            "given": given or PasswordForm(self.request, address.user),
            "anew": anew or SetPasswordForm(address.user),
        }
        status = status_of(self.request, told) if told else 200
        return render(self.request, "account/confirm_who.html", context, status=status)

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


def _is_newcomer(account: User) -> bool:
    """Return whether nobody has signed in yet: no address of the account is confirmed."""
    return not EmailAddress.objects.filter(user=account, verified=True).exists()
