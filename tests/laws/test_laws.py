"""Each law is broken by raw SQL and must refuse; each law is dropped, and its test must go red."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction

from tests.laws import BREAKERS

for app in (
    "portal",
    "applications",
    "settings_changes",
    "payouts",
    "source_changes",
    "own_acts",
    "mentorship",
    "present",
    "keys",
):
    import_module(f"tests.laws.{app}")

OURS = ("portal_", "applications_", "payouts_", "mentorship_")

# What the database holds by name: CHECKs, exclusions, uniques with a condition or expression, and law triggers. Plain unique
# and foreign keys are Django's everyday work; history triggers are tested with transitions.
CATALOGUE = """
SELECT conname, conrelid::regclass::text, 'constraint' FROM pg_constraint
WHERE contype IN ('c', 'x', 'u') AND connamespace = 'public'::regnamespace AND conname !~ '_[0-9a-f]{8}_uniq$|_key$|_check$'
UNION ALL
SELECT c.relname, i.indrelid::regclass::text, 'index' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indisunique AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT tgname, tgrelid::regclass::text, 'trigger' FROM pg_trigger
WHERE NOT tgisinternal AND tgname !~ '_history_(insert|update)$'
ORDER BY 1
"""


def catalogue() -> dict[str, tuple[str, str]]:
    """Give every law of the database: its table and what it is, by name."""
    with connection.cursor() as cursor:
        cursor.execute(CATALOGUE)
        return {name: (table, kind) for name, table, kind in cursor.fetchall() if table.startswith(OURS)}


def drop(law: str) -> None:
    table, kind = catalogue()[law]
    statement = {
        "constraint": f'ALTER TABLE {table} DROP CONSTRAINT "{law}"',
        "index": f'DROP INDEX "{law}"',
        "trigger": f'DROP TRIGGER "{law}" ON {table}',
    }[kind]
    with connection.cursor() as cursor:
        cursor.execute(statement)


def attempt(steps: Iterator[None]) -> str:
    """Run the breaker's forbidden half; give the name of the law that refused, or nothing."""
    try:
        with transaction.atomic():
            for _ in steps:
                pass
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError as error:
        cause = error.__cause__
        return getattr(getattr(cause, "diag", None), "constraint_name", None) or repr(error)
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize("law", sorted(BREAKERS))
def test_law_refuses_raw_sql(law: str) -> None:
    steps = BREAKERS[law]()
    next(steps)
    assert attempt(steps) == law


@pytest.mark.django_db
@pytest.mark.parametrize("law", sorted(BREAKERS))
def test_law_dropped_is_missed(law: str) -> None:
    steps = BREAKERS[law]()
    next(steps)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    drop(law)
    assert attempt(steps) != law


@pytest.mark.django_db
def test_every_law_has_a_breaker() -> None:
    assert sorted(catalogue()) == sorted(BREAKERS)
