"""Two sessions at the same moment, on a batch: the later waits for the earlier, and nothing slips in or out beside it."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from applications.models import Conflict
from payouts import actions
from payouts.models import Payment, PaymentBatch
from portal.models import User
from portal.refusals import Refusal
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
