"""Payment batches up to the bank: prepared, approved, frozen with their file, released, sent (laws 2, 5)."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Count, Exists, Max, OuterRef, Subquery
from django.utils.translation import gettext as _

from applications.models import Conflict, Programme
from payouts import ledger
from payouts.law_words import lawful
from payouts.mails import tell_founders
from payouts.models import Disbursement, Event, Payment, PaymentBatch, PaymentSource, PayoutAccount, Transfer
from payouts.models.awards import DisbursementQuerySet
from payouts.models.batches import PaymentQuerySet
from payouts.permissions import FINANCE, require, require_free, require_free_of, require_second_person
from payouts.rails import RAILS
from payouts.rules import days_of_batch
from portal.language.text import few
from portal.laws.transitions import acting, lock, move, move_many
from portal.models import Role, User
from portal.refusals import Done, Refusal

State = PaymentBatch.State


@lawful
def prepare_batch(programme: Programme, *, months: Iterable[int] | None = None, by: User, at: datetime) -> PaymentBatch:
    """Put every ready month of a programme into a new batch, or only the chosen ones.

    Startups with which the preparer is in conflict are left for somebody else; chosen ones are refused.

    :raises Refusal: by who does not prepare payments, without a rail for the currency, or if nothing is payable.
    """
    require(by, (Role.FINANCE_PREPARER,), programme.pk, at=at)
    source = PaymentSource.objects.required(programme)
    # One preparer at a time: the second finds every month in the first one's batch.
    lock(source)
    ready = Disbursement.objects.filter(award__cohort__programme=programme).payable(at)
    if months is None:
        ready = ready.exclude(award__startup__in=Conflict.objects.startups_of(by))
    else:
        ready = ready.filter(pk__in=list(months))
        require_free(by, ready.values("award__startup"))
    acting(by=by, at=at)
    batch = PaymentBatch.objects.create(
        programme=programme,
        source=source,
        number=(source.batches.aggregate(last=Max("number"))["last"] or 0) + 1,
        rail=source.rail,
        currency=source.currency,
        prepared_by=by,
        prepared_at=at,
        **days_of_batch(programme, at),
    )
    # Locked, and then read again: what a cancellation or a hold took away meanwhile does not come in.
    ready.lock()
    if not _add_payments(batch, ready):
        raise Refusal(_("No month is ready to be paid."))
    return batch


def _add_payments(batch: PaymentBatch, months: DisbursementQuerySet) -> int:
    """Make one payment for each month in their order, in one statement; the attempt counts on from the last one."""
    account = PayoutAccount.objects.filter(
        participation=OuterRef("award__participation"), state=PayoutAccount.State.VERIFIED
    )
    rows = months.annotate(
        account=Subquery(account.values("pk")[:1]), attempt_before=Count("payments", distinct=True)
    ).values_list("pk", "account", "attempt_before", "amount_minor")
    try:
        sql, params = rows.order_by().query.sql_with_params()  # Django has no INSERT … SELECT of its own
    except EmptyResultSet:  # nothing was chosen
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO payouts_payment (disbursement_id, attempt, batch_id, account_id, amount_minor, currency,
                end_to_end_id, trace_number, payee_name_ascii, state, bank_reference, return_code)
            SELECT m.id, m.before + 1, %s, t.id, m.amount, %s, 'D' || m.id || '-' || (m.before + 1),
                nextval('payouts_trace_number'), rtrim(left(t.holder_name_ascii, %s)), 'prepared', '', ''
            FROM ({sql}) AS m (id, account_id, before, amount)
            JOIN payouts_payoutaccount t ON t.id = m.account_id ORDER BY m.id""",  # noqa: S608  # compiled from our own queryset
            [batch.pk, batch.currency, RAILS[batch.rail].name_width, *params],
        )
        return int(cursor.rowcount)


@lawful
def take_out(payment: Payment, *, reason: str = "", by: User, at: datetime) -> None:
    """Take one payment out of a batch that is not frozen; its month is ready again.

    :raises Refusal: by who does not work with payments, or once the batch is frozen.
    """
    batch = payment.batch
    require(by, FINANCE, batch.programme_id, at=at)
    lock(batch)
    if batch.state not in (State.DRAFT, State.APPROVED):
        raise Refusal(_("This batch is frozen: nothing is taken out of it any more."))
    lock(payment)
    if payment.state != Payment.State.PREPARED:
        raise Done(_("This payment is out of its batch already."))
    _withdraw(Payment.objects.filter(pk=payment.pk), by=by, at=at, reason=reason)
    payment.refresh_from_db()


