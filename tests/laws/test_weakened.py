"""Whichever law is dropped, switched off, emptied or weakened, `check_laws` names it."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import connection, models, transaction
from django.db.models import BaseConstraint, CheckConstraint, UniqueConstraint

from portal.laws import in_force
from portal.laws.declared import SEARCH_PATH, Function, Law, References, StateMachine
from portal.operations import law_checks

pytestmark = pytest.mark.django_db

DECLARED = [(model, law) for model in apps.get_models() for law in model._meta.constraints]
# What single columns promise, by the words in which it is told.
COLUMNS = sorted(law_checks._promised())

# How a weaker law of the same name comes in place of the one declared, and what is then named.
Weakening = tuple[str, str]

LOOSER = re.compile(r"(?: WHEN \(.*\))? EXECUTE", re.DOTALL)


def of_trigger(law: Law, table: str) -> Iterator[Weakening]:
    """Yield the ways of weakening a trigger and its function."""
    timing, trigger, body = law.words
    on = law.table or table
    yield f"DROP TRIGGER {law.name} ON {on}", law.name
    yield f"ALTER TABLE {on} DISABLE TRIGGER {law.name}", law.name
    yield f"ALTER TABLE {on} ENABLE REPLICA TRIGGER {law.name}", law.name
    never = LOOSER.sub(" WHEN (false) EXECUTE", trigger)
    if never.startswith("DEFERRABLE"):  # cannot be replaced
        yield (
            f"DROP TRIGGER {law.name} ON {on}; CREATE CONSTRAINT TRIGGER {law.name} {timing} ON {on} {never}",
            law.name,
        )
    else:
        yield f"CREATE OR REPLACE TRIGGER {law.name} {timing} ON {on} {never}", law.name
    if body:
        yield emptied(f"{law.name}()", "RETURNS trigger LANGUAGE plpgsql", "BEGIN RETURN NEW; END"), f"{law.name}()"


def of_function(law: Function) -> Iterator[Weakening]:
    """Yield the ways of weakening a function that laws call."""
    kind, *_rest = law.words
    types = re.findall(r"\w+ (\w+)(?=[,)])", kind) if "RETURNS TABLE" in kind else [kind.split()[1]]
    nothing = "SELECT " + ", ".join(f"NULL::{of_column}" for of_column in types)
    yield emptied(law.name, kind, nothing if "LANGUAGE sql" in kind else "BEGIN END"), law.name
    yield f"DROP FUNCTION {law.name} CASCADE", law.name


def of_check(name: str, table: str) -> Iterator[Weakening]:
    """Yield the ways of weakening a CHECK."""
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    yield drop, name
    yield f"{drop}, ADD CONSTRAINT {name} CHECK (true)", name
    yield unproven(name, table), name


def of_unique(law: UniqueConstraint, model: type[models.Model]) -> Iterator[Weakening]:
    """Yield the ways of weakening what is unique: gone, a plain index, unique among fewer rows."""
    table = model._meta.db_table
    is_index = law.condition is not None or bool(law.expressions)
    drop = f"DROP INDEX {law.name}" if is_index else f"ALTER TABLE {table} DROP CONSTRAINT {law.name} CASCADE"
    columns = ", ".join(f'"{model._meta.get_field(field).column}"' for field in law.fields) or "id"
    yield drop, law.name
    yield f"{drop}; CREATE INDEX {law.name} ON {table} ({columns})", law.name
    yield f"{drop}; CREATE UNIQUE INDEX {law.name} ON {table} ({columns}) WHERE id < 0", law.name


def of_exclusion(name: str, table: str) -> Iterator[Weakening]:
    """Yield the ways of weakening what excludes."""
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    yield drop, name
    yield f"{drop}, ADD CONSTRAINT {name} CHECK (true)", name
    yield f"{drop}, ADD CONSTRAINT {name} EXCLUDE USING gist (int8range(id, id, '[]') WITH &&)", name


def of_reference(law: References, table: str) -> Iterator[Weakening]:
    """Yield the ways of weakening a foreign key of several columns."""
    columns, to = law.words
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {law.name}"
    first = f"FOREIGN KEY ({columns.strip('()').split(', ')[0]}) REFERENCES {to.split()[0]} (id)"
    yield drop, law.name
    yield f"{drop}, ADD CONSTRAINT {law.name} {first}", law.name
    yield unproven(law.name, table), law.name


def emptied(name: str, kind: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name} {kind} SET search_path = {SEARCH_PATH} AS $empty${body}$empty$"


def unproven(name: str, table: str) -> str:
    """Say it again of new rows alone."""
    return f"""DO $$ DECLARE words text; BEGIN
        SELECT pg_get_constraintdef(oid) INTO STRICT words FROM pg_constraint WHERE conname = '{name}';
        EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} ' || words || ' NOT VALID';
    END $$"""


def weakenings(model: type[models.Model], law: BaseConstraint) -> list[Weakening]:
    """Return every way of weakening a law, as its kind has them.

    :raises TypeError: for a kind of law that nothing here weakens.
    """
    table = model._meta.db_table
    match law:
        case StateMachine():
            history = [f"{table}_history_insert", f"{table}_history_update", f"{table}_keeps_its_key"]
            moves = of_check(law.name, "portal_transition")
            return [
                *moves,
                *((f"DROP TRIGGER {name} ON {table}", name) for name in history),
                *((f"ALTER TABLE {table} DISABLE TRIGGER {name}", name) for name in history),
            ]
        case Law():
            return list(of_trigger(law, table))
        case Function():
            return list(of_function(law))
        case References():
            return list(of_reference(law, table))
        case CheckConstraint():
            return list(of_check(law.name, table))
        case UniqueConstraint():
            return list(of_unique(law, model))
        case ExclusionConstraint():
            return list(of_exclusion(law.name, table))
        case _:
            raise TypeError(f"Nothing weakens a {type(law).__name__}: {law.name}")


def named(statement: str) -> set[str]:
    """Return what `check_laws` names after a statement of the owner, and take the statement back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        found = {row.partition(": ")[2] for row in law_checks.not_held()}
        transaction.set_rollback(True)
    return found


