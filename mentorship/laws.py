"""What breaks the laws of mentorship, asked of the live database (portal.operations.law_checks)."""

from portal.laws.questions import LawQuestion

SESSION = "mentorship_mentorsession"

QUESTIONS = [
    LawQuestion(
        8,
        "somebody booked twice",
        """SELECT DISTINCT format('sessions #%%s and #%%s', least(a.session_id, b.session_id), greatest(a.session_id, b.session_id))
        FROM mentorship_attendance a JOIN mentorship_attendance b ON b.session_id <> a.session_id
            AND (b.person_id = a.person_id OR b.startup_id = a.startup_id) AND b.span && a.span
        WHERE a.is_active AND b.is_active AND {which}""",
        {SESSION: "a.session_id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        8,
        "a session without both its sides",
        """SELECT 'session #' || s.id FROM mentorship_mentorsession s
        WHERE (s.state IN ('booked', 'held')) AND (
            SELECT count(*) FROM mentorship_attendance a
            WHERE a.session_id = s.id AND a.is_active AND lower(a.span) = s.starts_at
        ) < 2 AND {which}""",
        {SESSION: "s.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        8,
        "an hour that is called off and still taken",
        """SELECT 'session #' || s.id FROM mentorship_mentorsession s JOIN mentorship_attendance a ON a.session_id = s.id
        WHERE s.state IN ('cancelled', 'cancelled_late') AND a.is_active AND {which}""",
        {SESSION: "s.id = ANY(%(ids)s)"},
    ),
    LawQuestion(
        5,
        "a mentor in conflict with whom they mentor",
        """SELECT 'pair #' || p.id FROM mentorship_mentorship p JOIN mentorship_mentor m ON m.id = p.mentor_id
        JOIN applications_participation s ON s.id = p.participation_id
        JOIN applications_conflict c ON c.person_id = m.person_id AND c.startup_id = s.startup_id
            AND c.ended_at IS NULL AND c.kind <> 'mentor'
        WHERE p.state = 'active'""",
    ),
    LawQuestion(
        13,
        "a reminder that was due and never handled",
        """SELECT 'reminder #' || r.id FROM mentorship_sessionreminder r
        WHERE r.handled_at IS NULL AND r.due_at < %(at)s - interval '1 hour'""",
    ),
]
