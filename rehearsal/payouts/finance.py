"""Finance in a rehearsal: batches from preparing to sending, and the bank's answers booked one by one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from payouts import actions
from payouts.models import Disbursement, Payment, PaymentBatch
from payouts.rails.nacha_returns import Return, read_returns
from rehearsal.applications import scenery
from rehearsal.payouts.bank import DAYS_LATER, REASONS, Bank
from rehearsal.play import Play, Step

State = PaymentBatch.State
CANCELLED, TAKEN_OUT, ANSWERED_BY_HAND = 0.04, 0.1, 0.05
SETTLED_WHOLE, FUNDED_A_DAY = 0.15, 0.03


def day(play: Play) -> Iterator[Step]:
    """Yield what finance does today; banks and people of finance work on workdays."""
    bank: Bank = play.memory["bank"]
    if (data := bank.answer(play.today)) is not None:
        play.keep(f"answer-{play.today:%Y%m%d}.ret", data)
        play.memory.setdefault("inbox", []).extend(
            answer for answer in read_returns(data) if isinstance(answer, Return)
        )
    if play.today.day == 1:
        play.keep(f"statement-{play.today:%Y%m%d}.txt", bank.statement(play.today))
    if not play.is_workday():
        return
    yield from _books_answers(play)
    yield from _settles_by_hand(play)
    for batch in PaymentBatch.objects.exclude(state__in=[State.CLOSED, State.CANCELLED, State.SENT]).order_by("pk"):
        yield from _moves_on(play, batch)
    yield Step(play.instant(16, "prepares"), "preparer", "prepares a batch", "", _prepare(play))
    if play.chance(FUNDED_A_DAY, "funded", play.today):
        yield Step(play.instant(10, "funds"), "manager", "adds to the budget", "", _fund(play))


def _moves_on(play: Play, batch: PaymentBatch) -> Iterator[Step]:
    at, about = play.instant(13, "batch", batch.pk, within=2), f"batch {batch.number}"
    if batch.state == State.DRAFT and play.chance(CANCELLED, "cancelled", batch.pk):
        yield Step(at, "preparer", "cancels a batch", about, _cancel(play, batch.pk))
    elif batch.state == State.DRAFT:
        yield Step(at, "approver", "approves a batch", about, _approve(play, batch.pk))
    elif batch.state == State.APPROVED:
        yield Step(at, "approver", "freezes a batch", about, _freeze(play, batch.pk))
    elif batch.released_at is None:
        yield Step(at, "approver", "releases a file", about, _release(play, batch.pk))
    else:
        yield Step(at, "approver", "marks a batch as sent", about, _mark_sent(play, batch.pk))


def _prepare(play: Play) -> Any:
    def act(at: datetime) -> str:
        programme = scenery.cohort(play).programme
        if not Disbursement.objects.filter(award__cohort__programme=programme).payable(at).exists():
            return "nothing to pay"
        batch = actions.prepare_batch(programme, by=scenery.member(play, "preparer"), at=at)
        return f"batch {batch.number} of {batch.payments.count()}"

    return act


def _fetched(pk: int) -> PaymentBatch:
    return PaymentBatch.objects.select_related("programme", "source").get(pk=pk)


def _cancel(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.cancel_batch(_fetched(pk), reason="A mistake.", by=scenery.member(play, "preparer"), at=at)

    return act


def _approve(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        """Approve what is payable; what is not any more is taken out first, and an empty batch is cancelled."""
        batch, approver = _fetched(pk), scenery.member(play, "approver")
        _take_out_blocked(play, batch, at)
        if batch.payments.filter(state=Payment.State.PREPARED).exists():
            actions.approve_batch(batch, by=approver, at=at)
        else:
            actions.cancel_batch(batch, reason="Nothing of it can be paid.", by=approver, at=at)

    return act


def _take_out_blocked(play: Play, batch: PaymentBatch, at: datetime) -> None:
    prepared = batch.payments.filter(state=Payment.State.PREPARED).order_by("pk")
    unlucky = play.chance(TAKEN_OUT, "taken out", batch.pk)
    if not unlucky and not prepared.blocked(at).exists():
        return
    for payment in prepared:
        if (unlucky and payment.pk % 7 == 0) or prepared.filter(pk=payment.pk).blocked(at).exists():
            actions.take_out(payment, reason="Not now.", by=scenery.member(play, "preparer"), at=at)


def _freeze(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        batch, approver = _fetched(pk), scenery.member(play, "approver")
        _take_out_blocked(play, batch, at)
        if batch.payments.filter(state=Payment.State.PREPARED).exists():
            actions.freeze_batch(batch, by=approver, at=at)
        else:
            actions.cancel_batch(batch, reason="Nothing of it can be paid.", by=approver, at=at)

    return act


def _release(play: Play, pk: int) -> Any:
    bank: Bank = play.memory["bank"]

    def act(at: datetime) -> str:
        batch = _fetched(pk)
        data = actions.release_batch(batch, by=scenery.member(play, "approver"), at=at)
        play.keep(batch.file_name, data)
        for credit in bank.take(batch.file_name, data):
            dice = play.dice("bank", credit.name)
            bank.decide(credit, comes_back=dice.random(), reason=dice.choice(REASONS), later=dice.choice(DAYS_LATER))
        return batch.file_name

    return act


def _mark_sent(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.mark_sent(_fetched(pk), by=scenery.member(play, "approver"), at=at)

    return act


def _books_answers(play: Play) -> Iterator[Step]:
    """Book each return until it is booked: the inbox is emptied by what stands in the database, not by the attempt."""
    inbox: list[Return] = play.memory.get("inbox", [])
    ours = dict(
        Payment.objects.filter(end_to_end_id__in=[r.individual_id for r in inbox]).values_list("end_to_end_id", "state")
    )
    play.memory["inbox"] = [answer for answer in inbox if ours[answer.individual_id] != Payment.State.RETURNED]
    for answer in play.memory["inbox"]:
        at = play.instant(14, answer.individual_id, within=1)
        about = f"{answer.individual_id} {answer.reason}"
        yield Step(at, "preparer", "books a return", about, _return(play, answer))


def _return(play: Play, answer: Return) -> Any:
    def act(at: datetime) -> None:
        payment = Payment.objects.select_related("batch").get(end_to_end_id=answer.individual_id)
        actions.return_payment(payment, code=answer.reason, by=scenery.member(play, "preparer"), at=at)

    return act


def _settles_by_hand(play: Play) -> Iterator[Step]:
    """Let somebody who looked at the account settle a payment before the sweep does."""
    bank: Bank = play.memory["bank"]
    due = Payment.objects.filter(state=Payment.State.SENT, batch__effective_on__lt=play.today).order_by("pk")
    came_back = set(due.filter(end_to_end_id__in=bank.returned).values_list("batch", flat=True))
    for pk in sorted({payment.batch_id for payment in due} - came_back):
        if play.chance(SETTLED_WHOLE, "settles whole", play.today, pk):
            at = play.instant(16, "settles whole", pk, within=2)
            yield Step(at, "preparer", "settles a batch by hand", f"batch #{pk}", _settle_batch(play, pk))
    overdue = set(due.filter(batch__settles_on__lt=play.today).values_list("pk", flat=True))  # left by the sweep
    for payment in due:
        by_hand = payment.pk in overdue or play.chance(ANSWERED_BY_HAND, "settles", payment.pk)
        if payment.end_to_end_id not in bank.returned and by_hand:
            at = play.instant(17, "settles", payment.pk, within=1)
            yield Step(at, "preparer", "settles by hand", payment.end_to_end_id, _settle(play, payment.pk))


def _settle_batch(play: Play, pk: int) -> Any:
    def act(at: datetime) -> str:
        return f"{actions.settle_batch(_fetched(pk), by=scenery.member(play, 'preparer'), at=at)} settled"

    return act


def _fund(play: Play) -> Any:
    def act(at: datetime) -> None:
        key = UUID(
            int=play.dice("funding", play.today).getrandbits(128), version=4
        )  # the form's: a second click is none
        held, by = scenery.cohort(play), scenery.member(play, "manager")
        actions.fund_cohort(held, held.programme.monthly_cap_minor, reference="A gift", key=key, by=by, at=at)

    return act


def _settle(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        payment = Payment.objects.select_related("batch", "disbursement").get(pk=pk)
        actions.settle(payment, reference="seen on the account", by=scenery.member(play, "preparer"), at=at)

    return act
