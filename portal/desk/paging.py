"""Long lists, cut by key: the page after a row, or the one before it, by comparing rows in the list's own order.

No page is counted and none is skipped over, so that the last page of a hundred thousand rows costs what the first does.
The address of a page holds what its neighbour's last row was ordered by, not the row's key: so the next page is the right
one also when that row has left the list meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from portal.desk.versions import own_columns, versioned

AFTER, BEFORE = "after", "before"

Place = tuple[Any, ...]
Fields = Mapping[str, "models.Field[Any, Any]"]


def ordered(rows: models.QuerySet[Any], order: Sequence[str]) -> models.QuerySet[Any]:
    """Return the rows in an order, each with what `place_of` reads: columns of other tables are selected along."""
    joined = {_column(name): F(name) for name in _names(order) if "__" in name}
    return (rows.annotate(**joined) if joined else rows).order_by(*order)


def place_of(row: Any, order: Sequence[str]) -> Place:
    """Return what a row of `ordered` rows is ordered by."""
    return tuple(getattr(row, _column(name)) for name in _names(order))


def beyond(rows: models.QuerySet[Any], order: Sequence[str], place: Place, *, back: bool) -> models.QuerySet[Any]:
    """Filter the rows that come after a place in the order, or before it, by one comparison of rows that an index answers.

    :param order: names of columns that are never NULL, all in one direction, the key last: `("-declared_at", "-id")`.
    """
    names, descends = _names(order), order[0].startswith("-")
    compare = GreaterThan if descends == back else LessThan
    if len(names) == 1:
        return rows.filter(compare(F(names[0]), Value(place[0])))
    there = Func(*map(Value, place), function="ROW", output_field=models.TextField())
    return rows.filter(compare(Func(*map(F, names), function="ROW", output_field=models.TextField()), there))


def turned(order: Sequence[str]) -> list[str]:
    """Return the order the other way round."""
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


@dataclass(frozen=True, slots=True)
class Cut:
    """One page of a list: its rows, and the places from which the pages before and after it are asked."""

    rows: list[Any]
    before: Place | None
    after: Place | None

    def addresses(self, request: HttpRequest) -> dict[str, str]:
        """Return `previous_url` and `next_url` for the pager, with whatever else the address says."""
        return {
            "previous_url": _address(request, BEFORE, self.before),
            "next_url": _address(request, AFTER, self.after),
        }


def cut(
    request: HttpRequest, rows: models.QuerySet[Any], order: Sequence[str], size: int, annotated: Fields | None = None
) -> Cut:
    """Cut the page that is asked for out of the rows; the first where nothing is left on that one.

    :param order: as `beyond` has it.
    :param annotated: the fields of those names of the order that are annotations of the rows.
    """
    asked = _asked(request, rows.model, order, annotated or {})
    if asked is None:
        return _first(rows, order, size)
    direction, place = asked
    back = direction == BEFORE
    found = list(ordered(beyond(rows, order, place, back=back), turned(order) if back else order)[: size + 1])
    more, shown = len(found) > size, found[:size]
    if not shown:
        return _first(rows, order, size)
    if back:
        shown.reverse()
    return Cut(
        shown,
        before=place_of(shown[0], order) if more or not back else None,
        after=place_of(shown[-1], order) if more or back else None,
    )


def _first(rows: models.QuerySet[Any], order: Sequence[str], size: int) -> Cut:
    found = list(ordered(rows, order)[: size + 1])
    shown = found[:size]
    return Cut(shown, before=None, after=place_of(shown[-1], order) if len(found) > size else None)


def _asked(
    request: HttpRequest, model: type[models.Model], order: Sequence[str], annotated: Fields
) -> tuple[str, Place] | None:
    """Return which page is asked for, as the direction and a place; None for the first, and for what is no place."""
    names = _names(order)
    for direction in (AFTER, BEFORE):
        parts = request.GET.get(direction, "").split(",")
        if parts != [""] and len(parts) == len(names):
            try:
                fields = [annotated.get(name) or _field(model, name) for name in names]
                return direction, tuple(map(_value, fields, map(unquote, parts)))
            except (ValidationError, ValueError):
                continue
    return None


def _value(field: "models.Field[Any, Any]", text: str) -> Any:
    """Return the value of a column as an address has it.

    :raises ValidationError: if it is none, or none that the column can hold.
    """
    field = field.target_field if isinstance(field, models.ForeignKey) else field
    value = field.to_python(text)
    if "\0" in text or (isinstance(value, datetime) and timezone.is_naive(value)):
        raise ValidationError(text)
    if not isinstance(value, str):
        field.run_validators(value)
    return value


def _field(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    for part in name.split("__")[:-1]:
        model = model._meta.get_field(part).related_model  # type: ignore[assignment]  # our own paths lead to models
    return model._meta.get_field(name.rsplit("__", 1)[-1])  # type: ignore[return-value]  # and end at a column


def _address(request: HttpRequest, direction: str, place: Place | None) -> str:
    if place is None:
        return ""
    query = request.GET.copy()
    for name in (AFTER, BEFORE):
        query.pop(name, None)
    query[direction] = in_address(place)
    return f"?{query.urlencode()}"


def in_address(place: Place) -> str:
    """Return a place as `after` or `before` of an address has it: "Loom%2C Inc,12"."""
    return ",".join(quote(str(value), safe=" :+.-") for value in place)


def _names(order: Sequence[str]) -> list[str]:
    return [name.lstrip("-") for name in order]


def _column(name: str) -> str:
    """Return the attribute of a row that holds a column of the order."""
    return f"ordered_by_{name.replace('__', '_')}" if "__" in name else name


class KeysetChangeList(ChangeList):
    """A list of the admin with "previous" and "next" in place of numbers and counts."""

    previous_url = ""
    next_url = ""
    order: Sequence[str] = ()

    @property
    def export_url(self) -> str:
        """Return the address at which what is listed is exported, with its filters and its search."""
        address = reverse("admin:desk_export", args=[f"{self.opts.app_label}_{self.opts.model_name}", 0])
        return f"{address}{self.get_query_string()}"

    @property
    def is_narrowed(self) -> bool:
        """Return whether a filter or a search leaves rows out."""
        return bool(self.query or self.filter_params)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        """Leave the place out of what filters and searches carry along: another filter begins at its first page."""
        for name in (AFTER, BEFORE):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        rows: models.QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        page: Any = self.model_admin  # a ScopedAdmin
        self.order = page.order_of(request, self.query)
        return rows.none() if ERROR_FLAG in request.GET else rows

    def get_results(self, request: HttpRequest) -> None:
        shown: Any = self.model_admin  # a ScopedAdmin
        rows = self.queryset.only(*shown.list_only) if shown.list_only else self.queryset
        if shown.has_bulk_acts:
            rows = versioned(rows, own_columns(self.model))
        page = cut(request, rows, self.order, self.list_per_page)
        if page.before is not None:
            self.previous_url = self.get_query_string({BEFORE: in_address(page.before)})
        if page.after is not None:
            self.next_url = self.get_query_string({AFTER: in_address(page.after)})
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count, self.show_admin_actions = False, True
        self.can_show_all = self.multi_page = False
