"""A table of a desk: its columns, filters, orders and acts are declared once, for the page, for files and for the worker."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from portal.desk.bulk_act import BulkAct
from portal.desk.cells import Column
from portal.desk.counts import Counted, Rows
from portal.desk.filters import TableFilters
from portal.desk.paging import beyond, ordered, place_of, turned
from portal.desk.versions import Depends, still, versions_of
from portal.language.text import few
from portal.models import User
from portal.refusals import Refusal

AT_ONCE = 500  # rows read at once for a file
NAMED = 20  # of rows that have changed


@dataclass(frozen=True, slots=True)
class Empty:
    """What a table or a tab of it says in place of rows, where nothing else is filtered."""

    title: Any
    text: Any = ""
    icon: str = "inbox"


class Table(ABC):
    """One table of a desk, as one person sees it: opened for a place (a cohort, a programme; 0 where there is one table).

    A subclass declares what it shows, and opens itself: `__init__` raises `Http404` where the person may not look, in
    the page as in the worker. `queryset()` is what they may see of it. Rows of startups with which they are in conflict
    are in no file and in no bulk act: where people decide by the table they are not in `queryset()` but in `closed()`, by
    name alone; where they must see them to do their work, `in_no_file` leaves them out of files, and no act is on many.
    """

    name: str
    title: Any = ""
    columns: Sequence[Column] = ()
    filters: ClassVar[type[TableFilters]] = TableFilters
    order: tuple[str, ...] = ("-id",)
    size = 50
    counted: Any = ngettext_lazy("%(shown)s row", "%(shown)s rows", "n")
    empty: Empty = Empty(gettext_lazy("Nothing here"))
    empty_tabs: ClassVar[Mapping[str, Empty]] = {}  # of tabs that have words of their own
    closed_words: Any = ""
    in_no_file = Q()  # which rows of the page no file has
    # Columns and expressions of `queryset()` on which its bulk acts depend: what differs from what was shown is refused.
    depends: Depends = ()

    def __init__(self, user: User, place: int, at: datetime) -> None:
        self.user, self.place, self.at = user, place, at

    # --- What a table says of itself ------------------------------------------------------------------

    @abstractmethod
    def url(self) -> str:
        """Return the address of the desk that shows it."""

    @abstractmethod
    def programmes(self) -> Collection[int]:
        """Return the programmes whose rows it may show: their auditors see its exports in the log."""

    @abstractmethod
    def queryset(self) -> models.QuerySet[Any]:
        """Return the rows that the person may see."""

    def rows(self, found: Sequence[Any]) -> Sequence[Any]:
        """Return what the columns read, for a page of objects: loaded with a fixed number of queries."""
        return found

    def object_of(self, row: Any) -> Any:
        """Return the object of a row."""
        return row

    def label_of(self, row: Any) -> str:
        """Return what a row is called."""
        return str(self.object_of(row))

    def closed(self) -> models.QuerySet[Any] | None:
        """Return the rows closed to the person, of which only the name is shown; None where there are none."""
        return None

    def acts(self) -> Mapping[str, BulkAct]:
        """Return the bulk acts of this person by name; none for who only looks."""
        return {}

    def selectable(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Filter what a bulk act may select."""
        return rows

    def is_selectable(self, row: Any) -> bool:
        """Say the same of a row of the page."""
        return True

    # --- What follows from it -------------------------------------------------------------------------

    def versions(self, keys: Collection[int]) -> dict[int, str]:
        """Return what the rows that an act may select are now, by id: the digest of what it depends on."""
        return versions_of(self.selectable(self.queryset()).filter(pk__in=keys), self.depends)

    def lock(self, keys: Collection[int]) -> None:
        """Lock rows until the transaction ends: what they depend on is changed by acts that lock them, too."""
        rows = self.queryset().model._base_manager.filter(pk__in=keys).order_by("pk")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))

    def names_of(self, keys: Collection[int], most: int = NAMED) -> list[str]:
        """Return what rows are called, as far as the person may see them."""
        found = list(self.queryset().filter(pk__in=keys).order_by(*self.order)[:most])
        return [self.label_of(row) for row in self.rows(found)]

    def for_files(self, filters: TableFilters) -> models.QuerySet[Any]:
        """Filter what leaves the page in a file."""
        return filters.qs.exclude(self.in_no_file) if self.in_no_file else filters.qs

    def left_out(self, filters: TableFilters) -> Rows:
        """Return the rows that neither a file nor an act on all has, because of a conflict of interest.

        Of those that the page does not show it is not told which filter they match.
        """
        closed = self.closed() if not filters.address() else None
        return [
            *([closed] if closed is not None else []),
            *([filters.qs.filter(self.in_no_file)] if self.in_no_file else []),
        ]

    def words_of_left_out(self, n: int) -> str:
        """Return how many rows are left out, if there are any."""
        words = _("Left out because of a conflict of interest: %(rows)s.")
        return words % {"rows": Counted(n, self.counted)} if n else ""

    def narrowed(self, query: QueryDict) -> TableFilters:
        """Return the filters as an address has them; their `qs` is empty unless all are valid."""
        return self.filters(query, self.queryset(), table=self)

    def order_by(self, query: QueryDict) -> tuple[str, ...]:
        """Return the order that an address asks for, if one of the columns sorts that way, else the table's own."""
        asked = query.get("sort", "")
        for column in self.columns:
            if column.sort and asked == column.name:
                return column.sort
            if column.sort and asked == f"-{column.name}":
                return tuple(turned(column.sort))
        return self.order

    def walk(self, query: QueryDict) -> Iterator[Sequence[Any]]:
        """Yield every row of a filtered table, in its order and by keys, some hundreds at a time."""
        rows, order = self.for_files(self.narrowed(query)), self.order_by(query)
        found = list(ordered(rows, order)[:AT_ONCE])
        while found:
            last = place_of(found[-1], order)  # as it was read: what happens to that row meanwhile is no matter
            yield self.rows(found)
            if len(found) < AT_ONCE:
                return
            found = list(ordered(beyond(rows, order, last, back=False), order)[:AT_ONCE])

    def bulk_url(self, act: str) -> str:
        """Return the address that asks before a bulk act."""
        return reverse("admin:desk_bulk", args=[self.name, self.place, act])

    def export_url(self) -> str:
        """Return the address at which the table is exported."""
        return reverse("admin:desk_export", args=[self.name, self.place])


