"""What stands in a cell: the kinds of values of a table, and how each is written into a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from portal.language.dates import day_short, instant, month
from portal.language.text import colon
from portal.money import Money


class ColumnKind(StrEnum):
    """The kind of a column: how its values look on the page and in a file, and on which side they stand."""

    TEXT = "text"
    CODE = "code"
    NUMBER = "number"
    MONEY = "money"
    DAY = "day"
    MONTH = "month"
    INSTANT = "instant"
    STATE = "state"
    STATES = "states"
    LINES = "lines"
    ACTS = "acts"
    STRIP = "strip"


@dataclass(frozen=True, slots=True)
class Badge:
    """A state: its key, which says how it looks, and its words."""

    state: str
    label: Any
    kind: str = ""

    def __str__(self) -> str:
        return str(self.label)


@dataclass(frozen=True, slots=True)
class RowAct:
    """A link to an act on a row; `about` completes its words for screen readers."""

    label: Any
    url: str
    about: Any = ""
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One of several lines in a cell, with small words behind it and its own acts."""

    text: Any
    under: Any = ""
    acts: Sequence[RowAct] = ()

    def __str__(self) -> str:
        return f"{self.text} ({self.under})" if self.under else str(self.text)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, for the page and for files.

    :param value: reads the cell's value of a row; its type goes by `kind`.
    :param sort: the order by this column, its key last, where an index holds it and it is never NULL: `("-id",)`.
    :param link: the address that the cell leads to.
    :param under: small words below the value, on the page alone.
    :param on_page: False for what only files have; `in_files`: False for what only the page has.
    """

    name: str
    label: Any
    value: Callable[[Any], Any]
    kind: ColumnKind = ColumnKind.TEXT
    sort: tuple[str, ...] = ()
    link: Callable[[Any], str] | None = None
    under: Callable[[Any], Any] | None = None
    on_page: bool = True
    in_files: bool = True

    @property
    def is_number(self) -> bool:
        """Return whether its values stand at the right."""
        return self.kind in (ColumnKind.NUMBER, ColumnKind.MONEY)


# What is more than words on the page, and which template draws it.
TEMPLATES: Mapping[ColumnKind, str] = {
    ColumnKind.CODE: "desk/cells/code.html",
    ColumnKind.STATE: "desk/cells/state.html",
    ColumnKind.STATES: "desk/cells/states.html",
    ColumnKind.LINES: "desk/cells/lines.html",
    ColumnKind.ACTS: "desk/cells/acts.html",
    ColumnKind.STRIP: "desk/cells/strip.html",
}
LINKED = "desk/cells/linked.html"  # words that lead somewhere, or have small words below them
WORDS: Mapping[ColumnKind, Callable[[Any], str]] = {
    ColumnKind.MONEY: lambda amount: "" if amount is None else amount.format(),
    ColumnKind.DAY: day_short,
    ColumnKind.MONTH: month,
    ColumnKind.INSTANT: instant,
}
NOTHING = "–"  # what stands in a cell where there is nothing


def shown(value: Any, column: Column) -> Any:
    """Return what the page shows of a value: its words, or itself where a template draws it."""
    if column.kind in WORDS:
        return WORDS[column.kind](value) or NOTHING
    if column.kind == ColumnKind.TEXT and not column.link:
        return value or NOTHING
    return NOTHING if value is None and column.kind in (ColumnKind.TEXT, ColumnKind.NUMBER, ColumnKind.CODE) else value


Written = str | int | Decimal | None


def heads(column: Column, currency: Any) -> list[str]:
    """Return the heads of a column in a file: money has its currency in a column of its own."""
    label = str(column.label)
    return [label, colon(label, currency)] if column.kind == ColumnKind.MONEY else [label]


def written(column: Column, row: Any) -> list[Written]:
    """Return the cells of a row in a file: ISO days and instants, plain decimals, words for the rest."""
    value = column.value(row)
    if column.kind == ColumnKind.MONEY:
        return [value.major, value.currency] if isinstance(value, Money) else [None, None]
    return [_plain(value, column.kind)]


def _plain(value: Any, kind: ColumnKind) -> Written:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | Decimal):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, date):
        return f"{value:%Y-%m}" if kind == ColumnKind.MONTH else value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(str(each) for each in value)
    return str(value)
