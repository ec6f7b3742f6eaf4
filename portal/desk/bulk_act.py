"""One act offered on many rows of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.desk.acts import Act
from portal.desk.counts import in_words


@dataclass(frozen=True, slots=True)
class BulkAct(Act):
    """One act offered on the chosen rows of a table.

    :param run: `run(row, by=, at=, **form.cleaned_data)`, a function of `actions/`; its `Refusal` is said of the row.
        With `is_whole`, `run(selection, by=, at=, …)` acts on all rows at once and returns the address of what it made; it
        asks `selection.require_unchanged()` once its locks are held.
    :param called: what a row is called on the page that asks: its name, and what the act would do with it.
    :param done: words for what was done, as `Table.counted` has them: "%(shown)s application confirmed.".
    """

    seen_first: bool = True
    is_whole: bool = False
    is_main: bool = False
    called: Callable[[Any, Any], str] = lambda table, row: table.label_of(row)

    def words_of_done(self, subject: Any, result: Any) -> str:
        """Return the message after a job that is done; of any other its own page tells."""
        return in_words(result.done, self.done) if result.is_done else ""
