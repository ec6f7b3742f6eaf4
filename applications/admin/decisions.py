"""Decisions, offers, agreements and seats: to look at. What is done, is done on the desk that decides."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from applications.admin.applications import UnconflictedAdmin
from applications.models import Agreement, Decision, Offer, Participation
from portal import clock
from portal.desk.records import ScopedAdmin
from portal.models import Role
from portal.strip import months_of


@admin.register(Decision)
class DecisionAdmin(UnconflictedAdmin):
    """What was proposed, confirmed and released."""

    scope_path = "application__cohort__programme_id"
    startup_path = "application__startup"
    list_display = ("application", "state", "outcome", "monthly_cap", "months", "proposed_by", "confirmed_by")
    list_filter = ("state", "outcome", "application__cohort")
    list_select_related = ("application", "proposed_by", "confirmed_by")
    search_fields = ("application__reference",)
    ordering = ("-id",)


class SeatAdmin(ScopedAdmin):
    """What everybody at a desk of the programme reads, finance included."""

    viewers = Role.desk()
    scope_path = "cohort__programme_id"


@admin.register(Offer)
class OfferAdmin(SeatAdmin):
    """What was offered, and what became of it."""

    list_display = ("application", "state", "cohort", "total", "made_at", "expires_at")
    list_filter = ("state", "cohort")
    list_select_related = ("application", "cohort__programme")
    search_fields = ("application__reference",)
    ordering = ("-id",)


@admin.register(Agreement)
class AgreementAdmin(SeatAdmin):
    """The signature, with the words as they were signed."""

    scope_path = "offer__cohort__programme_id"
    list_display = ("offer", "terms", "signed_name", "signed_by", "signed_at")
    list_filter = ("terms",)
    list_select_related = ("offer__application", "terms", "signed_by")
    search_fields = ("offer__application__reference", "signed_name")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("offer", "terms", "digest", "language")}),
        (_("Signature"), {"fields": ("signed_name", "signed_by", "signed_at", "ip_address")}),
        (_("As signed"), {"fields": ("title", "text")}),
    )


@admin.register(Participation)
class ParticipationAdmin(SeatAdmin):
    """The seat, on which money, mentorship and everything after hang."""

    change_form_template = "applications/admin/participation.html"
    page_select_related = ("offer__application",)
    list_display = ("startup", "state", "cohort", "months", "first_period", "created_at")
    list_filter = ("state", "cohort")
    list_select_related = ("startup", "cohort__programme")
    search_fields = ("startup__name_folded",)
    ordering = ("-id",)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show the months of the seat as its founders see them."""
        seat: Participation = context["original"]
        context["months"] = months_of([seat], at=clock.now())[seat.pk]
        return super().render_change_form(request, context, *args, **kwargs)
