"""Reviewers and managers of a rehearsal: they read, judge, propose, confirm and release."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from applications import actions
from applications.models import Application, Cohort, Decision, ReviewAssignment, RubricCriterion
from applications.release_plan import plan_release
from portal.models import OutgoingMail
from portal.outbox.queue import mark_bounced
from rehearsal.applications import office, regrets
from rehearsal.applications.scenery import READ_FOR, cohort, member, person
from rehearsal.play import BEGINS_ON, Play, Step

READERS_EACH = 2
READS_A_DAY = 12
IN_CONFLICT, ASKED_FOR_MORE = 0.05, 0.05
WAITLISTED = 5  # one of so many of those who are not accepted
BOUNCES = 0.2  # chance a day that one mail comes back


def day(play: Play) -> Iterator[Step]:
    """Yield what the programme's people do today."""
    held = cohort(play)
    if not held.released_at and play.instant(12) > held.closes_at:
        yield from _assigns(play, held)
        yield from _reads(play)
        yield from regrets.day(play, held)
        yield from _decides(play, held)
    if held.released_at and play.is_workday():
        yield from _fills_seats(play, held)
        yield from office.day(play)
    if play.chance(BOUNCES, "bounce", play.today):
        yield Step(play.instant(12), "mail server", "bounces", "", _bounce)


def _days(play: Play) -> int:
    return (play.today - BEGINS_ON).days


# --- Reading ---------------------------------------------------------------------------------------------


def _assigns(play: Play, held: Cohort) -> Iterator[Step]:
    if _days(play) >= READ_FOR - 4:
        return
    waiting = Application.objects.filter(cohort=held, state="submitted", assignments=None).order_by("pk")
    for pk, reference in waiting.values_list("pk", "reference"):
        yield Step(play.instant(13, pk, within=1), "manager", "assigns", reference, _assign(play, pk))


def _assign(play: Play, pk: int) -> Any:
    readers = play.dice("readers", pk).sample(play.memory["reviewers"], READERS_EACH)

    def act(at: datetime) -> str:
        application = Application.objects.select_related("cohort").get(pk=pk)
        phase = application.cohort.phases.order_by("opens_at", "id")[0]
        people = [person(reader) for reader in readers]
        made = actions.assign_reviewers([application], people, phase, by=member(play, "manager"), at=at)
        return f"{len(made.done)} assigned, {len(made.refused)} refused"

    return act


def _reads(play: Play) -> Iterator[Step]:
    """Let each reviewer answer the conflict question, then judge and hand in, a few a day."""
    for reader in play.memory["reviewers"]:
        mine = ReviewAssignment.objects.filter(reviewer=reader, state__in=["assigned", "cleared"]).order_by("pk")
        todo = mine.exclude(review__state="submitted").select_related("application")[:READS_A_DAY]
        for assignment in todo:
            about, at = assignment.application.reference, play.instant(15, reader, assignment.pk, within=4)
            if assignment.state == "assigned":
                yield Step(
                    at, f"reviewer {reader}", "answers the conflict question", about, _clear(play, assignment.pk)
                )
            elif play.chance(ASKED_FOR_MORE, "more", assignment.application_id) and _days(play) < READ_FOR - 5:
                yield Step(at, "manager", "asks for more", about, _ask(play, assignment.application_id))
            else:
                yield Step(at, f"reviewer {reader}", "judges", about, _judge(play, assignment.pk))


