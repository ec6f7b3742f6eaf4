"""Breakers: an act of money or of a decision, in another's name, at another instant, or without the role for it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import models

from payouts import actions
from payouts.models import Correction, Hold
from portal.laws.transitions import acting
from portal.models import Role, User
from tests import factories
from tests.applications import judging
from tests.factories import DECIDED
from tests.laws import breaks, sql
from tests.payouts import money
from tests.payouts.money import DUE

LATER = DUE + timedelta(days=9)


def put(row: models.Model, by: User | None, at: Any = LATER, **values: Any) -> None:
    """Change a row by raw SQL, as an act of somebody."""
    acting(by=by, at=at)
    columns = ", ".join(f"{name} = %s" for name in values)
    sql(f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s", *values.values(), row.pk)


def copy(row: models.Model, by: User | None, at: Any = LATER, **values: Any) -> None:
    """Insert a copy of a row by raw SQL, as an act of somebody, with other values in some columns."""
    acting(by=by, at=at)
    table, columns = row._meta.db_table, [str(f.column) for f in row._meta.concrete_fields if not f.primary_key]
    chosen = ", ".join("%s" if column in values else column for column in columns)
    told = [values[column] for column in columns if column in values]
    sql(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} WHERE id = %s", *told, row.pk)


# --- Decisions --------------------------------------------------------------------------------------


@breaks("decision_proposed_by_who_acts")
def propose_as_somebody_of_finance() -> Iterator[None]:
    decision = judging.proposed()
    by = factories.holder(Role.FINANCE_APPROVER, decision.application.cohort.programme)
    put(decision, decision.proposed_by, state="withdrawn")
    yield
    copy(decision, by, state="proposed", proposed_by_id=by.pk, proposed_at=LATER)


@breaks("decision_confirmed_by_who_acts")
def confirm_in_a_colleagues_name() -> Iterator[None]:
    decision = judging.proposed()
    other = judging.manager_of(decision.application)
    yield
    put(decision, decision.proposed_by, state="confirmed", confirmed_by_id=other.pk, confirmed_at=LATER)


# --- Corrections ------------------------------------------------------------------------------------


def asked() -> Correction:
    payment = money.settled().payments.get()
    by = factories.holder(Role.FINANCE_PREPARER, payment.batch.programme)
    return actions.ask_correction(payment, reason="The wrong row", by=by, at=LATER)


@breaks("correction_asked_by_who_acts")
def ask_as_a_manager() -> Iterator[None]:
    correction = asked()
    by = factories.holder(Role.MANAGER, correction.payment.batch.programme)
    put(correction, None, state="withdrawn")
    yield
    copy(correction, by, state="asked", asked_by_id=by.pk)


@breaks("correction_confirmed_by_who_acts")
def confirm_in_an_approvers_name() -> Iterator[None]:
    correction = asked()
    other = money.approver(correction.payment.batch)
    yield
    put(correction, correction.asked_by, state="confirmed", confirmed_by_id=other.pk, confirmed_at=LATER)


@breaks("correction_carried_out_at_once")
def keep_consent_for_another_day() -> Iterator[None]:
    correction = asked()
    other, at = money.approver(correction.payment.batch), LATER + timedelta(hours=1)
    yield
    put(correction, other, at, state="confirmed", confirmed_by_id=other.pk, confirmed_at=at)


@breaks("payment_put_right_with_month_and_ledger")
def take_a_payment_back_alone() -> Iterator[None]:
    correction = asked()
    payment = correction.payment
    other, at = money.approver(payment.batch), LATER + timedelta(hours=1)
    yield
    put(correction, other, at, state="confirmed", confirmed_by_id=other.pk, confirmed_at=at)
    put(payment.batch, other, at, state="sent")
    put(payment, other, at, state="sent", settled_at=None)


# --- Batches ----------------------------------------------------------------------------------------


@breaks("batch_prepared_by_who_acts")
def prepare_as_who_only_approves() -> Iterator[None]:
    batch = money.draft()
    by = money.approver(batch)
    yield
    copy(batch, by, uuid=uuid4(), number=99, prepared_by_id=by.pk, prepared_at=LATER)


@breaks("batch_approved_by_who_acts")
def approve_as_a_second_preparer() -> Iterator[None]:
    batch = money.draft()
    by = factories.holder(Role.FINANCE_PREPARER, batch.programme)
    yield
    put(batch, by, state="approved", approved_by_id=by.pk, approved_at=LATER)


@breaks("batch_released_by_who_acts")
def release_days_ago() -> Iterator[None]:
    batch = money.frozen()
    by = money.approver(batch)
    yield
    put(batch, by, released_by_id=by.pk, released_at=DUE)


# --- Bank details and holds -------------------------------------------------------------------------


@breaks("payout_account_begins_unconfirmed")
def give_details_with_a_word_for_them() -> Iterator[None]:
    account, other = money.given(), factories.user()
    put(account, None, state="retired")
    yield
    copy(
        account,
        account.changed_by,
        DECIDED,
        uuid=uuid4(),
        version=2,
        state="pending",
        confirmed_by_id=other.pk,
        confirmed_at=DECIDED,
    )


@breaks("payout_account_confirmed_by_staff_who_act")
def confirm_details_as_a_stranger() -> Iterator[None]:
    account, stranger = money.given(), factories.user()
    told = {"confirmed_by_id": stranger.pk, "confirmed_at": LATER, "confirmed_evidence": "They told me"}
    yield
    put(account, stranger, state="confirmed", **told)


@breaks("payout_account_verified_by_who_acts")
def verify_details_as_a_stranger() -> Iterator[None]:
    account, stranger = money.confirmed(), factories.user()
    told = {"verified_by_id": stranger.pk, "verified_at": LATER, "evidence": "A letter"}
    yield
    put(account, stranger, state="verified", **told)


def held() -> Hold:
    seat = factories.participation()
    by, day = factories.holder(Role.MANAGER, seat.cohort.programme), (DECIDED + timedelta(days=7)).date()
    return actions.place_hold(seat, reason="report", notice="A report is missing.", review_on=day, by=by, at=DECIDED)


@breaks("hold_placed_by_who_acts")
def hold_in_anothers_name() -> Iterator[None]:
    hold = held()
    yield
    copy(hold, None, DECIDED)


@breaks("hold_kept_by_who_acts")
def keep_in_anothers_name() -> Iterator[None]:
    hold = held()
    other = factories.holder(Role.MANAGER, hold.participation.cohort.programme)
    later = hold.review_on + timedelta(days=1)
    yield
    put(hold, hold.placed_by, DECIDED, kept_by_id=other.pk, kept_at=DECIDED, review_on=later)


@breaks("hold_lifted_by_who_acts")
def lift_in_anothers_name() -> Iterator[None]:
    hold = held()
    other = factories.holder(Role.MANAGER, hold.participation.cohort.programme)
    yield
    put(hold, None, DECIDED, lifted_by_id=other.pk, lifted_at=DECIDED, lifted_why="It came")
