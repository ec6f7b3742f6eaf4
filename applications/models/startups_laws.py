"""Laws that keep people in conflict with a startup away from what is decided of it.

Whoever judges, decides or pays holds the rows of the people concerned FOR SHARE until the transaction ends, and a conflict
that is declared holds its person's FOR NO KEY UPDATE: the one waits for the other, and who comes second sees what the first
left. The rows are held before the conflicts are read, in a statement of its own: a statement reads what was committed when
it began.
"""

from portal.laws.declared import Function, Law, Refuse, break_if, changed

STARTUP_OF = "(SELECT a.startup_id FROM applications_application a WHERE a.id = NEW.application_id)"


def free_of_conflict(name: str, people: str, when: str) -> Law:
    """Refuse a row whose people have a current conflict with the startup of its application."""
    return Law(
        name,
        "BEFORE INSERT OR UPDATE",
        f"""IF {when} THEN
            IF applications_in_conflict({STARTUP_OF}, {people}) THEN
                PERFORM portal_break(TG_NAME);
            END IF;
        END IF;""",
    )


CONFLICT = [
    # For laws over many startups: they hold the people, and then read `applications_conflict` in a statement that follows.
    Function(
        "applications_lock_conflicts(VARIADIC people bigint[])",
        "RETURNS void LANGUAGE plpgsql",
        """
        BEGIN
            PERFORM FROM portal_user u WHERE u.id = ANY (people) ORDER BY u.id FOR SHARE;
        END
        """,
    ),
    Function(
        "applications_in_conflict(startup bigint, VARIADIC people bigint[])",
        "RETURNS boolean LANGUAGE plpgsql",
        """
        BEGIN
            PERFORM applications_lock_conflicts(VARIADIC people);
            RETURN EXISTS (
                SELECT FROM applications_conflict c
                WHERE c.startup_id = startup AND c.person_id = ANY (people) AND c.ended_at IS NULL);
        END
        """,
    ),
    Law(
        "conflict_begins_open",
        "BEFORE INSERT",
        "PERFORM FROM portal_user u WHERE u.id = NEW.person_id FOR NO KEY UPDATE;\n"
        + break_if("NEW.ended_at IS NOT NULL"),
    ),
    Refuse(
        "conflict_stands",
        "UPDATE",
        when=changed("id", "person_id", "startup_id", "kind", "declared_at")
        + " OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)",
    ),
    Refuse("conflict_is_ended_not_deleted", "DELETE"),
    Law(
        "conflict_lasts_with_membership",
        "BEFORE UPDATE",
        break_if("""NEW.kind = 'member' AND NEW.ended_at IS NOT NULL AND EXISTS (
            SELECT FROM applications_membership m
            WHERE (m.person_id, m.startup_id) = (NEW.person_id, NEW.startup_id) AND m.ended_at IS NULL
        )"""),
    ),
]
