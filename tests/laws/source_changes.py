"""Breakers: the account that files debit and the sender's ids at its bank, which two people change."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

from payouts.models import SourceChange
from payouts.models.source_changes_laws import ACCOUNT
from portal.laws.transitions import acting
from portal.models import Role, User
from tests import factories
from tests.laws import breaks, sql, without
from tests.laws.payouts import put as put_row
from tests.payouts import money
from tests.payouts.money import DUE

LATER = DUE + timedelta(hours=1)
TABLE = "payouts_sourcechange"
OWN: dict[str, Any] = {"routing_number": money.ROUTING, "account_number": "55512345678", "account_type": "checking"}


def asked() -> SourceChange:
    return money.ask_change(money.draft().source, **OWN)


def preparer(change: SourceChange) -> User:
    return factories.holder(Role.FINANCE_PREPARER, change.source.programme)


def put(change: SourceChange, by: User | None = None, **values: Any) -> None:
    """Change a change by raw SQL, as an act of somebody."""
    acting(by=by, at=LATER)
    sql(f"UPDATE {TABLE} SET {', '.join(f'{name} = %s' for name in values)} WHERE id = %s", *values.values(), change.pk)


def copy(change: SourceChange, **values: Any) -> None:
    """Insert a copy of a change by raw SQL, as an act of who asked, with other values in some columns."""
    acting(by=change.asked_by, at=DUE)
    columns = [str(field.column) for field in SourceChange._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join("%s" if column in values else column for column in columns)
    told = [values[column] for column in columns if column in values]
    sql(f"INSERT INTO {TABLE} ({', '.join(columns)}) SELECT {chosen} FROM {TABLE} WHERE id = %s", *told, change.pk)


def withdrawn() -> SourceChange:
    change = asked()
    put(change, state="withdrawn")
    return change


@breaks("source_begins_without_own_account")
def begin_with_an_account_set_alone() -> Iterator[None]:
    source, other = money.source(factories.programme()), factories.programme()
    yield
    columns = [str(f.column) for f in source._meta.concrete_fields if not f.primary_key]
    told: dict[str, Any] = {
        "uuid": uuid4(),
        "programme_id": other.pk,
        "offset_routing": money.ROUTING,
        "offset_account_type": "checking",
        "offset_sealed": b"sealed",
        "offset_last_four": "5678",
        "offset_fingerprint": "0" * 64,
    }
    chosen = ", ".join("%s" if column in told else column for column in columns)
    sql(
        f"INSERT INTO payouts_paymentsource ({', '.join(columns)}) SELECT {chosen} FROM payouts_paymentsource WHERE id = %s",
        *[told[column] for column in columns if column in told],
        source.pk,
    )


@breaks("source_bank_set_by_two")
def send_under_another_id_alone() -> Iterator[None]:
    source = money.draft().source
    yield
    put_row(source, company_id="9999999999")


@breaks("source_change_one_asked")
def ask_for_two_changes() -> Iterator[None]:
    change = asked()
    yield
    copy(change)


@breaks("source_change_says_why")
def ask_without_a_word() -> Iterator[None]:
    change = withdrawn()
    yield
    copy(change, state="asked", reason="")


@breaks("source_change_changes_something")
def ask_for_what_is() -> Iterator[None]:
    change = withdrawn()
    yield
    none = dict.fromkeys(ACCOUNT, "")
    copy(change, state="asked", offset_sealed=None, **none)


@breaks("source_change_account_is_whole")
def ask_for_an_account_without_a_number() -> Iterator[None]:
    change = withdrawn()
    yield
    copy(change, state="asked", offset_sealed=None, odfi=money.ROUTING)


@breaks("source_change_confirmed_by_another")
def confirm_ones_own_account() -> Iterator[None]:
    change = asked()
    yield
    put(change, change.asked_by, state="confirmed", confirmed_by_id=change.asked_by_id, confirmed_at=LATER)


@breaks("source_change_of_what_is")
def ask_from_ids_that_were_never_there() -> Iterator[None]:
    change = withdrawn()
    yield
    copy(change, state="asked", odfi_before="000000000")


@breaks("source_change_asked_by_who_acts")
def ask_as_who_only_prepares() -> Iterator[None]:
    change = withdrawn()
    change.asked_by = preparer(change)
    yield
    copy(change, state="asked", asked_by_id=change.asked_by.pk)


@breaks("batch_of_its_source")
def pay_out_of_another_programmes_account() -> Iterator[None]:
    batch, other = money.draft(), money.source(factories.programme())
    yield
    columns = [str(f.column) for f in batch._meta.concrete_fields if not f.primary_key]
    told = {"uuid": uuid4(), "source_id": other.pk}
    chosen = ", ".join("%s" if column in told else column for column in columns)
    acting(by=batch.prepared_by, at=batch.prepared_at)
    sql(
        f"INSERT INTO payouts_paymentbatch ({', '.join(columns)}) SELECT {chosen} FROM payouts_paymentbatch WHERE id = %s",
        *[told[column] for column in columns if column in told],
        batch.pk,
    )


@breaks("source_change_confirmed_by_who_acts")
def confirm_as_a_manager() -> Iterator[None]:
    change = asked()
    manager = factories.holder(Role.MANAGER, change.source.programme)
    yield
    put(change, manager, state="confirmed", confirmed_by_id=manager.pk, confirmed_at=LATER)


@breaks("source_change_takes_force")
def confirm_what_was_meanwhile_changed() -> Iterator[None]:
    change = asked()
    second = preparer(change)
    without("payouts_paymentsource", "source_bank_set_by_two")
    put_row(change.source, company_id="9999999999")
    yield
    put(change, second, state="confirmed", confirmed_by_id=second.pk, confirmed_at=LATER)


@breaks("source_change_stands_as_asked")
def confirm_what_nobody_asked_for() -> Iterator[None]:
    change = asked()
    yield
    put(change, odfi=money.ROUTING)


@breaks("source_change_is_kept")
def delete_a_source_change() -> Iterator[None]:
    change = asked()
    yield
    sql(f"DELETE FROM {TABLE} WHERE id = %s", change.pk)


@breaks("moves_payouts_sourcechange")
def withdraw_what_was_not_asked() -> Iterator[None]:
    change = asked()
    yield
    copy(change, state="withdrawn")
