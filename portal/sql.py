"""Migration operations that put the laws into the database as plain SQL.

What a CHECK, a unique or an exclusion constraint can say stands in a model's Meta. These operations are for the
rest: the history of states, tables that only grow, and rules that compare a row with its former self or with other
tables. All of them refuse with SQLSTATE 23514 and the law's name as constraint name.
"""

from collections.abc import Mapping, Sequence

from django.db.migrations.operations import RunSQL

KERNEL = """
CREATE FUNCTION portal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refused by law "%" of table "%"', TG_NAME, TG_TABLE_NAME
        USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END $$;

CREATE FUNCTION portal_break(law text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'refused by law "%"', law USING ERRCODE = '23514', CONSTRAINT = law;
END $$;

-- A moved row leaves a Transition; who, when and why were told by set_config within this transaction.
CREATE FUNCTION portal_write_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    actor text := NULLIF(current_setting('tremplin.actor', true), '');
    act_at timestamptz := NULLIF(current_setting('tremplin.at', true), '')::timestamptz;
    why text := COALESCE(current_setting('tremplin.reason', true), '');
    person bigint := CASE WHEN actor ~ '^[0-9]+$' THEN actor::bigint END;
    agent text := CASE WHEN person IS NULL THEN COALESCE(actor, '') ELSE '' END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO portal_transition (subject_table, subject_id, from_state, to_state, actor_id, agent, at, reason)
        SELECT TG_TABLE_NAME, n.id, '', n.state, person, agent, act_at, why FROM new_rows n ORDER BY n.id;
    ELSE
        INSERT INTO portal_transition (subject_table, subject_id, from_state, to_state, actor_id, agent, at, reason)
        SELECT TG_TABLE_NAME, n.id, o.state, n.state, person, agent, act_at, why
        FROM new_rows n JOIN old_rows o USING (id) WHERE o.state IS DISTINCT FROM n.state ORDER BY n.id;
    END IF;
    RETURN NULL;
END $$;
"""

KERNEL_REVERSE = (
    "DROP FUNCTION portal_break(text); DROP FUNCTION portal_write_history(); DROP FUNCTION portal_refuse();"
)


class StateMachine(RunSQL):
    """Let the database write a table's history and refuse every move that its `TRANSITIONS` does not name.

    The table of moves stands literally in the migration; a test holds it equal to the model's.
    """

    def __init__(self, table: str, transitions: Mapping[str, Sequence[str]]) -> None:
        super().__init__(_state_machine(table, transitions), _state_machine_reverse(table))
        self._args = (table, transitions)

    def deconstruct(self) -> tuple[str, Sequence[object], dict[str, object]]:
        return (type(self).__name__, list(self._args), {})


class AppendOnly(RunSQL):
    """Let a table only grow: no row of it is ever changed or deleted."""

    def __init__(self, table: str) -> None:
        name = f"{table}_append_only"
        super().__init__(
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse()",
            f"DROP TRIGGER {name} ON {table}",
        )


class Refuse(RunSQL):
    """Refuse what `when` says of OLD and NEW, under the law's name: `Refuse("t", "frozen", "UPDATE", when="…")`."""

    def __init__(self, table: str, name: str, on: str, when: str) -> None:
        super().__init__(
            f"CREATE TRIGGER {name} BEFORE {on} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION portal_refuse()",
            f"DROP TRIGGER {name} ON {table}",
        )


class Law(RunSQL):
    """A trigger with a body of its own, for rules that look at other tables.

    `body` is PL/pgSQL that ends normally when all is well and otherwise does `PERFORM portal_break(TG_NAME)`;
    `timing` reads like `BEFORE INSERT OR UPDATE`; `rows` names the transition table of a statement-level law.
    """

    def __init__(self, table: str, name: str, timing: str, body: str, *, declare: str = "", rows: str = "") -> None:
        declarations = f"DECLARE {declare}\n" if declare else ""
        result = "RETURN NULL;" if rows else "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
        scope = f"REFERENCING {rows} FOR EACH STATEMENT" if rows else "FOR EACH ROW"
        super().__init__(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $law$\n"
            f"{declarations}BEGIN\n{body}\n{result}\nEND $law$;\n"
            f"CREATE TRIGGER {name} {timing} ON {table} {scope} EXECUTE FUNCTION {name}()",
            f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}()",
        )


def moves_check(table: str) -> str:
    """Name the CHECK on the history that holds a table's moves."""
    return f"moves_{table}"


def _state_machine(table: str, transitions: Mapping[str, Sequence[str]]) -> str:
    moves = ", ".join(f"('{a}', '{b}')" for a, successors in transitions.items() for b in successors)
    check = moves_check(table)
    return f"""
ALTER TABLE portal_transition DROP CONSTRAINT IF EXISTS {check};
ALTER TABLE portal_transition ADD CONSTRAINT {check}
    CHECK (subject_table <> '{table}' OR (from_state, to_state) IN ({moves}));
CREATE OR REPLACE TRIGGER {table}_history_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION portal_write_history();
CREATE OR REPLACE TRIGGER {table}_history_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION portal_write_history();
"""


def _state_machine_reverse(table: str) -> str:
    return f"""
DROP TRIGGER {table}_history_update ON {table};
DROP TRIGGER {table}_history_insert ON {table};
ALTER TABLE portal_transition DROP CONSTRAINT {moves_check(table)};
"""
