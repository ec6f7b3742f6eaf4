"""Questions that find what broke a law: apps register theirs, `portal.operations.law_checks` asks them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LawQuestion:
    """What breaks a law: `sql` selects one text a row that does, in which `%(at)s` is now.

    What the database cannot reckon, a digest of words, is `reckoned` by a function that yields these texts.

    One that can be asked of a few rows has `{which}` in its `sql`, and says in `touched` by which condition it finds what
    changes of a table may have broken: `%(ids)s` are the rows of that table that changed.
    """

    law: int
    words: str
    sql: str = ""
    touched: Mapping[str, str] = field(default_factory=dict)
    reckoned: Callable[[], Iterable[str]] | None = None

    def asked(self, which: str = "TRUE") -> str:
        """Return the statement that asks it of all rows, or of those that a condition chooses."""
        return self.sql.replace("{which}", which)
