"""Builders of reviewing and deciding, through the real acts."""

from datetime import datetime
from typing import Any

from applications import actions
from applications.models import Application, Conflict, Decision, Review, ReviewAssignment, ReviewPhase, Startup
from portal.models import OutgoingMail, Role, Transition, User
from tests import factories as f


def manager_of(application: Application, name: str = "") -> User:
    """Make a manager of an application's programme."""
    return f.holder(Role.MANAGER, application.cohort.programme, name)


def reviewer_of(application: Application, name: str = "") -> User:
    """Make a reviewer of an application's programme."""
    return f.holder(Role.REVIEWER, application.cohort.programme, name)


def phase_of(application: Application, **changes: Any) -> ReviewPhase:
    """Give the review phase of an application's cohort, changed as told."""
    phase = ReviewPhase.objects.get(cohort=application.cohort)
    for name, value in changes.items():
        setattr(phase, name, value)
    phase.save()
    return phase


def assigned(application: Application | None = None, reviewer: User | None = None, **phase: Any) -> ReviewAssignment:
    """Make an assignment whose conflict question is open."""
    application = application or f.submitted()
    return actions.assign_reviewer(
        application,
        reviewer or reviewer_of(application),
        phase_of(application, **phase),
        by=manager_of(application),
        at=f.AT,
    )


def cleared(application: Application | None = None, reviewer: User | None = None, **phase: Any) -> Review:
    """Make an empty draft review."""
    assignment = assigned(application, reviewer, **phase)
    return actions.declare_clear(assignment, by=assignment.reviewer, at=f.AT)


def write(review: Review, points: int | None = 3, recommendation: str = "accept", **words: str) -> Review:
    """Fill a review in: the same points for every criterion, or none."""
    given = dict.fromkeys(review.assignment.application.cohort.rubric.all(), points) if points is not None else {}
    texts = {"comment": "", "feedback": ""} | words
    actions.save_review(
        review, points=given, recommendation=recommendation, **texts, by=review.assignment.reviewer, at=f.AT
    )
    return review


def reviewed(
    application: Application | None = None, points: int = 3, recommendation: str = "accept", **words: str
) -> Review:
    """Make a submitted review."""
    review = write(cleared(application), points, recommendation, **words)
    actions.submit_review(review, by=review.assignment.reviewer, at=f.AT)
    return review


def proposed(application: Application | None = None, outcome: str = "accept", **given: Any) -> Decision:
    """Make a proposal."""
    application = application or f.submitted()
    if outcome != "decline":
        given = {"months": 6, "monthly_cap_minor": 600_000, "first_period": application.cohort.first_period} | given
    if outcome == "waitlist":
        given.setdefault("rank", 1)
    by = given.pop("by", None) or manager_of(application)
    return actions.propose(application, outcome, by=by, at=f.DECIDED, **given)


def conflict(person: User, startup: Startup, at: datetime = f.AT) -> Conflict:
    """Put a conflict of interest on record."""
    return Conflict.objects.create(person=person, startup=startup, kind=Conflict.Kind.FAMILY, declared_at=at)


def mails(kind: str) -> list[str]:
    """Give the addresses to which a kind of mail was queued."""
    return sorted(OutgoingMail.objects.filter(kind=kind).values_list("to_email", flat=True))


def moves(obj: Any) -> list[tuple[str, str]]:
    """Give an object's history as pairs of states."""
    return list(Transition.objects.of(obj).values_list("from_state", "to_state"))
