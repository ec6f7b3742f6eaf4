"""Assigning and judging. Nothing of an application is seen before the conflict question is answered (law 10)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from applications.models import (
    Application,
    Conflict,
    Review,
    ReviewAssignment,
    ReviewPhase,
    RubricCriterion,
    Score,
)
from portal import mail
from portal.models import Role, User
from portal.refusals import Refusal
from portal.transitions import acting, lock, move

State = ReviewAssignment.State


@transaction.atomic
def assign_reviewer(
    application: Application, reviewer: User, phase: ReviewPhase, *, by: User, at: datetime
) -> ReviewAssignment:
    """Ask a reviewer to judge an application.

    :raises Refusal: if the application is not submitted, the person is no reviewer of the programme, is in conflict
        with the startup, or has it already.
    """
    lock(application)
    if application.state != Application.State.SUBMITTED:
        raise Refusal(_("Only submitted applications are reviewed."))
    if not reviewer.holds(Role.REVIEWER, scope_id=application.cohort.programme_id):
        raise Refusal(_("%(person)s is not a reviewer of this programme.") % {"person": reviewer})
    if Conflict.objects.current().filter(person=reviewer, startup=application.startup_id).exists():
        raise Refusal(_("%(person)s has a conflict of interest with this startup.") % {"person": reviewer})
    acting(by=by, at=at)
    try:
        with transaction.atomic():
            assignment = ReviewAssignment.objects.create(
                phase=phase, application=application, reviewer=reviewer, assigned_by=by, assigned_at=at
            )
    except IntegrityError as error:
        raise Refusal(_("%(person)s has this application already.") % {"person": reviewer}) from error
    mail.queue("review_assigned", to=reviewer, about=assignment, at=at)
    return assignment


@transaction.atomic
def declare_clear(assignment: ReviewAssignment, *, by: User, at: datetime) -> Review:
    """Declare that there is no conflict of interest, and open the application for reading.

    :raises Refusal: by anybody but the reviewer, or if it was answered otherwise.
    """
    _require_reviewer(assignment, by)
    lock(assignment)
    if assignment.state == State.CLEARED:  # the second click of a double click
        return assignment.review
    move(assignment, State.CLEARED, by=by, at=at)
    return Review.objects.create(assignment=assignment, started_at=at)


@transaction.atomic
def declare_conflict(assignment: ReviewAssignment, kind: str, note: str, *, by: User, at: datetime) -> None:
    """Declare a conflict of interest: the application closes for the reviewer, and managers are told.

    :raises Refusal: by anybody but the reviewer, or after the review was submitted.
    """
    _require_reviewer(assignment, by)
    if Review.objects.filter(assignment=assignment, state=Review.State.SUBMITTED).exists():
        raise Refusal(_("Your review is submitted. Write to the programme about this conflict."))
    move(assignment, State.CONFLICTED, by=by, at=at, reason=note)
    Conflict.objects.get_or_create(
        person=by,
        startup=assignment.application.startup,
        kind=kind,
        ended_at=None,
        defaults={"note": note, "declared_at": at},
    )
    mail.queue("review_conflict", to=assignment.assigned_by, about=assignment, at=at)


@transaction.atomic
def save_review(
    review: Review,
    *,
    points: Mapping[RubricCriterion, int],
    recommendation: str,
    comment: str,
    feedback: str,
    by: User,
    at: datetime,
) -> None:
    """Save a draft review as far as it goes.

    :raises Refusal: by anybody but the reviewer, or once it is submitted, or with points beyond the rubric.
    """
    _require_reviewer(review.assignment, by)
    lock(review)
    if review.state != Review.State.DRAFT:
        raise Refusal(_("This review is submitted. Reopen it to change it."))
    for criterion, given in points.items():
        if not 0 <= given <= criterion.max_points:
            raise Refusal(
                _("“%(name)s” takes 0 to %(most)d points.") % {"name": criterion, "most": criterion.max_points}
            )
        Score.objects.update_or_create(review=review, criterion=criterion, defaults={"points": given})
    review.recommendation, review.comment, review.feedback = recommendation, comment, feedback
    review.save(update_fields=["recommendation", "comment", "feedback"])


@transaction.atomic
def submit_review(review: Review, *, by: User, at: datetime) -> None:
    """Hand the review in.

    :raises Refusal: if a criterion has no points, no recommendation is given, or the phase is over.
    """
    assignment = review.assignment
    _require_reviewer(assignment, by)
    if not assignment.phase.opens_at <= at < assignment.phase.closes_at:
        raise Refusal(_("This review phase is not open. Your draft is kept."))
    if review.scores.count() < assignment.application.cohort.rubric.count():
        raise Refusal(_("Give points for every criterion first."))
    if not review.recommendation:
        raise Refusal(_("Say what you recommend."))
    move(review, Review.State.SUBMITTED, by=by, at=at, submitted_at=at)


def reopen_review(review: Review, *, by: User, at: datetime) -> None:
    """Make a submitted review a draft again, while its phase is open.

    :raises Refusal: by anybody but the reviewer, or after the phase.
    """
    _require_reviewer(review.assignment, by)
    if not review.assignment.phase.opens_at <= at < review.assignment.phase.closes_at:
        raise Refusal(_("This review phase is over."))
    move(review, Review.State.DRAFT, by=by, at=at)


def _require_reviewer(assignment: ReviewAssignment, by: User) -> None:
    if assignment.reviewer_id != by.pk:
        raise Refusal(_("This review is somebody else's."))
