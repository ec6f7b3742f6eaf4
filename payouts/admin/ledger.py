"""The ledger and what was funded, in the admin: to look at."""

from django.contrib import admin

from payouts.models import (
    Funding,
    LedgerAccount,
    Transfer,
)
from portal.desk.records import ScopedAdmin
from portal.models import Role


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ScopedAdmin):
    viewers = Role.desk()
    scope_path = "cohort__programme_id"
    list_display = ("code", "kind", "balance", "gone_out", "come_in")
    list_filter = ("kind",)
    list_select_related = ("cohort",)
    search_fields = ("code",)


@admin.register(Transfer)
class TransferAdmin(ScopedAdmin):
    viewers = Role.desk()
    scope_path = "debit_account__cohort__programme_id"
    list_display = ("key", "event", "debit_account", "credit_account", "amount", "booked_at")
    list_filter = ("event",)
    list_select_related = ("debit_account", "credit_account")
    search_fields = ("key",)


@admin.register(Funding)
class FundingAdmin(ScopedAdmin):
    viewers = Role.desk()
    scope_path = "cohort__programme_id"
    list_display = ("cohort", "amount", "reference", "funded_by", "funded_at")
    list_select_related = ("cohort__programme", "funded_by")
    fields = ("cohort", "amount_minor", "currency", "reference", "funded_by", "funded_at")
