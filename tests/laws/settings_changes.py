"""Breakers: a programme's money settings, which two people change once a cohort is published."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from applications.actions import ask_settings_change
from applications.models import SettingsChange
from portal.laws.transitions import acting
from portal.models import Role, User
from tests import factories
from tests.factories import AT
from tests.laws import breaks, sql

TABLE = "applications_settingschange"
LATER = AT + timedelta(hours=1)


def asked() -> SettingsChange:
    programme = factories.cohort(factories.programme(cooling_off_days=3)).programme
    by = factories.holder(Role.MANAGER, programme)
    told = {"monthly_cap_minor": programme.monthly_cap_minor * 2, "months": 6, "cooling_off_days": 0}
    return ask_settings_change(programme, **told, reason="A larger grant", by=by, at=AT)


def put(change: SettingsChange, by: User | None = None, **values: Any) -> None:
    """Change a change by raw SQL, as an act of somebody."""
    acting(by=by, at=LATER)
    sql(f"UPDATE {TABLE} SET {', '.join(f'{name} = %s' for name in values)} WHERE id = %s", *values.values(), change.pk)


def copy(change: SettingsChange, **values: Any) -> None:
    """Insert a copy of a change by raw SQL, as an act of who asked, with other values in some columns."""
    acting(by=change.asked_by, at=change.asked_at)
    columns = [str(field.column) for field in SettingsChange._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join("%s" if column in values else column for column in columns)
    told = [values[column] for column in columns if column in values]
    sql(f"INSERT INTO {TABLE} ({', '.join(columns)}) SELECT {chosen} FROM {TABLE} WHERE id = %s", *told, change.pk)


@breaks("programme_money_set_by_two")
def weaken_the_cooling_off_alone() -> Iterator[None]:
    programme = factories.cohort(factories.programme(cooling_off_days=3)).programme
    yield
    sql("UPDATE applications_programme SET cooling_off_days = 0 WHERE id = %s", programme.pk)


@breaks("settings_change_one_asked")
def ask_for_two_changes() -> Iterator[None]:
    change = asked()
    yield
    copy(change)


@breaks("settings_change_says_why")
def ask_without_a_word() -> Iterator[None]:
    change = asked()
    put(change, state="withdrawn")
    yield
    copy(change, state="asked", reason="")


@breaks("settings_change_changes_something")
def ask_for_what_is() -> Iterator[None]:
    change = asked()
    put(change, state="withdrawn")
    yield
    now = change.programme
    told = {"monthly_cap_minor": now.monthly_cap_minor, "months": now.months, "cooling_off_days": now.cooling_off_days}
    copy(change, state="asked", **told)


@breaks("settings_change_confirmed_by_another")
def confirm_ones_own_settings() -> Iterator[None]:
    change = asked()
    yield
    put(change, change.asked_by, state="confirmed", confirmed_by_id=change.asked_by_id, confirmed_at=LATER)


@breaks("settings_change_of_what_is")
def ask_with_figures_that_were_never_there() -> Iterator[None]:
    change = asked()
    put(change, state="withdrawn")
    yield
    copy(change, state="asked", months_before=change.months_before + 1)


@breaks("settings_change_asked_by_who_acts")
def ask_as_somebody_of_finance() -> Iterator[None]:
    change = asked()
    put(change, state="withdrawn")
    change.asked_by = factories.holder(Role.FINANCE_APPROVER, change.programme)
    yield
    copy(change, state="asked", asked_by_id=change.asked_by.pk)


@breaks("settings_change_confirmed_by_who_acts")
def confirm_in_a_managers_name() -> Iterator[None]:
    change = asked()
    other = factories.holder(Role.MANAGER, change.programme)
    yield
    put(change, change.asked_by, state="confirmed", confirmed_by_id=other.pk, confirmed_at=LATER)


@breaks("settings_change_takes_force")
def confirm_without_effect() -> Iterator[None]:
    change = asked()
    other = factories.holder(Role.MANAGER, change.programme)
    yield
    put(change, other, state="confirmed", confirmed_by_id=other.pk, confirmed_at=LATER)
    # The law changes a row instead of refusing one; so what it forbids is said here.
    sql(
        "SELECT portal_break('settings_change_takes_force') FROM applications_programme"
        " WHERE id = %s AND cooling_off_days = %s",
        change.programme_id,
        change.cooling_off_days,
    )


@breaks("settings_change_stands_as_asked")
def confirm_what_nobody_asked_for() -> Iterator[None]:
    change = asked()
    yield
    put(change, cooling_off_days=1)


@breaks("settings_change_is_kept")
def delete_a_settings_change() -> Iterator[None]:
    change = asked()
    yield
    sql(f"DELETE FROM {TABLE} WHERE id = %s", change.pk)


@breaks("moves_applications_settingschange")
def withdraw_what_was_not_asked() -> Iterator[None]:
    change = asked()
    yield
    copy(change, state="withdrawn")
