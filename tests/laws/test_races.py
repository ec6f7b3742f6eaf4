"""Two sessions at the same moment, on a batch: the later waits for the earlier, and nothing slips in or out beside it."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection

from applications.models import Conflict, Programme
from payouts import actions
from payouts.models import Payment, PaymentBatch, PaymentSource
from portal.laws.transitions import acting
from portal.models import Role, User
from portal.refusals import Refusal
from tests import factories
from tests.factories import DECIDED
from tests.laws.payouts import payment_by_sql, put, ready_beside_a_batch
from tests.payouts import money
from tests.payouts.money import DUE
from tests.races import beside

pytestmark = pytest.mark.django_db(transaction=True)


def again(batch: PaymentBatch) -> PaymentBatch:
    return PaymentBatch.objects.get(pk=batch.pk)


def approve(batch: PaymentBatch, by: User) -> None:
    actions.approve_batch(again(batch), by=by, at=DUE)


def freeze(batch: PaymentBatch, by: User) -> None:
    actions.freeze_batch(again(batch), by=by, at=DUE)


def withdraw(payment: Payment) -> None:
    """Take a payment out by raw SQL, whatever becomes of its month."""
    put(payment, state="withdrawn")


def declare(by: User, batch: PaymentBatch) -> Conflict:
    startup = batch.payments.get().disbursement.award.startup
    return Conflict.objects.create(person=by, startup=startup, kind="investor", declared_at=DECIDED)


def law_of(came: list[object]) -> str:
    """Return the law that refused the one thing that came."""
    [error] = came
    assert isinstance(error, IntegrityError)
    return str(getattr(error.__cause__, "diag").constraint_name)  # noqa: B009  # psycopg's, of any of its errors


def test_a_payment_that_comes_beside_the_approval_is_refused() -> None:
    month, batch = ready_beside_a_batch()
    with beside(lambda: payment_by_sql(month, batch)) as came:
        approve(batch, money.approver(batch))
    assert law_of(came) == "payment_is_for_its_ready_month"
    assert batch.payments.count() == 1


def test_an_approval_waits_for_a_payment_and_approves_it_too() -> None:
    month, batch = ready_beside_a_batch()
    by = money.approver(batch)
    with beside(lambda: approve(batch, by)) as came:
        payment_by_sql(month, batch)
    assert came == [None]
    states = batch.payments.values_list("state", "disbursement__state")
    assert list(states) == [("prepared", "approved")] * 2


def test_a_payment_is_not_withdrawn_beside_the_freezing() -> None:
    batch = money.approved()
    payment, by = batch.payments.get(), money.approver(batch)
    with beside(lambda: withdraw(payment)) as came:
        freeze(batch, by)
    assert law_of(came) == "payment_moves_with_its_batch"
    assert (again(batch).state, batch.payments.get().state) == ("frozen", "prepared")


def test_a_batch_is_not_frozen_with_a_payment_that_is_being_withdrawn() -> None:
    batch = money.approved()
    payment, by = batch.payments.get(), money.approver(batch)
    with beside(lambda: freeze(batch, by)) as came:
        withdraw(payment)
    [refusal] = came
    assert isinstance(refusal, Refusal)
    assert str(refusal) == "This batch is empty."
    assert again(batch).state == "approved"


def unused_source() -> tuple[PaymentSource, Callable[[], PaymentBatch]]:
    """Give a source without batches, and what makes its first one by a statement alone."""
    source = money.source(factories.programme())
    by = factories.holder(Role.FINANCE_PREPARER, source.programme)
    told = {"programme": source.programme, "rail": source.rail, "currency": source.currency, "number": 1}
    days = {"effective_on": DUE.date(), "settles_on": DUE.date()}

    def first_batch() -> PaymentBatch:
        acting(by=by, at=DUE)
        return PaymentBatch.objects.create(source=source, prepared_by=by, prepared_at=DUE, **told, **days)

    return source, first_batch


def test_the_ids_of_a_source_do_not_change_beside_its_first_batch() -> None:
    source, first_batch = unused_source()
    with beside(lambda: put(source, company_id="9999999999")) as came:
        first_batch()
    assert law_of(came) == "source_bank_set_by_two"


def test_a_first_batch_waits_for_the_ids_of_its_source() -> None:
    source, first_batch = unused_source()
    with beside(first_batch) as came:
        put(source, company_id="9999999999")
    [batch] = came
    assert isinstance(batch, PaymentBatch)
    assert PaymentSource.objects.get(pk=source.pk).company_id == "9999999999"


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_nobody_is_judged_by_what_was_when_their_transaction_began(level: str) -> None:
    cohort = factories.cohort(publish=False)
    earlier = connection.copy()
    try:
        with earlier.cursor() as cursor:
            cursor.execute(f"BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM applications_cohort")
            cohort.published_at = factories.AT
            cohort.save(update_fields=["published_at"])
            with pytest.raises(IntegrityError, match="applications_programme_of_the_present"):
                cursor.execute(
                    "UPDATE applications_programme SET cooling_off_days = 1 WHERE id = %s", [cohort.programme_id]
                )
    finally:
        earlier.close()
    assert Programme.objects.get(pk=cohort.programme_id).cooling_off_days == 0


ACTS = [(money.draft, approve), (money.approved, freeze)]


@pytest.mark.parametrize(("stage", "act"), ACTS)
def test_who_declares_a_conflict_meanwhile_does_not_approve(
    stage: Callable[[], PaymentBatch], act: Callable[[PaymentBatch, User], None]
) -> None:
    batch = stage()
    by = batch.approved_by or money.approver(batch)
    with beside(lambda: act(batch, by)) as came:
        declare(by, batch)
    [refusal] = came
    assert isinstance(refusal, Refusal)
    assert "conflict of interest with a startup of this batch" in str(refusal)
    assert again(batch).state == batch.state


@pytest.mark.parametrize(("stage", "act"), ACTS)
def test_a_conflict_waits_for_who_approves_at_this_moment(
    stage: Callable[[], PaymentBatch], act: Callable[[PaymentBatch, User], None]
) -> None:
    batch = stage()
    by = batch.approved_by or money.approver(batch)
    with beside(lambda: declare(by, batch)) as came:
        act(batch, by)
    [declared] = came
    assert isinstance(declared, Conflict)
    assert again(batch).state != batch.state
