"""A table as the page shows it: one cut of rows, heads that sort, filters, and the bar of acts on many rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from portal.desk.bulk_act import BulkAct
from portal.desk.counts import Counted, OfEach, Rows, count, in_words
from portal.desk.filters import TableFilters, as_query
from portal.desk.frame import Tab
from portal.desk.paging import cut
from portal.desk.table import Empty, Table
from portal.desk.table_rows import Head, Row, closed_rows, head_of, rows_of
from portal.desk.versions import versioned

ROWS, PICKED, CLOSED = "rows", "picked", "closed"  # what is counted of every page


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
        """Return what "this page" selects: the rows, each as it is shown."""
        return ",".join(row.mark for row in self.rows if row.is_selectable)

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
    acts = table.acts() if is_valid else {}
    found = versioned(filters.qs, table.depends) if acts else filters.qs
    page = cut(request, found, table.order_by(request.GET), table.size)
    columns = [column for column in table.columns if column.on_page]
    rows = rows_of(table, columns, page.rows, bool(acts))
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
        heads=[head_of(column, request.GET) for column in columns],
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
    rows = [] if closed is None else closed_rows(table, closed[: table.size])
    return rows if is_last else []


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
