"""Bank details, checked as they are typed in, and what the desk of accounts must be told."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from payouts.bank_details import BY_ROUTING_NUMBER, Details
from payouts.models import PayoutAccount
from portal.desk.acts import ActForm
from portal.forms import Bare

Type = PayoutAccount.Type


class Unechoed(forms.TextInput):
    """A field whose text is never written back into a page."""

    def format_value(self, value: Any) -> None:
        return None


def _number(label: Any, help_text: Any = "") -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
    return forms.CharField(label=label, max_length=50, help_text=help_text, widget=Unechoed(attrs=attrs))


class AccountForm(forms.Form):
    """Where the money goes; the number is typed twice and never shown again."""

    holder_name = forms.CharField(
        label=_("Account holder"), max_length=120, help_text=_("The company's name, as the bank has it.")
    )
    account_type = forms.ChoiceField(label=_("Type of account"), widget=forms.RadioSelect)
    routing_number = forms.CharField(
        label=_("Routing number"),
        max_length=9,
        help_text=_("Nine digits: for ACH transfers, not for wires."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    account_number = _number(_("Account number"), _("As the bank writes it, without spaces."))
    account_number_again = _number(_("Account number again"))

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        if currency in BY_ROUTING_NUMBER:
            account_type = cast("forms.ChoiceField", self.fields["account_type"])
            account_type.choices = [(t.value, t.label) for t in (Type.CHECKING, Type.SAVINGS)]
            account_type.initial = Type.CHECKING
        else:
            del self.fields["account_type"], self.fields["routing_number"]
            self.fields["account_number"].label = _("IBAN")
            self.fields["account_number"].help_text = _("With or without spaces.")
            self.fields["account_number_again"].label = _("IBAN again")
        self.helper = Bare(self)

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
        """Give the details in one spelling."""
        told = self.cleaned_data
        return Details.of(
            holder_name=told["holder_name"],
            account_number=told["account_number"],
            account_type=told.get("account_type", Type.IBAN.value),
            routing_number=told.get("routing_number", ""),
        )


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class EvidenceForm(ActForm):
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=500,
        help_text=_("A bank letter, a voided cheque, a call to a number known before: which, of when, with whom."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
