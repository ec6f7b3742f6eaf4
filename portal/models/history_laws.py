"""What laws call: how one refuses, and how the history is written."""

from portal.laws.act_clock import BOUNDS, IS_FREE
from portal.laws.declared import AT, Function, Law, break_if

KERNEL = [
    Function(
        "portal_refuse()",
        "RETURNS trigger LANGUAGE plpgsql",
        """
        BEGIN
            RAISE EXCEPTION 'refused by law "%" of table "%"', TG_NAME, TG_TABLE_NAME
                USING ERRCODE = '23514', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
        END
        """,
    ),
    Function(
        "portal_break(law text)",
        "RETURNS void LANGUAGE plpgsql",
        """
        BEGIN
            RAISE EXCEPTION 'refused by law "%"', law USING ERRCODE = '23514', CONSTRAINT = law;
        END
        """,
    ),
    # A moved row leaves a Transition; who, when and why were told by set_config within this transaction.
    Function(
        "portal_write_history()",
        "RETURNS trigger LANGUAGE plpgsql",
        """
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
        END
        """,
    ),
    # Asked once a statement, and of the comment only where it matters.
    Law(
        "transition_happens_now",
        "BEFORE INSERT",
        break_if(f"{AT} NOT BETWEEN {BOUNDS} AND NOT ({IS_FREE})"),
        each="STATEMENT",
    ),
]
