"""A record list of the admin as a table, so that it is exported as desks are: the columns of its list, its own filters."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, get_type_hints

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.messages.api import MessageFailure
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, QueryDict
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from portal.desk.acts import Act
from portal.desk.bulk_act import BulkAct
from portal.desk.cells import Column, ColumnKind
from portal.desk.filters import RESERVED, TableFilters
from portal.desk.paging import KeysetChangeList
from portal.desk.records import ScopedAdmin
from portal.desk.table import Table
from portal.desk.versions import own_columns
from portal.models import User
from portal.money import Money
from portal.refusals import Refusal

CHECKBOX = "action_checkbox"
DONE = ngettext_lazy("Done for %(shown)s row.", "Done for %(shown)s rows.", "n")


class ListFilters(TableFilters):
    """The filters of a record list, judged and applied by the admin: this only carries its answer."""

    def __init__(self, data: QueryDict, queryset: models.QuerySet[Any], *, table: "RecordTable") -> None:
        told = data.copy()
        for name in RESERVED:
            told.pop(name, None)
        self._found = table.found(told)
        super().__init__(told, queryset, table=table)

    def is_valid(self) -> bool:
        return self._found is not None

    @property
    def qs(self) -> models.QuerySet[Any]:
        """Return what the list of the admin shows for the same address."""
        rows: models.QuerySet[Any] = self._found.queryset if self._found is not None else self.queryset.none()
        return rows

    def address(self) -> QueryDict:
        """Return the whole address but what belongs to the table itself."""
        return self.data  # type: ignore[no-any-return]  # untyped in django-filter


class RecordTable(Table):
    """The record list of one model, for who may open it."""

    filters = ListFilters

    def __init__(self, page: ScopedAdmin, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        self._page, self._request = page, _request_of(user, QueryDict())
        if place or not page.has_view_permission(self._request):
            raise Http404
        self.name = page.table_name
        self.title = capfirst(str(page.opts.verbose_name_plural))
        self.order = page.order_of(self._request, "")
        names = [str(name) for name in page.get_list_display(self._request) if name != CHECKBOX]
        self.columns = [_column(page, name) for name in names]
        self.depends = own_columns(page.model)

    def url(self) -> str:
        return reverse(f"admin:{self.name}_changelist")

    def programmes(self) -> Collection[int]:
        return self.user.scopes(*self._page.viewers, *self._page.editors)

    def queryset(self) -> models.QuerySet[Any]:
        rows: models.QuerySet[Any] = self._list(QueryDict()).queryset
        return rows

    def found(self, query: QueryDict) -> KeysetChangeList | None:
        """Return the list for an address, or None where the admin refuses one of its filters or its search."""
        try:
            return self._list(query)
        except (IncorrectLookupParameters, MessageFailure, SuspiciousOperation, ValidationError, ValueError):
            return None

    def order_by(self, query: QueryDict) -> tuple[str, ...]:
        """Return the order of the list, or the one in which a search reads."""
        found = self.found(query)
        return tuple(found.order) if found else self.order

    def acts(self) -> Mapping[str, BulkAct]:
        acts = [act for act in self._page.acts if act.bulk and self._page.holds(self._request, act.roles)]
        return {act.name: self._on_rows(act) for act in acts}

    def _on_rows(self, act: Act) -> BulkAct:
        """Return an act of a record as one on many."""
        return BulkAct(
            act.name,
            act.label,
            partial(self._do, act),
            consequences=act.consequences,
            form=act.form,
            done=DONE,
            danger=act.danger,
            final=act.final,
        )

    def _do(self, act: Act, record: models.Model, *, by: User, at: datetime, **told: Any) -> None:
        if not self._page.holds(self._request, act.roles, record):
            raise Refusal(_("You don't have permission any more."))
        self._page.do(self._request, act, record, by=by, at=at, **told)

    def _list(self, query: QueryDict) -> KeysetChangeList:
        found: Any = self._page.get_changelist_instance(_request_of(self.user, query))
        return found  # type: ignore[no-any-return]  # ScopedAdmin's lists are keyset lists


def record_openers(site: AdminSite) -> dict[str, Callable[[User, int, datetime], Table]]:
    """Return the record lists of a site as tables, by name."""
    pages = [page for page in map(site.get_model_admin, site_models(site)) if isinstance(page, ScopedAdmin)]
    return {page.table_name: partial(RecordTable, page) for page in pages}


def site_models(site: AdminSite) -> list[type[models.Model]]:
    """Return the models that have a record list."""
    return [model for model in apps.get_models() if site.is_registered(model)]


def _request_of(user: User, query: QueryDict) -> HttpRequest:
    """Return a request that asks for the list of a page.

    Django's lists are told by a request alone who looks and what is filtered; a worker has none, and a page has another
    address than the list. Nothing else of it is read.
    """
    request: Any = HttpRequest()
    request.method, request.user, request.GET = "GET", user, query
    return request  # type: ignore[no-any-return]  # its stubs want a query that nobody can make


def _column(page: ScopedAdmin, name: str) -> Column:
    label = capfirst(str(label_for_field(name, page.model, page)))
    try:
        field: Any = page.opts.get_field(name)
    except FieldDoesNotExist:
        return Column(name, label, lambda row: lookup_field(name, row, page)[2], _kind_said(page, name))
    if field.flatchoices:
        return Column(name, label, lambda row: getattr(row, f"get_{name}_display")())
    return Column(name, label, lambda row: getattr(row, name))


def _kind_said(page: ScopedAdmin, name: str) -> ColumnKind:
    """Return the kind of a column that the page or the record computes.

    The head of a file has a column more for a currency before any value is read. What the column returns says whether it
    is money, and is checked by mypy; said a second time beside `list_display`, it would be forgotten with the next column.
    """
    said = getattr(page, name, None) or getattr(page.model, name, None)
    said = said.fget if isinstance(said, property) else said
    told = get_type_hints(said).get("return") if said is not None else None
    return ColumnKind.MONEY if told in (Money, Money | None) else ColumnKind.TEXT
