"""What the assignment desk shows: the findings and reviewers of each application, and who could judge more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from applications.models import Application, Cohort, Conflict, EligibilityFinding, ReviewAssignment, ReviewPhase
from applications.models.applications import ApplicationQuerySet
from portal.desk import search
from portal.models import Role, RoleGrant, User

PEOPLE = 12  # reviewers to choose from at once
State = ReviewAssignment.State


@dataclass(slots=True)
class AssignmentRow:
    """One application on the board. Of a startup one is in conflict with, only that it is there."""

    application: Application
    is_hidden: bool
    is_checked: bool = False  # by the criteria
    failing: list[EligibilityFinding] = field(default_factory=list)
    assignments: list[ReviewAssignment] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        """Return whether reviewers can be assigned."""
        return not self.is_hidden and self.application.state == Application.State.SUBMITTED


def marked(applications: ApplicationQuerySet, reader: User) -> ApplicationQuerySet:
    """Say of each whether the reader is in conflict with its startup, and whether the criteria were asked of it."""
    conflict = Conflict.objects.exists_for(reader)
    findings = EligibilityFinding.objects.filter(application=OuterRef("pk"))
    return applications.annotate(is_hidden=conflict, is_checked=Exists(findings)).select_related("startup")


def rows_of(applications: Sequence[Application]) -> list[AssignmentRow]:
    """Return the rows of a page of marked applications, with two queries however many they are."""
    shown = {
        each.pk: AssignmentRow(each, is_hidden=each.is_hidden, is_checked=each.is_checked)  # type: ignore[attr-defined]  # annotated
        for each in applications
    }
    free = [key for key, row in shown.items() if not row.is_hidden]
    current = ReviewAssignment.objects.filter(application__in=free).exclude(state=State.REMOVED)
    for assignment in current.select_related("reviewer", "review").only(*NAMED).order_by("pk"):
        shown[assignment.application_id].assignments.append(assignment)
    for finding in _failing(free):
        shown[finding.application_id].failing.append(finding)
    return list(shown.values())


# What is read of an assignment, its reviewer and its review: no word of what the review says.
NAMED = ("application_id", "state", "reviewer__name", "reviewer__email", "review__state")


def _failing(applications: Sequence[int]) -> QuerySet[EligibilityFinding]:
    """Return the criteria that do not hold, or are not known, by the newest finding of each."""
    findings = EligibilityFinding.objects.filter(application__in=applications)
    newest = findings.order_by("application_id", "criterion_id", "-pk").distinct("application_id", "criterion_id")
    failing = EligibilityFinding.objects.filter(pk__in=newest.values("pk")).exclude(verdict="pass")
    return failing.select_related("criterion").order_by("criterion_id")


def reviewers_of(cohort: Cohort, phases: Sequence[ReviewPhase], wanted: str, *, at: datetime) -> list[Any]:
    """Return reviewers of the programme with how much of this cohort each has, and has done; the least busy first.

    One more than are shown comes where there are others.

    :param phases: those of the cohort.
    :param wanted: beginnings of words of a name, or of an address, that are looked for.
    """
    people = RoleGrant.objects.people(Role.REVIEWER, cohort.programme_id, at)
    people = search.find(people, ("name", "email"), wanted)
    at_work = ReviewAssignment.objects.filter(
        reviewer=OuterRef("pk"), phase__in=phases, state__in=[State.ASSIGNED, State.CLEARED]
    )
    busy = people.annotate(load=_number(at_work)).order_by("load", "name", "pk")
    found = list(busy[: PEOPLE + 1])
    handed_in = at_work.filter(state=State.CLEARED, review__state="submitted")
    shown = User.objects.get_queryset().filter(pk__in=[each.pk for each in found])
    done = dict(shown.values_list("pk", _number(handed_in)))
    for each in found:
        each.done = done[each.pk]  # type: ignore[attr-defined]  # for the template
    return found


def _number(assignments: QuerySet[ReviewAssignment]) -> Coalesce:
    """Count the assignments of each reviewer."""
    counted = assignments.order_by().values("reviewer").annotate(n=Count("*")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
