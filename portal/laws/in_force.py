"""Whether the database enforces what the models declare, word for word.

The catalogue gives each law back as a statement, which is read as the declared one is. It writes conditions in words of its
own: so both are explained by the database, as columns of one query that never runs.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import DatabaseError, connection, transaction
from django.db.models import CheckConstraint, UniqueConstraint

from portal.laws.declared import declared

TRIGGER = re.compile(
    r"CREATE (?:OR REPLACE |CONSTRAINT )?TRIGGER (?P<name>\w+) (?P<timing>\w+) (?P<events>.+?) ON (?P<table>\S+) (?P<words>.+?)"
    r"(?: WHEN \((?P<condition>.*)\))? EXECUTE FUNCTION (?P<called>\S+)$"
)
CHECK = re.compile(r'ALTER TABLE "?(?P<table>\w+)"? ADD CONSTRAINT "?(?P<name>\w+)"? CHECK \((?P<condition>.*)\)$')
UNIQUE = re.compile(
    r'(?:CREATE UNIQUE INDEX "?(?P<index>\w+)"? ON|ALTER TABLE) "?(?P<table>\w+)"?'
    r'(?: ADD CONSTRAINT "?(?P<name>\w+)"? UNIQUE| USING btree)? \((?P<columns>.*?)\)'
    r"(?P<moment> DEFERRABLE(?: INITIALLY \w+)?)?(?: WHERE (?P<condition>.*))?$"
)
EXCLUSION = re.compile(
    r'ALTER TABLE "?(?P<table>\w+)"? ADD CONSTRAINT "?(?P<name>\w+)"? EXCLUDE USING (?P<method>\w+)'
    r" \((?P<columns>.*?)\)(?: WHERE (?P<condition>.*))?$"
)
KEY = re.compile(r"ALTER TABLE (?P<table>\w+) ADD CONSTRAINT (?P<name>\w+) (?P<words>FOREIGN KEY .*)$")
FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (?P<name>\w+\(.*?\)) (?P<words>.*)$")

# What stands in the catalogue, as the statement that makes it, and whether it is enforced.
HELD = """
SELECT pg_get_triggerdef(t.oid), tgenabled IN ('O', 'A') FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT format('ALTER TABLE %s ADD CONSTRAINT %s %s', relname, conname, pg_get_constraintdef(k.oid)), convalidated
FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
WHERE contype IN ('c', 'f', 'u', 'x') AND relnamespace = 'public'::regnamespace
UNION ALL
SELECT pg_get_indexdef(i.indexrelid), indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE indisunique AND relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT format('CREATE FUNCTION %s(%s) RETURNS %s LANGUAGE %s%s%s%s AS $law$%s$law$',
    proname, pg_get_function_identity_arguments(f.oid), pg_get_function_result(f.oid), lanname,
    CASE provolatile WHEN 's' THEN ' STABLE' WHEN 'i' THEN ' IMMUTABLE' END, CASE WHEN prosecdef THEN ' SECURITY DEFINER' END,
    ' SET ' || array_to_string(proconfig, ' SET '), prosrc), true
FROM pg_proc f JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing in the catalogue: what it says, and the condition under which it says so of `rows`."""

    kind: str
    words: str
    rows: str = ""
    condition: str = ""


def not_in_force() -> list[str]:
    """Name every declared law that is absent, switched off or of other words, and what nobody declared beside them."""
    told = dict(_read(_declared()))
    with connection.cursor() as cursor:
        cursor.execute(HELD)
        catalogue = cursor.fetchall()
    held = dict(_read(sql for sql, is_enforced in catalogue if is_enforced))
    strange = dict(_read(sql for sql, _ in catalogue)).items() - told.items()
    explained = _explained({*told.values(), *held.values()})
    functions = {name.partition("(")[0] for name, piece in told.items() if piece.kind == "function"}
    return [
        *(f"a law the database no longer holds: {name}" for name in sorted(told.keys() - held.keys())),
        *(
            f"a law the database holds in other words: {name}"
            for name in sorted(told.keys() & held.keys())
            if explained[told[name]] != explained[held[name]]
        ),
        *(
            f"a trigger or function among the laws that nobody declared: {name}"
            for name, piece in sorted(strange, key=lambda found: found[0])
            if name not in told and (piece.kind == "trigger" or name.partition("(")[0] in functions)
        ),
    ]


def _declared() -> Iterator[str]:
    """Yield the statements that put every declared law into force, and Django's own constraints."""
    for model, law in declared():
        yield from law.put(model._meta.db_table)
    editor = connection.schema_editor(collect_sql=True)
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if isinstance(constraint, CheckConstraint | UniqueConstraint | ExclusionConstraint):
                yield str(constraint.create_sql(model, editor))


def _read(statements: Iterable[str]) -> Iterator[tuple[str, Piece]]:
    """Yield what statements make, by name; who makes nothing is passed over. Space between words means nothing."""
    for statement in statements:
        text = " ".join(statement.split()).replace("public.", "")
        if found := TRIGGER.match(text):
            name, timing, events, table, words, condition, called = found.groups()
            words = f"{timing} {sorted(events.split(' OR '))} {table} {words} {called}"
            yield name, Piece("trigger", words, f"{table} AS old, {table} AS new", condition or "")
        elif found := CHECK.match(text):
            yield found["name"], Piece("check", found["table"], found["table"], found["condition"])
        elif found := UNIQUE.match(text):
            moment = (found["moment"] or "").removesuffix(" INITIALLY IMMEDIATE")
            rows = f"{found['columns']}, {found['condition'] or 'true'}"
            yield found["name"] or found["index"], Piece("unique", found["table"] + moment, found["table"], rows)
        elif found := EXCLUSION.match(text):
            *parts, _end = re.split(r" WITH (\S+?)(?:, |$)", found["columns"])
            words = f"{found['table']} {found['method'].lower()} {parts[1::2]}"
            rows = ", ".join([*parts[::2], found["condition"] or "true"])
            yield found["name"], Piece("exclusion", words, found["table"], rows)
        elif found := KEY.match(text):
            yield found["name"], Piece("key", found["table"] + found["words"].replace(" ", ""))
        elif found := FUNCTION.match(text):
            yield found["name"], Piece("function", found["words"].replace(" ", ""))


def _explained(pieces: set[Piece]) -> Mapping[Piece, tuple[str, str, str]]:
    """Return each piece in plain words: what it says, of which rows, under which condition as the database reads it."""
    conditions = defaultdict(list)
    for piece in pieces:
        if piece.condition:
            conditions[piece.rows].append(piece.condition)
    plain = {
        (rows, condition): words for rows, of_rows in conditions.items() for condition, words in _plain(rows, of_rows)
    }
    return {piece: (piece.words, piece.rows, plain.get((piece.rows, piece.condition), "")) for piece in pieces}


def _plain(rows: str, conditions: list[str]) -> Iterator[tuple[str, str]]:
    """Let the database explain conditions on the same rows; one that it cannot read stays as it is."""
    columns = ", ".join(f"({condition})" for condition in conditions)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT {columns} FROM {rows}")  # noqa: S608  # our laws
            [[[plan]]] = cursor.fetchall()
    except DatabaseError:  # a column that a law names is gone
        for condition in conditions:
            yield from _plain(rows, [condition]) if len(conditions) > 1 else [(condition, condition)]
    else:
        yield from zip(conditions, plan["Plan"]["Output"], strict=True)
