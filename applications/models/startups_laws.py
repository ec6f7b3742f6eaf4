"""Laws that keep people in conflict with a startup away from what is decided of it.

Whoever judges, decides or pays holds the rows of the people concerned FOR SHARE until the transaction ends, and a conflict
that is declared holds its person's FOR NO KEY UPDATE: the one waits for the other, and who comes second sees what the first
left. The rows are held before the conflicts are read, in a statement of its own: a statement reads what was committed when
it began.
"""

from datetime import timedelta

from portal.laws.act_clock import BOUNDS, IS_FREE
from portal.laws.declared import AT, Function, Law, Refuse, Stands, break_if

# Who joined a startup since decides nothing about its money: the other founders were told, and have time to object. A role of
# its own is not enough, as any founder's stolen session invites founders.
NEW_FOR = timedelta(days=3)

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


def is_new() -> str:
    """Say in SQL that the membership `m` is too new to decide about money in the act under way; its startup's maker never is."""
    return (
        f"(COALESCE(m.joined_at > {AT} - make_interval(hours => {NEW_FOR // timedelta(hours=1)}), true)"
        " AND NOT EXISTS (SELECT FROM applications_startup s"
        " WHERE (s.id, s.created_by_id, s.created_at) = (m.startup_id, m.person_id, m.joined_at)))"
    )


STARTUP = [
    Stands("startup_stands_as_founded", "created_by_id", "created_at"),
    Refuse("startup_is_kept", "DELETE"),
]

MEMBERSHIP = [
    Law(
        "membership_is_a_conflict",
        "AFTER INSERT OR UPDATE",
        """IF NEW.ended_at IS NULL THEN
            INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at)
            VALUES (NEW.person_id, NEW.startup_id, 'member', '', NEW.joined_at)
            ON CONFLICT (person_id, startup_id, kind) WHERE ended_at IS NULL DO NOTHING;
        END IF;""",
    ),
    Stands("membership_stands", "startup_id", "person_id", "role", "joined_at"),
    # Nobody has belonged to a startup for longer than they do.
    Law(
        "membership_begins_now",
        "BEFORE INSERT",
        break_if(f"NEW.joined_at NOT BETWEEN {BOUNDS} AND NOT ({IS_FREE})"),
    ),
    # Who left comes back by a membership of its own.
    Stands("membership_ends_once", "ended_at", once="OLD.ended_at IS NOT NULL"),
    Refuse("membership_is_kept", "DELETE"),
]

INVITATION = [
    Stands("invitation_stands_as_sent", "startup_id", "email", "role", "invited_by_id", "invited_at"),
    Stands("invitation_accepted_once", "accepted_by_id", "accepted_at", once="OLD.accepted_at IS NOT NULL"),
    Refuse("invitation_is_kept", "DELETE"),
]

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
    Stands("conflict_stands", "person_id", "startup_id", "kind", "declared_at"),
    Stands("conflict_ends_once", "ended_at", once="OLD.ended_at IS NOT NULL"),
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
