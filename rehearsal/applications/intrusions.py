"""What a hand with a database client tries on applications and mails, and the laws refuse."""

from rehearsal.play import Intrusion

INTRUSIONS = (
    Intrusion(
        "an application chosen without a decision",
        ("UPDATE applications_application SET state = 'accepted' WHERE state = 'draft'",),
    ),
    Intrusion(
        "a decision confirmed by who proposed it",
        (
            """UPDATE applications_decision SET state = 'confirmed', confirmed_by_id = proposed_by_id, confirmed_at = proposed_at
            WHERE id = (SELECT min(id) FROM applications_decision WHERE state = 'proposed')""",
        ),
    ),
    Intrusion(
        "the same mail queued again",
        (
            """INSERT INTO portal_outgoingmail (key, kind, recipient_id, to_email, language, subject, text, calendar,
                secret, subject_id, state, queued_at, due_at, attempts, error)
            SELECT key, kind, recipient_id, to_email, language, subject, text, calendar, secret, subject_id,
                'queued', queued_at, due_at, 0, '' FROM portal_outgoingmail WHERE state = 'sent' ORDER BY id LIMIT 1""",
        ),
    ),
    Intrusion("a history rewritten", ("UPDATE portal_transition SET to_state = 'accepted' WHERE id = 1",)),
)
