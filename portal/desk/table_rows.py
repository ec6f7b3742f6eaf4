"""Heads, rows and cells of a table, as templates draw them: of a page of it, or of an excerpt beside another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.forms.utils import flatatt
from django.http import QueryDict

from portal.desk.cells import LINKED, TEMPLATES, Column, ColumnKind, shown
from portal.desk.table import Table
from portal.desk.versions import SEEN_AS, mark

LONG = 60  # characters


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: where it leads to if it sorts, and which way the rows stand by it."""

    label: Any
    is_number: bool
    url: str = ""
    sorted: str = ""
    is_hidden: bool = False  # from all but screen readers


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its words, or the value of which `template` makes more than words.

    :param attributes: of its tag: the classes, and the label that stands beside the value where the cells of a row
        stand one below the other.
    """

    value: Any
    attributes: str = ""
    template: str = ""
    link: str = ""
    under: Any = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells, or its name alone where it is closed to the person."""

    key: int
    label: str
    cells: Sequence[Cell] = ()
    is_selectable: bool = False
    is_closed: bool = False
    mark: str = ""  # what selects it: its key, and what is shown of it


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some rows of a table, beside another one: as its page shows them, without filters, orders and acts on many."""

    table: Table
    heads: Sequence[Head]
    rows: Sequence[Row]
    acts: Sequence[Any] = ()

    @property
    def width(self) -> int:
        """Return how many columns there are."""
        return len(self.heads)


def excerpt_of(table: Table, found: Sequence[Any], closed: Sequence[Any] = ()) -> Excerpt:
    """Return an excerpt of a table.

    :param found: objects that the person may see.
    :param closed: objects of which only the name is shown.
    """
    columns = [column for column in table.columns if column.on_page]
    heads = [Head(each.label, each.is_number, is_hidden=each.kind == ColumnKind.ACTS) for each in columns]
    return Excerpt(table, heads, [*rows_of(table, columns, found), *closed_rows(table, closed)])


def closed_rows(table: Table, closed: Iterable[Any]) -> list[Row]:
    """Return what is shown of objects that are closed to the person: their names."""
    return [Row(each.pk, table.label_of(each), is_closed=True) for each in closed]


def rows_of(table: Table, columns: Sequence[Column], found: Sequence[Any], has_acts: bool = False) -> list[Row]:
    """Return objects as rows.

    :param has_acts: whether rows may be selected for an act on many.
    """
    labels = [_label(n, column) for n, column in enumerate(columns)]
    return [_row(table, columns, labels, row, has_acts) for row in table.rows(found)]


def _row(table: Table, columns: Sequence[Column], labels: Sequence[str], row: Any, has_acts: bool) -> Row:
    cells = [_cell(column, label, row) for column, label in zip(columns, labels, strict=True)]
    found, is_selectable = table.object_of(row), has_acts and table.is_selectable(row)
    told = mark(found.pk, getattr(found, SEEN_AS)) if is_selectable else ""
    return Row(found.pk, table.label_of(row), cells, is_selectable, mark=told)


def _label(n: int, column: Column) -> str:
    """Return what stands beside the values of a column; nothing where they speak for themselves."""
    return "" if n == 0 or column.kind == ColumnKind.ACTS else str(column.label)


def _cell(column: Column, label: str, row: Any) -> Cell:
    value = column.value(row)
    link = column.link(row) if column.link else ""
    under = column.under(row) if column.under else ""
    template = TEMPLATES.get(column.kind, LINKED if link or under else "")
    return Cell(shown(value, column), _attributes(_css(column, value, under), label), template, link, under)


@lru_cache(maxsize=1000)  # a few for each column, in each language: hundreds of cells ask
def _attributes(css: str, label: str) -> str:
    return flatatt({name: words for name, words in (("class", css), ("data-label", label)) if words})


def _css(column: Column, value: Any, under: Any) -> str:
    css = "num" if column.is_number else "table-row-acts" if column.kind == ColumnKind.ACTS else ""
    if not css and isinstance(value, str) and len(value) > LONG:
        return "table-long"
    is_empty = not under and (value in (None, "") or value == [])
    return f"{css} table-nothing".strip() if is_empty else css  # which a narrow page leaves out


def head_of(column: Column, query: QueryDict) -> Head:
    """Return the head of a column of a table as an address shows it."""
    if not column.sort:
        return Head(column.label, column.is_number, is_hidden=column.kind == ColumnKind.ACTS)
    name, asked = column.name, query.get("sort", "")
    told = query.copy()
    for place in ("after", "before"):
        told.pop(place, None)
    told["sort"] = f"-{name}" if asked == name else name
    direction = {name: "ascending", f"-{name}": "descending"}.get(asked, "")
    return Head(column.label, column.is_number, f"?{told.urlencode()}", direction)
