"""Laws as constraints of a model's `Meta`: what a CHECK, a unique or an exclusion constraint cannot say (ADR 0010).

The history of states, tables that only grow, and rules that compare a row with its former self or with other tables. All
refuse with SQLSTATE 23514 and the law's name as constraint name. A law stands once, beside its model; a migration names it
and the digest of its words, so that `makemigrations --check` finds a change that no migration brings.
"""

import hashlib
from collections.abc import Iterator, Sequence
from inspect import cleandoc
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Whoever calls a law, its names mean our own tables and functions: a temporary table of the same name comes last.
SEARCH_PATH = "public, pg_temp"
# The transition tables of a law over sets.
NEW = "NEW TABLE AS new_rows"
BOTH = "OLD TABLE AS old_rows NEW TABLE AS new_rows"
# When the act under way happens, as it told the database; NULL where none did.
AT = "NULLIF(current_setting('tremplin.at', true), '')::timestamptz"
# Who acts, as they told the database; NULL for the system itself.
ACTOR = "CASE WHEN current_setting('tremplin.actor', true) ~ '^[0-9]+$' THEN current_setting('tremplin.actor', true)::bigint END"
# What the two triggers of a table with a history are called by.
HISTORY = ("insert", "update")
# What a transaction sees stands still from its first statement on. PostgreSQL takes “read uncommitted” for “read committed”.
SEES_THE_PAST = "current_setting('transaction_isolation') IN ('repeatable read', 'serializable')"
# What stands still while a row stays in its state: it changes together with a move, or not at all.
STILL = "OLD.state IS NOT DISTINCT FROM NEW.state"


def changed(*columns: str) -> str:
    """Say in SQL that one of the columns changed."""
    old, new = (", ".join(f"{side}.{column}" for column in columns) for side in ("OLD", "NEW"))
    return f"(({old}) IS DISTINCT FROM ({new}))"


def break_if(condition: str) -> str:
    """Return the body of a law that breaks when the condition holds."""
    return f"IF {cleandoc(condition)} THEN\n    PERFORM portal_break(TG_NAME);\nEND IF;"


