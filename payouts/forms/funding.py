"""Funding a cohort."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.desk.acts import ActForm
from portal.money import Money


class FundForm(ActForm):
    """A sum for a cohort's budget, typed in whole and decimal units of its currency."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=14, decimal_places=2, min_value=Decimal("0.01"))
    reference = forms.CharField(
        label=_("Reference"),
        max_length=120,
        help_text=_("What the money rests on: a letter, a transfer, a resolution."),
    )

    # The name of this one entry: a second click enters nothing.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency = self.subject.programme.currency
        self.fields["amount"].label = _("Amount in %(currency)s") % {"currency": currency}

    def clean_amount(self) -> Money:
        """Return the amount in minor units."""
        try:
            return Money.of(self.cleaned_data["amount"], self.currency)
        except ValueError:
            raise forms.ValidationError(_("This currency has fewer decimals.")) from None
