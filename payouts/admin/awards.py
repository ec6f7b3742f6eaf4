"""Awards and their months in the admin: to look at."""

from django.contrib import admin

from payouts.models import (
    Award,
    Disbursement,
)
from portal.desk.records import ReadOnlyInline, ScopedAdmin
from portal.models import Role


class DisbursementInline(ReadOnlyInline):
    model = Disbursement
    fields = ("n", "period", "ceiling_minor", "amount_minor", "due_at", "state")
    readonly_fields = fields
    ordering = ("n",)


@admin.register(Award)
class AwardAdmin(ScopedAdmin):
    viewers = Role.desk()
    scope_path = "cohort__programme_id"
    list_display = ("startup", "cohort", "total", "months", "state")
    list_filter = ("state", "cohort")
    list_select_related = ("startup", "cohort__programme")
    search_fields = ("startup__name_folded",)
    page_select_related = ("offer__application", "participation__startup", "participation__cohort__programme")
    inlines = (DisbursementInline,)


@admin.register(Disbursement)
class DisbursementAdmin(ScopedAdmin):
    viewers = Role.desk()
    scope_path = "award__cohort__programme_id"
    list_display = ("award", "state", "n", "period", "amount", "due_at")
    list_filter = ("state",)
    list_select_related = ("award__startup",)
