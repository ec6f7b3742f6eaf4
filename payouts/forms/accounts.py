"""Bank details, checked as they are typed in, and what the desk of accounts must be told."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from payouts.bank_details import Details
from payouts.models import PayoutAccount
from payouts.rails import scheme_for
from portal.desk.acts import ActForm
from portal.forms import Bare

Type = PayoutAccount.Type


class Unechoed(forms.TextInput):
    """A field whose text is never written back into a page."""

    def format_value(self, value: Any) -> None:
        return None


def _number() -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
    return forms.CharField(max_length=50, widget=Unechoed(attrs=attrs))


class AccountForm(forms.Form):
    """Where the money goes, asked for as the rail of the currency names accounts; the number is typed twice, and never shown."""

    holder_name = forms.CharField(
        label=_("Account holder"), max_length=120, help_text=_("The company's name, as the bank has it.")
    )
    account_type = forms.ChoiceField(label=_("Type of account"), widget=forms.RadioSelect)
    routing_number = forms.CharField(
        max_length=11,  # as much as is kept; what is right, the scheme says
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    account_number = _number()
    account_number_again = _number()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.scheme = scheme_for(currency)
        account_type = cast("forms.ChoiceField", self.fields["account_type"])
        account_type.choices = [(value, Type(value).label) for value in self.scheme.types]
        account_type.initial = self.scheme.types[0]
        if len(self.scheme.types) == 1:
            del self.fields["account_type"]
        self._word("routing_number", self.scheme.bank_label, self.scheme.bank_help)
        if not self.scheme.bank_help:
            del self.fields["routing_number"]
        self._word("account_number", self.scheme.number_label, self.scheme.number_help)
        self._word("account_number_again", self.scheme.number_again_label)
        self.helper = Bare(self)

    def _word(self, name: str, label: Any, help_text: Any = "") -> None:
        self.fields[name].label, self.fields[name].help_text = label, help_text

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Check every detail, and that the number is the same twice."""
        told = super().clean() or {}
        if self.errors:
            return told
        if told["account_number"] != told["account_number_again"]:
            self.add_error("account_number_again", _("This is not the number you typed above."))
            return told
        for name, words in self.details().problems(self.currency).items():
            self.add_error(name if name in self.fields else None, words)
        return told

    @sensitive_variables()
    def details(self) -> Details:
        """Return the details in one spelling."""
        told = self.cleaned_data
        return Details.of(
            holder_name=told["holder_name"],
            account_number=told["account_number"],
            account_type=told.get("account_type", self.scheme.types[0]),
            routing_number=told.get("routing_number", ""),
        )


class EvidenceForm(ActForm):
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=500,
        help_text=_("A bank letter, a voided cheque, a call to a number known before: which, of when, with whom."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
