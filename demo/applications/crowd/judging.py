"""How the crowd was judged: reviewers, reviews with their scores, and decisions by two managers."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from applications.models import (
    Application,
    Cohort,
    Decision,
    Programme,
    Review,
    ReviewAssignment,
    RubricCriterion,
    Score,
)
from demo import bulk
from demo.applications.crowd.shape import DOMAIN, FAMILY, GIVEN, Calendar, Member, among
from portal.laws.transitions import acting, move_many
from portal.models import Role, RoleGrant, User

PER_REVIEWER = 400
FEWEST = 3
ASKED = 2
WORDS = ("A real problem, seen from near.", "The evidence is thin; the team is not.", "Clear plan, careful with data.")


def holders(programme: Programme, role: str, n: int, *, by: User, at: datetime) -> list[int]:
    """Copy n people who hold a role for the programme; give their ids."""
    keys, since, unusable = bulk.reserve(User, n), at - timedelta(days=400), make_password(None)
    people = [(key, f"{GIVEN[k * 5 % 12]} {FAMILY[k % 11]}", f"{role}{k}@{DOMAIN}") for k, key in enumerate(keys)]
    bulk.copy(
        User,
        ("id", "email", "name", "language", "timezone", "is_active", "is_operator", "joined_at", "password"),
        ((key, email, name, "en", "America/New_York", True, False, since, unusable) for key, name, email in people),
    )
    bulk.copy(
        EmailAddress,
        ("user", "email", "verified", "primary"),
        ((key, email, True, True) for key, _name, email in people),
    )
    acting(by=by, at=since)
    bulk.copy(
        RoleGrant,
        ("person", "role", "scope", "starts_on", "granted_by", "granted_at"),
        ((key, role, programme.pk, since.date(), by.pk, since) for key in keys),
    )
    return keys


def reviewers(programme: Programme, n: int, *, by: User, at: datetime) -> list[int]:
    """Copy as many reviewers as so many startups take."""
    return holders(programme, Role.REVIEWER, max(FEWEST, n // PER_REVIEWER), by=by, at=at)


def judge(cohort: Cohort, members: Sequence[Member], readers: list[int], on: Calendar, *, by: User) -> None:
    """Ask two reviewers for each application that was handed in; of those asked, so many have answered as the round says."""
    phase = cohort.phases.order_by("opens_at", "pk")[0]
    asked = [
        (m, readers[(m.n * ASKED + k) % len(readers)]) for m in members if m.fate != "withdrawn" for k in range(ASKED)
    ]
    keys = bulk.reserve(ReviewAssignment, len(asked))
    acting(by=by, at=on.assigned_at)
    bulk.copy(
        ReviewAssignment,
        ("id", "phase", "application", "reviewer", "state", "assigned_by", "assigned_at"),
        (
            (key, phase.pk, m.application, reader, "assigned", by.pk, on.assigned_at)
            for key, (m, reader) in zip(keys, asked, strict=True)
        ),
    )
    answered = [key for key in keys if key % 100 < on.of.judged]
    chosen = ReviewAssignment.objects.filter(pk__in=answered)
    move_many(chosen, ReviewAssignment.State.CLEARED, by=None, at=on.judged_at - timedelta(hours=2))
    _review(list(cohort.rubric.order_by("order", "pk")), answered, on)


def _review(rubric: list[RubricCriterion], assignments: list[int], on: Calendar) -> None:
    keys, at = bulk.reserve(Review, len(assignments)), on.judged_at - timedelta(hours=1)
    words = Review.Recommendation.values
    acting(by=None, at=at)
    bulk.copy(
        Review,
        ("id", "assignment", "state", "recommendation", "comment", "feedback", "started_at"),
        (
            (key, assignment, "draft", words[key % 3], WORDS[key % 3], "", at)
            for key, assignment in zip(keys, assignments, strict=True)
        ),
    )
    bulk.copy(
        Score,
        ("review", "criterion", "points"),
        ((key, each.pk, (key * 7 + each.pk * 3) % (each.max_points + 1)) for key in keys for each in rubric),
    )
    done = Review.objects.filter(pk__in=[key for key in keys if key % 10])
    move_many(done, Review.State.SUBMITTED, by=None, at=on.judged_at, submitted_at=on.judged_at)


def decide(cohort: Cohort, members: Sequence[Member], on: Calendar, *, by: User, second: User) -> None:
    """Propose and confirm what became of each, and release it; offers are not made here."""
    at, programme = on.decided_at, cohort.programme
    acting(by=by, at=at - timedelta(days=2))
    first = bulk.reserve(Decision, 1)[0]
    bulk.copy(
        Decision,
        (
            "application",
            "outcome",
            "state",
            "months",
            "monthly_cap_minor",
            "currency",
            "first_period",
            "rank",
            "message",
            "proposed_by",
            "proposed_at",
        ),
        _decisions(cohort, programme, members, (by.pk, at - timedelta(days=2))),
    )
    ours = Decision.objects.filter(pk__gt=first)
    told: dict[str, Any] = {"confirmed_by": second, "confirmed_at": at - timedelta(days=1)}
    move_many(ours, Decision.State.CONFIRMED, by=second, at=at - timedelta(days=1), **told)
    move_many(ours, Decision.State.RELEASED, by=by, at=at)
    for state in (Application.State.ACCEPTED, Application.State.WAITLISTED, Application.State.DECLINED):
        chosen = Application.objects.filter(pk__in=[m.application for m in among(members, state.value)])
        move_many(chosen, state, by=by, at=at)
    cohort.released_at = at
    cohort.save(update_fields=["released_at"])


def _decisions(
    cohort: Cohort, programme: Programme, members: Sequence[Member], proposed: tuple[int, datetime]
) -> Iterator[tuple[Any, ...]]:
    outcomes = {"accepted": "accept", "waitlisted": "waitlist", "declined": "decline"}
    given = (programme.months, programme.monthly_cap_minor, programme.currency, cohort.first_period)
    rank = 0
    for m in members:
        if not m.is_decided:
            continue
        rank += m.fate == "waitlisted"
        figures = given if m.fate != "declined" else (None, None, programme.currency, None)
        place = rank if m.fate == "waitlisted" else None
        yield m.application, outcomes[m.fate], "proposed", *figures, place, "", *proposed