class Declared(models.BaseConstraint):
    """What the database holds beside a table: in the model with its words, in a migration with their digest alone.

    A migration brings the words that the model has now if their digest is the one it names, and nothing otherwise: the
    words it was written for are gone, and a later migration names those in force.
    """

    def __init__(self, name: str, *words: str, digest: str = "") -> None:
        super().__init__(name=name)
        self._words, self._digest = words, digest

    @property
    def words(self) -> tuple[str, ...]:
        """Return what is declared, part by part."""
        return self._words

    @property
    def digest(self) -> str:
        """Return the fingerprint of the words, in 16 hexadecimal digits."""
        return self._digest or hashlib.sha256(repr(self.words).encode()).hexdigest()[:16]

    def put(self, table: str) -> list[str]:
        """Return the statements that put the law into force, in place of what bears its name."""
        raise NotImplementedError

    def lift(self, table: str) -> list[str]:
        """Return the statements that lift it, whatever its words are."""
        raise NotImplementedError

    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model is not None
        law = _of_now(self) if self._digest else self
        return ";\n".join(law.put(model._meta.db_table)) if law else ""

    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        """Add nothing to CREATE TABLE: the law comes when all tables of the migration are there."""
        assert schema_editor is not None
        if sql := self.create_sql(model, schema_editor):
            schema_editor.deferred_sql.append(sql)
        return ""

    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        assert model is not None
        return ";\n".join(self.lift(model._meta.db_table))

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the database: what a trigger sees is not known before."""

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", (self.name,), {"digest": self.digest}

    def clone(self) -> "Declared":
        """Return the law itself: it never changes, and the copy in a state of migrations needs its words."""
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Declared) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.name, self.digest))


class Function(Declared):
    """A function that laws call: `Function("name(argument type)", "RETURNS … LANGUAGE …", body)`.

    :param reads_tables: one that reads none needs no path, and the database can put its words in place of the call.
    """

    def __init__(
        self, name: str, kind: str = "", body: str = "", *, reads_tables: bool = True, digest: str = ""
    ) -> None:
        super().__init__(
            name, kind, f"\n{cleandoc(body)}\n", *([] if reads_tables else ["reads no table"]), digest=digest
        )

    def put(self, table: str) -> list[str]:
        kind, body, *reads_none = self.words
        path = "" if reads_none else f" SET search_path = {SEARCH_PATH}"
        return [f"CREATE OR REPLACE FUNCTION {self.name} {kind}{path} AS $law${body}$law$"]

    def lift(self, table: str) -> list[str]:
        """Keep what is declared with other words: triggers hang on it, and those words replace it."""
        is_kept = any(law.name == self.name for _, law in declared())
        return [] if is_kept else [f"DROP FUNCTION IF EXISTS {self.name}"]


class Law(Declared):
    """A trigger with a body of its own, for rules that look at other tables: `Law("name", "BEFORE INSERT", "IF …")`.

    The body is PL/pgSQL that ends normally when all is well and otherwise does `PERFORM portal_break(TG_NAME)`.

    :param timing: reads like `BEFORE INSERT OR UPDATE OF state`.
    :param rows: names the transition tables of a law over sets, `NEW TABLE AS new_rows`; it is asked once a statement.
    :param at_commit: for what must be true of a transaction as a whole; it is asked when that ends.
    :param table: where it is not the model's own: an app keeps another's rows right for the sake of its own.
    """

    def __init__(
        self,
        name: str,
        timing: str = "",
        body: str = "",
        *,
        declare: str = "",
        rows: str = "",
        when: str = "",
        each: str = "",
        table: str = "",
        at_commit: bool = False,
        digest: str = "",
    ) -> None:
        self.table = table
        deferred = "DEFERRABLE INITIALLY DEFERRED " if at_commit else ""
        scope = f"REFERENCING {rows} FOR EACH STATEMENT" if rows else f"FOR EACH {each or 'ROW'}"
        guard = f" WHEN ({when})" if when else ""
        called = name if body else "portal_refuse"
        trigger = f"{deferred}{scope}{guard} EXECUTE FUNCTION {called}()"
        result = "RETURN NULL;" if rows else "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
        declarations = f"DECLARE {declare}\n" if declare else ""
        text = f"{declarations}BEGIN\n{cleandoc(body)}\n{result}\nEND" if body else ""
        super().__init__(name, timing, trigger, text, digest=digest)

    def put(self, table: str) -> list[str]:
        timing, trigger, body = self.words
        on = self.table or table
        function = Function(f"{self.name}()", "RETURNS trigger LANGUAGE plpgsql", body).put(on) if body else []
        made = f"TRIGGER {self.name} {timing} ON {on} {trigger}"
        # One that is asked at the commit cannot be replaced.
        is_deferred = trigger.startswith("DEFERRABLE")
        there = [f"DROP TRIGGER IF EXISTS {self.name} ON {on}"] if is_deferred else []
        new = f"CREATE CONSTRAINT {made}" if is_deferred else f"CREATE OR REPLACE {made}"
        return [*function, *there, new, _always(on, self.name)]

    def lift(self, table: str) -> list[str]:
        return [
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table or table}",
            f"DROP FUNCTION IF EXISTS {self.name}()",
        ]

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | ({"table": self.table} if self.table else {})


class Refuse(Law):
    """Refuse what `when` says of OLD and NEW: `Refuse("batch_is_kept", "DELETE")`, `Refuse("…", "UPDATE", when="…")`."""

    def __init__(self, name: str, on: str = "", *, when: str = "", each: str = "", digest: str = "") -> None:
        super().__init__(name, f"BEFORE {on}", when=when, each=each, digest=digest)


class Stands(Law):
    """Let a row keep its key, and columns their values: `Stands("offer_stands", "cohort_id", once="OLD.state <> 'open'")`.

    :param once: says in SQL of OLD and NEW from when on; from the beginning where it is not given.
    """

    def __init__(self, name: str, *columns: str, once: str = "true", digest: str = "") -> None:
        told = f" OR (({once}) AND {changed(*columns)})" if columns else ""
        super().__init__(name, "BEFORE UPDATE", when=changed("id") + told, digest=digest)


class AppendOnly(Law):
    """Let a table only grow: no row of it is ever changed or deleted. Called `<table>_append_only`."""

    def __init__(self, name: str, *, digest: str = "") -> None:
        super().__init__(name, "BEFORE UPDATE OR DELETE", each="STATEMENT", digest=digest)


class OfThePresent(Refuse):
    """Let a table be written by transactions that see what others did meanwhile. Called `<table>_of_the_present`.

    Laws look at other rows: one that sees them as they were when its transaction began would judge by what is no more. Tables
    with a state need none: the history has it.
    """

    def __init__(self, name: str, *, digest: str = "") -> None:
        super().__init__(name, "INSERT OR UPDATE OR DELETE", when=SEES_THE_PAST, each="STATEMENT", digest=digest)


class StateMachine(Declared):
    """Let the database write a table's history and refuse every move that the model's `TRANSITIONS` does not name.

    Called `moves_<table>`, as is the CHECK of the history. Rows keep their keys: under another a row has another history.
    """

    def __init__(self, name: str, *, digest: str = "") -> None:
        super().__init__(name, digest=digest)

    @property
    def words(self) -> tuple[str, ...]:
        """Return the model's moves in SQL."""
        moves = next(model for model, law in declared() if law is self).TRANSITIONS  # type: ignore[attr-defined]  # as every model with states has
        named = (f"('{before}', '{after}')" for before, successors in moves.items() for after in successors)
        return (*named, changed("id"))

    def put(self, table: str) -> list[str]:
        *named, other_key = self.words
        moves = f"subject_table <> '{table}' OR (from_state, to_state) IN ({', '.join(named)})"
        told = "FOR EACH STATEMENT EXECUTE FUNCTION portal_write_history()"
        insert, update = (f"{table}_history_{event}" for event in HISTORY)
        key = Law(f"{table}_keeps_its_key", "BEFORE UPDATE OF id", when=other_key)
        return [
            f"ALTER TABLE portal_transition DROP CONSTRAINT IF EXISTS {self.name}",
            f"ALTER TABLE portal_transition ADD CONSTRAINT {self.name} CHECK ({moves})",
            f"CREATE OR REPLACE TRIGGER {insert} AFTER INSERT ON {table} REFERENCING {NEW} {told}",
            _always(table, insert),
            f"CREATE OR REPLACE TRIGGER {update} AFTER UPDATE ON {table} REFERENCING {BOTH} {told}",
            _always(table, update),
            *key.put(table),
        ]

    def lift(self, table: str) -> list[str]:
        return [
            *(f"DROP TRIGGER IF EXISTS {table}_history_{event} ON {table}" for event in HISTORY),
            f"DROP TRIGGER IF EXISTS {table}_keeps_its_key ON {table}",
            f"ALTER TABLE portal_transition DROP CONSTRAINT IF EXISTS {self.name}",
        ]


class References(Declared):
    """A foreign key of several columns, which Django has no words for: `References("name", "(a, b)", "table (c, d)")`."""

    def __init__(self, name: str, columns: str = "", to: str = "", *, digest: str = "") -> None:
        super().__init__(name, columns, to, digest=digest)

    def put(self, table: str) -> list[str]:
        columns, to = self.words
        constraint = f"ADD CONSTRAINT {self.name} FOREIGN KEY {columns} REFERENCES {to}"
        return [*self.lift(table), f"ALTER TABLE {table} {constraint}"]

    def lift(self, table: str) -> list[str]:
        return [f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {self.name}"]


def declared() -> Iterator[tuple[type[models.Model], Declared]]:
    """Yield every declared law with its model."""
    for model in apps.get_models():
        for law in model._meta.constraints:
            if isinstance(law, Declared):
                yield model, law


def _of_now(mentioned: Declared) -> Declared | None:
    """Return the law whose words a migration mentions by their digest, if they are the words of now."""
    return next((law for _, law in declared() if law == mentioned), None)


def _always(table: str, trigger: str) -> str:
    """Let it fire whatever `session_replication_role` says."""
    return f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"
