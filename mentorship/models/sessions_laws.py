"""Laws of sessions (law 8): the database books, moves and frees both sides itself."""

from portal.laws.declared import STILL, Law, Refuse, break_if, changed

SESSION = [
    Law(
        "session_of_an_active_pair",
        "BEFORE INSERT",
        break_if("""NOT EXISTS (
            SELECT FROM mentorship_mentorship s WHERE s.id = NEW.mentorship_id AND s.state = 'active' FOR SHARE
        )"""),
    ),
    Law(
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
        "session_takes_its_sides_along",
        "AFTER UPDATE OF state, starts_at, ends_at",
        "UPDATE mentorship_attendance SET span = span WHERE session_id = NEW.id;",
    ),
    Refuse(
        "session_keeps_its_name",
        "UPDATE",
        when=changed("id", "uid", "mentorship_id", "booked_by_id", "booked_at", "topic", "meeting_link"),
    ),
    # Calendars follow the highest number: a change that does not count is never seen by them, and one that counts without a
    # change would hide the next.
    Refuse(
        "session_changes_are_counted",
        "UPDATE",
        when="NEW.sequence < OLD.sequence OR (NEW.sequence = OLD.sequence AND ("
        + changed("starts_at", "ends_at")
        + " OR (OLD.state = 'booked' AND NEW.state IN ('cancelled', 'cancelled_late'))))"
        + f" OR ({changed('sequence', 'changed_at')} AND NOT {changed('state', 'starts_at', 'ends_at')})",
    ),
    Refuse(
        "session_moves_only_while_booked",
        "UPDATE",
        when=f"(OLD.state <> 'booked' AND {changed('starts_at', 'ends_at', 'late_after')})"
        f" OR ({changed('late_after')} AND NOT {changed('starts_at')})",
    ),
    # Who cancelled it and why, and who logged it, come with that step. Its minutes may be mended: the log says them.
    Refuse(
        "session_says_once_what_came_of_it",
        "UPDATE",
        when=f"({changed('cancelled_by_id', 'cancelled_at', 'cancelled_side', 'cancel_reason')}"
        f" AND ({STILL} OR (OLD.state = 'booked' AND NEW.state IN ('held', 'no_show'))))"
        f" OR ({changed('logged_by_id', 'logged_at')} AND {STILL})",
    ),
    Refuse("session_is_kept", "DELETE"),
]

ATTENDANCE = [
    Law(
        "attendance_follows_session",
        "BEFORE INSERT OR UPDATE",
        """SELECT tstzrange(s.starts_at, s.ends_at, '[)'), s.state IN ('booked', 'held')
        INTO NEW.span, NEW.is_active
        FROM mentorship_mentorsession s WHERE s.id = NEW.session_id;""",
    ),
    Refuse(
        "attendance_stays_whose_it_is",
        "UPDATE",
        when=changed("id", "session_id", "person_id", "startup_id"),
    ),
    # Who came is known once it was logged; the mentor may mend it.
    Law(
        "attendance_noted_in_the_log",
        "BEFORE INSERT OR UPDATE",
        break_if("""NEW.outcome <> '' AND NOT EXISTS (
            SELECT FROM mentorship_mentorsession s WHERE s.id = NEW.session_id AND s.state IN ('held', 'no_show')
        )"""),
    ),
    Refuse("attendance_is_kept", "DELETE"),
]
