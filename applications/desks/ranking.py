"""The rows of the ranking: reviews and scores of each application, and its decision."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Prefetch

from applications import rules
from applications.models import Application, Decision, Review, ReviewAssignment
from portal.models import User


@dataclass(frozen=True, slots=True)
class Judged:
    """One review as the desk shows it."""

    assignment: ReviewAssignment
    review: Review | None
    score: Decimal | None

    @property
    def is_in(self) -> bool:
        """Say whether it was handed in, and counts."""
        return self.review is not None and self.review.state == Review.State.SUBMITTED


@dataclass(slots=True)
class Row:
    """One application of the ranking. Of a startup one is in conflict with, only that it is there (law 5)."""

    application: Application
    is_hidden: bool = False
    judged: list[Judged] = field(default_factory=list)
    decision: Decision | None = None
    may_confirm: bool = False
    is_mine: bool = False

    @property
    def scores(self) -> list[Decimal]:
        """Give the scores of the reviews that count."""
        return [judged.score for judged in self.judged if judged.is_in and judged.score is not None]

    @property
    def mean(self) -> Decimal | None:
        """Give the mean of the scores, one decimal."""
        return (sum(self.scores, Decimal(0)) / len(self.scores)).quantize(Decimal("0.1")) if self.scores else None

    @property
    def spread(self) -> Decimal | None:
        """Give how far the reviewers are apart, from two on."""
        return max(self.scores) - min(self.scores) if len(self.scores) > 1 else None

    @property
    def done(self) -> int:
        """Give how many reviews are in."""
        return sum(1 for judged in self.judged if judged.is_in)

    @property
    def recommendations(self) -> list[tuple[str, Any, int]]:
        """Give key, words and number of each recommendation."""
        said = [judged.review.recommendation for judged in self.judged if judged.is_in and judged.review]
        return [(key, label, said.count(key)) for key, label in Review.Recommendation.choices if key in said]


def rows_of(applications: list[Application], conflicts: set[int], reader: User) -> list[Row]:
    """Give the rows of a page, with a fixed number of queries however many they are."""
    counted = (
        ReviewAssignment.objects.filter(state__in=["assigned", "cleared"])
        .select_related("reviewer", "review")
        .prefetch_related("review__scores__criterion")
        .order_by("pk")
    )
    current = Decision.objects.current().select_related("proposed_by", "confirmed_by")
    models.prefetch_related_objects(
        applications, Prefetch("assignments", counted, "counted"), Prefetch("decisions", current, "current")
    )
    return [Row(a, is_hidden=True) if a.startup_id in conflicts else _row(a, reader) for a in applications]


def _row(found: Application, reader: User) -> Row:
    judged = [_judged(assignment) for assignment in found.counted]  # type: ignore[attr-defined]  # prefetched
    decision = next(iter(found.current), None)  # type: ignore[attr-defined]  # prefetched
    is_mine = decision is not None and decision.proposed_by_id == reader.pk
    is_proposed = decision is not None and decision.state == Decision.State.PROPOSED
    return Row(found, False, judged, decision, may_confirm=is_proposed and not is_mine, is_mine=is_mine)


def _judged(assignment: ReviewAssignment) -> Judged:
    review = getattr(assignment, "review", None)
    if review is None:
        return Judged(assignment, None, None)
    given = sorted(review.scores.all(), key=lambda score: (score.criterion.order, score.criterion_id))
    points = [rules.Points(s.points, s.criterion.max_points, s.criterion.weight) for s in given]
    return Judged(assignment, review, rules.total_score(points))
