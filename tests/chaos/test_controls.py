"""Controls: with one of the laws against a second payment taken away, the others hold; without all of them, doubles are found."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.db import connection

from applications.models import Programme
from payouts.actions import prepare_batch
from payouts.models import Disbursement, Payment, PaymentSource
from payouts.models.awards import DisbursementQuerySet
from payouts.models.sources import PaymentSourceQuerySet
from portal.models import Role
from portal.refusals import Refusal
from tests import factories
from tests.chaos import verdict
from tests.payouts import money
from tests.payouts.threads import at_once

PREPARERS = 4


def doubles() -> list[str]:
    questions = {words: sql for words, sql in verdict.MONEY.items() if words.startswith("doubled:")}
    return verdict.of_questions(questions, money.DUE)


def preparing(month: Disbursement) -> list[partial[Any]]:
    """Give as many preparers of one programme, each about to prepare a batch."""
    programme = month.award.cohort.programme
    people = [factories.holder(Role.FINANCE_PREPARER, programme) for _ in range(PREPARERS)]
    return [partial(prepare_batch, programme, by=person, at=money.DUE) for person in people]


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Let each preparer lock, and number batches of, a bank of their own, so that nobody waits for anybody."""

    def own(sources: PaymentSourceQuerySet, programme: Programme) -> PaymentSource:
        return money.source(factories.programme())

    monkeypatch.setattr(PaymentSourceQuerySet, "required", own)
    money.without("batch_of_its_source", "payouts_paymentbatch")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payouts_paymentbatch ENABLE TRIGGER batch_of_its_source")


@pytest.fixture
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the look at whether a month is in a batch already."""

    def payable(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
        return months.filter(state=Disbursement.State.READY).unblocked(at)

    monkeypatch.setattr(DisbursementQuerySet, "payable", payable)


def assert_one_batch_has_every_month(words: str) -> None:
    months = money.ready_months(3)
    results = at_once(*preparing(months[0]))
    refused = [str(result) for result in results if isinstance(result, Refusal)]
    assert (len(results) - len(refused), refused) == (1, [words] * (PREPARERS - 1)), results
    assert sorted(Payment.objects.values_list("disbursement", flat=True)) == sorted(month.pk for month in months)
    assert doubles() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_lock_the_others_find_nothing_ready(no_lock: None) -> None:
    assert_one_batch_has_every_month("No month is ready to be paid.")


@pytest.mark.django_db(transaction=True)
def test_without_the_claim_lock_and_the_look_the_index_refuses(no_lock: None, no_look: None) -> None:
    assert_one_batch_has_every_month("One of these months is in another batch by now.")


@pytest.mark.django_db
def test_without_look_and_index_doubles_are_found(no_look: None) -> None:
    """What a lock puts one after the other is paid twice all the same."""
    months = money.ready_months(3)
    verdict.drop_the_index()
    first, second, *_ = preparing(months[0])
    first(), second()
    assert set(doubles()) == {f"doubled: a month is paid twice: month #{month.pk}" for month in months}
