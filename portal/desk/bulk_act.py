"""One act offered on many rows of a table."""

from dataclasses import dataclass
from typing import Any

from portal.desk.acts import Act
from portal.desk.counts import in_words


@dataclass(frozen=True, slots=True)
class BulkAct(Act):
    """One act offered on the chosen rows of a table.

    :param run: `run(row, by=, at=, **form.cleaned_data)`, a function of `actions/`; its `Refusal` is said of the row.
        With `is_whole`, `run(selection, by=, at=, …)` acts on all rows at once and returns the address of what it made.
    :param done: words for what was done, as `Table.counted` has them: "%(shown)s application confirmed.".
    """

    seen_first: bool = True
    is_whole: bool = False
    is_main: bool = False

    def words_of_done(self, subject: Any, result: Any) -> str:
        """Return the message after a job that is done; of any other its own page tells."""
        return in_words(result.done, self.done) if result.is_done else ""
