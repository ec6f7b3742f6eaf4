"""Batches up to the bank: who may do what, what stops them, and that no money goes twice."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from applications.models import Conflict, Programme
from payouts import actions, ledger
from payouts.models import Disbursement, LedgerAccount, Payment, PaymentBatch, PayoutAccount
from portal.models import OutgoingMail, Role, RoleGrant, User
from portal.refusals import Refusal
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.threads import at_once
from tests.races import outcomes

pytestmark = pytest.mark.django_db
CAP = 600_000


def programme_of(month: Disbursement) -> Programme:
    return month.award.cohort.programme


def preparer(month: Disbursement) -> User:
    return factories.holder(Role.FINANCE_PREPARER, programme_of(month))


def conflict(person: User, month: Disbursement) -> None:
    Conflict.objects.create(person=person, startup=month.award.startup, kind="family", declared_at=DECIDED)


def hold(month: Disbursement) -> None:
    seat = month.award.participation
    assert seat is not None
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(seat, reason="other", notice="Wait.", review_on=date(2027, 5, 20), by=by, at=DUE)


def change_account(month: Disbursement) -> None:
    assert month.award.participation is not None
    money.given(month.award.participation, account_number="99999999", at=DUE)


def by_kind() -> dict[str, int]:
    return {k: v for k, v in ledger.balances(LedgerAccount.objects.exclude(award=None)).items() if v}


# --- Preparing --------------------------------------------------------------------------------------


def test_batch_takes_every_ready_month() -> None:
    months = money.ready_months(3)
    by = preparer(months[0])
    batch = actions.prepare_batch(programme_of(months[0]), by=by, at=DUE)
    assert (batch.number, batch.state, batch.currency, batch.prepared_by) == (1, "draft", "USD", by)
    assert (batch.effective_on, batch.settles_on) == (date(2027, 5, 4), date(2027, 5, 6))
    payments = list(batch.payments.order_by("trace_number"))
    assert [(p.disbursement, p.attempt, p.amount_minor, p.end_to_end_id, p.state) for p in payments] == [
        (month, 1, CAP, f"D{month.pk}-1", "prepared") for month in months
    ]
    assert len({p.trace_sequence for p in payments}) == 3
    assert {month.state for month in Disbursement.objects.filter(payments__batch=batch)} == {"ready"}
    assert by_kind() == {"committed": 3 * 6 * CAP}


def test_batch_takes_only_the_chosen() -> None:
    months = money.ready_months(3)
    batch = actions.prepare_batch(programme_of(months[0]), months=[months[1].pk], by=preparer(months[0]), at=DUE)
    assert batch.payments.get().disbursement == months[1]


@pytest.mark.parametrize("chosen", [None, []])
def test_nothing_ready_makes_no_batch(chosen: list[int] | None) -> None:
    programme = factories.programme()
    money.source(programme)
    with pytest.raises(Refusal, match="No month is ready"):
        actions.prepare_batch(programme, months=chosen, by=factories.holder(Role.FINANCE_PREPARER, programme), at=DUE)
    assert not PaymentBatch.objects.exists()


def test_months_of_another_programme_stay_out() -> None:
    [mine], [other] = money.ready_months(1), money.ready_months(1)
    with pytest.raises(Refusal, match="No month is ready"):
        actions.prepare_batch(programme_of(mine), months=[other.pk], by=preparer(mine), at=DUE)
    assert actions.prepare_batch(programme_of(mine), by=preparer(mine), at=DUE).payments.get().disbursement == mine


def test_programme_without_a_rail_is_refused_in_words() -> None:
    seat = money.seats(1, currency="EUR")[0]
    account = money.verified(seat, account_number="FR7630006000011234567890189", account_type="iban", routing_number="")
    actions.open_months(DUE)
    programme = account.participation.cohort.programme
    with pytest.raises(Refusal, match="no rail for payments in EUR: its payment source is not set up"):
        actions.prepare_batch(programme, by=factories.holder(Role.FINANCE_PREPARER, programme), at=DUE)


@pytest.mark.parametrize("role", [Role.FINANCE_APPROVER, Role.MANAGER, Role.AUDITOR])
def test_only_preparers_prepare(role: str) -> None:
    [month] = money.ready_months(1)
    with pytest.raises(Refusal, match="another role"):
        actions.prepare_batch(programme_of(month), by=factories.holder(role, programme_of(month)), at=DUE)


def test_unconfirmed_finance_role_prepares_nothing() -> None:
    [month] = money.ready_months(1)
    person = factories.user()
    factories.grant(person, Role.FINANCE_PREPARER, programme_of(month), confirmed_by=None, confirmed_at=None)
    with pytest.raises(Refusal, match="another role"):
        actions.prepare_batch(programme_of(month), by=person, at=DUE)


def test_preparers_conflicts_are_left_to_others() -> None:
    mine, other = money.ready_months(2)
    by = preparer(mine)
    conflict(by, mine)
    with pytest.raises(Refusal, match=f"conflict of interest with {mine.award.startup}"):
        actions.prepare_batch(programme_of(mine), months=[mine.pk, other.pk], by=by, at=DUE)
    assert actions.prepare_batch(programme_of(mine), by=by, at=DUE).payments.get().disbursement == other


@pytest.mark.parametrize("stop", [hold, change_account])
def test_months_whose_gate_closed_stay_out(stop: Callable[[Disbursement], None]) -> None:
    stopped, other = money.ready_months(2)
    stop(stopped)
    batch = actions.prepare_batch(programme_of(other), by=preparer(other), at=DUE)
    assert batch.payments.get().disbursement == other


def test_payee_is_cut_to_what_the_file_holds() -> None:
    seat = factories.participation()
    month = money.ready(seat, holder_name="Çédille & Søns Extraordinarily Long Company")
    payment = money.draft(month).payments.get()
    assert payment.payee_name_ascii == "Cedille & Sons Extraor"


def test_effective_day_skips_weekend_and_holiday() -> None:
    batch = money.draft(money.ready(), at=datetime(2027, 5, 28, 15, tzinfo=UTC))  # Friday before Memorial Day
    assert (batch.effective_on, batch.settles_on) == (date(2027, 6, 1), date(2027, 6, 3))


# --- Taking out and cancelling ----------------------------------------------------------------------


def test_taken_out_of_a_draft_a_month_can_be_prepared_again() -> None:
    month, other = money.ready_months(2)
    batch = actions.prepare_batch(programme_of(month), by=preparer(month), at=DUE)
    payment = batch.payments.get(disbursement=month)
    actions.take_out(payment, reason="Asked to wait", by=preparer(month), at=DUE)
    month.refresh_from_db()
    assert (payment.state, month.state) == ("withdrawn", "ready")
    again = actions.prepare_batch(programme_of(month), by=preparer(month), at=DUE)
    assert again.payments.get().end_to_end_id == f"D{month.pk}-2"
    assert batch.payments.filter(state="prepared").get().disbursement == other


def test_taken_out_of_an_approved_batch_its_money_is_committed_again() -> None:
    month, _other = money.ready_months(2)
    batch = money.approved(month)
    assert by_kind() == {"committed": 10 * CAP, "payable": 2 * CAP}
    payment = batch.payments.get(disbursement=month)
    actions.take_out(payment, by=money.approver(batch), at=DUE)
    month.refresh_from_db()
    assert (month.state, month.payee) == ("ready", None)
    assert by_kind() == {"committed": 11 * CAP, "payable": CAP}
    money.approved(month)
    assert by_kind() == {"committed": 10 * CAP, "payable": 2 * CAP}
    assert ledger.discrepancies() == []


def test_nothing_is_taken_out_of_a_frozen_batch() -> None:
    batch = money.frozen()
    with pytest.raises(Refusal, match="frozen"):
        actions.take_out(batch.payments.get(), by=money.approver(batch), at=DUE)
    with pytest.raises(Refusal, match="cannot become"):
        actions.cancel_batch(batch, reason="Late", by=money.approver(batch), at=DUE)


def test_taken_out_twice_is_refused() -> None:
    payment = money.draft().payments.get()
    stale = Payment.objects.get(pk=payment.pk)
    by = money.approver(payment.batch)
    actions.take_out(payment, by=by, at=DUE)
    with pytest.raises(Refusal, match="already"):
        actions.take_out(stale, by=by, at=DUE)


@pytest.mark.parametrize("stage", [money.draft, money.approved])
def test_cancelled_batch_leaves_every_month_ready(stage: Callable[..., PaymentBatch]) -> None:
    months = money.ready_months(2)
    batch = stage(*months)
    actions.cancel_batch(batch, reason="Wrong day", by=money.approver(batch), at=DUE)
    assert batch.state == "cancelled"
    assert set(batch.payments.values_list("state", flat=True)) == {"withdrawn"}
    assert {month.state for month in Disbursement.objects.filter(n=1)} == {"ready"}
    assert by_kind() == {"committed": 12 * CAP}


def test_cancelling_needs_a_reason_and_a_role() -> None:
    batch = money.draft()
    with pytest.raises(Refusal, match="Say why"):
        actions.cancel_batch(batch, reason=" ", by=money.approver(batch), at=DUE)
    with pytest.raises(Refusal, match="another role"):
        actions.cancel_batch(batch, reason="No", by=factories.holder(Role.MANAGER, batch.programme), at=DUE)


# --- Approving --------------------------------------------------------------------------------------


def test_approval_fixes_payees_and_makes_money_payable() -> None:
    months = money.ready_months(2)
    batch = money.draft(*months)
    by = money.approver(batch)
    actions.approve_batch(batch, by=by, at=DUE)
    assert (batch.state, batch.approved_by, batch.approved_at) == ("approved", by, DUE)
    for month in Disbursement.objects.filter(n=1).select_related("payee"):
        assert (month.state, month.payee) == (
            "approved",
            PayoutAccount.objects.get(participation=month.award.participation),
        )
    assert by_kind() == {"committed": 10 * CAP, "payable": 2 * CAP}


def test_preparer_does_not_approve_even_with_both_roles() -> None:
    batch = money.draft()
    factories.grant(batch.prepared_by, Role.FINANCE_APPROVER, batch.programme)
    with pytest.raises(Refusal, match="You prepared this batch"):
        actions.approve_batch(batch, by=batch.prepared_by, at=DUE)


def test_preparer_who_became_approver_still_does_not_approve() -> None:
    batch = money.draft()
    RoleGrant.objects.filter(person=batch.prepared_by).update(ends_on=date(2027, 1, 1))
    factories.grant(batch.prepared_by, Role.FINANCE_APPROVER, batch.programme)
    with pytest.raises(Refusal, match="You prepared this batch"):
        actions.approve_batch(batch, by=batch.prepared_by, at=DUE)


def test_approver_in_conflict_does_not_approve() -> None:
    batch = money.draft()
    by = money.approver(batch)
    conflict(by, batch.payments.get().disbursement)
    with pytest.raises(Refusal, match="conflict of interest"):
        actions.approve_batch(batch, by=by, at=DUE)


def test_approver_elsewhere_does_not_approve() -> None:
    batch = money.draft()
    with pytest.raises(Refusal, match="another role"):
        actions.approve_batch(batch, by=factories.holder(Role.FINANCE_APPROVER, factories.programme()), at=DUE)


@pytest.mark.parametrize("stop", [hold, change_account])
def test_what_closed_since_preparing_stops_approval_by_name(stop: Callable[[Disbursement], None]) -> None:
    stopped, _other = money.ready_months(2)
    batch = money.draft(stopped)
    stop(stopped)
    with pytest.raises(Refusal, match=f"Not payable any more: {stopped.award.startup}"):
        actions.approve_batch(batch, by=money.approver(batch), at=DUE)
    assert by_kind() == {"committed": 12 * CAP}
    actions.take_out(batch.payments.get(disbursement=stopped), by=money.approver(batch), at=DUE)
    actions.approve_batch(batch, by=money.approver(batch), at=DUE)


def test_empty_batch_is_not_approved() -> None:
    batch = money.draft()
    actions.take_out(batch.payments.get(), by=money.approver(batch), at=DUE)
    with pytest.raises(Refusal, match="empty"):
        actions.approve_batch(batch, by=money.approver(batch), at=DUE)


def test_cancelled_batch_is_not_approved() -> None:
    batch = money.draft()
    stale = PaymentBatch.objects.get(pk=batch.pk)
    by = money.approver(batch)
    actions.cancel_batch(batch, reason="Wrong day", by=by, at=DUE)
    with pytest.raises(Refusal):
        actions.approve_batch(stale, by=by, at=DUE)


def test_late_approval_moves_the_effective_day() -> None:
    batch = money.draft()
    actions.approve_batch(batch, by=money.approver(batch), at=DUE + timedelta(days=7))
    assert (batch.effective_on, batch.settles_on) == (date(2027, 5, 11), date(2027, 5, 13))


# --- Sending ----------------------------------------------------------------------------------------


def test_sent_money_is_in_transit_and_told() -> None:
    months = money.ready_months(2)
    batch = money.sent(*months)
    assert (batch.state, batch.sent_at) == ("sent", DUE)
    assert set(batch.payments.values_list("state", flat=True)) == {"sent"}
    assert by_kind() == {"committed": 10 * CAP, "in_transit": 2 * CAP}
    told = OutgoingMail.objects.filter(kind="payment_sent")
    assert {mail.to_email for mail in told} == {factories.founder_of(m.award.startup).email for m in months}
    assert f"the payment is named D{months[0].pk}-1" in told.order_by("id")[0].text


def test_nothing_is_sent_before_its_file_was_released() -> None:
    batch = money.frozen()
    with pytest.raises(Refusal, match="Download the file first"):
        actions.mark_sent(batch, by=money.approver(batch), at=DUE)


def test_nothing_is_sent_twice() -> None:
    batch = money.sent()
    stale = PaymentBatch.objects.get(pk=batch.pk)
    with pytest.raises(Refusal, match="already been done"):
        actions.mark_sent(stale, by=money.approver(batch), at=DUE)
    assert OutgoingMail.objects.filter(kind="payment_sent").count() == 1


def test_preparer_does_not_send() -> None:
    batch = money.frozen()
    factories.grant(batch.prepared_by, Role.FINANCE_APPROVER, batch.programme)
    with pytest.raises(Refusal, match="You prepared this batch"):
        actions.mark_sent(batch, by=batch.prepared_by, at=DUE)


# --- At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_prepare_at_once_pay_each_month_once() -> None:
    months = money.ready_months(3)
    people = [preparer(months[0]) for _ in range(3)]
    results = at_once(*[partial(actions.prepare_batch, programme_of(months[0]), by=by, at=DUE) for by in people])
    assert outcomes(results) == ["PaymentBatch", "Refusal", "Refusal"]
    assert sorted(Payment.objects.values_list("disbursement", flat=True)) == sorted(m.pk for m in months)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_end_and_preparing_at_once_never_pay_a_cancelled_month(attempt: int) -> None:
    [month] = money.ready_months(1)
    seat = month.award.participation
    assert seat is not None
    at_once(
        partial(actions.end_award, seat, by=None, at=DUE),
        partial(actions.prepare_batch, programme_of(month), by=preparer(month), at=DUE),
    )
    month.refresh_from_db()
    assert month.state == ("ready" if Payment.objects.live().exists() else "cancelled")


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_approve_once() -> None:
    batch = money.draft(*money.ready_months(2))
    copies = [PaymentBatch.objects.get(pk=batch.pk) for _ in range(2)]
    people = [money.approver(batch) for _ in range(2)]
    results = at_once(
        *[partial(actions.approve_batch, copy, by=by, at=DUE) for copy, by in zip(copies, people, strict=True)]
    )
    assert outcomes(results) == ["NoneType", "Refusal"]
    assert by_kind() == {"committed": 10 * CAP, "payable": 2 * CAP}


@pytest.mark.django_db(transaction=True)
def test_approval_and_cancellation_at_once_leave_one_outcome() -> None:
    batch = money.draft(*money.ready_months(2))
    approve = partial(actions.approve_batch, PaymentBatch.objects.get(pk=batch.pk), by=money.approver(batch), at=DUE)
    cancel = partial(
        actions.cancel_batch, PaymentBatch.objects.get(pk=batch.pk), reason="Late", by=money.approver(batch), at=DUE
    )
    at_once(approve, cancel)
    batch.refresh_from_db()
    assert batch.state == "cancelled"  # cancelled first, or approved and then cancelled
    assert by_kind() == {"committed": 12 * CAP}
    assert {month.state for month in Disbursement.objects.filter(n=1)} == {"ready"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_hold_and_approval_at_once_never_approve_a_held_month(attempt: int) -> None:
    [month] = money.ready_months(1)
    batch = money.draft(month)
    results = at_once(partial(hold, month), partial(actions.approve_batch, batch, by=money.approver(batch), at=DUE))
    month.refresh_from_db()
    assert results[0] is None
    # The hold came first and stopped it, or it came second and stops the freezing.
    assert isinstance(results[1], Refusal) == (month.state == "ready")
    if month.state == "approved":
        with pytest.raises(Refusal, match="Not payable any more"):
            actions.freeze_batch(batch, by=money.approver(batch), at=DUE)


@pytest.mark.django_db(transaction=True)
def test_two_who_send_at_once_send_once() -> None:
    batch = money.frozen(*money.ready_months(2))
    by = money.approver(batch)
    actions.release_batch(batch, by=by, at=DUE)
    copies = [PaymentBatch.objects.get(pk=batch.pk) for _ in range(3)]
    results = at_once(*[partial(actions.mark_sent, copy, by=by, at=DUE) for copy in copies])
    assert outcomes(results) == ["NoneType", "Refusal", "Refusal"]
    assert by_kind() == {"committed": 10 * CAP, "in_transit": 2 * CAP}
