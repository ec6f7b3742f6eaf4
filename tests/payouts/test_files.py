"""The file of a batch: correct, sealed, the same bytes for ever, and only for the releaser."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError

from applications.models import Conflict
from payouts import actions
from payouts.models import BatchFile, PaymentBatch, PayoutAccount
from payouts.rails import nacha_reader
from portal.models import Disclosure, Role
from portal.refusals import Refusal
from portal.sealing.ring import UnknownKey
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.test_batches import change_account, hold
from tests.payouts.threads import at_once
from tests.races import outcomes

pytestmark = pytest.mark.django_db


def test_frozen_file_says_what_was_approved() -> None:
    batch = money.frozen(*money.ready_months(3))
    data = actions.release_batch(batch, by=money.approver(batch), at=DUE)
    file = nacha_reader.read(data)
    assert file.credit_total == 1_800_000
    assert [(c.individual_id, c.amount, c.routing, c.account, c.name) for c in file.credits] == [
        (p.end_to_end_id, p.amount_minor, money.ROUTING, f"1000000{n}", "Loomwork Inc.")
        for n, p in enumerate(batch.payments.order_by("trace_number"))
    ]
    assert [c.trace for c in file.credits] == [p.trace for p in batch.payments.order_by("trace_number")]
    assert (batch.total_minor, batch.count, batch.sha256) == (1_800_000, 3, hashlib.sha256(data).hexdigest())
    assert (batch.file_on, batch.nth_of_day) == (date(2027, 5, 3), 1)
    assert batch.file_name == f"{batch.programme.slug}-20270503-A.ach"
    assert money.NUMBER.encode() not in bytes(batch.file.sealed)


def test_same_batch_gives_the_same_bytes_and_logs_every_look() -> None:
    batch = money.frozen()
    first, second = money.approver(batch), money.approver(batch)
    one = actions.release_batch(batch, by=first, at=DUE)
    later = DUE + timedelta(days=40)
    again = actions.release_batch(PaymentBatch.objects.get(pk=batch.pk), by=second, at=later)
    assert one == again
    batch.refresh_from_db()
    assert (batch.released_by, batch.released_at) == (first, DUE)
    looks = Disclosure.objects.filter(subject_table="payouts_paymentbatch").order_by("id")
    assert [(look.person, look.at) for look in looks] == [(first, DUE), (second, later)]


def test_freezing_logs_a_look_at_every_number() -> None:
    batch = money.approved(*money.ready_months(2))
    by = money.approver(batch)
    actions.freeze_batch(batch, by=by, at=DUE)
    looks = Disclosure.objects.filter(subject_table="payouts_payoutaccount")
    assert {(look.person, look.purpose) for look in looks} == {(by, f"payment file of batch {batch.number}")}
    assert looks.count() == 2


def test_balanced_file_closes_with_a_debit_of_the_own_account() -> None:
    month = money.ready()
    programme = month.award.cohort.programme
    source = money.source(programme)
    money.balance(source, "55500011122", at=DECIDED)
    assert (source.offset_last_four, source.is_balanced) == ("1122", True)
    assert b"55500011122" not in bytes(source.offset_sealed or b"")
    batch = money.frozen(month)
    data = actions.release_batch(batch, by=money.approver(batch), at=DUE)
    file = nacha_reader.read(data)
    assert file.credit_total == 600_000
    assert b"55500011122" in data
    assert data.splitlines()[1][1:4] == b"200"


# --- What stops freezing ----------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [hold, change_account])
def test_change_between_approval_and_freezing_stops_it(stop: Callable[..., None]) -> None:
    stopped, other = money.ready_months(2)
    batch = money.approved(stopped)
    stop(stopped)
    with pytest.raises(Refusal, match=f"Not payable any more: {stopped.award.startup}"):
        actions.freeze_batch(batch, by=money.approver(batch), at=DUE)
    batch.refresh_from_db()
    assert (batch.state, batch.sha256) == ("approved", "")
    actions.take_out(batch.payments.get(disbursement=stopped), by=money.approver(batch), at=DUE)
    actions.freeze_batch(batch, by=money.approver(batch), at=DUE)
    assert batch.payments.get(state="prepared").disbursement == other
    assert batch.count == 1


def test_change_after_freezing_goes_out_all_the_same() -> None:
    batch = money.frozen()
    payment = batch.payments.get()
    change_account(payment.disbursement)
    by = money.approver(batch)
    data = actions.release_batch(batch, by=by, at=DUE)
    actions.mark_sent(batch, by=by, at=DUE)
    [credit] = nacha_reader.read(data).credits
    assert credit.account == money.NUMBER
    assert not PayoutAccount.objects.get(pk=payment.account_id).is_payable(DUE)


def test_draft_is_not_frozen() -> None:
    batch = money.draft()
    with pytest.raises(Refusal, match="Only an approved batch"):
        actions.freeze_batch(batch, by=money.approver(batch), at=DUE)


def test_late_freezing_moves_the_effective_day() -> None:
    batch = money.approved()
    assert (batch.effective_on, batch.settles_on) == (date(2027, 5, 4), date(2027, 5, 6))
    by, later = money.approver(batch), DUE + timedelta(days=7)
    actions.freeze_batch(batch, by=by, at=later)
    assert (batch.effective_on, batch.settles_on) == (date(2027, 5, 11), date(2027, 5, 13))
    [written] = nacha_reader.read(actions.release_batch(batch, by=by, at=later)).batches
    assert written.effective_on == batch.effective_on


def test_late_sending_moves_the_day_it_counts_as_paid() -> None:
    batch = money.frozen()
    by, later = money.approver(batch), DUE + timedelta(days=7)
    actions.release_batch(batch, by=by, at=DUE)
    actions.mark_sent(batch, by=by, at=later)
    assert (batch.effective_on, batch.settles_on) == (date(2027, 5, 4), date(2027, 5, 13))
    assert actions.settle_due(later) == 0


@pytest.mark.parametrize("column", ["effective_on", "settles_on"])
@pytest.mark.parametrize("stage", [money.approved, money.frozen, money.sent])
def test_days_of_a_batch_move_with_its_acts_alone(stage: Callable[..., PaymentBatch], column: str) -> None:
    batch = stage()
    later = {column: getattr(batch, column) + timedelta(days=1)}
    with pytest.raises(IntegrityError, match="batch_approved_once"):
        PaymentBatch.objects.filter(pk=batch.pk).update(**later)


def test_file_that_cannot_be_written_leaves_the_batch_approved() -> None:
    batch = money.approved()
    batch.source.company_name = "Ümlaut"
    batch.source.save(update_fields=["company_name"])
    with pytest.raises(Refusal, match="company name"):
        actions.freeze_batch(PaymentBatch.objects.get(pk=batch.pk), by=money.approver(batch), at=DUE)
    batch.refresh_from_db()
    assert batch.state == "approved"
    assert not Disclosure.objects.exists()


def test_worker_killed_in_the_middle_of_freezing_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    batch = money.approved()

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("payouts.actions.files.move", die)
    with pytest.raises(KeyboardInterrupt):
        actions.freeze_batch(batch, by=money.approver(batch), at=DUE)
    monkeypatch.undo()
    batch = PaymentBatch.objects.get(pk=batch.pk)
    assert (batch.state, BatchFile.objects.count(), Disclosure.objects.count()) == ("approved", 0, 0)
    actions.freeze_batch(batch, by=money.approver(batch), at=DUE)
    assert batch.nth_of_day == 1


def test_37th_file_of_a_day_is_refused() -> None:
    batch = money.approved()
    frozen = money.frozen(money.ready(money.seats(1)[0]))
    money.without("batch_stands_once_frozen", "payouts_paymentbatch")
    money.without("batch_stands_as_prepared", "payouts_paymentbatch")
    PaymentBatch.objects.filter(pk=frozen.pk).update(source=batch.source, nth_of_day=36, number=99)
    with pytest.raises(Refusal, match="at most 36 files a day"):
        actions.freeze_batch(batch, by=money.approver(batch), at=DUE)


def test_files_of_a_day_are_counted_in_the_banks_zone() -> None:
    first, second, third = money.ready_months(3)
    programme = first.award.cohort.programme
    preparer = factories.holder(Role.FINANCE_PREPARER, programme)
    evening = datetime(2027, 5, 4, 2, 0, tzinfo=UTC)  # still the third of May in New York
    nth = []
    for month, at in ((first, DUE), (second, evening), (third, evening + timedelta(hours=3))):
        batch = actions.prepare_batch(programme, months=[month.pk], by=preparer, at=at)
        approver = money.approver(batch)
        actions.approve_batch(batch, by=approver, at=at)
        actions.freeze_batch(batch, by=approver, at=at)
        nth.append((batch.file_on, batch.nth_of_day, batch.number))
    assert nth == [(date(2027, 5, 3), 1, 1), (date(2027, 5, 3), 2, 2), (date(2027, 5, 4), 1, 3)]


# --- Releasing --------------------------------------------------------------------------------------


def test_preparer_does_not_release() -> None:
    batch = money.frozen()
    factories.grant(batch.prepared_by, Role.FINANCE_APPROVER, batch.programme)
    with pytest.raises(Refusal, match="You prepared this batch"):
        actions.release_batch(batch, by=batch.prepared_by, at=DUE)
    with pytest.raises(Refusal, match="You prepared this batch"):
        actions.freeze_batch(batch, by=batch.prepared_by, at=DUE)


@pytest.mark.parametrize("role", [Role.FINANCE_PREPARER, Role.MANAGER, Role.AUDITOR])
def test_others_do_not_release(role: str) -> None:
    batch = money.frozen()
    with pytest.raises(Refusal, match="another role"):
        actions.release_batch(batch, by=factories.holder(role, batch.programme), at=DUE)
    assert not Disclosure.objects.filter(subject_table="payouts_paymentbatch").exists()


def test_releaser_in_conflict_is_refused() -> None:
    batch = money.frozen()
    by = money.approver(batch)
    startup = batch.payments.get().disbursement.award.startup
    Conflict.objects.create(person=by, startup=startup, kind="mentor", declared_at=DECIDED)
    with pytest.raises(Refusal, match="conflict of interest"):
        actions.release_batch(batch, by=by, at=DUE)


def test_there_is_no_file_before_freezing() -> None:
    batch = money.approved()
    with pytest.raises(Refusal, match="not frozen yet"):
        actions.release_batch(batch, by=money.approver(batch), at=DUE)


def test_purged_bytes_are_gone_and_their_hash_is_kept() -> None:
    batch = money.sent()
    BatchFile.objects.filter(batch=batch).delete()
    batch.refresh_from_db()
    assert len(batch.sha256) == 64
    with pytest.raises(Refusal, match="purged"):
        actions.release_batch(batch, by=money.approver(batch), at=DUE)


def test_other_bytes_never_take_the_place_of_the_frozen_ones() -> None:
    batch = money.frozen()
    with pytest.raises(IntegrityError, match="file_stands_as_written"):
        BatchFile.objects.filter(batch=batch).update(sealed=b"other")


def test_file_sealed_with_an_unknown_key_is_an_error() -> None:
    batch = money.frozen()
    money.without("file_stands_as_written", "payouts_batchfile")
    sealed = bytes(batch.file.sealed)
    BatchFile.objects.filter(batch=batch).update(sealed=sealed[:1] + b"unknown\0" + sealed[9:])
    with pytest.raises(UnknownKey):
        actions.release_batch(PaymentBatch.objects.get(pk=batch.pk), by=money.approver(batch), at=DUE)


@pytest.mark.django_db(transaction=True)
def test_two_who_freeze_at_once_write_one_file() -> None:
    batch = money.approved()
    copies = [PaymentBatch.objects.get(pk=batch.pk) for _ in range(2)]
    people = [money.approver(batch) for _ in range(2)]
    results = at_once(
        *[partial(actions.freeze_batch, copy, by=by, at=DUE) for copy, by in zip(copies, people, strict=True)]
    )
    assert outcomes(results) == ["NoneType", "Refusal"]
    assert PaymentBatch.objects.get().nth_of_day == 1
    assert Disclosure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_batches_frozen_at_once_get_different_files_of_the_day() -> None:
    first, second = money.ready_months(2)
    programme = first.award.cohort.programme
    preparer = factories.holder(Role.FINANCE_PREPARER, programme)
    batches = [actions.prepare_batch(programme, months=[m.pk], by=preparer, at=DUE) for m in (first, second)]
    for batch in batches:
        actions.approve_batch(batch, by=money.approver(batch), at=DUE)
    at_once(*[partial(actions.freeze_batch, batch, by=money.approver(batch), at=DUE) for batch in batches])
    assert sorted(PaymentBatch.objects.values_list("nth_of_day", "state")) == [(1, "frozen"), (2, "frozen")]