def _clear(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        assignment = ReviewAssignment.objects.get(pk=pk)
        if play.chance(IN_CONFLICT, "conflict", pk):
            actions.declare_conflict(assignment, "employer", "I worked there.", by=assignment.reviewer, at=at)
        else:
            actions.declare_clear(assignment, by=assignment.reviewer, at=at)

    return act


def _ask(play: Play, pk: int) -> Any:
    def act(at: datetime) -> str:
        application = Application.objects.get(pk=pk)
        if application.versions.count() > 1:
            return "was asked before"
        actions.return_for_information(application, "How many users?", by=member(play, "manager2"), at=at)
        return "done"

    return act


def _judge(play: Play, pk: int) -> Any:
    dice = play.dice("judges", pk)
    generous = dice.randint(1, 5)

    def act(at: datetime) -> None:
        assignment = ReviewAssignment.objects.select_related("review", "application").get(pk=pk)
        rubric = RubricCriterion.objects.filter(cohort=assignment.application.cohort_id).order_by("order", "id")
        points = {criterion: min(generous, criterion.max_points) for criterion in rubric}
        actions.save_review(
            assignment.review,
            points=points,
            recommendation="accept" if generous > 2 else "decline",
            comment="Read.",
            feedback="Measure more.",
            by=assignment.reviewer,
            at=at,
        )
        actions.submit_review(assignment.review, by=assignment.reviewer, at=at)

    return act


# --- Deciding --------------------------------------------------------------------------------------------


def _decides(play: Play, held: Cohort) -> Iterator[Step]:
    if _days(play) < READ_FOR - 1:
        return
    asked = Application.objects.filter(cohort=held, state="returned").order_by("pk")
    for pk, reference in asked.values_list("pk", "reference"):
        yield Step(play.instant(9, pk, within=1), "manager", "goes on without an answer", reference, _go_on(play, pk))
    ranked = list(Application.objects.filter(cohort=held, state="submitted").ranked())
    decided = dict(Decision.objects.current().filter(application__in=ranked).values_list("application", "state"))
    for place, application in enumerate(ranked):
        at, state = play.instant(11, application.pk, within=1), decided.get(application.pk)
        if state is None:
            yield Step(at, "manager", "proposes", application.reference, _propose(play, application.pk, place, held))
        if state in (None, "proposed"):
            later = at + timedelta(hours=2)
            yield Step(later, "second manager", "confirms", application.reference, _confirm(play, application.pk))
    if play.today >= held.decisions_on:
        yield Step(play.instant(18), "manager", "releases", held.code, _release(play))


def _go_on(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.go_on_without_answer(Application.objects.get(pk=pk), by=member(play, "manager"), at=at)

    return act


def _propose(play: Play, pk: int, place: int, held: Cohort) -> Any:
    def act(at: datetime) -> None:
        programme, given = held.programme, dict[str, Any]()
        outcome = "accept" if place < held.seats else "waitlist" if place % WAITLISTED == 0 else "decline"
        if outcome != "decline":
            given = {
                "months": programme.months,
                "monthly_cap_minor": programme.monthly_cap_minor,
                "first_period": held.first_period,
            }
        if outcome == "waitlist":
            given["rank"] = place
        actions.propose(Application.objects.get(pk=pk), outcome, by=member(play, "manager"), at=at, **given)

    return act


def _confirm(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        decision = Decision.objects.current().filter(application=pk).first()
        if decision is not None:
            actions.confirm(decision, by=member(play, "manager2"), at=at)

    return act


def _release(play: Play) -> Any:
    def act(at: datetime) -> str:
        held = cohort(play)
        made = actions.release(held, by=member(play, "manager"), at=at, seen=plan_release(held).seen)
        return f"{len(made)} offers"

    return act


def _fills_seats(play: Play, held: Cohort) -> Iterator[Step]:
    """Offer a seat that stayed free to who waits, while the first month is ahead."""
    waits = Application.objects.filter(cohort=held, state="waitlisted").exists()
    taken = held.offers.holding_seats().count()
    if waits and taken < held.seats and play.today < held.first_period:
        yield Step(play.instant(16), "manager", "offers a free seat", held.code, _offer_seat(play))


def _offer_seat(play: Play) -> Any:
    def act(at: datetime) -> None:
        actions.offer_free_seat(cohort(play), by=member(play, "manager"), at=at)

    return act


def _bounce(at: datetime) -> str:
    sent = OutgoingMail.objects.filter(state="sent").order_by("-pk").first()
    if sent is None:
        return "nothing"
    mark_bounced(sent, by=None, at=at, error="550 no such user")
    return f"mail #{sent.pk}"
