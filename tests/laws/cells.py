"""Which column may change while a row stands in a state, by one UPDATE of that column, and why; all others may not.

Whoever writes a new column finds it refused or writes here why it is not.
"""

from collections.abc import Iterator

# (table, states, columns, reason); DELETE stands beside the columns, and a table without states has the state "".
CELLS: list[tuple[str, str, str, str]] = [
    (
        "payouts_paymentsource",
        "",
        ("destination_name origin_name company_name description discretionary reference timezone line_end padding"),
        "what a bank asks of its files is set up by people, and read anew for each file",
    ),
    ("payouts_disbursement", "scheduled", "period", "a month may move until it is ready"),
    ("mentorship_mentorship", "active", "is_primary", "another mentor's hours are offered first"),
    ("mentorship_mentorsession", "held", "minutes", "the mentor mends the log"),
    ("mentorship_attendance", "held", "outcome", "the mentor mends the log"),
    ("mentorship_sessionnote", "", "text", "words are emptied when their time is over, and never become others"),
    (
        "applications_decision",
        "proposed",
        "outcome months monthly_cap_minor first_period rank message",
        "a proposal changes until it is confirmed",
    ),
    ("applications_review", "draft", "recommendation comment feedback", "a review is written until it is submitted"),
    ("portal_outgoingmail", "queued sending", "due_at lease_until attempts error", "a sweep tries again later"),
    ("applications_offer", "open", "expires_at", "more time to answer"),
]

# What is not refused yet in applications and the kernel.
UNREFUSED: list[tuple[str, str, str]] = [
    (
        "portal_outgoingmail",
        "queued sending sent failed bounced",
        (
            "id key kind recipient_id to_email language subject text calendar subject_id queued_at due_at lease_until"
            " attempts sent_at error DELETE"
        ),
    ),
    (
        "applications_application",
        "draft submitted returned accepted waitlisted declined withdrawn",
        "cohort_id startup_id reference started_by_id started_at submitted_at returned_question",
    ),
    ("applications_decision", "proposed confirmed withdrawn", "id"),
    ("applications_decision", "proposed", "currency proposed_by_id proposed_at confirmed_by_id confirmed_at"),
    ("applications_offer", "open accepted declined lapsed revoked", "expires_at decline_reason"),
    (
        "applications_participation",
        "onboarding active paused graduated ended withdrawn",
        "months first_period created_at",
    ),
    ("applications_reviewassignment", "assigned", "id DELETE"),
    (
        "applications_reviewassignment",
        "assigned cleared conflicted removed",
        "reviewer_id assigned_by_id assigned_at id DELETE",
    ),
    ("applications_review", "draft", "id DELETE"),
    ("applications_review", "draft submitted", "started_at submitted_at"),
]


def named(cells: list[tuple[str, str, str, str]] | list[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield the cells of a list one by one: table, state, column."""
    for table, states, columns, *_why in cells:
        for state in states.split() or [""]:
            for column in columns.split():
                yield table, state, column
