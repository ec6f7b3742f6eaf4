"""Breakers of the laws of money: ledger, awards, months, accounts, holds, batches, payments."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import models

from applications.models import Conflict, Participation, Startup
from payouts import actions
from payouts.models import (
    Award,
    BatchFile,
    CohortFigures,
    Correction,
    Disbursement,
    Hold,
    LedgerAccount,
    Payment,
    PaymentBatch,
    PayoutAccount,
    Transfer,
)
from portal.laws.transitions import acting
from portal.models import User
from portal.sealing.ring import key_ring
from tests import factories
from tests.factories import DECIDED
from tests.laws import breaks, sql
from tests.payouts import money
from tests.payouts.money import DUE

LATER = DUE + timedelta(days=1)


def acts() -> None:
    """Name the system as actor, at an instant at which accounts have cooled off."""
    acting(by=None, at=DUE)


def put(row: models.Model, **values: Any) -> None:
    """Change a row by raw SQL, with an actor named."""
    acts()
    columns = ", ".join(f"{name} = %s" for name in values)
    sql(f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s", *values.values(), row.pk)


def copy(row: models.Model, *, act_at: datetime = DUE, by: User | None = None, **values: Any) -> None:
    """Insert a copy of a row by raw SQL, with other values in some columns."""
    acting(by=by, at=act_at)
    columns = [str(field.column) for field in row._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join("%s" if column in values else column for column in columns)
    told = [values[column] for column in columns if column in values]
    table = row._meta.db_table
    sql(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE id = %s", *told, row.pk)


def delete(row: models.Model) -> None:
    sql(f"DELETE FROM {row._meta.db_table} WHERE id = %s", row.pk)


def conflict(person: User, startup: Startup) -> None:
    Conflict.objects.create(person=person, startup=startup, kind="investor", declared_at=DECIDED)


# --- The ledger -------------------------------------------------------------------------------------


def _accounts(seat: Participation, *kinds: str) -> list[LedgerAccount]:
    of_award, of_cohort = LedgerAccount.objects.filter(award__participation=seat), seat.cohort.ledger_accounts
    return [of_award.filter(kind=kind).first() or of_cohort.get(kind=kind, award=None) for kind in kinds]


def _transfer(debit: LedgerAccount, credit: LedgerAccount, event: str, minor: int = 100, **others: Any) -> None:
    sql(
        "INSERT INTO payouts_transfer (key, debit_account_id, credit_account_id, amount_minor, currency, event,"
        " subject_table, subject_id, reverses_id, booked_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        "raw",
        debit.pk,
        credit.pk,
        minor,
        "USD",
        event,
        others.get("table", "payouts_award"),
        others.get("subject", 1),
        others.get("reverses"),
        DUE,
    )


@breaks("account_counted_by_transfers_alone")
def write_a_balance() -> Iterator[None]:
    [budget] = _accounts(factories.participation(), "budget")
    yield
    put(budget, credits_posted=10**12)


@breaks("figures_wait_of_those_paid")
def figures_of_nobody() -> Iterator[None]:
    money.settled()
    actions.write_cohort_figures(LATER)
    [figures] = CohortFigures.objects.all()
    yield
    put(figures, paid_startups=0)


@breaks("account_starts_empty")
def open_an_account_with_money() -> Iterator[None]:
    [budget] = _accounts(factories.participation(), "budget")
    yield
    copy(budget, code="gift", currency="EUR", credits_posted=100, debits_posted=0)


@breaks("account_stays_what_it_is")
def rename_an_account() -> Iterator[None]:
    [budget] = _accounts(factories.participation(), "budget")
    yield
    put(budget, code="other")


@breaks("account_is_kept")
def delete_an_account() -> Iterator[None]:
    [payable] = _accounts(factories.participation(), "payable")
    yield
    delete(payable)


@breaks("account_kind_and_owner")
def pay_out_of_a_cohort() -> Iterator[None]:
    [budget] = _accounts(factories.participation(), "budget")
    yield
    copy(budget, code="raw", kind="payable", credits_posted=0, debits_posted=0)


@breaks("account_never_overdrawn")
def reserve_more_than_there_is() -> Iterator[None]:
    budget, reserved = _accounts(factories.participation(), "budget", "reserved")
    yield
    _transfer(budget, reserved, "reserve", 10**12)


@breaks("account_of_its_award")
def open_an_account_in_another_currency() -> Iterator[None]:
    [payable] = _accounts(factories.participation(), "payable")
    money.without("account_is_kept", "payouts_ledgeraccount")
    delete(payable)
    yield
    sql(
        "INSERT INTO payouts_ledgeraccount (code, kind, cohort_id, award_id, currency, debits_posted, credits_posted)"
        " VALUES ('raw', 'payable', %s, %s, 'EUR', 0, 0)",
        payable.cohort_id,
        payable.award_id,
    )


@breaks("account_once_per_award")
def open_an_award_account_twice() -> Iterator[None]:
    [payable] = _accounts(factories.participation(), "payable")
    yield
    copy(payable, code="raw")


@breaks("account_once_per_cohort")
def open_a_budget_twice() -> Iterator[None]:
    [budget] = _accounts(factories.participation(), "budget")
    yield
    copy(budget, code="raw", credits_posted=0, debits_posted=0)


@breaks("transfer_amount_positive")
def move_nothing() -> Iterator[None]:
    committed, payable = _accounts(factories.participation(), "committed", "payable")
    yield
    _transfer(committed, payable, "approve", 0)


@breaks("transfer_between_two")
def move_to_the_same_account() -> Iterator[None]:
    [budget] = _accounts(factories.participation(), "budget")
    yield
    _transfer(budget, budget, "reserve")


@breaks("transfer_follows_event")
def settle_what_was_only_committed() -> Iterator[None]:
    committed, disbursed = _accounts(factories.participation(), "committed", "disbursed")
    yield
    _transfer(committed, disbursed, "settle")


@breaks("transfer_approves_a_month_once")
def approve_again_what_came_back() -> Iterator[None]:
    payment = money.sent().payments.get()
    actions.return_payment(payment, code="R06", by=None, at=DUE)
    again = money.draft(payment.disbursement).payments.get()
    committed, payable = _accounts(payment.account.participation, "committed", "payable")
    yield
    _transfer(committed, payable, "approve", again.amount_minor, table="payouts_payment", subject=again.pk)


@breaks("transfer_reversal_mirrors")
def take_back_half() -> Iterator[None]:
    seat = factories.participation()
    commit = Transfer.objects.get(event="commit", debit_account__award__participation=seat)
    yield
    about = {"subject": commit.subject_id, "reverses": commit.pk}
    _transfer(commit.credit_account, commit.debit_account, "reversal", commit.amount_minor // 2, **about)


@breaks("transfer_reversal_names_original")
def take_back_nothing_in_particular() -> Iterator[None]:
    committed, reserved = _accounts(factories.participation(), "committed", "reserved")
    yield
    _transfer(committed, reserved, "reversal")


@breaks("payouts_transfer_append_only")
def change_a_transfer() -> Iterator[None]:
    factories.participation()
    yield
    sql("UPDATE payouts_transfer SET booked_at = booked_at + interval '1 day'")


@breaks("payouts_funding_append_only")
def delete_a_funding() -> Iterator[None]:
    factories.participation()
    yield
    sql("DELETE FROM payouts_funding")


@breaks("funding_positive")
def fund_with_less_than_nothing() -> Iterator[None]:
    funding = factories.participation().cohort.fundings.get()
    yield
    copy(funding, key=uuid4(), amount_minor=-1)


# --- Awards -----------------------------------------------------------------------------------------


def _award(*, signed: bool = True) -> Award:
    return Award.objects.get(participation=factories.participation(signed=signed))


@breaks("award_total_is_cap_times_months")
def award_more_than_the_months() -> Iterator[None]:
    award = _award()
    yield
    copy(award, total_minor=award.total_minor + 1)


@breaks("award_committed_to_a_participation")
def commit_to_nobody() -> Iterator[None]:
    award = Award.objects.get(offer=factories.offer())
    yield
    copy(award, state="committed")


@breaks("award_follows_offer")
def award_more_than_offered() -> Iterator[None]:
    [offer] = money.offers_without_awards(1)
    yield
    acts()
    sql(
        "INSERT INTO payouts_award (offer_id, cohort_id, startup_id, currency, monthly_cap_minor, months, total_minor,"
        " first_period, state, created_at) VALUES (%s, %s, %s, 'USD', %s, %s, %s, %s, 'reserved', %s)",
        offer.pk,
        offer.cohort_id,
        offer.application.startup_id,
        2 * offer.monthly_cap_minor,
        offer.months,
        2 * offer.monthly_cap_minor * offer.months,
        offer.first_period,
        DECIDED,
    )


@breaks("award_is_kept")
def delete_an_award() -> Iterator[None]:
    award = _award()
    yield
    delete(award)


@breaks("award_participation_of_its_offer")
def tie_an_award_to_another_seat() -> Iterator[None]:
    other = factories.participation()
    award = Award.objects.get(offer=factories.offer())
    yield
    put(award, participation_id=other.pk)


@breaks("award_stands_as_made")
def raise_an_award() -> Iterator[None]:
    award = _award()
    yield
    put(award, monthly_cap_minor=2 * award.monthly_cap_minor, total_minor=2 * award.total_minor)


@breaks("award_committed_once_signed")
def commit_without_a_signature() -> Iterator[None]:
    award = _award(signed=False)
    yield
    put(award, state="committed")


@breaks("moves_payouts_award")
def close_what_was_never_committed() -> Iterator[None]:
    award = _award(signed=False)
    yield
    put(award, state="closed")


# --- Months -----------------------------------------------------------------------------------------


def _month(n: int = 1) -> Disbursement:
    return Disbursement.objects.get(award__participation=factories.participation(), n=n)


@breaks("disbursement_n_once")
def pay_a_slot_twice() -> Iterator[None]:
    month = _month()
    yield
    copy(month, period=date(2030, 1, 1))


@breaks("disbursement_period_once")
def pay_a_month_twice() -> Iterator[None]:
    month = _month(2)
    yield
    put(month, period=date(2027, 5, 1))


@breaks("disbursement_period_is_a_month")
def pay_a_fortnight() -> Iterator[None]:
    month = _month()
    yield
    put(month, period=date(2027, 5, 15))


@breaks("disbursement_figures_sane")
def give_a_month_no_ceiling() -> Iterator[None]:
    month = _month()
    yield
    copy(month, ceiling_minor=0)


@breaks("disbursement_amount_within_ceiling")
def pay_a_cent_too_much() -> Iterator[None]:
    month = _month()
    yield
    put(month, state="ready", amount_minor=month.ceiling_minor + 1)


@breaks("disbursement_ready_has_amount")
def be_ready_to_pay_nothing() -> Iterator[None]:
    month = _month()
    yield
    put(month, state="ready")


@breaks("disbursement_approved_has_payee")
def approve_for_nobody() -> Iterator[None]:
    month = money.ready()
    yield
    put(month, state="approved")


@breaks("disbursement_within_cap")
def raise_a_ceiling() -> Iterator[None]:
    month = _month()
    yield
    copy(month, ceiling_minor=month.award.monthly_cap_minor + 1)


@breaks("disbursement_carries_what_was_left")
def let_a_month_take_the_rest() -> Iterator[None]:
    month = _month(2)
    cap = month.award.monthly_cap_minor
    yield
    put(month, carried_minor=4 * cap, ceiling_minor=5 * cap)


@breaks("disbursement_starts_without_amount")
def cut_a_month_with_an_amount() -> Iterator[None]:
    month = _month()
    yield
    copy(month, amount_minor=1)


@breaks("disbursement_amount_fixed_once")
def change_an_amount() -> Iterator[None]:
    month = money.ready()
    yield
    put(month, amount_minor=1)


@breaks("disbursement_payee_set_by_approval")
def choose_a_payee_without_approval() -> Iterator[None]:
    account = money.verified()
    month = money.ready(account.participation, holder_name="Other Name Inc.")
    yield
    put(month, payee_id=account.pk)


@breaks("disbursement_stands_as_cut")
def move_a_ready_month() -> Iterator[None]:
    month = money.ready()
    yield
    put(month, period=date(2028, 1, 1))


@breaks("disbursement_within_award")
def pay_more_than_the_award() -> Iterator[None]:
    month = _month()
    cap = month.award.monthly_cap_minor
    money.without("disbursement_carries_what_was_left", "payouts_disbursement")
    put(month, carried_minor=6 * cap, ceiling_minor=7 * cap)
    yield
    put(month, state="ready", amount_minor=7 * cap)


@breaks("disbursement_not_on_hold")
def open_a_held_month() -> Iterator[None]:
    month = _month()
    _hold(month.award.participation)
    yield
    put(month, state="ready", amount_minor=month.ceiling_minor)


@breaks("disbursement_approved_by_its_batch")
def approve_outside_a_batch() -> Iterator[None]:
    month = money.ready()
    account = PayoutAccount.objects.get(participation=month.award.participation)
    yield
    put(month, state="approved", payee_id=account.pk)


@breaks("disbursement_paid_by_an_arrived_payment")
def call_paid_what_is_on_its_way() -> Iterator[None]:
    month = money.sent().payments.get().disbursement
    yield
    put(month, state="paid")


@breaks("disbursement_free_of_live_payment")
def ready_again_while_a_payment_lives() -> Iterator[None]:
    month = money.approved().payments.get().disbursement
    yield
    put(month, state="ready", payee_id=None)


@breaks("disbursement_is_kept")
def delete_a_month() -> Iterator[None]:
    month = _month()
    yield
    delete(month)


@breaks("moves_payouts_disbursement")
def schedule_what_lapsed() -> Iterator[None]:
    month = _month()
    put(month, state="lapsed")
    yield
    put(month, state="scheduled")


# --- Bank details -----------------------------------------------------------------------------------

AS_NEW: dict[str, Any] = {
    "version": 2,
    "state": "pending",
    "confirmed_by_id": None,
    "confirmed_at": None,
    "confirmed_evidence": "",
    "verified_by_id": None,
    "verified_at": None,
    "evidence": "",
    "created_at": DUE,
    "payable_from": DUE,
}


@breaks("payout_account_version_once")
def give_a_version_twice() -> Iterator[None]:
    account = money.given()
    yield
    copy(account, uuid=uuid4(), **AS_NEW | {"version": account.version, "state": "retired"})


@breaks("payout_account_one_current")
def have_two_accounts() -> Iterator[None]:
    account = money.given()
    yield
    copy(account, uuid=uuid4(), **AS_NEW)


@breaks("payout_account_is_one_of_its_kind")
def give_a_short_routing_number() -> Iterator[None]:
    account = money.given()
    yield
    copy(account, uuid=uuid4(), routing_number="12", **AS_NEW)


@breaks("payout_account_confirmed_by_another")
def confirm_ones_own_details() -> Iterator[None]:
    account = money.given()
    yield
    put(account, state="confirmed", confirmed_by_id=account.changed_by_id, confirmed_at=DUE)


@breaks("payout_account_verified_by_another")
def verify_what_one_confirmed() -> Iterator[None]:
    account = money.confirmed()
    yield
    put(account, state="verified", verified_by_id=account.confirmed_by_id, verified_at=DUE, evidence="seen")


@breaks("payout_account_steps_in_order")
def be_verified_by_nobody() -> Iterator[None]:
    account = money.confirmed()
    yield
    put(account, state="verified")


@breaks("payout_account_cools_off")
def skip_the_cooling_off() -> Iterator[None]:
    programme = factories.programme(cooling_off_days=3)
    account = money.given(factories.participation(factories.submitted(to=factories.cohort(programme))))
    yield
    copy(account, uuid=uuid4(), **AS_NEW | {"payable_from": DUE + timedelta(days=3, seconds=-1)})


@breaks("payout_account_given_by_a_founder")
def redirect_a_strangers_money() -> Iterator[None]:
    account, stranger = money.given(), factories.user()
    yield
    copy(account, uuid=uuid4(), changed_by_id=stranger.pk, **AS_NEW)


def _newcomer(startup: Startup) -> int:
    """Give a founder who joined a startup within the three days before the acts of these tests."""
    person = factories.user()
    startup.memberships.create(person=person, role="founder", joined_at=DUE - timedelta(days=3, seconds=-1))
    return person.pk


@breaks("payout_account_given_by_no_newcomer")
def redirect_the_money_on_joining() -> Iterator[None]:
    account = money.given()
    newcomer = _newcomer(account.participation.startup)
    yield
    copy(account, uuid=uuid4(), changed_by_id=newcomer, **AS_NEW)


@breaks("payout_account_confirmed_by_no_newcomer")
def confirm_on_joining() -> Iterator[None]:
    account = money.given()
    newcomer = _newcomer(account.participation.startup)
    yield
    put(account, state="confirmed", confirmed_by_id=newcomer, confirmed_at=DUE)


@breaks("payout_account_stands_as_given")
def change_the_holder() -> Iterator[None]:
    account = money.verified()
    yield
    put(account, holder_name="Somebody Else")


@breaks("payout_account_sealed_anew_alone")
def put_another_number_in_place() -> Iterator[None]:
    account = money.verified()
    yield
    put(account, sealed=key_ring().seal(b"000987654321", account.place))


@breaks("payout_account_confirmed_by_founder_or_evidence")
def confirm_without_evidence() -> Iterator[None]:
    account, stranger = money.given(), factories.user()
    yield
    put(account, state="confirmed", confirmed_by_id=stranger.pk, confirmed_at=DUE)


@breaks("payout_account_verifier_free_of_conflict")
def verify_a_friend() -> Iterator[None]:
    account, friend = money.confirmed(), factories.user()
    conflict(friend, account.participation.startup)
    yield
    put(account, state="verified", verified_by_id=friend.pk, verified_at=DUE, evidence="seen")


@breaks("payout_account_stands_again_without_the_banks_word")
def verify_what_a_person_turned_down() -> Iterator[None]:
    account = money.verified()
    staff = factories.holder("manager", account.participation.cohort.programme)
    actions.reject_account(account, reason="Another company's", by=staff, at=DUE)
    yield
    put(account, state="verified")


@breaks("payout_account_is_kept")
def delete_an_account_version() -> Iterator[None]:
    account = money.given()
    yield
    delete(account)


@breaks("moves_payouts_payoutaccount")
def bring_rejected_details_back() -> Iterator[None]:
    account = money.given()
    put(account, state="rejected")
    yield
    put(account, state="pending")


# --- Holds ------------------------------------------------------------------------------------------


def _hold(seat: Participation | None = None, *, at: datetime = DECIDED) -> Hold:
    seat = seat or factories.participation()
    by = factories.holder("manager", seat.cohort.programme)
    review_on = (at + timedelta(days=7)).date()
    return actions.place_hold(seat, reason="report", notice="A report is missing.", review_on=review_on, by=by, at=at)


@breaks("hold_account_of_participation")
def hold_a_strangers_account() -> Iterator[None]:
    hold, account = _hold(), money.given()
    yield
    copy(hold, account_id=account.pk)


@breaks("hold_is_kept")
def delete_a_hold() -> Iterator[None]:
    hold = _hold()
    yield
    delete(hold)


@breaks("hold_is_looked_at_again")
def hold_until_yesterday() -> Iterator[None]:
    hold = _hold()
    yield
    copy(hold, act_at=DECIDED, review_on=date(2027, 4, 11))


@breaks("hold_kept_by_another")
def keep_ones_own_hold() -> Iterator[None]:
    hold = _hold()
    yield
    put(hold, kept_by_id=hold.placed_by_id, kept_at=DUE, review_on=DUE.date())


@breaks("hold_in_hands_of_staff")
def lift_a_hold_on_oneself() -> Iterator[None]:
    hold = _hold()
    founder = factories.founder_of(hold.participation.startup)
    yield
    put(hold, lifted_by_id=founder.pk, lifted_at=DUE, lifted_why="We are fine")


@breaks("hold_kept_longer_by_a_second_person")
def keep_a_hold_alone() -> Iterator[None]:
    hold = _hold()
    yield
    put(hold, review_on=date(2027, 6, 1))


@breaks("hold_lifted_by_and_at")
def lift_a_hold_silently() -> Iterator[None]:
    hold = _hold()
    yield
    copy(hold, act_at=DECIDED, lifted_at=DUE)


@breaks("hold_placed_free_of_conflict")
def hold_as_a_mentor() -> Iterator[None]:
    hold = _hold()
    mentor = factories.holder("manager", hold.participation.cohort.programme)
    Conflict.objects.create(person=mentor, startup=hold.participation.startup, kind="mentor", declared_at=DECIDED)
    yield
    copy(hold, act_at=DECIDED, placed_by_id=mentor.pk)


@breaks("hold_placed_no_earlier_than_approvals")
def hold_before_what_was_approved() -> Iterator[None]:
    hold = _hold(money.approved().payments.get().disbursement.award.participation, at=DUE)
    yield
    before = DUE - timedelta(seconds=1)
    copy(hold, act_at=before, placed_at=before)


@breaks("hold_stands_as_placed")
def reword_a_hold() -> Iterator[None]:
    hold = _hold()
    yield
    put(hold, notice="Something else")


@breaks("hold_tells_the_startup")
def hold_without_a_word() -> Iterator[None]:
    hold = _hold()
    yield
    copy(hold, act_at=DECIDED, notice="")


# --- Sources and batches ----------------------------------------------------------------------------


@breaks("source_balanced_or_not")
def balance_without_an_account() -> Iterator[None]:
    source, other = money.source(factories.programme()), factories.programme()
    yield
    copy(source, uuid=uuid4(), programme_id=other.pk, offset_routing=money.ROUTING)


@breaks("source_rail_carries_currency")
def send_euros_by_ach() -> Iterator[None]:
    source, other = money.source(factories.programme()), factories.programme()
    yield
    copy(source, uuid=uuid4(), programme_id=other.pk, currency="EUR")


@breaks("source_stays_its_programmes")
def pay_through_a_strangers_bank() -> Iterator[None]:
    source, other = money.source(factories.programme()), factories.programme()
    yield
    put(source, programme_id=other.pk)


def _freeze(batch: PaymentBatch, **values: Any) -> None:
    payments = list(batch.payments.filter(state="prepared"))
    frozen: dict[str, Any] = {
        "state": "frozen",
        "frozen_at": DUE,
        "total_minor": sum(p.amount_minor for p in payments),
        "count": len(payments),
        "file_on": DUE.date(),
        "nth_of_day": 1,
        "file_name": "file.ach",
        "sha256": "0" * 64,
    }
    BatchFile.objects.get_or_create(batch=batch, defaults={"sealed": b"sealed"})
    put(batch, **(frozen | values))


def _two_ready() -> tuple[Disbursement, Disbursement]:
    """Make ready months of two startups of one programme."""
    programme = factories.programme()
    first, second = (
        money.ready(factories.participation(factories.submitted(to=factories.cohort(programme))), account_number=number)
        for number in ("1111111", "2222222")
    )
    return first, second


@breaks("batch_approved_by_another")
def approve_ones_own_batch() -> Iterator[None]:
    batch = money.draft()
    yield
    put(batch, state="approved", approved_by_id=batch.prepared_by_id, approved_at=DUE)


@breaks("batch_released_by_another")
def release_ones_own_batch() -> Iterator[None]:
    batch = money.frozen()
    yield
    put(batch, released_by_id=batch.prepared_by_id, released_at=DUE)


@breaks("batch_approved_once")
def approve_again() -> Iterator[None]:
    batch = money.approved()
    yield
    put(batch, approved_by_id=factories.user().pk)


@breaks("batch_reopened_by_a_correction")
def open_a_closed_batch_again() -> Iterator[None]:
    batch = money.settled()
    yield
    put(batch, state="sent")


@breaks("batch_ends_with_its_payments")
def cancel_around_the_payments() -> Iterator[None]:
    batch = money.draft()
    yield
    put(batch, state="cancelled")


@breaks("batch_file_of_day_once")
def write_the_first_file_twice() -> Iterator[None]:
    first, _second = _two_ready()
    money.source(first.award.cohort.programme)
    preparer = factories.holder("finance_preparer", first.award.cohort.programme)
    batches = [
        actions.prepare_batch(first.award.cohort.programme, months=[month.pk], by=preparer, at=DUE)
        for month in (first, _second)
    ]
    for batch in batches:
        actions.approve_batch(batch, by=money.approver(batch), at=DUE)
    _freeze(batches[0])
    yield
    _freeze(batches[1])


@breaks("batch_frozen_as_its_payments")
def freeze_another_total() -> Iterator[None]:
    batch = money.approved()
    yield
    _freeze(batch, total_minor=1)


@breaks("batch_frozen_only_payable")
def freeze_a_held_payment() -> Iterator[None]:
    batch = money.approved()
    _hold(batch.payments.get().disbursement.award.participation, at=DUE)
    yield
    _freeze(batch)


@breaks("batch_frozen_with_its_file")
def name_a_file_that_is_not() -> Iterator[None]:
    batch = money.draft()
    yield
    copy(batch, uuid=uuid4(), number=batch.number + 1, sha256="0" * 64)


@breaks("batch_is_kept")
def delete_a_batch() -> Iterator[None]:
    batch = money.draft()
    yield
    delete(batch)


@breaks("batch_number_once")
def number_two_batches_alike() -> Iterator[None]:
    batch = money.draft()
    yield
    copy(batch, uuid=uuid4())


@breaks("file_written_while_freezing")
def write_another_file() -> Iterator[None]:
    batch = money.sent()
    BatchFile.objects.get(batch=batch).delete()
    yield
    sql("INSERT INTO payouts_batchfile (batch_id, sealed) VALUES (%s, 'other')", batch.pk)


@breaks("file_stands_as_written")
def change_the_bytes() -> Iterator[None]:
    file = BatchFile.objects.get(batch=money.frozen())
    yield
    put(file, sealed=b"other")


@breaks("file_kept_until_sent")
def purge_what_was_not_sent() -> Iterator[None]:
    file = BatchFile.objects.get(batch=money.frozen())
    yield
    delete(file)


@breaks("batch_people_free_of_conflict")
def approve_a_friends_payment() -> Iterator[None]:
    batch, friend = money.draft(), factories.user()
    conflict(friend, batch.payments.get().disbursement.award.startup)
    yield
    put(batch, state="approved", approved_by_id=friend.pk, approved_at=DUE)


@breaks("batch_stands_as_prepared")
def prepare_in_another_name() -> Iterator[None]:
    batch = money.draft()
    yield
    put(batch, prepared_by_id=factories.user().pk)


@breaks("batch_stands_once_frozen")
def change_the_hash() -> Iterator[None]:
    batch = money.frozen()
    yield
    put(batch, sha256="0" * 64)


@breaks("batch_steps_in_order")
def be_approved_by_nobody() -> Iterator[None]:
    batch = money.draft()
    yield
    put(batch, state="approved")


@breaks("moves_payouts_paymentbatch")
def bring_a_cancelled_batch_back() -> Iterator[None]:
    batch = money.draft()
    actions.cancel_batch(batch, reason="Wrong day", by=money.approver(batch), at=DUE)
    yield
    put(batch, state="draft")


# --- Payments ---------------------------------------------------------------------------------------


def payment_by_sql(month: Disbursement, batch: PaymentBatch, **values: Any) -> None:
    """Insert a payment that no other law refuses."""
    acts()
    attempt = values.get("attempt", 1)
    row = {
        "disbursement_id": month.pk,
        "attempt": attempt,
        "batch_id": batch.pk,
        "account_id": PayoutAccount.objects.current().get(participation=month.award.participation).pk,
        "amount_minor": month.amount_minor,
        "currency": "USD",
        "end_to_end_id": f"D{month.pk}-{attempt}",
        "trace_number": 4_000_000,
        "payee_name_ascii": "Somebody",
        "state": "prepared",
        "bank_reference": "",
        "return_code": "",
    } | values
    places = ", ".join("%s" for _ in row)
    sql(f"INSERT INTO payouts_payment ({', '.join(row)}) VALUES ({places})", *row.values())


def ready_beside_a_batch() -> tuple[Disbursement, PaymentBatch]:
    """Make a ready month, and a draft batch of the same programme that it is not in."""
    inside, outside = _two_ready()
    programme = inside.award.cohort.programme
    money.source(programme)
    by = factories.holder("finance_preparer", programme)
    return outside, actions.prepare_batch(programme, months=[inside.pk], by=by, at=DUE)


@breaks("payment_attempt_follows_the_last")
def begin_with_the_second_attempt() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    yield
    payment_by_sql(month, batch, attempt=2)


@breaks("payment_attempt_once")
def attempt_twice_under_one_number() -> Iterator[None]:
    payment = money.draft().payments.get()
    actions.take_out(payment, by=money.approver(payment.batch), at=DUE)
    money.without("payment_named_by_its_disbursement", "payouts_payment")
    yield
    copy(payment, state="prepared", end_to_end_id="other", trace_number=4_000_000)


@breaks("payment_is_for_its_ready_month")
def pay_another_amount() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    yield
    payment_by_sql(month, batch, amount_minor=1)


@breaks("payment_is_kept")
def delete_a_payment() -> Iterator[None]:
    payment = money.draft().payments.get()
    yield
    delete(payment)


@breaks("payment_moves_with_its_batch")
def send_a_payment_of_a_draft() -> Iterator[None]:
    payment = money.draft().payments.get()
    yield
    put(payment, state="sent")


@breaks("payment_named_by_its_disbursement")
def name_a_payment_freely() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    yield
    payment_by_sql(month, batch, end_to_end_id="D0-1")


@breaks("payment_one_live")
def pay_twice() -> Iterator[None]:
    payment = money.draft().payments.get()
    yield
    payment_by_sql(payment.disbursement, payment.batch, attempt=2)


@breaks("payment_positive")
def pay_nothing() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    yield
    payment_by_sql(month, batch, amount_minor=0)


@breaks("payment_preparer_free_of_conflict")
def prepare_for_a_friend() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    conflict(batch.prepared_by, month.award.startup)
    yield
    payment_by_sql(month, batch)


@breaks("payment_word_free_of_conflict")
def say_that_a_friends_payment_arrived() -> Iterator[None]:
    payment, friend = money.sent().payments.get(), factories.user()
    conflict(friend, payment.disbursement.award.startup)
    yield
    acting(by=friend, at=DUE)
    sql("UPDATE payouts_payment SET state = 'settled', settled_at = %s WHERE id = %s", DUE, payment.pk)


@breaks("payment_put_right_by_two")
def take_a_word_back_alone() -> Iterator[None]:
    payment = money.settled().payments.get()
    _asked(payment)
    yield
    put(payment, state="sent", settled_at=None)


@breaks("payment_says_nothing_unanswered")
def quote_a_bank_that_has_not_answered() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    yield
    payment_by_sql(month, batch, bank_reference="BK-1")


@breaks("payment_returned_with_code")
def come_back_without_a_reason() -> Iterator[None]:
    payment = money.sent().payments.get()
    yield
    put(payment, state="returned", returned_at=LATER)


@breaks("payment_return_code_in_one_spelling")
def come_back_with_a_notice_of_change() -> Iterator[None]:
    payment = money.sent().payments.get()
    yield
    put(payment, state="returned", returned_at=LATER, return_code="C02")


@breaks("payment_settled_at_when_settled")
def arrive_at_no_time() -> Iterator[None]:
    payment = money.sent().payments.get()
    yield
    put(payment, state="settled")


@breaks("payment_stands_as_prepared")
def redirect_a_payment() -> Iterator[None]:
    other = money.verified()
    payment = money.draft().payments.get()
    yield
    put(payment, account_id=other.pk)


@breaks("payment_to_a_payable_account")
def pay_into_a_strangers_account() -> Iterator[None]:
    month, batch = ready_beside_a_batch()
    other = Payment.objects.get(batch=batch).account
    yield
    payment_by_sql(month, batch, account_id=other.pk)


@breaks("moves_payouts_payment")
def bring_a_withdrawn_payment_back() -> Iterator[None]:
    payment = money.draft().payments.get()
    actions.take_out(payment, by=money.approver(payment.batch), at=DUE)
    yield
    put(payment, state="prepared")


# --- Corrections ------------------------------------------------------------------------------------


def _asked(payment: Payment | None = None) -> Correction:
    payment = payment or money.settled().payments.get()
    by = factories.holder("finance_preparer", payment.batch.programme)
    return actions.ask_correction(payment, reason="The wrong row", by=by, at=LATER)


@breaks("correction_one_asked")
def ask_twice() -> Iterator[None]:
    correction = _asked()
    yield
    copy(correction)


@breaks("correction_says_what_and_why")
def ask_without_a_reason() -> Iterator[None]:
    correction = _asked()
    yield
    copy(correction, reason="")


@breaks("correction_confirmed_by_another")
def confirm_ones_own_correction() -> Iterator[None]:
    correction = _asked()
    yield
    put(correction, state="confirmed", confirmed_by_id=correction.asked_by_id, confirmed_at=LATER)


@breaks("correction_of_what_the_payment_says")
def correct_what_is_on_its_way() -> Iterator[None]:
    correction = _asked()
    actions.confirm_correction(correction, by=money.approver(correction.payment.batch), at=LATER)
    yield
    copy(correction, state="asked", confirmed_by_id=None, confirmed_at=None)


@breaks("correction_people_free_of_conflict")
def correct_for_a_friend() -> Iterator[None]:
    correction, friend = _asked(), factories.user()
    conflict(friend, correction.payment.disbursement.award.startup)
    yield
    put(correction, state="confirmed", confirmed_by_id=friend.pk, confirmed_at=LATER)


@breaks("correction_stands_as_asked")
def ask_in_another_name() -> Iterator[None]:
    correction = _asked()
    yield
    put(correction, asked_by_id=factories.user().pk)


@breaks("correction_is_kept")
def delete_a_correction() -> Iterator[None]:
    correction = _asked()
    yield
    delete(correction)


@breaks("moves_payouts_correction")
def correct_without_asking() -> Iterator[None]:
    correction = _asked()
    yield
    copy(correction, by=correction.asked_by, act_at=LATER, state="withdrawn")


# --- Days -------------------------------------------------------------------------------------------


@breaks("disbursement_days_known")
def owe_in_ten_thousand_years() -> Iterator[None]:
    award = Award.objects.get(participation=factories.participation())
    yield
    copy(award.disbursements.get(n=1), due_at=datetime(9999, 12, 31, tzinfo=UTC))


@breaks("hold_review_known")
def hold_for_ten_thousand_years() -> Iterator[None]:
    hold = _hold()
    yield
    money.without("hold_is_looked_at_again", "payouts_hold")
    copy(hold, act_at=DECIDED, review_on=date(9999, 12, 31))
