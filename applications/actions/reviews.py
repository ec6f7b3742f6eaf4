"""Assigning and judging. Nothing of an application is seen before the conflict question is answered (law 10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from applications.law_words import lawful
from applications.models import (
    Application,
    Conflict,
    Review,
    ReviewAssignment,
    ReviewPhase,
    RubricCriterion,
    Score,
)
from applications.permissions import has_conflict, require_free_manager
from portal.laws.transitions import acting, lock, move
from portal.laws.words import law_of
from portal.models import Role, User
from portal.outbox.queue import queue_mail
from portal.refusals import Refusal

State = ReviewAssignment.State


@transaction.atomic
def assign_reviewer(
    application: Application, reviewer: User, phase: ReviewPhase, *, by: User, at: datetime
) -> ReviewAssignment:
    """Ask a reviewer to judge an application.

    :raises Refusal: by who is no manager or in conflict; if the application is not submitted, the phase over or of
        another cohort; if the person is no reviewer of the programme, in conflict with the startup, or has it already.
    """
    require_free_manager(application, by=by, at=at)
    lock(application)
    if application.state != Application.State.SUBMITTED:
        raise Refusal(_("Only submitted applications are reviewed."))
    if phase.cohort_id != application.cohort_id or phase.closes_at <= at:
        raise Refusal(_("This review phase is over."))
    if not reviewer.holds(Role.REVIEWER, at=at, scope_id=application.cohort.programme_id):
        raise Refusal(_("%(person)s is not a reviewer of this programme.") % {"person": reviewer})
    if has_conflict(application, reviewer):
        raise Refusal(_("%(person)s has a conflict of interest with this startup.") % {"person": reviewer})
    acting(by=by, at=at)
    try:
        with transaction.atomic():
            assignment = ReviewAssignment.objects.create(
                phase=phase, application=application, reviewer=reviewer, assigned_by=by, assigned_at=at
            )
    except IntegrityError as error:
        if law_of(error) == "reviewer_free_of_conflict":
            raise Refusal(
                _("%(person)s has a conflict of interest with this startup.") % {"person": reviewer}
            ) from error
        raise Refusal(_("%(person)s has this application already.") % {"person": reviewer}) from error
    queue_mail("review_assigned", to=reviewer, about=assignment, at=at)
    return assignment


@dataclass(frozen=True, slots=True)
class Assigned:
    """What came of assigning many at once: what was done, and why the rest was not."""

    done: list[ReviewAssignment] = field(default_factory=list)
    refused: list[tuple[Application, Refusal]] = field(default_factory=list)


def assign_reviewers(
    applications: Iterable[Application], reviewers: Iterable[User], phase: ReviewPhase, *, by: User, at: datetime
) -> Assigned:
    """Ask each reviewer to judge each application; one pair's refusal leaves the others done."""
    result = Assigned()
    people = list(reviewers)
    for application in applications:
        for reviewer in people:
            try:
                result.done.append(assign_reviewer(application, reviewer, phase, by=by, at=at))
            except Refusal as refusal:
                result.refused.append((application, refusal))
    return result


@transaction.atomic
def take_assignment_back(assignment: ReviewAssignment, *, by: User, at: datetime, reason: str = "") -> None:
    """Take an application from a reviewer; a review that was handed in no longer counts, and that needs a reason.

    :raises Refusal: by who is no manager or in conflict, once decisions are released, or without that reason.
    """
    application = assignment.application
    require_free_manager(application, by=by, at=at)
    lock(application)
    _require_judgeable(application)
    lock(assignment)  # a review cannot be handed in meanwhile
    handed_in = Review.objects.filter(assignment=assignment, state=Review.State.SUBMITTED).exists()
    if handed_in and not reason.strip():
        raise Refusal(_("This review is submitted. Say why it shall no longer count."))
    move(assignment, State.REMOVED, by=by, at=at, reason=reason)
    queue_mail("review_taken_back", to=assignment.reviewer, about=assignment, at=at)


@lawful
def declare_clear(assignment: ReviewAssignment, *, by: User, at: datetime) -> Review:
    """Declare that there is no conflict of interest, and open the application for reading.

    :raises Refusal: by anybody but the reviewer, before the phase, if it was answered otherwise, or if a conflict
        is on record.
    """
    _require_reviewer(assignment, by)
    lock(assignment)
    if assignment.state == State.CLEARED:  # the second click of a double click
        return assignment.review
    if at < assignment.phase.opens_at:
        raise Refusal(_("This review phase has not begun."))
    if assignment.state == State.ASSIGNED and has_conflict(assignment.application, by):
        raise Refusal(_("A conflict of interest between you and this startup is on record."))
    move(assignment, State.CLEARED, by=by, at=at)
    return Review.objects.create(assignment=assignment, started_at=at)


