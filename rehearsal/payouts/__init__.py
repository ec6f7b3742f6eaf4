"""What money plays in a rehearsal: founders with bank details, finance with batches, managers with holds, and a bank."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import QuerySet, Sum

from demo.payouts import funding
from payouts import ledger
from payouts.models import Award, Disbursement, LedgerAccount, Payment, PaymentBatch
from portal.language.dates import add_months
from rehearsal.applications import scenery
from rehearsal.payouts import accounts, finance, holds, mistakes
from rehearsal.payouts.bank import Bank
from rehearsal.payouts.intrusions import INTRUSIONS
from rehearsal.play import Part, Play, Step

# A ready month waits no longer than this for its batch, and a paid one for its answer.
SOON = timedelta(days=21)
SETTLED_AFTER = timedelta(days=30)


def _set_up(play: Play, at: datetime) -> None:
    funding.build(at)
    play.memory["bank"] = Bank()


def _day(play: Play) -> Iterable[Step]:
    yield from accounts.day(play)
    yield from holds.day(play)
    yield from mistakes.day(play)
    yield from finance.day(play)


def _proof(play: Play) -> Iterable[str]:
    """Compare the ledger with the bank's own book, and look for what waits too long."""
    bank: Bank = play.memory["bank"]
    yield from bank.complaints
    balances = ledger.balances(LedgerAccount.objects.exclude(award=None))
    out = balances["in_transit"] + balances["disbursed"]
    prepared = Payment.objects.filter(state=Payment.State.PREPARED, batch__state=PaymentBatch.State.FROZEN)
    released = prepared.filter(batch__released_at__isnull=False)
    not_booked = Payment.objects.filter(end_to_end_id__in=bank.returned, state__in=["sent", "settled"])
    expected = bank.paid() - _sum(released.exclude(end_to_end_id__in=bank.returned)) + _sum(not_booked)
    if out != expected:
        yield f"the ledger says {out} cents are out, the bank says {expected}"
    at = play.instant(23)
    late = at - SOON
    seat = "award__participation"
    waiting = Disbursement.objects.payable(at).exclude(payments__returned_at__gt=late)
    waiting = waiting.exclude(**{f"{seat}__holds__lifted_at__gt": late})
    waiting = waiting.exclude(**{f"{seat}__payout_accounts__payable_from__gt": late})
    waiting = waiting.exclude(**{f"{seat}__payout_accounts__verified_at__gt": late})
    for month in waiting.filter(due_at__lt=late).order_by("pk"):
        yield f"disbursement #{month.pk} could be paid for three weeks, and is in no batch"


def _last_proof(play: Play) -> Iterable[str]:
    """Name every month that was neither paid nor has a reason not to be."""
    for award in Award.objects.filter(state=Award.State.COMMITTED).order_by("pk"):
        unpaid = award.disbursements.exclude(state="paid").count()
        if unpaid and not accounts.gave_up(play, award.participation_id):
            yield f"award #{award.pk} has {unpaid} unpaid months at the end, and nobody knows why"
    for award in Award.objects.filter(state=Award.State.RESERVED, participation=None).order_by("pk"):
        yield f"award #{award.pk} keeps money for an offer that ended"
    yield from mistakes.left(play)


def _counts(play: Play) -> Mapping[str, int]:
    settled = Payment.objects.filter(state=Payment.State.SETTLED)
    return {"payments_settled": settled.count(), "amount_settled": _sum(settled)}


def _sum(payments: "QuerySet[Payment]") -> int:
    return payments.aggregate(total=Sum("amount_minor"))["total"] or 0


def _ends_on(play: Play) -> date:
    """Return the day by which the last month's money has arrived, if all goes well."""
    return add_months(scenery.cohort(play).first_period, play.months - 1) + SETTLED_AFTER


def _under_way(play: Play) -> bool:
    """Return whether money is still to come to somebody who can get it."""
    open_months = Disbursement.objects.exclude(state__in=["paid", "cancelled", "lapsed"])
    seats = set(open_months.values_list("award__participation", flat=True))
    return any(not accounts.gave_up(play, seat) for seat in seats) or bool(play.memory["bank"].answers)


PART = Part(
    "payouts",
    set_up=_set_up,
    day=_day,
    proof=_proof,
    last_proof=_last_proof,
    counts=_counts,
    ends_on=_ends_on,
    under_way=_under_way,
    intrusions=INTRUSIONS,
)
