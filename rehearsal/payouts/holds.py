"""Holds in a rehearsal: placed, looked at again, kept by a second person, lifted."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from applications.models import Participation
from payouts import actions
from payouts.models import Disbursement, Hold
from rehearsal.applications import scenery
from rehearsal.play import Play, Step

A_DAY, KEPT = 0.001, 0.3
LOOKED_AT_AFTER, KEPT_FOR = timedelta(days=9), timedelta(days=8)


def day(play: Play) -> Iterator[Step]:
    """Yield what managers do about holds today."""
    held = set()
    for hold in Hold.objects.open().order_by("pk"):
        held.add(hold.participation_id)
        if play.today < hold.review_on:
            continue
        at, about = play.instant(12, "hold", hold.pk, within=2), f"hold #{hold.pk}"
        if hold.kept_at is None and play.chance(KEPT, "kept", hold.pk):
            yield Step(at, "second manager", "keeps a hold longer", about, _keep(play, hold.pk))
        else:
            yield Step(at, "manager", "lifts a hold", about, _lift(play, hold.pk))
    unpaid = Disbursement.objects.exclude(state="paid").values("award__participation")
    seats = Participation.objects.filter(state=Participation.State.ACTIVE, pk__in=unpaid).order_by("pk")
    for seat in seats.values_list("pk", flat=True):
        if seat not in held and play.chance(A_DAY, "hold", play.today, seat):
            at = play.instant(11, "holds", seat, within=6)
            yield Step(at, "manager", "places a hold", f"participation #{seat}", _place(play, seat))


def _place(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        seat = Participation.objects.select_related("cohort__programme").get(pk=pk)
        actions.place_hold(
            seat,
            reason=Hold.Reason.values[0],
            notice="We have a question about your report.",
            review_on=play.today + LOOKED_AT_AFTER,
            by=scenery.member(play, "manager"),
            at=at,
        )

    return act


def _keep(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        review_on = play.today + KEPT_FOR
        actions.keep_hold(Hold.objects.get(pk=pk), review_on=review_on, by=scenery.member(play, "manager2"), at=at)

    return act


def _lift(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.lift_hold(Hold.objects.get(pk=pk), why="They answered.", by=scenery.member(play, "manager"), at=at)

    return act
