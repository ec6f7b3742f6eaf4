"""Batches and payments in the admin: to look at. What is done, is done on their desk."""

from django.contrib import admin

from payouts.models import Correction, Payment, PaymentBatch
from portal.desk.records import ScopedAdmin
from portal.models import Role


@admin.register(PaymentBatch)
class PaymentBatchAdmin(ScopedAdmin):
    viewers = Role.desk()
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
    viewers = Role.desk()
    scope_path = "batch__programme_id"
    list_display = ("end_to_end_id", "state", "disbursement", "amount", "payee_name_ascii", "settled_at", "return_code")
    list_filter = ("state",)
    list_select_related = ("disbursement__award__startup", "batch__programme")
    search_fields = ("end_to_end_id",)


@admin.register(Correction)
class CorrectionAdmin(ScopedAdmin):
    viewers = Role.desk()
    scope_path = "payment__batch__programme_id"
    list_display = ("payment", "mistaken", "state", "asked_by", "asked_at", "confirmed_by", "confirmed_at")
    list_filter = ("state",)
    list_select_related = ("payment", "asked_by", "confirmed_by")
    search_fields = ("payment__end_to_end_id",)
