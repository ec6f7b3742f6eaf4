"""Stages at which many tests begin, each built once through the real acts and then put back row by row.

A `@stage()` is what a builder makes when it is given nothing, or the few arguments named. `keep_all` builds each before the
first test, twice, and keeps the rows that came of it; in a test the builder puts these rows back, at a tenth of the cost,
and fetches its result. Where both copies stand already, or where the database's account may not put rows back without
their triggers, the acts run as ever.
"""

import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import wraps
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from django.db import connection, models, transaction

P = ParamSpec("P")
R = TypeVar("R", bound=models.Model | Sequence[models.Model])
COPIES = 2

# The laws of a test's database yield to who puts rows back; those of any other yield to nobody (ADR 0010).
YIELDING = """
SELECT string_agg(format('ALTER TABLE %s ENABLE TRIGGER %I', tgrelid::regclass, tgname), '; ')
FROM pg_trigger WHERE tgenabled = 'A'
"""

# Every table of ours whose rows have a number of their own, and its columns.
TABLES = """
SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name ~ '^(portal|applications|payouts|mentorship)_' AND is_generated = 'NEVER'
GROUP BY table_name HAVING bool_or(column_name = 'id') ORDER BY table_name
"""

# Asks every table whether it has a row, but for those that `migrate` fills.
FILLED = """
SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM %I)', table_name, table_name), ' UNION ALL ')
FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
AND table_name NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'django_site')
"""


@dataclass
class Kept:
    """What a builder made: what it gave, the programmes all else hangs on, and the statements that put it all back."""

    given: Any
    programmes: list[int]
    statements: str

    def stands(self) -> bool:
        """Say whether these rows are in the database already."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM applications_programme WHERE id = ANY(%s)", [self.programmes])
            return cursor.fetchone() is not None

    def put_back(self) -> Any:
        """Put the rows back, and fetch what the builder gave."""
        with connection.cursor() as cursor:
            cursor.execute(self.statements)
        if isinstance(self.given, models.Model):
            return _fetched(self.given)
        return [_fetched(row) for row in self.given]


_copies: list[dict[tuple[Any, ...], Kept]] = []
_calls: list[tuple[Callable[..., Any], tuple[Hashable, ...]]] = []


def stage(*calls: Hashable) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a builder put back what it once made, called with nothing, or with one of these arguments."""

    def decorate(build: Callable[P, R]) -> Callable[P, R]:
        @wraps(build)
        def built(*args: P.args, **kwargs: P.kwargs) -> R:
            for copy in () if kwargs else _copies:
                kept = copy.get((built, *args))
                if kept and not kept.stands():
                    given: R = kept.put_back()
                    return given
            return build(*args, **kwargs)

        _calls.extend((built, (argument,)) for argument in calls)
        if not calls:
            _calls.append((built, ()))
        return built

    return decorate


def keep_all(builders: Sequence[ModuleType]) -> bool:
    """Build every stage on an empty database, and leave it as it was; say whether the account may put rows back.

    :param builders: the modules whose stages they are, in the order in which one stands on the other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() != (True,):
            return False
        cursor.execute(YIELDING)
        cursor.execute(cursor.fetchone()[0])
        cursor.execute(TABLES)
        tables = cursor.fetchall()
        for place, (table, _) in enumerate(tables, start=1):
            # No two tables share a number, so that a test cannot take one's for another's; pictures show small ones.
            if "TREMPLIN_SCREENSHOTS" not in os.environ:
                cursor.execute(f"ALTER TABLE {table} ALTER id RESTART WITH {place * 100_000}")
    calls = [call for module in builders for call in _calls if call[0].__module__ == module.__name__]
    made: list[dict[tuple[Any, ...], Kept]] = []
    for _ in range(COPIES):
        made.append({})
        _copies[:] = made[-1:]  # a stage stands on the earlier ones of its own copy
        for builder, arguments in calls:
            with transaction.atomic():
                given = builder(*arguments)
                made[-1][(builder, *arguments)] = _keep(given, tables)
                transaction.set_rollback(True)
    _copies[:] = made
    return True


def empty() -> None:
    """Delete what a test committed. To truncate a hundred tables takes Django's own way half a second."""
    with connection.cursor() as cursor:
        cursor.execute(FILLED)
        cursor.execute(cursor.fetchone()[0])
        if filled := [table for (table,) in cursor.fetchall()]:
            deletions = "; ".join(f"DELETE FROM {table}" for table in filled)  # the catalogue's names
            cursor.execute(
                f"SET session_replication_role = replica; {deletions}; SET session_replication_role = origin"
            )


def _keep(given: Any, tables: list[tuple[str, str]]) -> Kept:
    statements = ["SET session_replication_role = replica"]  # their triggers fired when the acts made them
    with connection.cursor() as cursor:
        for table, columns in tables:
            cursor.execute(f"SELECT quote_literal(json_agg(t ORDER BY id)) FROM {table} t")  # the catalogue's names
            [(rows,)] = cursor.fetchall()
            if rows:
                statements.append(
                    f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, {rows})"
                )
        cursor.execute("SELECT id FROM applications_programme")
        programmes = [pk for (pk,) in cursor.fetchall()]
    statements.append("SET session_replication_role = origin")
    return Kept(given, programmes, ";\n".join(statements))


def _fetched(row: models.Model) -> models.Model:
    return type(row)._base_manager.get(pk=row.pk)
