"""Laws of sessions (law 8): the database books, moves and frees both sides itself."""

from portal.laws.declared import Law, Refuse, break_if, changed

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
        when=changed("uid", "mentorship_id", "booked_by_id", "booked_at"),
    ),
    # Calendars follow the highest number: a change that does not count is never seen by them.
    Refuse(
        "session_changes_are_counted",
        "UPDATE",
        when="NEW.sequence < OLD.sequence OR (NEW.sequence = OLD.sequence AND ("
        + changed("starts_at", "ends_at")
        + " OR (OLD.state = 'booked' AND NEW.state IN ('cancelled', 'cancelled_late'))))",
    ),
    Refuse(
        "session_moves_only_while_booked",
        "UPDATE",
        when="OLD.state <> 'booked' AND " + changed("starts_at", "ends_at", "late_after"),
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
        when=changed("session_id", "person_id", "startup_id"),
    ),
    Refuse("attendance_is_kept", "DELETE"),
]
