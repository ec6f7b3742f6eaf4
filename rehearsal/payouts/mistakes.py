"""Mistakes of finance in a rehearsal: the wrong row is marked, and two people put it right before the day is over."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from payouts import actions
from payouts.models import Correction, Payment
from rehearsal.applications import scenery
from rehearsal.payouts.bank import Bank
from rehearsal.play import Play, Step

MARKED_WRONGLY, AS_RETURNED, THOUGHT_BETTER = 0.05, 0.5, 0.3
# How people write what the bank gave as a reason.
WRITTEN = ("R03", "r-16", "R 20", "06", "R23 refused")


def day(play: Play) -> Iterator[Step]:
    """Yield what goes wrong today with a payment that is on its way, and what follows."""
    if not play.is_workday():
        return
    bank: Bank = play.memory["bank"]
    sent = Payment.objects.filter(state=Payment.State.SENT).exclude(end_to_end_id__in=bank.returned)
    for pk, name in sent.order_by("pk").values_list("pk", "end_to_end_id"):
        if not play.chance(MARKED_WRONGLY, "marks wrongly", play.today, pk):
            continue
        if play.chance(THOUGHT_BETTER, "thinks better", play.today, pk):
            yield Step(play.instant(10.4), "approver", "asks for a correction", name, _ask(play, pk, "approver"))
            yield Step(play.instant(10.5), "preparer", "withdraws a correction", name, _withdraw(play, pk))
        yield Step(play.instant(10.2), "preparer", "marks a payment by mistake", name, _mark(play, pk))
        yield Step(play.instant(10.6), "preparer", "asks for a correction", name, _ask(play, pk, "preparer"))
        yield Step(play.instant(10.8), "approver", "confirms a correction", name, _confirm(play, pk))


def left(play: Play) -> Iterator[str]:
    """Name the corrections that nobody confirmed."""
    for correction in Correction.objects.asked().order_by("pk"):
        yield f"correction #{correction.pk} was asked for and never confirmed"


def _fetched(pk: int) -> Payment:
    return Payment.objects.select_related("batch__programme", "disbursement__award").get(pk=pk)


def _mark(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        by = scenery.member(play, "preparer")
        if play.chance(AS_RETURNED, "as returned", play.today, pk):
            code = play.dice("written", play.today, pk).choice(WRITTEN)
            actions.return_payment(_fetched(pk), code=code, by=by, at=at)
        else:
            actions.settle(_fetched(pk), reference="another line", by=by, at=at)

    return act


def _ask(play: Play, pk: int, who: str) -> Any:
    def act(at: datetime) -> None:
        actions.ask_correction(_fetched(pk), reason="The wrong row.", by=scenery.member(play, who), at=at)

    return act


def _asked(pk: int) -> Correction:
    return Correction.objects.select_related("payment__batch__programme").filter(payment=pk).order_by("-pk")[0]


def _confirm(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.confirm_correction(_asked(pk), by=scenery.member(play, "approver"), at=at)

    return act


def _withdraw(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.withdraw_correction(_asked(pk), by=scenery.member(play, "preparer"), at=at)

    return act
