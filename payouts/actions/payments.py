"""What becomes of a payment that was sent: it arrives, or it comes back, even late."""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from payouts import ledger
from payouts.actions.accounts import turn_down
from payouts.law_words import lawful
from payouts.mails import tell_founders, tell_staff
from payouts.models import Correction, Disbursement, Event, Payment, PaymentBatch
from payouts.permissions import FINANCE, require, require_free_of
from payouts.rails import RAILS
from portal.language.dates import day_of
from portal.laws.transitions import lock, move, move_many
from portal.models import User
from portal.refusals import Refusal

log = logging.getLogger(__name__)
State = Payment.State


@lawful
def settle(payment: Payment, *, reference: str = "", by: User | None, at: datetime) -> None:
    """Record that a payment arrived: its month is paid.

    :raises Refusal: by who does not work with payments or is in conflict, or if it is not on its way any more.
    """
    if by is not None:
        require(by, FINANCE, payment.batch.programme_id, at=at)
        require_free_of(Payment.objects.filter(pk=payment.pk), by)
    batch = payment.batch
    lock(batch)
    move(payment, State.SETTLED, by=by, at=at, settled_at=at, bank_reference=reference.strip())
    move(payment.disbursement, Disbursement.State.PAID, by=by, at=at)
    ledger.book(Event.SETTLE, payment, at=at)
    tell_founders("payment_settled", Payment.objects.filter(pk=payment.pk), at=at)
    close_if_answered(batch, by=by, at=at)


@lawful
def settle_batch(batch: PaymentBatch, *, by: User | None, at: datetime) -> int:
    """Settle every payment of a batch that is on its way, in a few statements; give how many.

    The set-based twin of `settle`. By itself it leaves those to people whose “paid” was put right.

    :raises Refusal: by who does not work with payments, or is in conflict with a startup that they go to.
    """
    on_their_way = batch.payments.filter(state=State.SENT)
    if by is not None:
        require(by, FINANCE, batch.programme_id, at=at)
        require_free_of(on_their_way, by)
    lock(batch)
    if by is None:  # whose “paid” was a mistake is paid when a person says so
        corrected = Correction.objects.confirmed().filter(mistaken=State.SETTLED)
        on_their_way = on_their_way.exclude(pk__in=corrected.values("payment"))
    on_their_way = on_their_way.select_for_update(no_key=True, of=("self",))
    ids = list(on_their_way.order_by("pk").values_list("pk", flat=True))
    payments = Payment.objects.filter(pk__in=ids)
    move_many(payments, State.SETTLED, by=by, at=at, settled_at=at)
    months = Disbursement.objects.filter(pk__in=payments.values("disbursement"))
    move_many(months, Disbursement.State.PAID, by=by, at=at)
    ledger.book_many(Event.SETTLE, payments, at=at)
    tell_founders("payment_settled", payments, at=at)
    close_if_answered(batch, by=by, at=at)
    return len(ids)


def settle_due(at: datetime) -> int:
    """Settle what has not come back by its day; each batch in a transaction of its own. Give how many payments."""
    sent = PaymentBatch.objects.filter(state=PaymentBatch.State.SENT).select_related("programme")
    batches = sent.order_by("settles_on", "id")
    due = [batch for batch in batches if batch.settles_on <= day_of(at, zone=batch.programme.timezone)]
    return sum(settle_batch(batch, by=None, at=at) for batch in due)


@lawful
def return_payment(payment: Payment, *, code: str, by: User | None, at: datetime) -> None:
    """Record that a payment came back, before or after it had arrived: its month is ready for another attempt.

    A code that says the account is wrong turns its details down; nothing is paid there again.

    :param code: as the bank gave it, in any spelling; codes that the rail has no words for are taken too.
    :raises Refusal: by who does not work with payments or is in conflict, without the code of a return, or if it is
        not out any more.
    """
    if by is not None:
        require(by, FINANCE, payment.batch.programme_id, at=at)
        require_free_of(Payment.objects.filter(pk=payment.pk), by)
    batch = payment.batch
    rail = RAILS[batch.rail]
    if not code.strip():
        raise Refusal(_("Give the bank's reason for the return, such as %(code)s.") % {"code": rail.example_code})
    code = rail.read_return_code(code)
    lock(batch)
    lock(payment)
    event = Event.LATE_RETURN if payment.state == State.SETTLED else Event.RETURN
    move(payment, State.RETURNED, by=by, at=at, reason=code, returned_at=at, return_code=code)
    move(payment.disbursement, Disbursement.State.READY, by=by, at=at, reason=code, payee=None)
    move_many(payment.corrections.asked(), Correction.State.WITHDRAWN, by=by, at=at, reason=code)
    ledger.book(event, payment, at=at)
    account = payment.account
    lock(account)
    if code in rail.codes_of_wrong_account and account.is_current:
        turn_down(account, _("The bank returned a payment: %(code)s") % {"code": code}, by=by, at=at)
    tell_founders("payment_returned", Payment.objects.filter(pk=payment.pk), at=at)
    if code in rail.codes_of_duplicate:
        log.error("The bank calls payment %s a duplicate.", payment.end_to_end_id)
        tell_staff("payment_alarm", payment, at=at)
    close_if_answered(batch, by=by, at=at)


def close_if_answered(batch: PaymentBatch, *, by: User | None, at: datetime) -> None:
    """Close a batch of which no payment is on its way any more."""
    if batch.state == PaymentBatch.State.SENT and not batch.payments.filter(state=State.SENT).exists():
        move(batch, PaymentBatch.State.CLOSED, by=by, at=at)
