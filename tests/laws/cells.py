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
    ("applications_review", "draft", "recommendation comment feedback", "a review is written until it is submitted"),
]


def named() -> Iterator[tuple[str, str, str]]:
    """Yield the cells one by one: table, state, column."""
    for table, states, columns, _why in CELLS:
        for state in states.split() or [""]:
            for column in columns.split():
                yield table, state, column
