"""Pages of one's own account that allauth does not bring: the profile, and an operator's first steps."""

from typing import Any

# allauth has no public way to sign somebody in who has just set a password, and to note by what they did.
from allauth.account.internal.flows.login import perform_password_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from portal.accounts import first_operator, rescued_forms
from portal.accounts.access import person
from portal.accounts.adapters import clean_name
from portal.forms import LongSelect
from portal.language.zones import zone_names
from portal.models import User
from portal.refusals import status_of


class ProfileForm(forms.ModelForm[User]):
    """How a person wants to be called and spoken to."""

    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Hours on pages and in mails are given in this zone."),
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in zone_names()],
        widget=LongSelect,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of pages and mails"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "language", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.initial["timezone"] = self.instance.timezone or settings.TIME_ZONE
        self.initial["language"] = self.instance.language or settings.LANGUAGE_CODE

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])


@rescued_forms.restored
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Show and keep a person's name, language and time zone."""
    user = User.objects.get(pk=person(request).pk)
    form = ProfileForm(rescued_forms.written(request), instance=user)
    if request.method == "POST" and form.is_valid():
        user.save(update_fields=form.Meta.fields)
        messages.success(request, _("Your profile is saved."))
        return redirect("account_profile")
    return render(request, "account/profile.html", {"form": form}, status=status_of(request, form))


@never_cache
@sensitive_post_parameters()
def set_up_operator(request: HttpRequest, token: str) -> HttpResponse:
    """Let a new operator set a password by the one-time link, and send them on to their second factor.

    Who has a second factor already is asked for it: the link stands for the password alone.
    """
    user = first_operator.read(token)
    if user is None:
        return render(request, "account/operator_setup_gone.html", status=410)
    form = SetPasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "operator": user}
        return render(request, "account/operator_setup.html", context, status=status_of(request, form))
    logout(request)
    form.save()
    record_authentication(request, user, "password", reauthenticated=True)
    login = Login(user=user, redirect_url=reverse("mfa_activate_totp"))
    response: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    return response
