"""What is declared or changed beside a judgement or a decision: one waits for the other, and nothing slips by."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

from applications import actions
from applications.models import Conflict, Decision, ReviewAssignment, ReviewPhase
from portal.models import User
from portal.refusals import Refusal
from tests import factories as f
from tests.applications.judging import assigned, conflict, manager_of, phase_of, proposed, reviewer_of
from tests.waiting import somebody_waits, until

Act = Callable[[], object]


@contextmanager
def beside(act: Act) -> Iterator[list[object]]:
    """Run an act on a connection of its own, beside the transaction of the block, which it has to wait for."""
    came: list[object] = []

    def run() -> None:
        try:
            came.append(act())
        except Exception as refused:  # judged by the test
            came.append(refused)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        yield came
        thread.start()
        until(somebody_waits, "the other session to wait")
        assert came == []
    thread.join()


def confirming() -> tuple[User, Decision, Act]:
    decision = proposed()
    by = manager_of(decision.application)
    return by, decision, lambda: actions.confirm(Decision.objects.get(pk=decision.pk), by=by, at=f.DECIDED)


def clearing() -> tuple[User, ReviewAssignment, Act]:
    assignment = assigned()
    again = ReviewAssignment.objects.get
    by = assignment.reviewer
    return by, assignment, lambda: actions.declare_clear(again(pk=assignment.pk), by=by, at=f.AT)


def assigning() -> tuple[User, ReviewAssignment, Act]:
    asked = assigned()
    by, reviewer = manager_of(asked.application), reviewer_of(asked.application)

    def act() -> object:
        return actions.assign_reviewer(asked.application, reviewer, asked.phase, by=by, at=f.AT)

    return reviewer, asked, act


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("build", [confirming, clearing, assigning])
def test_who_declares_a_conflict_meanwhile_does_not_judge(
    build: Callable[[], tuple[User, Decision | ReviewAssignment, Act]],
) -> None:
    person, judged, act = build()
    with beside(act) as came:
        conflict(person, judged.application.startup)
    [refusal] = came
    assert isinstance(refusal, Refusal)
    assert "conflict of interest with this startup" in str(refusal)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("build", [confirming, clearing, assigning])
def test_a_conflict_waits_for_who_judges_at_this_moment(
    build: Callable[[], tuple[User, Decision | ReviewAssignment, Act]],
) -> None:
    person, judged, act = build()
    with beside(lambda: conflict(person, judged.application.startup)) as came:
        act()
    [declared] = came
    assert isinstance(declared, Conflict)


def unblind(phase: ReviewPhase) -> None:
    ReviewPhase.objects.filter(pk=phase.pk).update(is_blind=False)


@pytest.mark.django_db(transaction=True)
def test_a_phase_is_not_opened_beside_an_assignment() -> None:
    application = f.submitted()
    phase = phase_of(application, is_blind=True)
    by, reviewer = manager_of(application), reviewer_of(application)
    with beside(lambda: unblind(phase)) as came:
        actions.assign_reviewer(application, reviewer, phase, by=by, at=f.AT)
    [refused] = came
    assert isinstance(refused, IntegrityError)
    assert "phase_is_blind_or_open_once_asked" in str(refused)


@pytest.mark.django_db(transaction=True)
def test_who_is_asked_while_a_phase_is_opened_is_asked_open() -> None:
    application = f.submitted()
    phase = phase_of(application, is_blind=True)
    by, reviewer = manager_of(application), reviewer_of(application)
    with beside(lambda: actions.assign_reviewer(application, reviewer, phase, by=by, at=f.AT)) as came:
        unblind(phase)
    [asked] = came
    assert isinstance(asked, ReviewAssignment)
    assert not ReviewPhase.objects.get(pk=phase.pk).is_blind
