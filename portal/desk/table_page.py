"""A table as the page shows it: one cut of rows, heads that sort, filters, and the bar of acts on many rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from portal.desk.bulk_act import BulkAct
from portal.desk.cells import LINKED, TEMPLATES, Column, ColumnKind, shown
from portal.desk.counts import Counted, OfEach, Rows, count, in_words
from portal.desk.filters import TableFilters, as_query
from portal.desk.frame import Tab
from portal.desk.paging import cut
from portal.desk.table import Empty, Table

LONG = 60  # characters
ROWS, PICKED, CLOSED = "rows", "picked", "closed"  # what is counted of every page


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

    :param label: stands beside the value where the cells of a row stand one below the other.
    :param css: the classes of the cell.
    """

    value: Any
    label: str = ""
    css: str = ""
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


@dataclass(slots=True)
class TablePage:
    """All that the template of a table needs."""

    table: Table
    filters: TableFilters
    heads: list[Head]
    rows: list[Row]
    count: Counted
    pager: dict[str, str]
    tabs: list[Tab]
    is_filtered: bool  # by more than the tab
    is_valid: bool
    address: str
    acts: list[tuple[BulkAct, str]] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    picked: Counted | None = None  # what "all" selects
    more_closed: int = 0  # than are shown
    counts: Mapping[str, int] = field(default_factory=dict)  # of what the page counts besides

    @property
    def empty(self) -> Empty | None:
        """Return what stands in place of rows: the words of the table or of its tab, None where filters leave none."""
        own = self.table.empty_tabs.get(self.filters.tab)
        return None if self.is_filtered else own or (None if self.address else self.table.empty)

    @property
    def page_keys(self) -> str:
        """Return the keys that "this page" selects."""
        return ",".join(str(row.key) for row in self.rows if row.is_selectable)

    @property
    def page_size(self) -> int:
        """Return how many rows "this page" selects."""
        return sum(row.is_selectable for row in self.rows)

    @property
    def export_url(self) -> str:
        """Return the address at which these rows are exported."""
        return f"{self.table.export_url()}{self.address}"

    @property
    def width(self) -> int:
        """Return how many columns there are."""
        return len(self.heads) + bool(self.acts)

    @property
    def words_of_page(self) -> str:
        """Return how the choice of this page is called."""
        return _("this page: %(rows)s") % {"rows": in_words(self.page_size, self.table.counted)}

    @property
    def words_of_all(self) -> str:
        """Return how the choice of all that matches is called."""
        return _("all that match: %(rows)s") % {"rows": self.picked}

    @property
    def beside(self) -> list[tuple[str, str]]:
        """Return what the address keeps when another filter is set: the tab and the order."""
        told, tab = self.filters.data, self.filters.tabs
        kept = [(tab, told[tab])] if tab and told[tab] != self.filters.first_tab else []
        return [*kept, ("sort", told["sort"])] if told.get("sort") else kept

    @property
    def clear_url(self) -> str:
        """Return the address without filters, on the same tab if it is one."""
        return f"?{urlencode([] if self.tab_errors else self.beside)}"

    @property
    def widen_url(self) -> str:
        """Return the address that a result without rows leads to: without filters, or to the first tab."""
        return self.clear_url if self.is_filtered else "?"

    @property
    def fields(self) -> list[Any]:
        """Return the bound fields of the filters that are not drawn as tabs."""
        return [self.filters.form[name] for name in self.filters.filters if name != self.filters.tabs]

    @property
    def tab_errors(self) -> list[Any]:
        """Return what is wrong with the tab that the address names."""
        tabs = self.filters.tabs
        return list(self.filters.form[tabs].errors) if tabs else []


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
    return Excerpt(table, heads, [*_rows(table, columns, found), *_named(table, closed)])


