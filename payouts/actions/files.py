"""The file of a batch: written once at freezing, sealed, and given out as the same bytes ever after."""

import hashlib
from datetime import date, datetime

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from payouts.actions.accounts import open_numbers
from payouts.actions.batches import require_payable
from payouts.actions.sources import own_number
from payouts.law_words import lawful
from payouts.models import BatchFile, Payment, PaymentBatch, PaymentSource
from payouts.permissions import require_second_person
from payouts.rails import RAILS
from payouts.rails.entries import Entry, Offset
from payouts.rules import days_of_batch
from portal.language.dates import day_of
from portal.laws.transitions import acting, lock, move
from portal.models import Disclosure, User
from portal.refusals import Refusal
from portal.sealing.ring import key_ring

State = PaymentBatch.State
# What the file says of a payment, and what opens the number of its account.
WRITTEN = (
    "batch",
    "amount_minor",
    "end_to_end_id",
    "payee_name_ascii",
    "trace_number",
    "account__uuid",
    "account__sealed",
    "account__routing_number",
    "account__account_type",
    "account__fingerprint",
)


@sensitive_variables()
@lawful
def freeze_batch(batch: PaymentBatch, *, by: User, at: datetime) -> None:
    """Freeze an approved batch: its file is written, hashed and sealed, and nothing of it changes again.

    It takes effect on the banking day after this one, also where it was approved days ago.

    :raises Refusal: by its preparer or who is in conflict; if bank details changed or a hold was placed since the
        approval; if the file cannot be written, naming the payment; for a file more than the bank takes a day.
    """
    require_second_person(batch, by, at)
    source = batch.source
    lock(source)  # files of a day are counted one at a time
    lock(batch)
    if batch.state != State.APPROVED:
        raise Refusal(_("Only an approved batch is frozen."))
    rows = batch.payments.filter(state=Payment.State.PREPARED).select_related("account")
    payments = list(rows.only(*WRITTEN).order_by("trace_number"))
    require_payable(batch.payments.filter(state=Payment.State.PREPARED), at)
    file_on = day_of(at, zone=source.timezone)
    nth = (source.batches.filter(file_on=file_on).aggregate(last=Max("nth_of_day"))["last"] or 0) + 1
    days = {name: max(getattr(batch, name), day) for name, day in days_of_batch(batch.programme, at).items()}
    data = _written(batch, source, payments, nth, effective_on=days["effective_on"], by=by, at=at)
    file = BatchFile(batch=batch)
    file.sealed = key_ring().seal(data, file.place)
    file.save(force_insert=True)
    move(
        batch,
        State.FROZEN,
        by=by,
        at=at,
        frozen_at=at,
        total_minor=sum(payment.amount_minor for payment in payments),
        count=len(payments),
        file_on=file_on,
        nth_of_day=nth,
        file_name=RAILS[batch.rail].file_name(f"{batch.programme.slug}-{file_on:%Y%m%d}", nth),
        sha256=hashlib.sha256(data).hexdigest(),
        **days,
    )


@sensitive_variables()
def _written(
    batch: PaymentBatch,
    source: PaymentSource,
    payments: list[Payment],
    nth: int,
    *,
    effective_on: date,
    by: User,
    at: datetime,
) -> bytes:
    purpose = f"payment file of batch {batch.number}"
    numbers = open_numbers({p.account_id: p.account for p in payments}.values(), purpose=purpose, by=by, at=at)
    entries = [
        Entry(
            routing=payment.account.routing_number,
            account=numbers[payment.account_id],
            account_type=payment.account.account_type,
            amount=payment.amount_minor,
            individual_id=payment.end_to_end_id,
            name=payment.payee_name_ascii,
            sequence=payment.trace_sequence,
        )
        for payment in payments
    ]
    return RAILS[batch.rail].write(
        source.originator(_own_account(source, batch, by=by, at=at)),
        entries,
        created_at=at,
        effective_on=effective_on,
        nth_of_day=nth,
        batch_number=batch.number,
        offset_sequence=_next_trace() if source.is_balanced else None,
    )


@sensitive_variables()
def _own_account(source: PaymentSource, batch: PaymentBatch, *, by: User, at: datetime) -> Offset | None:
    if source.offset_sealed is None:
        return None
    number = own_number(source)
    _log_look(source, f"payment file of batch {batch.number}", by=by, at=at)
    return Offset(routing=source.offset_routing, account=number, account_type=source.offset_account_type)


def _next_trace() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('payouts_trace_number')")
        return Payment(trace_number=int(cursor.fetchone()[0])).trace_sequence


@sensitive_variables()
@lawful
def release_batch(batch: PaymentBatch, *, by: User, at: datetime) -> bytes:
    """Hand the file of a frozen batch out, the same bytes every time; every look is logged, the first one is the release.

    :raises Refusal: by its preparer or who is in conflict, before it is frozen, or once its bytes are purged.
    """
    require_second_person(batch, by, at)
    lock(batch)
    if batch.frozen_at is None:
        raise Refusal(_("This batch is not frozen yet: there is no file."))
    file = BatchFile.objects.filter(batch=batch).first()
    if file is None:
        raise Refusal(_("The bytes of this file have been purged. Its hash and its payments are kept."))
    data = key_ring().open(file.sealed, file.place)
    if hashlib.sha256(data).hexdigest() != batch.sha256:
        raise RuntimeError(f"The file of batch {batch.pk} is not the one that was frozen.")
    if batch.released_at is None:
        acting(by=by, at=at)
        batch.released_by, batch.released_at = by, at
        batch.save(update_fields=["released_by", "released_at"])
    _log_look(batch, f"file {batch.file_name} downloaded", by=by, at=at)
    return data


def _log_look(subject: PaymentBatch | PaymentSource, purpose: str, *, by: User, at: datetime) -> None:
    Disclosure.objects.create(
        person=by, subject_table=subject._meta.db_table, subject_id=subject.pk, purpose=purpose, at=at
    )