@transaction.atomic
def declare_conflict(assignment: ReviewAssignment, kind: str, note: str, *, by: User, at: datetime) -> None:
    """Declare a conflict of interest: the application closes for the reviewer, and managers are told.

    :raises Refusal: by anybody but the reviewer, after the review was submitted, or without words for another reason.
    """
    _require_reviewer(assignment, by)
    lock(assignment.application)  # before what is asked of it, as every act does that changes its review progress
    lock(assignment)
    if assignment.state == State.CONFLICTED:  # the second click of a double click
        return
    if kind == Conflict.Kind.OTHER and not note.strip():
        raise Refusal(_("Say in a few words what connects you."))
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
    queue_mail("review_conflict", to=assignment.assigned_by, about=assignment, at=at)


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
    """Save a draft review as far as it goes, also after its phase: nothing that was written is lost.

    :raises Refusal: by anybody but the reviewer, once it is submitted or no longer theirs, or beyond the rubric.
    """
    assignment = _lock_open(review, by)
    if review.state != Review.State.DRAFT:
        raise Refusal(_("This review is submitted. Reopen it to change it."))
    for criterion, given in points.items():
        if criterion.cohort_id != assignment.application.cohort_id or not 0 <= given <= criterion.max_points:
            raise Refusal(
                _("“%(name)s” takes 0 to %(most)d points.") % {"name": criterion, "most": criterion.max_points}
            )
    Score.objects.bulk_create(
        [Score(review=review, criterion=criterion, points=given) for criterion, given in points.items()],
        update_conflicts=True,
        unique_fields=["review", "criterion"],
        update_fields=["points"],
    )
    review.recommendation, review.comment, review.feedback = recommendation, comment, feedback
    review.save(update_fields=["recommendation", "comment", "feedback"])


@transaction.atomic
def submit_review(review: Review, *, by: User, at: datetime) -> None:
    """Hand the review in.

    :raises Refusal: if a criterion has no points, no recommendation is given, the phase is over, or the application
        no longer waits for a decision.
    """
    assignment = _lock_judged(review, by)
    if not assignment.phase.is_open(at):
        raise Refusal(_("This review phase is not open. Your draft is kept."))
    if review.state == Review.State.DRAFT:
        if review.scores.count() < assignment.application.cohort.rubric.count():
            raise Refusal(_("Give points for every criterion first."))
        if not review.recommendation:
            raise Refusal(_("Say what you recommend."))
    move(review, Review.State.SUBMITTED, by=by, at=at, submitted_at=at)


@transaction.atomic
def reopen_review(review: Review, *, by: User, at: datetime) -> None:
    """Make a submitted review a draft again, while its phase is open.

    :raises Refusal: by anybody but the reviewer, after the phase, or once the application is decided.
    """
    assignment = _lock_judged(review, by)
    if not assignment.phase.is_open(at):
        raise Refusal(_("This review phase is over."))
    move(review, Review.State.DRAFT, by=by, at=at)


def _lock_judged(review: Review, by: User) -> ReviewAssignment:
    """Lock a review and first the application, whose review progress changes with it; it must still wait for a decision."""
    _require_reviewer(review.assignment, by)
    lock(review.assignment.application)
    assignment = _lock_open(review, by)
    _require_judgeable(assignment.application)
    return assignment


def _lock_open(review: Review, by: User) -> ReviewAssignment:
    """Lock a review that is the person's to write, with its assignment first: it may be taken back at this moment."""
    assignment = review.assignment
    _require_reviewer(assignment, by)
    lock(assignment)
    if assignment.state != State.CLEARED or has_conflict(assignment.application, by):
        raise Refusal(_("This application is no longer yours to review."))
    lock(review)
    return assignment


def _require_judgeable(application: Application) -> None:
    application.refresh_from_db(fields=["state"])
    if application.state not in (Application.State.SUBMITTED, Application.State.RETURNED):
        raise Refusal(_("This application is no longer waiting for a decision."))


def _require_reviewer(assignment: ReviewAssignment, by: User) -> None:
    if assignment.reviewer_id != by.pk:
        raise Refusal(_("This review is somebody else's."))