@lawful
def cancel_batch(batch: PaymentBatch, *, reason: str, by: User, at: datetime) -> None:
    """Cancel a batch that is not frozen; all its months are ready again.

    :raises Refusal: by who does not work with payments, without a reason, or once it is frozen.
    """
    require(by, FINANCE, batch.programme_id, at=at)
    if not reason.strip():
        raise Refusal(_("Say why."))
    lock(batch)
    if batch.state in (State.DRAFT, State.APPROVED):
        _withdraw(batch.payments.filter(state=Payment.State.PREPARED), by=by, at=at, reason=reason)
    move(batch, State.CANCELLED, by=by, at=at, reason=reason)


def _withdraw(payments: models.QuerySet[Payment], *, by: User, at: datetime, reason: str) -> None:
    """Withdraw payments, and let approved months of theirs be ready again: their money goes back to committed."""
    chosen = payments.order_by("pk").values_list("pk", "disbursement")
    ids, months = zip(*chosen, strict=True) if chosen else ((), ())
    withdrawn = Payment.objects.filter(pk__in=ids)
    move_many(withdrawn, Payment.State.WITHDRAWN, by=by, at=at, reason=reason)
    approved = Disbursement.objects.filter(pk__in=months, state=Disbursement.State.APPROVED)
    move_many(approved, Disbursement.State.READY, by=by, at=at, reason=reason, payee=None)
    ledger.take_back(Transfer.objects.approvals_of(withdrawn), at=at)


@lawful
def approve_batch(batch: PaymentBatch, *, by: User, at: datetime) -> None:
    """Approve a batch as a second person: its months are approved for the accounts shown, their money becomes payable.

    :raises Refusal: by its preparer or who is in conflict, if it is empty, or if a month of it is not payable any more.
    """
    require_second_person(batch, by, at)
    lock(batch)
    payments = batch.payments.filter(state=Payment.State.PREPARED)
    require_payable(payments, at)
    move(batch, State.APPROVED, by=by, at=at, approved_by=by, approved_at=at, **days_of_batch(batch.programme, at))
    payee = payments.filter(disbursement=OuterRef("pk")).values("account")[:1]
    months = Disbursement.objects.filter(pk__in=payments.values("disbursement"))
    approved = move_many(months, Disbursement.State.APPROVED, by=by, at=at, payee=Subquery(payee))
    if approved != payments.count():
        raise Refusal(_("A month of this batch is not ready any more. Cancel the batch and prepare another."))
    ledger.book_many(Event.APPROVE, _not_payable_yet(payments), at=at)


def _not_payable_yet(payments: PaymentQuerySet) -> PaymentQuerySet:
    """Leave out the months whose money came back from an earlier attempt: it lies in payable already."""
    booked = Transfer.objects.unreversed().filter(
        event=Event.APPROVE, subject_table=Payment._meta.db_table, subject_id=OuterRef("pk")
    )
    payable_already = Payment.objects.filter(disbursement=OuterRef("disbursement")).filter(Exists(booked))
    return payments.exclude(Exists(payable_already))


def require_payable(payments: PaymentQuerySet, at: datetime) -> None:
    """Let payments pass of which no gate has closed.

    :raises Refusal: for none at all, or naming the startups that cannot be paid any more.
    """
    if not payments.exists():
        raise Refusal(_("This batch is empty."))
    if names := payments.blocked(at).startups().names():
        raise Refusal(
            _("Not payable any more: %(names)s. A hold was placed or the bank details changed: take them out first.")
            % {"names": few(names)}
        )


@lawful
def mark_sent(batch: PaymentBatch, *, by: User, at: datetime) -> None:
    """Record that the file went to the bank: its money is in transit, and every founder is told.

    :raises Refusal: by its preparer or who is in conflict, before the file was released, or twice.
    """
    require(by, (Role.FINANCE_APPROVER,), batch.programme_id, at=at)
    require_free_of(batch.payments.kept(), by)
    lock(batch)
    if by.pk == batch.prepared_by_id:
        raise Refusal(_("You prepared this batch. Another person sends it."))
    if batch.state == State.FROZEN and batch.released_at is None:
        raise Refusal(_("Download the file first: it is what goes to the bank."))
    settles = max(
        batch.settles_on, days_of_batch(batch.programme, at)["settles_on"]
    )  # later than frozen, later than said
    move(batch, State.SENT, by=by, at=at, only_from=State.FROZEN, sent_at=at, settles_on=settles)
    # What was not taken out before the batch froze is prepared here, and sent below.
    sent = batch.payments.kept()
    move_many(sent, Payment.State.SENT, by=by, at=at)
    ledger.book_many(Event.SEND, sent, at=at)
    tell_founders("payment_sent", sent, at=at)
