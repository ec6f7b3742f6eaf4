"""Startups, their people, and conflicts of interest: to look at."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from applications.models import Conflict, Invitation, Membership, Startup
from portal.desk.records import ReadOnlyInline, ScopedAdmin
from portal.language.countries import countries
from portal.models import Role


class MembershipInline(ReadOnlyInline):
    model = Membership
    fields = ("person", "role", "joined_at", "ended_at")
    ordering = ("id",)


class InvitationInline(ReadOnlyInline):
    model = Invitation
    fields = ("email", "role", "invited_by", "invited_at", "expires_at", "accepted_at", "withdrawn_at")
    ordering = ("id",)


class ConflictInline(ReadOnlyInline):
    model = Conflict
    fields = ("person", "kind", "note", "declared_at", "ended_at")
    ordering = ("id",)


class CountryFilter(admin.SimpleListFilter):
    """Every country there is: which ones occur would take a look at every startup."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return countries()

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


@admin.register(Startup)
class StartupAdmin(ScopedAdmin):
    """A company as its founders describe it."""

    viewers = Role.desk()
    list_display = ("name", "country", "city", "founded_on")
    list_filter = (CountryFilter,)
    search_fields = ("name_folded",)
    search_help_text = _("Name, with or without accents")
    ordering = ("name_folded", "id")
    found_ordering = ("-id",)
    fields = (
        "name",
        "legal_name",
        "country",
        "city",
        "website",
        "registry_number",
        "founded_on",
        "description",
        "created_by",
        "created_at",
    )
    inlines = (MembershipInline, InvitationInline, ConflictInline)


@admin.register(Conflict)
class ConflictAdmin(ScopedAdmin):
    """Who must not judge, decide or pay whom, and why."""

    viewers = Role.desk()
    list_display = ("person", "startup", "kind", "declared_at", "ended_at")
    list_filter = ("kind",)
    list_select_related = ("person", "startup")
    search_fields = ("startup__name_folded", "person__email")
    ordering = ("-id",)
    fields = ("person", "startup", "kind", "note", "declared_at", "ended_at")