_declared, _plain = in_force._declared, in_force._plain
_statements: list[str] = []
_words: dict[tuple[str, ...], list[tuple[str, str]]] = {}


def _declared_once() -> Iterator[str]:
    if not _statements:
        _statements.extend(_declared())
    return iter(_statements)


def _plain_once(rows: str, conditions: list[str]) -> Iterator[tuple[str, str]]:
    asked = (rows, *sorted(conditions))
    if asked not in _words:
        _words[asked] = list(_plain(rows, sorted(conditions)))
    return iter(_words[asked])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask once for what is declared, and let the database explain each condition once: no test changes a column."""
    monkeypatch.setattr(in_force, "_declared", _declared_once)
    monkeypatch.setattr(in_force, "_plain", _plain_once)


@pytest.mark.parametrize(("model", "law"), DECLARED, ids=[law.name for _, law in DECLARED])
def test_a_weakened_law_is_named(model: type[models.Model], law: BaseConstraint) -> None:
    ways = weakenings(model, law)
    assert [statement for statement, name in ways if name not in named(statement)] == []
    assert law_checks.not_held() == []


DROP_COLUMNS_LAW = """DO $$ DECLARE held record; BEGIN
FOR held IN SELECT k.conname FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = '{column}'
    WHERE k.conrelid = '{table}'::regclass AND k.contype = ANY ('{kinds}')
        AND (k.conkey = ARRAY[a.attnum] OR k.contype = 'f' AND k.conkey[1] = a.attnum) LOOP
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I CASCADE', held.conname);
END LOOP; END $$"""


@pytest.mark.parametrize("promise", COLUMNS)
def test_a_promise_of_a_column_that_is_gone_is_named(promise: str) -> None:
    place, _is, *_kind = promise.split()
    table, column = place.split(".")
    kinds = "{p,u}" if promise.endswith("is unique") else "{f}"
    assert promise in named(DROP_COLUMNS_LAW.format(table=table, column=column, kinds=kinds))
