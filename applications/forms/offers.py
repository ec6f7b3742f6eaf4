"""Signing an offer, and revoking one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.desk.acts import ActForm
from portal.forms import Bare, ReasonField


class SignForm(forms.Form):
    """A signature: the full name, and consent to the words on the page, in the language in which they stood there."""

    digest = forms.CharField(widget=forms.HiddenInput)
    language = forms.CharField(widget=forms.HiddenInput, max_length=8)
    signed_name = forms.CharField(
        label=_("Your full name"),
        max_length=160,
        help_text=_("Typing it is your signature."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    agreed = forms.BooleanField(
        label=_("I have read these terms and sign them for the startup."),
        error_messages={"required": _("Say that you have read the terms and sign them.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)

    def clean_signed_name(self) -> str:
        return " ".join(self.cleaned_data["signed_name"].split())


class DeclineForm(forms.Form):
    """Why an offer is turned down."""

    reason = ReasonField(
        label=_("Why, in a few words (optional)"),
        max_length=500,
        rows=3,
        required=False,
        help_text=_("The programme's managers read it; it helps them make better offers."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)


class RevokeForm(ActForm):
    """Why an offer is taken back; the startup reads it."""

    reason = ReasonField(
        help_text=_("The startup reads exactly these words."),
        max_length=500,
        rows=3,
        error_messages={"required": _("Enter a reason.")},
    )