@dataclass(eq=False)
class Selection:
    """Rows of a table with which an act is to be done, each as it was shown; they are read when something asks for them."""

    table: Table
    read: Callable[[], Mapping[int, str]]
    rows: models.QuerySet[Any]
    is_checked: bool = False

    @cached_property
    def seen(self) -> Mapping[int, str]:
        """Return what was shown of the rows, by id."""
        return self.read()

    @property
    def keys(self) -> list[int]:
        """Return the ids of the rows."""
        return list(self.seen)

    def require_unchanged(self) -> None:
        """Lock the rows, and hold them to be what was shown: an act on them all asks for it once its own locks are held.

        :raises Refusal: with the names of those that are not.
        """
        self.table.lock(self.keys)
        left = still(self.seen, self.table.versions(self.keys))
        if changed := [key for key in self.keys if key not in left]:
            raise Refusal(words_of_changed(self.table, changed))
        self.is_checked = True


def words_of_changed(table: Table, keys: Collection[int]) -> str:
    """Return which rows are not what was shown any more."""
    names = table.names_of(keys)
    gone = len(keys) - len(names)
    if not names:
        return str(_("Some rows are no longer in the list."))
    if gone and len(names) < NAMED:
        words = _("Changed since you looked: %(names)s. Others are no longer in the list.")
    else:
        words = _("Changed since you looked: %(names)s.")
    return words % {"names": few(names, NAMED)}
