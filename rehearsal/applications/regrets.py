"""Second thoughts of reviewers and managers in a rehearsal: what is taken back before decisions are released."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from applications import actions
from applications.models import Cohort, Decision, ReviewAssignment
from rehearsal.applications.scenery import member
from rehearsal.play import Play, Step

TAKEN_FROM_REVIEWER, REOPENED, DECISION_TAKEN_BACK = 0.002, 0.003, 0.03


def day(play: Play, held: Cohort) -> Iterator[Step]:
    """Yield what is taken back today; decisions only before the day of their release."""
    mine = ReviewAssignment.objects.filter(application__cohort=held, state__in=["assigned", "cleared"]).order_by("pk")
    for pk, handed_in in mine.values_list("pk", "review__state"):
        about, at = f"assignment #{pk}", play.instant(12, "regrets", pk, within=8)
        if play.chance(TAKEN_FROM_REVIEWER, "taken from", play.today, pk):
            yield Step(at, "manager", "takes an assignment back", about, _take_assignment_back(play, pk))
        elif handed_in == "submitted" and play.chance(REOPENED, "reopened", play.today, pk):
            yield Step(at, "reviewer", "reopens a review", about, _reopen(pk))
    if play.today >= held.decisions_on:
        return
    decided = Decision.objects.current().filter(application__cohort=held).order_by("pk")
    for pk in decided.values_list("pk", flat=True):
        if play.chance(DECISION_TAKEN_BACK, "decision", play.today, pk):
            at = play.instant(12, "decision", pk, within=8)
            yield Step(at, "manager", "takes a decision back", f"decision #{pk}", _take_back(play, pk))


def _take_assignment_back(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        assignment = ReviewAssignment.objects.select_related("application__cohort").get(pk=pk)
        actions.take_assignment_back(assignment, by=member(play, "manager"), at=at, reason="Too close to a rival.")

    return act


def _reopen(pk: int) -> Any:
    def act(at: datetime) -> None:
        assignment = ReviewAssignment.objects.select_related("review", "application").get(pk=pk)
        actions.reopen_review(assignment.review, by=assignment.reviewer, at=at)

    return act


def _take_back(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        decision = Decision.objects.select_related("application__cohort").get(pk=pk)
        actions.take_back(decision, by=member(play, "manager"), at=at, reason="A second look.")

    return act
