"""The months of awards: opened when their day has come and every gate is open."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from payouts import ledger
from payouts.models import Disbursement, Event, Payment, Transfer
from payouts.models.awards import DisbursementQuerySet
from portal import gates
from portal.laws.transitions import lock, move, move_many
from portal.models import User
from portal.refusals import Refusal

State = Disbursement.State


@transaction.atomic
def open_month(month: Disbursement, *, by: User | None, at: datetime) -> None:
    """Make one month ready, its amount fixed: the model programme pays the whole ceiling, flat.

    :raises Refusal: before its day, or naming the gates that are closed.
    """
    lock(month)
    if month.due_at > at:
        raise Refusal(_("The day of this month has not come yet."))
    if closed := gates.load([month.seat_id], [month.period]).closed(month.seat_id, month.period, at):
        raise Refusal(" ".join(str(gate.staff_words) for gate in closed))
    move(month, State.READY, by=by, at=at, amount_minor=month.ceiling_minor)


def open_months(at: datetime) -> int:
    """Make every month ready whose day has come and of which no gate is closed, in one statement; give how many.

    The set-based twin of `open_month`. Two that run at once open each month once: the state is read again under the
    row's lock, so it must stand beside the chosen ids, not within their query.
    """
    if not Disbursement.objects.due(at).exists():
        return 0  # most ticks of a month
    due = Disbursement.objects.due(at).unblocked(at).order_by()
    months = Disbursement.objects.filter(pk__in=due.values("pk"))
    return move_many(months, State.READY, by=None, at=at, amount_minor=F("ceiling_minor"))


@transaction.atomic
def cancel_months(months: DisbursementQuerySet, *, by: User | None, at: datetime) -> int:
    """Cancel those months that are not in a batch, and give their money back to the budget; give how many."""
    free = months.filter(state__in=[State.SCHEDULED, State.READY]).exclude(
        Exists(Payment.objects.live().filter(disbursement=OuterRef("pk")))
    )
    ids = free.lock()
    chosen = Disbursement.objects.filter(pk__in=ids)
    ledger.take_back(Transfer.objects.approvals_of(Payment.objects.filter(disbursement__in=ids)), at=at)
    move_many(chosen, State.CANCELLED, by=by, at=at)
    ledger.book_many(Event.CANCEL, chosen, at=at)
    return len(ids)
