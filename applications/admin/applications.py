"""Applications as they were submitted, and who was asked to judge them: to look at.

Who is in conflict with a startup sees none of it here, whatever their role (law 5).
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from applications.models import (
    Application,
    ApplicationVersion,
    Conflict,
    EligibilityCriterion,
    EligibilityFact,
    EligibilityFinding,
    Review,
    ReviewAssignment,
)
from applications.snapshot import as_seen, fact_words
from portal.accounts.access import person
from portal.desk.records import ReadOnlyInline, ScopedAdmin
from portal.models import Role


class UnconflictedAdmin(ScopedAdmin):
    """What managers and auditors read, unless they are in conflict with the startup at `startup_path`."""

    viewers = Role.oversight()
    startup_path = "startup"

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        conflicts = Conflict.objects.startups_of(person(request))
        return super().get_queryset(request).exclude(**{f"{self.startup_path}__in": conflicts})


class FactInline(ReadOnlyInline):
    model = EligibilityFact
    fields = ("asked", "said", "as_of", "stated_by", "evidence", "verified_by", "verified_at")
    readonly_fields = ("asked", "said")
    ordering = ("fact",)

    @admin.display(description=_("question"))
    def asked(self, row: EligibilityFact) -> str:
        return str(_criterion_of(row) or row.fact)

    @admin.display(description=_("value"))
    def said(self, row: EligibilityFact) -> str:
        return fact_words(row.value, _criterion_of(row))


def _criterion_of(row: EligibilityFact) -> EligibilityCriterion | None:
    """Return what asks for a fact; None where the cohort no longer does."""
    return next((each for each in row.application.cohort.criteria.all() if each.fact == row.fact), None)


class FindingInline(ReadOnlyInline):
    model = EligibilityFinding
    fields = ("criterion", "verdict", "said", "found_at")
    readonly_fields = ("said",)
    ordering = ("id",)

    @admin.display(description=_("value seen"))
    def said(self, row: EligibilityFinding) -> str:
        criteria = {each.pk: each for each in row.application.cohort.criteria.all()}
        return "–" if row.value is None else fact_words(row.value, criteria[row.criterion_id])


class VersionInline(ReadOnlyInline):
    model = ApplicationVersion
    is_read_along = True  # by `ApplicationAdmin.get_object`
    fields = ("number", "submitted_by", "submitted_at", "digest")
    ordering = ("number",)


class AssignmentInline(ReadOnlyInline):
    model = ReviewAssignment
    fields = ("phase", "reviewer", "state", "assigned_by", "assigned_at")
    ordering = ("id",)
    show_change_link = True


@admin.register(Application)
class ApplicationAdmin(UnconflictedAdmin):
    """One application, word for word as its newest version froze it."""

    scope_path = "cohort__programme_id"
    list_display = ("reference", "state", "startup", "cohort", "submitted_at")
    list_filter = ("state", "cohort")
    list_select_related = ("startup", "cohort__programme")
    search_fields = ("reference", "startup__name_folded")
    ordering = ("-id",)
    fields = ("reference", "startup", "cohort", "state", "submitted_at", "returned_question", "as_submitted")
    readonly_fields = ("as_submitted",)
    inlines = (FindingInline, FactInline, VersionInline, AssignmentInline)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).select_related("startup", "cohort__programme")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Read along what the cohort asks for, which words facts and findings, and the versions: two parts show them."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            versions = ApplicationVersion.objects.select_related("submitted_by").order_by("number")
            models.prefetch_related_objects([found], "cohort__criteria", models.Prefetch("versions", versions))
        return found

    @admin.display(description=_("As submitted"))
    def as_submitted(self, application: Application) -> str:
        """Show the newest frozen version."""
        if not (versions := list(application.versions.all())):
            return ""
        version = versions[-1]
        criteria = {criterion.fact: criterion for criterion in application.cohort.criteria.all()}
        words = {"content": as_seen(version, blind=False), "version": version, "criteria": criteria}
        return render_to_string("applications/_as_submitted.html", words)


class ReviewInline(ReadOnlyInline):
    model = Review
    fields = ("state", "recommendation", "comment", "feedback", "submitted_at")


@admin.register(ReviewAssignment)
class ReviewAssignmentAdmin(UnconflictedAdmin):
    """Who was asked to judge what, and what they said."""

    scope_path = "application__cohort__programme_id"
    startup_path = "application__startup"
    list_display = ("application", "reviewer", "phase", "state", "assigned_at")
    list_filter = ("state", "phase")
    list_select_related = ("application", "reviewer", "phase")
    search_fields = ("application__reference", "reviewer__email")
    page_select_related = ("application__cohort",)
    ordering = ("-id",)
    fields = ("application", "phase", "reviewer", "state", "assigned_by", "assigned_at")
    inlines = (ReviewInline,)
