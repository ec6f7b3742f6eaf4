"""Answering an offer, and signing."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignForm(forms.Form):
    """A signature: the full name, and consent to the words on the page."""

    digest = forms.CharField(widget=forms.HiddenInput)
    signed_name = forms.CharField(
        label=_("Your full name"), max_length=160, help_text=_("Typing it is your signature.")
    )
    agreed = forms.BooleanField(label=_("I have read these terms and sign them for the startup."))


class ReasonForm(forms.Form):
    """Why, in a few words."""

    reason = forms.CharField(
        label=_("Why, in a few words"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
