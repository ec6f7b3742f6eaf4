"""Every column × every state, one UPDATE each, and DELETE, as the serving role: what `cells.py` does not name is refused."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.postgres.fields import DateTimeRangeField
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from portal.laws.transitions import acting, stateful_models
from tests import factories
from tests.laws.cells import named
from tests.laws.rows import LATER, ROWS
from tests.mentorship import builders
from tests.payouts import money

pytestmark = pytest.mark.django_db

SERVING = "cells_of_laws"
# By a law, or for want of a right.
REFUSED = ("23", "42501")
# So many other values of a column are tried, taken from other rows.
SOME = 4
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)

# Other values, by what a column holds.
OTHERS: dict[type[models.Field[Any, Any]], Callable[[Any], list[Any]]] = {
    models.BooleanField: lambda held: [not held],
    models.IntegerField: lambda held: [(held or 0) + 1, *([held - 1] if held else [])],
    models.DateTimeField: lambda held: [(held or LATER) + SECOND, (held or LATER) - SECOND],
    models.DateField: lambda held: [(held or LATER.date()) + DAY, date(2029, 1, 1)],
    models.CharField: lambda held: ["", f"x{held or ''}"[: len(held or "xx")], "US"],
    models.TextField: lambda held: ["", f"x{held}"],
    models.BinaryField: lambda _held: [b"other"],
    models.UUIDField: lambda _held: [uuid4()],
}


def others(field: Any, held: Any) -> Iterator[Any]:
    """Yield other values of a column: those of other rows, and made-up ones."""
    model, name = field.model, field.attname
    told = list(model._base_manager.exclude(**{f"{name}__isnull": True}).order_by("-pk").values_list(name, flat=True))
    yield from [value for nth, value in enumerate(told) if value not in (*told[:nth], held)][:SOME]
    if field.null:
        yield None
    if field.primary_key:
        yield 10**9
    elif isinstance(field, models.ForeignKey):
        yield from field.related_model._base_manager.order_by("-pk").values_list("pk", flat=True)[:SOME]
    elif field.choices:
        yield from [value for value, _label in field.flatchoices]
    elif isinstance(field, DateTimeRangeField):
        yield DateTimeTZRange(held.lower, held.upper + SECOND)
    else:
        yield from OTHERS[next(kind for kind in type(field).__mro__ if kind in OTHERS)](held)


def is_refused(statement: str, *values: Any) -> bool:
    """Run one statement as the serving role, take it back, and tell whether the database refused it or changed nothing."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            acting(by=None, at=LATER)
            cursor.execute(f"SET LOCAL ROLE {SERVING}")
            cursor.execute(statement, values)
            changed = cursor.fetchall()
            cursor.execute("RESET ROLE")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DatabaseError as error:
        if not getattr(error.__cause__, "sqlstate", "").startswith(REFUSED):
            raise
        return True
    return bool(changed == [(False,)])


def passed(row: models.Model) -> Iterator[str]:
    """Yield the columns of a row that can be changed alone, and DELETE if it can be."""
    table = row._meta.db_table
    for field in row._meta.concrete_fields:
        held = getattr(row, field.attname)
        if field.name == "state":
            continue  # its moves are the model's TRANSITIONS
        statement = (
            f'UPDATE {table} SET "{field.column}" = %s WHERE id = %s RETURNING "{field.column}" IS DISTINCT FROM %s'
        )
        for other in others(field, held):
            value, before = (field.get_db_prep_save(each, connection) for each in (other, held))
            if other != held and not is_refused(statement, value, row.pk, before):
                yield str(field.column)
                break
    if not is_refused(f"DELETE FROM {table} WHERE id = %s RETURNING true", row.pk):
        yield "DELETE"


@pytest.fixture
def _served(db: None) -> None:
    """Grant a role what the serving processes may do, until the test ends."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {SERVING}")
    call_command("grant_serving", SERVING, verbosity=0)


@pytest.mark.usefixtures("_served")
@pytest.mark.parametrize(("table", "state"), list(ROWS), ids=lambda value: value or "any")
def test_only_these_cells_change(table: str, state: str) -> None:
    row = ROWS[table, state]()
    row.refresh_from_db()
    assert state == getattr(row, "state", state)
    money.settled(), builders.held(), factories.user()  # whose values others are
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    found = {(table, state, column) for column in passed(row)}
    assert found == {cell for cell in named() if cell[:2] == (table, state)}


def test_every_state_has_a_row() -> None:
    wanted = {(model._meta.db_table, state) for model in stateful_models() for state in model.State.values}  # type: ignore[attr-defined]  # as every model with states has
    assert wanted - set(ROWS) == set()
    assert {cell[:2] for cell in named()} - set(ROWS) == set()
