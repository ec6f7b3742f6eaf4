"""Placing, lifting and extending a hold."""

from django import forms
from django.utils.translation import gettext_lazy as _

from payouts.models import Hold
from portal.desk.acts import ActForm
from portal.forms import DayField


class HoldForm(ActForm):
    """Why a startup's money is held, in words for it and for staff, and when that is looked at again."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Hold.Reason.choices)
    notice = forms.CharField(
        label=_("Message to the startup"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    note = forms.CharField(
        label=_("Note for staff"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    review_on = DayField(label=_("Review by"))


class LiftForm(ActForm):
    why = forms.CharField(label=_("Reason for lifting it"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class KeepForm(ActForm):
    review_on = DayField(label=_("Review by"))