def page_of(
    table: Table,
    request: HttpRequest,
    *,
    tab_rows: Mapping[str, QuerySet[Any]] | None = None,
    also: Mapping[str, Rows | OfEach] | None = None,
) -> TablePage:
    """Cut the page that a request asks for out of a table: one statement counts whatever it shows the number of.

    :param tab_rows: the rows of tabs that say how many there are.
    :param also: what else the page counts, by name.
    """
    filters = table.narrowed(request.GET)
    is_valid, address = bool(filters.is_valid()), filters.address()
    page = cut(request, filters.qs, table.order_by(request.GET), table.size)
    acts = table.acts() if is_valid else {}
    columns = [column for column in table.columns if column.on_page]
    rows = _rows(table, columns, page.rows, bool(acts))
    closed = [] if address else _closed(table, is_last=page.after is None)
    picked = table.selectable(filters.qs)
    n = count(
        table.user,
        {
            **(also or {}),
            **{_of_tab(tab): [each] for tab, each in (tab_rows or {}).items()},
            ROWS: [filters.qs],
            # What is known without is not counted: all rows may be selected, all that are closed are shown.
            PICKED: [picked] if acts and picked is not filters.qs else [],
            CLOSED: table.left_out(filters) if len(closed) == table.size else [],
        },
    )
    shown = TablePage(
        table=table,
        filters=filters,
        heads=[_head(column, request.GET) for column in columns],
        rows=[*rows, *closed],
        count=Counted(n[ROWS], table.counted),
        pager=page.addresses(request),
        tabs=_tabs(filters, {tab: Counted(n[_of_tab(tab)]) for tab in tab_rows or {}}),
        is_filtered=any(name != filters.tabs for name in address),
        is_valid=is_valid,
        address=as_query(address),
        more_closed=max(n[CLOSED] - len(closed), 0),
        counts=n,
    )
    n_picked = n[ROWS] if picked is filters.qs else n[PICKED]
    if acts and n_picked:
        _offer(shown, acts.values(), n_picked, address)
    return shown


def _offer(shown: TablePage, acts: Iterable[BulkAct], n_picked: int, address: QueryDict) -> None:
    """Let rows be selected for acts, and the filters come along."""
    shown.acts = [(act, shown.table.bulk_url(act.name)) for act in acts]
    shown.hidden = [(name, value) for name, values in address.lists() for value in values]
    shown.picked = Counted(n_picked, shown.table.counted)


def _of_tab(tab: str) -> str:
    return f"tab {tab}"


def _closed(table: Table, *, is_last: bool) -> list[Row]:
    """Return the rows closed to the person: whatever order and filter would tell of them, they end the whole list.

    They are read for each of its pages, so that every page takes as many queries.
    """
    closed = table.closed()
    rows = [] if closed is None else _named(table, closed[: table.size])
    return rows if is_last else []


def _named(table: Table, closed: Iterable[Any]) -> list[Row]:
    return [Row(each.pk, table.label_of(each), is_closed=True) for each in closed]


def _rows(table: Table, columns: Sequence[Column], found: Sequence[Any], has_acts: bool = False) -> list[Row]:
    labels = [_label(n, column) for n, column in enumerate(columns)]
    return [_row(table, columns, labels, row, has_acts) for row in table.rows(found)]


def _row(table: Table, columns: Sequence[Column], labels: Sequence[str], row: Any, has_acts: bool) -> Row:
    cells = [_cell(column, label, row) for column, label in zip(columns, labels, strict=True)]
    return Row(table.object_of(row).pk, table.label_of(row), cells, is_selectable=has_acts and table.is_selectable(row))


def _label(n: int, column: Column) -> str:
    """Return what stands beside the values of a column; nothing where they speak for themselves."""
    return "" if n == 0 or column.kind == ColumnKind.ACTS else str(column.label)


def _cell(column: Column, label: str, row: Any) -> Cell:
    value = column.value(row)
    link = column.link(row) if column.link else ""
    under = column.under(row) if column.under else ""
    template = TEMPLATES.get(column.kind, LINKED if link or under else "")
    return Cell(shown(value, column), label, _css(column, value, under), template, link, under)


def _css(column: Column, value: Any, under: Any) -> str:
    css = "num" if column.is_number else "table-row-acts" if column.kind == ColumnKind.ACTS else ""
    if not css and isinstance(value, str) and len(value) > LONG:
        return "table-long"
    is_empty = not under and (value in (None, "") or value == [])
    return f"{css} table-nothing".strip() if is_empty else css  # which a narrow page leaves out


def _head(column: Column, query: QueryDict) -> Head:
    if not column.sort:
        return Head(column.label, column.is_number, is_hidden=column.kind == ColumnKind.ACTS)
    name, asked = column.name, query.get("sort", "")
    told = query.copy()
    for place in ("after", "before"):
        told.pop(place, None)
    told["sort"] = f"-{name}" if asked == name else name
    direction = {name: "ascending", f"-{name}": "descending"}.get(asked, "")
    return Head(column.label, column.is_number, f"?{told.urlencode()}", direction)


def _tabs(filters: TableFilters, counts: Mapping[str, Counted]) -> list[Tab]:
    if not filters.tabs:
        return []
    chosen, address, made = filters.data.get(filters.tabs), filters.address(), []
    for key, label in filters.base_filters[filters.tabs].extra["choices"]:
        told = address.copy()
        told.pop(filters.tabs, None)
        if key != filters.first_tab:
            told[filters.tabs] = key
        words = f"{label} ({counts[key]})" if key in counts else label
        made.append(Tab(words, as_query(told) or "?", is_current=key == chosen))
    return made
