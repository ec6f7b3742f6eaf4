"""Changes of a payment source: who asked for which, and the pages on which another person of finance confirms them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payouts import actions
from payouts.forms.accounts import Unechoed
from payouts.models import PaymentSource, SourceChange
from payouts.models.source_changes_laws import IDS
from payouts.permissions import FINANCE
from payouts.rails.aba import AccountType
from portal.desk.acts import Act, ActForm
from portal.desk.two_people import TwoPersonChangeAdmin
from portal.forms import ReasonField
from portal.language.text import colon
from portal.models import Role

State = SourceChange.State


class SourceForm(ActForm):
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
        choices=[(AccountType.CHECKING.value, _("checking")), (AccountType.SAVINGS.value, _("savings"))],
    )
    reason = ReasonField(help_text=_("Your colleagues read it, in their email and in the history."))

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


CHANGE_SOURCE = Act(
    "bank",
    _("Change bank ids or account"),
    actions.ask_source_change,
    (Role.FINANCE_APPROVER,),
    consequences=(
        _("Another person of finance must confirm the change. Nothing changes until then."),
        _("Everybody else of finance gets an email."),
    ),
    form=SourceForm,
    offered=lambda source: source.change_asked_by is None,
    doer=lambda source: source.change_asked_by,
    done=_("Requested. Another person of finance must confirm the change."),
)


def _what_changes(change: SourceChange, _at: datetime) -> list[Any]:
    return [
        *map(str, change.differences),
        colon(gettext("Reason"), change.reason),
        gettext("Files that are frozen already keep what they were written with."),
        gettext("The change is in force at once, and everybody else of finance gets an email."),
    ]


@admin.register(SourceChange)
class SourceChangeAdmin(TwoPersonChangeAdmin):
    """What was asked for, by whom, and who confirmed it."""

    SUBJECT = "source"
    NOT_ALONE = _("You asked for this change. Another person of finance must confirm it.")
    viewers = Role.desk()
    scope_path = "source__programme_id"
    list_filter = ("state", "source__programme")
    list_select_related = ("source__programme", "asked_by", "confirmed_by")
    acts = (
        Act(
            "confirm",
            _("Confirm change"),
            actions.confirm_source_change,
            FINANCE,
            states=(State.ASKED,),
            into=State.CONFIRMED,
            consequences=_what_changes,
            done=_("Confirmed. The change is in force."),
        ),
        Act(
            "withdraw",
            _("Withdraw change"),
            actions.withdraw_source_change,
            FINANCE,
            states=(State.ASKED,),
            into=State.WITHDRAWN,
            consequences=(_("The payment source stays as it is."),),
            done=_("Withdrawn. The payment source stays as it is."),
        ),
    )
