"""The laws of pairings, sessions and notes that a table alone cannot say."""

from django.db import migrations

from portal.sql import AppendOnly, Law, Refuse, StateMachine

STATES = {
    "mentorship_mentorship": {"": ["active"], "active": ["ended"]},
    "mentorship_mentorsession": {
        "": ["booked"],
        "booked": ["held", "no_show", "cancelled", "cancelled_late"],
        "no_show": ["held"],
    },
    "mentorship_actionitem": {"": ["open"], "open": ["done", "dropped"], "done": ["open"], "dropped": ["open"]},
}

# The pair of a new mentorship: the mentor's person, the startup, the programme.
PAIR = """
SELECT m.person_id, p.startup_id, c.programme_id, p.state INTO pair
FROM mentorship_mentor m, applications_participation p JOIN applications_cohort c ON c.id = p.cohort_id
WHERE m.id = NEW.mentor_id AND p.id = NEW.participation_id FOR SHARE OF p;
"""


class Migration(migrations.Migration):
    dependencies = [("mentorship", "0001_tables"), ("applications", "0002_rules")]

    operations = [
        *(StateMachine(table, moves) for table, moves in STATES.items()),
        # Mentors and pairings
        Law(
            "mentorship_mentor",
            "mentor_holds_the_role",
            "BEFORE INSERT OR UPDATE OF person_id",
            """IF NOT EXISTS (
                SELECT FROM portal_rolegrant g WHERE g.person_id = NEW.person_id AND g.role = 'mentor'
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "mentorship_mentorship",
            "mentorship_mentor_is_granted",
            "BEFORE INSERT",
            f"""{PAIR}
            IF NOT EXISTS (
                SELECT FROM portal_rolegrant g
                WHERE g.person_id = pair.person_id AND g.role = 'mentor' AND g.scope_id = pair.programme_id
                  AND g.starts_on <= (NEW.paired_at AT TIME ZONE 'UTC')::date
                  AND (g.ends_on IS NULL OR g.ends_on > (NEW.paired_at AT TIME ZONE 'UTC')::date)
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
            declare="pair record;",
        ),
        Law(
            "mentorship_mentorship",
            "mentorship_free_of_conflict",
            "BEFORE INSERT",
            f"""{PAIR}
            IF EXISTS (
                SELECT FROM applications_conflict x
                WHERE x.person_id = pair.person_id AND x.startup_id = pair.startup_id
                  AND x.kind <> 'mentor' AND x.ended_at IS NULL
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
            declare="pair record;",
        ),
        Law(
            "mentorship_mentorship",
            "mentorship_of_a_running_seat",
            "BEFORE INSERT",
            f"""{PAIR}
            IF pair.state NOT IN ('onboarding', 'active', 'paused') THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
            declare="pair record;",
        ),
        Law(
            "mentorship_mentorship",
            "mentorship_is_a_conflict",
            "AFTER INSERT",
            f"""{PAIR}
            INSERT INTO applications_conflict (person_id, startup_id, kind, note, declared_at)
            VALUES (pair.person_id, pair.startup_id, 'mentor', '', NEW.paired_at)
            ON CONFLICT (person_id, startup_id, kind) WHERE ended_at IS NULL DO NOTHING;""",
            declare="pair record;",
        ),
        Law(
            "applications_conflict",
            "conflict_lasts_while_mentoring",
            "BEFORE UPDATE OR DELETE",
            """IF OLD.kind = 'mentor' AND OLD.ended_at IS NULL AND EXISTS (
                SELECT FROM mentorship_mentorship s
                JOIN mentorship_mentor m ON m.id = s.mentor_id
                JOIN applications_participation p ON p.id = s.participation_id
                WHERE m.person_id = OLD.person_id AND p.startup_id = OLD.startup_id AND s.state = 'active'
            ) THEN
                IF TG_OP = 'DELETE' OR NEW.ended_at IS NOT NULL OR (NEW.person_id, NEW.startup_id, NEW.kind)
                    IS DISTINCT FROM (OLD.person_id, OLD.startup_id, OLD.kind)
                THEN
                    PERFORM portal_break(TG_NAME);
                END IF;
            END IF;""",
        ),
        Refuse(
            "mentorship_mentorship",
            "mentorship_stands_as_paired",
            "UPDATE",
            when="(OLD.participation_id, OLD.mentor_id, OLD.paired_by_id, OLD.paired_at) IS DISTINCT FROM"
            " (NEW.participation_id, NEW.mentor_id, NEW.paired_by_id, NEW.paired_at)",
        ),
        Refuse("mentorship_mentorship", "mentorship_is_kept", "DELETE", when="true"),
        Law(
            "mentorship_mentorship",
            "mentorship_ends_without_bookings",
            "BEFORE UPDATE",
            """IF NEW.state = 'ended' AND OLD.state <> 'ended' AND EXISTS (
                SELECT FROM mentorship_mentorsession s
                WHERE s.mentorship_id = NEW.id AND s.state = 'booked' AND s.starts_at > NEW.ended_at
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        # Sessions: the database books, moves and frees both sides itself
        Law(
            "mentorship_mentorsession",
            "session_of_an_active_pair",
            "BEFORE INSERT",
            """IF NOT EXISTS (
                SELECT FROM mentorship_mentorship s WHERE s.id = NEW.mentorship_id AND s.state = 'active' FOR SHARE
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        Law(
            "mentorship_attendance",
            "attendance_follows_session",
            "BEFORE INSERT OR UPDATE",
            """SELECT tstzrange(s.starts_at, s.ends_at, '[)'), s.state IN ('booked', 'held')
            INTO NEW.span, NEW.is_active
            FROM mentorship_mentorsession s WHERE s.id = NEW.session_id;""",
        ),
        Law(
            "mentorship_mentorsession",
            "session_books_both_sides",
            "AFTER INSERT",
            """INSERT INTO mentorship_attendance (session_id, person_id, startup_id, span, is_active, outcome)
            SELECT NEW.id, side.person, side.startup, tstzrange(NEW.starts_at, NEW.ends_at, '[)'), true, ''
            FROM mentorship_mentorship s
            JOIN mentorship_mentor m ON m.id = s.mentor_id
            JOIN applications_participation p ON p.id = s.participation_id,
            LATERAL (VALUES (m.person_id, NULL::bigint), (NULL::bigint, p.startup_id)) AS side (person, startup)
            WHERE s.id = NEW.mentorship_id;""",
        ),
        Law(
            "mentorship_mentorsession",
            "session_takes_its_sides_along",
            "AFTER UPDATE OF state, starts_at, ends_at",
            "UPDATE mentorship_attendance SET span = span WHERE session_id = NEW.id;",
        ),
        Refuse(
            "mentorship_mentorsession",
            "session_keeps_its_name",
            "UPDATE",
            when="(OLD.uid, OLD.mentorship_id, OLD.booked_by_id, OLD.booked_at) IS DISTINCT FROM"
            " (NEW.uid, NEW.mentorship_id, NEW.booked_by_id, NEW.booked_at)",
        ),
        # Calendars follow the highest number: a change that does not count is never seen by them.
        Refuse(
            "mentorship_mentorsession",
            "session_changes_are_counted",
            "UPDATE",
            when="NEW.sequence < OLD.sequence OR (NEW.sequence = OLD.sequence AND ("
            "(OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at)"
            " OR (OLD.state = 'booked' AND NEW.state IN ('cancelled', 'cancelled_late'))))",
        ),
        Refuse(
            "mentorship_mentorsession",
            "session_moves_only_while_booked",
            "UPDATE",
            when="OLD.state <> 'booked'"
            " AND (OLD.starts_at, OLD.ends_at, OLD.late_after) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.late_after)",
        ),
        Refuse("mentorship_mentorsession", "session_is_kept", "DELETE", when="true"),
        Refuse(
            "mentorship_attendance",
            "attendance_stays_whose_it_is",
            "UPDATE",
            when="(OLD.session_id, OLD.person_id, OLD.startup_id) IS DISTINCT FROM"
            " (NEW.session_id, NEW.person_id, NEW.startup_id)",
        ),
        Refuse("mentorship_attendance", "attendance_is_kept", "DELETE", when="true"),
        AppendOnly("mentorship_sessionmove"),
        # Notes and items
        Law(
            "mentorship_sessionnote",
            "note_by_its_mentor",
            "BEFORE INSERT",
            """IF NOT EXISTS (
                SELECT FROM mentorship_mentorsession x
                JOIN mentorship_mentorship s ON s.id = x.mentorship_id JOIN mentorship_mentor m ON m.id = s.mentor_id
                WHERE x.id = NEW.session_id AND m.person_id = NEW.author_id
            ) THEN
                PERFORM portal_break(TG_NAME);
            END IF;""",
        ),
        # The kind is decided before the first word; afterwards words can only be emptied, when their time is over.
        Refuse(
            "mentorship_sessionnote",
            "note_stands_as_written",
            "UPDATE",
            when="(OLD.session_id, OLD.kind, OLD.author_id, OLD.number, OLD.written_at) IS DISTINCT FROM"
            " (NEW.session_id, NEW.kind, NEW.author_id, NEW.number, NEW.written_at)"
            " OR (NEW.text <> OLD.text AND NEW.text <> '')",
        ),
        Refuse("mentorship_sessionnote", "note_is_kept", "DELETE", when="true"),
        Refuse("mentorship_actionitem", "item_is_kept", "DELETE", when="true"),
    ]
