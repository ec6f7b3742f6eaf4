"""Breakers: a programme's money settings, which two people change once a cohort is published."""

from collections.abc import Iterator
from typing import Any

from applications.actions import ask_settings_change, confirm_settings_change
from applications.models import SettingsChange
from portal.models import Role
from tests import factories
from tests.factories import AT
from tests.laws import acting_as, breaks, sql

TABLE = "applications_settingschange"


def asked() -> SettingsChange:
    programme = factories.cohort(factories.programme(cooling_off_days=3)).programme
    by = factories.holder(Role.MANAGER, programme)
    told = {"monthly_cap_minor": programme.monthly_cap_minor * 2, "months": 6, "cooling_off_days": 0}
    return ask_settings_change(programme, **told, reason="A larger grant", by=by, at=AT)


def put(change: SettingsChange, **values: Any) -> None:
    acting_as()
    sql(f"UPDATE {TABLE} SET {', '.join(f'{name} = %s' for name in values)} WHERE id = %s", *values.values(), change.pk)


def copy(change: SettingsChange, **values: Any) -> None:
    """Insert a copy of a change, with other values in some columns."""
    acting_as()
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
    put(change, state="confirmed", confirmed_by_id=change.asked_by_id, confirmed_at=AT)


@breaks("settings_change_of_what_is")
def ask_with_figures_that_were_never_there() -> Iterator[None]:
    change = asked()
    put(change, state="withdrawn")
    yield
    copy(change, state="asked", months_before=change.months_before + 1)


@breaks("settings_change_takes_force")
def confirm_without_effect() -> Iterator[None]:
    change, other = asked(), factories.user()
    yield
    put(change, state="confirmed", confirmed_by_id=other.pk, confirmed_at=AT)
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
def carry_out_what_was_not_asked() -> Iterator[None]:
    change = asked()
    confirm_settings_change(change, by=factories.holder(Role.MANAGER, change.programme), at=AT)
    yield
    before = {f"{name}_before": getattr(change, name) for name in ("monthly_cap_minor", "months", "cooling_off_days")}
    copy(change, **before, months=7, confirmed_by_id=factories.user().pk)
