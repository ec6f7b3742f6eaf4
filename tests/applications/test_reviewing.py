"""Assigning and judging: what each act does, and everything it refuses."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from applications import actions
from applications.models import Application, Conflict, Membership, Review, ReviewAssignment, Score
from portal.models import OutgoingMail, Transition, User
from portal.refusals import Refusal
from tests import factories as f
from tests.applications.judging import (
    assigned,
    cleared,
    conflict,
    mails,
    manager_of,
    moves,
    phase_of,
    proposed,
    reviewed,
    reviewer_of,
    write,
)
from tests.races import race, refusals

pytestmark = pytest.mark.django_db


def again(review: Review) -> Review:
    """Give a second copy, as another request would load it."""
    return Review.objects.select_related("assignment__application__cohort", "assignment__phase").get(pk=review.pk)


# --- assigning --------------------------------------------------------------------------------------


def test_assign_asks_the_reviewer_and_leaves_a_trace() -> None:
    application = f.submitted()
    reviewer, manager = reviewer_of(application), manager_of(application)
    made = actions.assign_reviewer(application, reviewer, phase_of(application), by=manager, at=f.AT)
    assert (made.state, made.assigned_by, made.assigned_at) == ("assigned", manager, f.AT)
    assert moves(made) == [("", "assigned")]
    assert mails("review_assigned") == [reviewer.email]


def assert_assign_refused(words: str, application: Application | None = None, **changes: Any) -> None:
    application = application or f.submitted()
    told: dict[str, Any] = {
        "reviewer": reviewer_of(application),
        "phase": phase_of(application),
        "by": manager_of(application),
        "at": f.AT,
    } | changes
    before = ReviewAssignment.objects.count()
    with pytest.raises(Refusal, match=words):
        actions.assign_reviewer(application, **told)
    assert (ReviewAssignment.objects.count(), OutgoingMail.objects.filter(kind="review_assigned").count()) == (
        before,
        before,
    )


def test_assign_refuses_who_is_no_manager_of_the_programme() -> None:
    assert_assign_refused("Only managers", by=f.holder("manager", f.programme()))
    assert_assign_refused("Only managers", by=f.user())


def test_assign_refuses_a_manager_in_conflict() -> None:
    application = f.submitted()
    manager = manager_of(application)
    conflict(manager, application.startup)
    assert_assign_refused("You have a conflict", application=application, by=manager)


def test_assign_refuses_who_reviews_elsewhere() -> None:
    assert_assign_refused("not a reviewer", reviewer=f.holder("reviewer", f.programme()))


def test_assign_refuses_a_reviewer_in_conflict() -> None:
    application = f.submitted()
    reviewer = reviewer_of(application)
    conflict(reviewer, application.startup)
    assert_assign_refused("has a conflict of interest", application=application, reviewer=reviewer)


def test_assign_admits_a_reviewer_whose_conflict_ended() -> None:
    application = f.submitted()
    reviewer = reviewer_of(application)
    old = conflict(reviewer, application.startup)
    old.ended_at = f.AT
    old.save(update_fields=["ended_at"])
    assert assigned(application, reviewer).state == "assigned"


def test_assign_refuses_a_member_of_the_startup() -> None:
    application = f.submitted()
    reviewer = reviewer_of(application)
    Membership.objects.create(startup=application.startup, person=reviewer, role="viewer", joined_at=f.AT)
    assert_assign_refused("has a conflict of interest", application=application, reviewer=reviewer)


def test_assign_refuses_the_second_time() -> None:
    made = assigned()
    assert_assign_refused("has this application already", application=made.application, reviewer=made.reviewer)


def test_assign_refuses_a_phase_that_is_over_or_of_another_cohort() -> None:
    application = f.submitted()
    assert_assign_refused("phase is over", application=application, at=phase_of(application).closes_at)
    assert_assign_refused("phase is over", application=application, phase=phase_of(f.submitted()))


def test_assign_refuses_what_is_not_submitted() -> None:
    draft, returned, released = f.draft(), f.submitted(), f.offer().application
    actions.return_for_information(returned, "Which?", by=manager_of(returned), at=f.AT)
    for application in (draft, returned, released):
        assert_assign_refused("Only submitted", application=application)


def test_assign_many_leaves_the_possible_ones_done() -> None:
    cohort = f.cohort()
    first, second = f.submitted(to=cohort), f.submitted(to=cohort)
    ada, bob = reviewer_of(first), reviewer_of(first)
    conflict(bob, second.startup)
    result = actions.assign_reviewers([first, second], [ada, bob], phase_of(first), by=manager_of(first), at=f.AT)
    assert {(a.application_id, a.reviewer_id) for a in result.done} == {
        (first.pk, ada.pk),
        (first.pk, bob.pk),
        (second.pk, ada.pk),
    }
    assert [application for application, _refusal in result.refused] == [second]


@pytest.mark.django_db(transaction=True)
def test_two_managers_assign_the_same_reviewer_at_once() -> None:
    application = f.submitted()
    reviewer, phase = reviewer_of(application), phase_of(application)
    managers = [manager_of(application), manager_of(application)]
    results = race(
        *[
            lambda by=by: actions.assign_reviewer(
                type(application).objects.get(pk=application.pk), reviewer, phase, by=by, at=f.AT
            )
            for by in managers
        ]
    )
    assert len(refusals(results)) == 1
    assert (ReviewAssignment.objects.count(), mails("review_assigned")) == (1, [reviewer.email])


# --- taking back ------------------------------------------------------------------------------------


def test_take_back_tells_the_reviewer_and_frees_the_place() -> None:
    made = assigned()
    actions.take_assignment_back(made, by=manager_of(made.application), at=f.AT)
    assert made.state == "removed"
    assert mails("review_taken_back") == [made.reviewer.email]
    assert assigned(made.application, made.reviewer).state == "assigned"


def test_take_back_of_a_submitted_review_needs_a_reason() -> None:
    review = reviewed()
    manager = manager_of(review.assignment.application)
    with pytest.raises(Refusal, match="Say why"):
        actions.take_assignment_back(review.assignment, by=manager, at=f.AT, reason=" ")
    actions.take_assignment_back(review.assignment, by=manager, at=f.AT, reason="Knew the founder")
    assert Transition.objects.of(review.assignment).last().reason == "Knew the founder"


def test_take_back_refuses_others_conflicts_and_late_hands() -> None:
    made = assigned()
    involved = manager_of(made.application)
    conflict(involved, made.application.startup)
    with pytest.raises(Refusal, match="Only managers"):
        actions.take_assignment_back(made, by=f.user(), at=f.AT)
    with pytest.raises(Refusal, match="You have a conflict"):
        actions.take_assignment_back(made, by=involved, at=f.AT)
    actions.declare_conflict(made, "family", "", by=made.reviewer, at=f.AT)
    with pytest.raises(Refusal, match="cannot become"):
        actions.take_assignment_back(made, by=manager_of(made.application), at=f.AT)


def test_take_back_is_refused_after_release() -> None:
    application = f.submitted()
    made = assigned(application)
    f.offer(application)
    with pytest.raises(Refusal, match="no longer waiting"):
        actions.take_assignment_back(made, by=manager_of(application), at=f.DECIDED)


# --- the conflict question --------------------------------------------------------------------------


def test_clear_opens_a_draft_once() -> None:
    made = assigned()
    first = actions.declare_clear(made, by=made.reviewer, at=f.AT)
    second = actions.declare_clear(ReviewAssignment.objects.get(pk=made.pk), by=made.reviewer, at=f.AT)
    assert (first, first.state, made.state) == (second, "draft", "cleared")
    assert moves(made) == [("", "assigned"), ("assigned", "cleared")]


def test_clear_refuses_others_the_time_before_the_phase_and_a_known_conflict() -> None:
    made = assigned()
    with pytest.raises(Refusal, match="somebody else's"):
        actions.declare_clear(made, by=f.user(), at=f.AT)
    with pytest.raises(Refusal, match="has not begun"):
        actions.declare_clear(made, by=made.reviewer, at=made.phase.opens_at - timedelta(seconds=1))
    conflict(made.reviewer, made.application.startup)
    with pytest.raises(Refusal, match="is on record"):
        actions.declare_clear(made, by=made.reviewer, at=f.AT)
    made.refresh_from_db()
    assert (made.state, Review.objects.count()) == ("assigned", 0)


def test_conflict_closes_it_records_it_and_tells_the_manager() -> None:
    made = assigned()
    for _click in range(2):
        actions.declare_conflict(made, "investor", "Shares", by=made.reviewer, at=f.AT)
    known = Conflict.objects.get(person=made.reviewer)
    assert (made.state, known.startup, known.kind, known.note) == (
        "conflicted",
        made.application.startup,
        "investor",
        "Shares",
    )
    assert mails("review_conflict") == [made.assigned_by.email]
    with pytest.raises(Refusal, match="cannot become"):
        actions.declare_clear(made, by=made.reviewer, at=f.AT)


def test_conflict_noticed_while_reading_closes_the_draft() -> None:
    review = cleared()
    by = review.assignment.reviewer
    actions.declare_conflict(review.assignment, "family", "", by=by, at=f.AT)
    with pytest.raises(Refusal, match="no longer yours"):
        write(again(review))


def test_conflict_refuses_others_silence_and_what_is_handed_in() -> None:
    made = assigned()
    with pytest.raises(Refusal, match="somebody else's"):
        actions.declare_conflict(made, "family", "", by=f.user(), at=f.AT)
    with pytest.raises(Refusal, match="what connects you"):
        actions.declare_conflict(made, "other", "  ", by=made.reviewer, at=f.AT)
    review = reviewed()
    with pytest.raises(Refusal, match="Your review is submitted"):
        actions.declare_conflict(review.assignment, "family", "", by=review.assignment.reviewer, at=f.AT)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_no_conflict_at_once_open_one_review() -> None:
    made = assigned()
    results = race(
        *[lambda: actions.declare_clear(ReviewAssignment.objects.get(pk=made.pk), by=made.reviewer, at=f.AT)] * 3
    )
    assert {r.pk for r in results if isinstance(r, Review)} == {Review.objects.get().pk}


# --- writing ----------------------------------------------------------------------------------------


def test_save_keeps_as_much_as_there_is() -> None:
    review = cleared()
    write(review, None, "", comment="Half a thought")
    rubric = list(review.assignment.application.cohort.rubric.order_by("order"))
    by = review.assignment.reviewer
    for points in ({rubric[0]: 2}, {rubric[0]: 4, rubric[1]: 0}):
        actions.save_review(
            review, points=points, recommendation="unsure", comment="More", feedback="Kind", by=by, at=f.AT
        )
    assert list(Score.objects.order_by("criterion__order").values_list("points", flat=True)) == [4, 0]
    review.refresh_from_db()
    assert (review.state, review.recommendation, review.comment, review.feedback) == ("draft", "unsure", "More", "Kind")


def test_save_still_keeps_words_after_the_phase() -> None:
    review = cleared()
    phase_of(review.assignment.application, closes_at=f.AT + timedelta(hours=1))
    late = review.assignment.phase.closes_at + timedelta(days=400)
    by = review.assignment.reviewer
    actions.save_review(review, points={}, recommendation="", comment="Late", feedback="", by=by, at=late)
    with pytest.raises(Refusal, match="Your draft is kept"):
        actions.submit_review(review, by=by, at=late)
    assert again(review).comment == "Late"


def test_save_refuses_others_and_points_beyond_the_rubric() -> None:
    review = cleared()
    words: dict[str, Any] = {"recommendation": "", "comment": "", "feedback": "", "at": f.AT}
    with pytest.raises(Refusal, match="somebody else's"):
        actions.save_review(review, points={}, by=f.user(), **words)
    criterion = review.assignment.application.cohort.rubric.first()
    foreign = f.cohort().rubric.first()
    assert criterion is not None
    assert foreign is not None
    for wrong in ({criterion: 6}, {criterion: -1}, {foreign: 1}):
        with pytest.raises(Refusal, match="takes 0 to 5 points"):
            actions.save_review(review, points=wrong, by=review.assignment.reviewer, **words)
    assert not Score.objects.exists()


def test_save_is_refused_once_taken_back_or_in_conflict() -> None:
    taken, involved = cleared(), cleared()
    actions.take_assignment_back(taken.assignment, by=manager_of(taken.assignment.application), at=f.AT)
    conflict(involved.assignment.reviewer, involved.assignment.application.startup)
    for review in (taken, involved):
        with pytest.raises(Refusal, match="no longer yours"):
            write(again(review))


# --- handing in -------------------------------------------------------------------------------------


def test_submit_hands_in_and_reopen_takes_back() -> None:
    review = write(cleared(), 4)
    by = review.assignment.reviewer
    actions.submit_review(review, by=by, at=f.AT)
    assert (review.state, review.submitted_at) == ("submitted", f.AT)
    with pytest.raises(Refusal, match="Reopen it"):
        write(again(review), 1)
    actions.reopen_review(review, by=by, at=f.AT)
    write(review, 1, "decline")
    actions.submit_review(review, by=by, at=f.AT)
    assert moves(review) == [("", "draft"), ("draft", "submitted"), ("submitted", "draft"), ("draft", "submitted")]
    assert set(review.scores.values_list("points", flat=True)) == {1}


def test_submit_names_what_is_missing() -> None:
    review = cleared()
    by = review.assignment.reviewer
    write(review, None, "accept")
    with pytest.raises(Refusal, match="points for every criterion"):
        actions.submit_review(review, by=by, at=f.AT)
    write(review, 3, "")
    with pytest.raises(Refusal, match="what you recommend"):
        actions.submit_review(review, by=by, at=f.AT)
    assert again(review).state == "draft"


@pytest.mark.parametrize("act", [actions.submit_review, actions.reopen_review])
def test_handing_in_refuses_others_and_late_hands(act: Callable[..., None]) -> None:
    review = write(cleared()) if act is actions.submit_review else reviewed()
    with pytest.raises(Refusal, match="somebody else's"):
        act(review, by=f.user(), at=f.AT)
    with pytest.raises(Refusal, match="phase is"):
        act(review, by=review.assignment.reviewer, at=review.assignment.phase.closes_at)


@pytest.mark.parametrize("act", [actions.submit_review, actions.reopen_review])
def test_handing_in_is_refused_once_the_application_is_decided_or_withdrawn(act: Callable[..., None]) -> None:
    application = f.submitted()
    review = write(cleared(application)) if act is actions.submit_review else reviewed(application)
    stale = again(review)
    actions.withdraw(application, by=f.founder_of(application.startup), at=f.AT)
    with pytest.raises(Refusal, match="no longer waiting"):
        act(stale, by=review.assignment.reviewer, at=f.AT)


def test_submit_twice_is_refused_by_a_stale_copy() -> None:
    review = write(cleared())
    stale = again(review)
    by = review.assignment.reviewer
    actions.submit_review(review, by=by, at=f.AT)
    with pytest.raises(Refusal, match="already been done"):
        actions.submit_review(stale, by=by, at=f.AT)
    assert moves(review) == [("", "draft"), ("draft", "submitted")]


@pytest.mark.django_db(transaction=True)
def test_submit_and_take_back_at_once_leave_one_truth() -> None:
    review = write(cleared())
    by, manager = review.assignment.reviewer, manager_of(review.assignment.application)
    results = race(
        lambda: actions.submit_review(again(review), by=by, at=f.AT),
        lambda: actions.take_assignment_back(again(review).assignment, by=manager, at=f.AT),
    )
    fresh = again(review)
    assert (fresh.assignment.state, fresh.state) in [("removed", "draft"), ("cleared", "submitted")]
    assert len(refusals(results)) == 1


# --- review progress kept beside an application --------------------------------------------------------


def progress_of(application: Application) -> tuple[int, int, Any]:
    application.refresh_from_db()
    return application.readers, application.judged, application.score


def test_review_progress_of_an_application_follows_its_reviews() -> None:
    application = f.submitted()
    assert progress_of(application) == (0, 0, None)
    first, second = write(cleared(application), 3), write(cleared(application), 4)
    assert progress_of(application) == (2, 0, None)
    actions.submit_review(first, by=first.assignment.reviewer, at=f.AT)
    assert progress_of(application) == (2, 1, Decimal("60.0"))
    actions.submit_review(second, by=second.assignment.reviewer, at=f.AT)
    assert progress_of(application) == (2, 2, Decimal("70.0"))
    actions.reopen_review(first, by=first.assignment.reviewer, at=f.AT)
    assert progress_of(application) == (2, 1, Decimal("80.0"))
    actions.declare_conflict(first.assignment, "family", "", by=first.assignment.reviewer, at=f.AT)
    assert progress_of(application) == (1, 1, Decimal("80.0"))
    by = manager_of(application)
    actions.take_assignment_back(second.assignment, by=by, at=f.AT, reason="Knew the founder")
    assert progress_of(application) == (0, 0, None)


@pytest.mark.django_db(transaction=True)
def test_two_reviews_handed_in_at_once_both_count() -> None:
    application = f.submitted()
    reviews = [write(cleared(application), points) for points in (3, 4)]
    results = race(
        *(lambda r=r: actions.submit_review(again(r), by=r.assignment.reviewer, at=f.AT) for r in reviews),
    )
    assert (refusals(results), progress_of(application)) == ([], (2, 2, Decimal("70.0")))


def test_visible_assignments_follow_grants() -> None:
    made = assigned()
    programme = made.application.cohort.programme
    stranger, elsewhere = f.user(), f.holder("reviewer", f.programme())
    everything = ReviewAssignment.objects
    assert list(everything.of_reviewer(made.reviewer)) == [made]
    assert [list(everything.of_reviewer(person)) for person in (stranger, elsewhere)] == [[], []]
    assert list(everything.visible_to(f.holder("auditor", programme))) == [made]
    grant = made.reviewer.role_grants.get()
    grant.ends_on = f.AT.date().replace(year=2021)
    grant.save(update_fields=["ends_on"])
    assert list(everything.of_reviewer(User.objects.get(pk=made.reviewer.pk))) == []


def test_proposals_do_not_stop_reviews() -> None:
    application = f.submitted()
    review = write(cleared(application))
    proposed(application, "decline")
    actions.submit_review(review, by=review.assignment.reviewer, at=f.AT)
    assert review.state == "submitted"
