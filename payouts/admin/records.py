"""The records of money: to look at. What is done, is done on the desks and by the acts offered here."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payouts import actions
from payouts.forms.money import Unechoed
from payouts.models import (
    Award,
    Disbursement,
    Funding,
    Hold,
    LedgerAccount,
    Payment,
    PaymentBatch,
    PaymentSource,
    PayoutAccount,
    Transfer,
)
from payouts.permissions import WATCHERS
from payouts.rails.nacha_entries import AccountType
from portal.desk.acts import Act, ActForm
from portal.desk.records import ReadOnlyInline, ScopedAdmin
from portal.models import Role, User


class DisbursementInline(ReadOnlyInline):
    model = Disbursement
    fields = ("n", "period", "ceiling_minor", "amount_minor", "due_at", "state")
    readonly_fields = fields
    ordering = ("n",)


@admin.register(Award)
class AwardAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "cohort__programme_id"
    list_display = ("startup", "cohort", "total", "months", "state")
    list_filter = ("state", "cohort")
    list_select_related = ("startup", "cohort__programme")
    search_fields = ("startup__name_folded",)
    page_select_related = ("offer__application", "participation__startup", "participation__cohort__programme")
    inlines = (DisbursementInline,)


@admin.register(Disbursement)
class DisbursementAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "award__cohort__programme_id"
    list_display = ("award", "state", "n", "period", "amount", "due_at")
    list_filter = ("state",)
    list_select_related = ("award__startup",)


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "cohort__programme_id"
    list_display = ("code", "kind", "balance", "debits_posted", "credits_posted")
    list_filter = ("kind",)
    list_select_related = ("cohort",)
    search_fields = ("code",)


@admin.register(Transfer)
class TransferAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "debit_account__cohort__programme_id"
    list_display = ("key", "event", "debit_account", "credit_account", "amount", "booked_at")
    list_filter = ("event",)
    list_select_related = ("debit_account", "credit_account")
    search_fields = ("key",)


@admin.register(Funding)
class FundingAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "cohort__programme_id"
    list_display = ("cohort", "amount", "reference", "funded_by", "funded_at")
    list_select_related = ("cohort__programme", "funded_by")
    fields = ("cohort", "amount_minor", "currency", "reference", "funded_by", "funded_at")


@admin.register(PayoutAccount)
class PayoutAccountAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "participation__cohort__programme_id"
    list_display = ("participation", "state", "version", "holder_name", "last_four", "payable_from")
    list_filter = ("state",)
    list_select_related = ("participation__startup", "participation__cohort__programme")
    # What is sealed stays sealed: neither the number nor its fingerprint is a field of this page.
    fields = (
        "participation",
        "version",
        "holder_name",
        "holder_name_ascii",
        "routing_number",
        "account_type",
        "last_four",
        "country",
        "currency",
        "state",
        "changed_by",
        "created_at",
        "payable_from",
        "confirmed_by",
        "confirmed_at",
        "confirmed_evidence",
        "verified_by",
        "verified_at",
        "evidence",
    )

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).defer("sealed")


@admin.register(Hold)
class HoldAdmin(ScopedAdmin):
    """Holds as they stand and stood; one is lifted or kept longer on the desk of holds."""

    viewers = WATCHERS
    scope_path = "participation__cohort__programme_id"
    list_display = ("participation", "reason", "placed_by", "placed_at", "review_on", "lifted_at")
    list_filter = ("reason",)
    list_select_related = ("participation__startup", "participation__cohort__programme", "placed_by")


@admin.register(PaymentBatch)
class PaymentBatchAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "programme_id"
    list_display = ("__str__", "state", "effective_on", "total", "count", "prepared_by", "approved_by")
    list_filter = ("state",)
    list_select_related = ("programme", "prepared_by", "approved_by")
    fields = (
        "programme",
        "source",
        "number",
        "rail",
        "currency",
        "state",
        "effective_on",
        "settles_on",
        "prepared_by",
        "prepared_at",
        "approved_by",
        "approved_at",
        "frozen_at",
        "total_minor",
        "count",
        "file_name",
        "sha256",
        "released_by",
        "released_at",
        "sent_at",
    )


@admin.register(Payment)
class PaymentAdmin(ScopedAdmin):
    viewers = WATCHERS
    scope_path = "batch__programme_id"
    list_display = ("end_to_end_id", "state", "disbursement", "amount", "payee_name_ascii", "settled_at", "return_code")
    list_filter = ("state",)
    list_select_related = ("disbursement__award__startup", "batch__programme")
    search_fields = ("end_to_end_id",)


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
    viewers = WATCHERS
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
