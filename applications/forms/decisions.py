"""What managers propose to decide."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from applications.models import Cohort, Decision, Programme
from portal.bounds import LARGEST_COUNT
from portal.language.dates import month, months_from
from portal.money import Money

Outcome = Decision.Outcome
FIRST_MONTHS = 12  # how far ahead of the cohort's a startup's first month may lie


class ProposeForm(forms.Form):
    """What to decide of one application: figures in major units, the month by name, words to the applicant."""

    outcome = forms.ChoiceField(label=_("Decision"), choices=Outcome.choices, widget=forms.RadioSelect)
    months = forms.IntegerField(label=_("Months"), min_value=1, required=False)
    monthly_cap = forms.DecimalField(
        label=_("Monthly maximum"), min_value=Decimal(0), max_digits=12, decimal_places=2, required=False, localize=True
    )
    first_period = forms.TypedChoiceField(
        label=_("First month"), coerce=date.fromisoformat, empty_value=None, required=False
    )
    rank = forms.IntegerField(label=_("Place on the waitlist"), min_value=1, max_value=LARGEST_COUNT, required=False)
    message = forms.CharField(
        label=_("Message to the applicant"),
        help_text=_("Sent with the decision and shown on the startup's page."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, cohort: Cohort, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programme: Programme = cohort.programme
        months = [(day.isoformat(), month(day)) for day in months_from(cohort.first_period, FIRST_MONTHS)]
        cast("forms.ChoiceField", self.fields["first_period"]).choices = months
        self.fields["monthly_cap"].help_text = _("%(currency)s, at most %(cap)s.") % {
            "currency": self.programme.currency,
            "cap": self.programme.monthly_cap.format(short=True),
        }

    @classmethod
    def words_of(cls, decision: Decision | None, cohort: Cohort, next_rank: int) -> dict[str, Any]:
        """Return what stands in the form at first: the current decision, or the programme's figures."""
        programme = cohort.programme
        cap = (decision.monthly_cap if decision else None) or programme.monthly_cap
        return {
            "outcome": decision.outcome if decision else None,
            "months": (decision.months if decision else None) or programme.months,
            "monthly_cap": _plain(cap),
            "first_period": ((decision.first_period if decision else None) or cohort.first_period).isoformat(),
            "rank": (decision.rank if decision else None) or next_rank,
            "message": decision.message if decision else "",
            "seen": decision.pk if decision else 0,
        }

    def clean_monthly_cap(self) -> int | None:
        """Return minor units, whole."""
        major = self.cleaned_data["monthly_cap"]
        if major is None:
            return None
        try:
            return Money.of(major, self.programme.currency).minor
        except ValueError as error:
            raise forms.ValidationError(_("This currency has fewer decimals.")) from error

    @property
    def proposal(self) -> dict[str, Any]:
        """Return what the act is told."""
        given = dict(self.cleaned_data)
        cap = given.pop("monthly_cap")
        if given["outcome"] == Outcome.DECLINE:
            given.update(months=None, first_period=None)
            cap = None
        if given["outcome"] != Outcome.WAITLIST:
            given["rank"] = None
        return {**given, "monthly_cap_minor": cap}


def _plain(amount: Money) -> Decimal:
    whole = amount.major == amount.major.to_integral_value()
    return amount.major.quantize(Decimal(1)) if whole else amount.major
