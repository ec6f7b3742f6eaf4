"""Changes of a payment source: who asked for which, and the pages on which another person of finance confirms them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payouts import actions
from payouts.forms.accounts import Unechoed
from payouts.models import PaymentSource, SourceChange
from payouts.models.source_changes_laws import IDS
from payouts.models.sources import ACCOUNT_TYPES
from payouts.permissions import FINANCE
from payouts.rails.aba import AccountType
from portal.desk.two_people import ChangeForm, TwoPersonChangeAdmin, asking, deciding
from portal.models import Role


class SourceForm(ChangeForm):
    """The ids at the bank and the debited account, as they are to be."""

    destination = forms.CharField(label=_("Routing number of the bank the file goes to"), max_length=9)
    origin = forms.CharField(label=_("Sender: routing number, or the id the bank gave"), max_length=10)
    company_id = forms.CharField(label=_("Company id, as the bank gave it"), max_length=10)
    odfi = forms.CharField(label=_("Routing number of the originating bank"), max_length=9)
    routing_number = forms.CharField(
        label=_("Debited account: routing number"),
        max_length=9,
        required=False,
        help_text=_("With a debited account every file is balanced: it closes with a debit of this account."),
    )
    account_number = forms.CharField(
        label=_("Debited account: account number"),
        max_length=17,
        required=False,
        widget=Unechoed(attrs={"autocomplete": "off"}),
    )
    account_type = forms.ChoiceField(
        label=_("Debited account: type"),
        choices=list(ACCOUNT_TYPES.items()),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        source: PaymentSource = self.subject
        self.initial = {name: getattr(source, name) for name in IDS} | {
            "routing_number": source.offset_routing,
            "account_type": source.offset_account_type or AccountType.CHECKING.value,
        }
        if source.is_balanced:
            words = _("Leave it empty to keep the account that ends in %(last_four)s.")
            self.fields["account_number"].help_text = words % {"last_four": source.offset_last_four}


CHANGE_SOURCE = asking(
    "bank",
    _("Request change of bank account or ids"),
    actions.ask_source_change,
    (Role.FINANCE_APPROVER,),
    SourceForm,
)


@admin.register(SourceChange)
class SourceChangeAdmin(TwoPersonChangeAdmin):
    """What was asked for, by whom, and who confirmed it."""

    SUBJECT = "source"
    PROGRAMME = "source__programme"
    viewers = Role.desk()
    acts = deciding(
        actions.confirm_source_change,
        actions.withdraw_source_change,
        FINANCE,
        kept=_("Files that are frozen already keep what they were written with."),
    )
