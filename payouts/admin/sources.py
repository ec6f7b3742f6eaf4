"""Where a programme pays from, set up in the admin by finance."""

from datetime import datetime

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payouts import actions
from payouts.forms.accounts import Unechoed
from payouts.models import (
    PaymentSource,
)
from payouts.rails.aba import AccountType
from portal.desk.acts import Act, ActForm
from portal.desk.records import ScopedAdmin
from portal.models import Role, User


class OwnAccountForm(ActForm):
    routing_number = forms.CharField(label=_("Routing number"), max_length=9)
    account_number = forms.CharField(
        label=_("Account number"), max_length=17, widget=Unechoed(attrs={"autocomplete": "off"})
    )
    account_type = forms.ChoiceField(
        label=_("Type of account"),
        choices=[(AccountType.CHECKING.value, _("checking")), (AccountType.SAVINGS.value, _("savings"))],
    )


def _own_account(source: PaymentSource, *, by: User, at: datetime, **told: str) -> None:
    actions.set_own_account(source, by=by, at=at, **told)


@admin.register(PaymentSource)
class PaymentSourceAdmin(ScopedAdmin):
    viewers = Role.desk()
    editors = (Role.FINANCE_APPROVER,)
    scope_path = "programme_id"
    may_add = True
    once = ("programme", "rail", "currency")
    editable = (
        "destination",
        "destination_name",
        "origin",
        "origin_name",
        "company_name",
        "company_id",
        "odfi",
        "description",
        "discretionary",
        "reference",
        "timezone",
        "line_end",
        "padding",
    )
    fields = (*once, *editable, "offset_routing", "offset_account_type", "offset_last_four")
    list_display = ("programme", "rail", "currency", "origin_name", "destination_name")
    list_select_related = ("programme",)
    acts = (
        Act(
            "own-account",
            _("Balance the files"),
            _own_account,
            (Role.FINANCE_APPROVER,),
            consequences=(_("Every file then closes with a debit of this account of the programme's own."),),
            form=OwnAccountForm,
        ),
    )
