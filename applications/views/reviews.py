"""The reviewer's list: what is asked of them, by cohort and phase, cut into pages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Application, Conflict, Review, ReviewAssignment, ReviewPhase
from applications.models.review import ReviewAssignmentQuerySet
from applications.snapshot import known_as
from portal import clock
from portal.accounts.access import person, requires
from portal.desk.paging import cut
from portal.forms import posted_id
from portal.models import Role, User

State = ReviewAssignment.State
ROWS = 25
ORDER = ("phase__closes_at", "phase_id", "id")
NAMED = (
    "phase_id",
    "state",
    "assigned_at",
    "application__reference",
    "application__state",
    "application__startup__name",
    "review__state",
)


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One application asked of a reviewer, as the list may show it."""

    assignment: ReviewAssignment
    url: str
    name: str
    state: str
    label: str
    is_due: bool

    @property
    def look(self) -> str:
        """Return the key of its badge: what is submitted is done for the reviewer."""
        return "done" if self.state == "submitted" else self.state


@dataclass(slots=True)
class Group:
    """What one phase of one cohort asks of a reviewer: how many, how many of them are judged, and a page of them."""

    phase: ReviewPhase
    is_open: bool
    asked: int = 0
    done: int = 0
    rows: list[ReviewRow] = field(default_factory=list)


@requires(Role.REVIEWER)
def reviews(request: HttpRequest) -> HttpResponse:
    """List what is asked of the reviewer, what is due first at the top; or what one phase asked, when it is chosen."""
    at, chosen, reader = clock.now(), posted_id(request.GET.get("phase")), person(request)
    groups = _groups(reader, at)
    shown = {
        key: group for key, group in groups.items() if key == chosen or (not chosen and group.phase.closes_at > at)
    }
    mine = _told_closed(reader).filter(phase__in=shown)
    rows = mine.annotate(
        is_begun=~Q(review__recommendation="", review__comment="", review__feedback="") & Q(review__isnull=False)
    )
    page = cut(request, rows.select_related("application__startup", "review").only(*NAMED), ORDER, ROWS)
    for assignment in page.rows:
        group = groups[assignment.phase_id]
        group.rows.append(_row(assignment, group.phase))
    for counted in _progress(mine):
        groups[counted["phase"]].asked, groups[counted["phase"]].done = counted["asked"], counted["done"]
    past = [group for group in reversed(groups.values()) if group.phase.closes_at <= at]
    context = {
        "current": [group for group in shown.values() if group.rows],
        "past": [] if chosen else past,
        **page.addresses(request),
    }
    return render(request, "applications/reviews.html", context)


def _told_closed(reader: User) -> ReviewAssignmentQuerySet:
    """Return what is asked of a reviewer, and whether a conflict closes it, declared here or known from elsewhere."""
    conflict = Conflict.objects.exists_for(reader, "application__startup")
    return ReviewAssignment.objects.of_reviewer(reader).annotate(is_closed=Q(state=State.CONFLICTED) | conflict)


def _groups(reader: User, at: datetime) -> dict[int, Group]:
    """Return the phases that ask something of the reviewer, what is due first at the top."""
    asked = ReviewAssignment.objects.of_reviewer(reader).filter(phase=OuterRef("pk"))
    phases = ReviewPhase.objects.filter(Exists(asked)).select_related("cohort__programme")
    return {phase.pk: Group(phase, phase.is_open(at)) for phase in phases.order_by("closes_at", "pk")}


def _progress(mine: ReviewAssignmentQuerySet) -> Iterable[Any]:
    """Count, phase by phase, what is or was to be judged, conflicts and what is no longer needed apart; and what is done."""
    is_in = Q(review__state=Review.State.SUBMITTED, is_closed=False)
    is_asked = is_in | Q(is_closed=False, application__state__in=Application.UNDECIDED)
    return mine.order_by().values("phase").annotate(asked=Count("pk", filter=is_asked), done=Count("pk", filter=is_in))


def _row(assignment: ReviewAssignment, phase: ReviewPhase) -> ReviewRow:
    state, label, is_due = _state(assignment)
    name = known_as(assignment.application, blind=phase.is_blind)
    return ReviewRow(assignment, reverse("review", args=[assignment.pk]), name, state, label, is_due)


def _state(assignment: ReviewAssignment) -> tuple[str, str, bool]:
    """Return key and words of where a review stands, and whether something is to be done."""
    review = getattr(assignment, "review", None)
    if assignment.is_closed:  # type: ignore[attr-defined]  # annotated
        return "conflicted", _("Conflict of interest"), False
    if review is not None and review.state == Review.State.SUBMITTED:
        return "submitted", _("Submitted"), False
    if assignment.application.state not in Application.UNDECIDED:
        return "ended", _("No longer needed"), False
    if review is None:
        return "assigned", _("Conflict question open"), True
    if assignment.is_begun:  # type: ignore[attr-defined]  # annotated
        return "draft", _("Draft"), True
    return "todo", _("To read"), True
