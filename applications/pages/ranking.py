"""The rows of the ranking: what the reviews of each application say, and its decision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from applications import rules
from applications.models import Application, Decision, Review, ReviewAssignment, RubricCriterion
from portal.models import User

AT_WORK = (ReviewAssignment.State.ASSIGNED, ReviewAssignment.State.CLEARED)


@dataclass(frozen=True, slots=True)
class Voice:
    """What one of those asked says: nothing that counts until their review is in."""

    is_in: bool
    recommendation: str = ""
    score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One review as the page of an application shows it, with the points of each criterion."""

    assignment: ReviewAssignment
    review: Review | None
    points: list[tuple[RubricCriterion, int]]

    @property
    def voice(self) -> Voice:
        """Return what of it counts."""
        if self.review is None or self.review.state != Review.State.SUBMITTED:
            return Voice(is_in=False)
        given = (rules.Points(points, criterion.max_points, criterion.weight) for criterion, points in self.points)
        return Voice(True, self.review.recommendation, rules.total_score(given))


@dataclass(slots=True)
class RankingRow:
    """One application of the ranking."""

    application: Application
    voices: list[Voice] = field(default_factory=list)
    decision: Decision | None = None
    may_confirm: bool = False
    is_mine: bool = False
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.url = reverse("admin:desk_decision", args=[self.application.pk])

    @property
    def scores(self) -> list[Decimal]:
        """Return the scores of the reviews that count."""
        return [voice.score for voice in self.voices if voice.is_in and voice.score is not None]

    @property
    def mean(self) -> Decimal | None:
        """Return the mean of the scores, one decimal."""
        scores = self.scores
        return (sum(scores, Decimal(0)) / len(scores)).quantize(Decimal("0.1")) if scores else None

    @property
    def spread(self) -> Decimal | None:
        """Return how far the reviewers are apart, from two on."""
        scores = self.scores
        return max(scores) - min(scores) if len(scores) > 1 else None

    @property
    def progress(self) -> str:
        """Say how many reviews are in, of those asked."""
        done = sum(voice.is_in for voice in self.voices)
        return _("%(done)s of %(all)s") % {"done": done, "all": len(self.voices)}

    @property
    def recommendations(self) -> list[tuple[str, Any, int]]:
        """Return key, words and number of each recommendation."""
        said = [voice.recommendation for voice in self.voices if voice.is_in]
        return [(key, label, said.count(key)) for key, label in Review.Recommendation.choices if key in said]


def rows_of(applications: Sequence[Application], reader: User) -> list[RankingRow]:
    """Return the rows of a page, with two queries however many they are."""
    decisions = Decision.objects.current().filter(application__in=applications)
    current = {d.application_id: d for d in decisions.select_related("proposed_by", "confirmed_by")}
    voices = _voices(applications)
    return [row_of(each, voices.get(each.pk, []), current.get(each.pk), reader) for each in applications]


def row_of(application: Application, voices: list[Voice], decision: Decision | None, reader: User) -> RankingRow:
    """Return the row of one application."""
    is_mine = decision is not None and decision.proposed_by_id == reader.pk
    is_proposed = decision is not None and decision.state == Decision.State.PROPOSED
    return RankingRow(application, voices, decision, may_confirm=is_proposed and not is_mine, is_mine=is_mine)


def _voices(applications: Iterable[Application]) -> dict[int, list[Voice]]:
    """Return what those asked say of each application, their points already weighed by the database."""
    asked = ReviewAssignment.objects.filter(application__in=applications, state__in=AT_WORK).order_by("pk")
    weight = F("review__scores__criterion__weight")
    said = asked.annotate(
        got=Sum(F("review__scores__points") * weight), most=Sum(F("review__scores__criterion__max_points") * weight)
    ).values_list("application_id", "review__state", "review__recommendation", "got", "most")
    found: dict[int, list[Voice]] = {}
    for application, state, recommendation, got, most in said:
        is_in = state == Review.State.SUBMITTED
        voice = Voice(True, recommendation, rules.score_of(got or 0, most or 0)) if is_in else Voice(is_in=False)
        found.setdefault(application, []).append(voice)
    return found


def judged_of(application: Application, rubric: Sequence[RubricCriterion]) -> list[Judged]:
    """Return the reviews of one application with the points of every criterion, in two queries."""
    asked = (
        ReviewAssignment.objects.filter(application=application, state__in=AT_WORK)
        .select_related("reviewer", "review")
        .prefetch_related("review__scores")
        .order_by("pk")
    )
    return [_judged(assignment, rubric) for assignment in asked]


def _judged(assignment: ReviewAssignment, rubric: Sequence[RubricCriterion]) -> Judged:
    review = getattr(assignment, "review", None)
    given = {score.criterion_id: score.points for score in review.scores.all()} if review else {}
    return Judged(assignment, review, [(each, given[each.pk]) for each in rubric if each.pk in given])
