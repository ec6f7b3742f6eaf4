"""Where a programme pays from, set up in the admin by finance."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from payouts.admin.source_changes import CHANGE_SOURCE
from payouts.models import PaymentSource
from payouts.models.source_changes import with_changes
from payouts.models.source_changes_laws import IDS
from portal.desk.two_people import ChangedByTwoAdmin
from portal.models import Role


@admin.register(PaymentSource)
class PaymentSourceAdmin(ChangedByTwoAdmin):
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
    acts = (CHANGE_SOURCE,)
    CHANGES = "changes"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return with_changes(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Leave the ids at the bank to two people once a batch was prepared with them."""
        takes_two = IDS if obj is not None and obj.is_used else ()
        return [*super().get_readonly_fields(request, obj), *takes_two]
