"""Filters of a desk table, read from the address by django-filter. One that is not valid shows no row at all."""

from typing import Any, ClassVar

from django.db import models
from django.http import QueryDict
from django_filters import FilterSet

from portal.desk import search

# Names of the address that belong to the table itself.
RESERVED = frozenset({"sort", "after", "before", "which", "row", "page", "counted"})


def as_query(address: QueryDict) -> str:
    """Return an address as what stands behind that of its page."""
    return f"?{address.urlencode()}" if address else ""


class TableFilters(FilterSet):
    """The filters of one table.

    `places` are what its search reads, paths to columns as `portal.desk.search` has them: an index must answer each.
    `tabs` names a choice filter that is drawn as links above the others; its first choice holds where the address says
    none. Where the address says something that a filter does not know, the queryset is empty: django-filter by itself
    would leave that filter out and show every row.
    """

    tabs = ""
    places: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: QueryDict, queryset: models.QuerySet[Any], *, table: Any) -> None:
        self.table = table
        told = data.copy()
        if self.tabs and not told.get(self.tabs):
            told[self.tabs] = self.first_tab
        super().__init__(told, queryset=queryset)

    @property
    def first_tab(self) -> str:
        """Return the tab that is shown where the address names none."""
        return str(self.base_filters[self.tabs].extra["choices"][0][0]) if self.tabs else ""

    @property
    def tab(self) -> str:
        """Return the tab that is shown."""
        return self.data.get(self.tabs, "") if self.tabs else ""

    @property
    def qs(self) -> models.QuerySet[Any]:
        """Return the filtered queryset, empty unless every filter is valid."""
        if not self.is_valid():
            return self.queryset.none()  # type: ignore[no-any-return]  # untyped in django-filter
        return super().qs  # type: ignore[no-any-return]  # as above

    def named(self, rows: models.QuerySet[Any], _name: str, term: str) -> models.QuerySet[Any]:
        """Filter by the beginnings of words of a name, or of a code."""
        return search.find(rows, self.places, term)

    def on_its_tab(self, rows: models.QuerySet[Any], _name: str, _chosen: str) -> models.QuerySet[Any]:
        """Leave the rows as they are: the tab says which table is shown."""
        return rows

    def address(self) -> QueryDict:
        """Return what the address says of these filters, and nothing else of it."""
        told = QueryDict(mutable=True)
        for name in self.filters:
            values = [value for value in self.data.getlist(name) if value != ""]
            if values and (name != self.tabs or values != [self.first_tab]):
                told.setlist(name, values)
        return told
