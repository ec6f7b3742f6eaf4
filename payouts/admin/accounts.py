"""Payout accounts and holds in the admin: to look at. What is done, is done on their desks."""

from typing import Any

from django.contrib import admin

from payouts.models import (
    Hold,
    PayoutAccount,
)
from portal.desk.records import ScopedAdmin
from portal.models import Role


@admin.register(PayoutAccount)
class PayoutAccountAdmin(ScopedAdmin):
    viewers = Role.desk()
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

    viewers = Role.desk()
    scope_path = "participation__cohort__programme_id"
    list_display = ("participation", "reason", "placed_by", "placed_at", "review_on", "lifted_at")
    list_filter = ("reason",)
    list_select_related = ("participation__startup", "participation__cohort__programme", "placed_by")
    list_only = (
        "reason",
        "placed_at",
        "review_on",
        "lifted_at",
        "participation__startup__name",
        "participation__cohort__name",
        "participation__cohort__programme__name",
        "placed_by__name",
        "placed_by__email",
    )
