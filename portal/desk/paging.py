"""Long lists, cut by key: the page after a row, or the one before it, by comparing rows in the list's own order.

No page is counted and none is skipped over, so that the last page of a hundred thousand rows costs what the first does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import HttpRequest
from django.urls import reverse

from portal.forms import posted_id

AFTER, BEFORE = "after", "before"


def asked(request: HttpRequest) -> tuple[str, int] | None:
    """Give which page is asked for, as the direction and the key of a row; None for the first."""
    for direction in (AFTER, BEFORE):
        if (key := posted_id(request.GET.get(direction))) is not None:
            return direction, key
    return None


def beyond(rows: models.QuerySet[Any], order: Sequence[str], key: int, *, back: bool) -> models.QuerySet[Any]:
    """Keep the rows that come after one in the order, or before it, by one comparison of rows that an index can answer.

    :param order: names of columns that are never NULL, all in one direction, the key last: `("-declared_at", "-id")`.
    :param key: of the row; where there is none the list is empty.
    """
    names = [name.lstrip("-") for name in order]
    descends = order[0].startswith("-")
    values = rows.order_by().filter(pk=key).values_list(*names).first()
    if values is None:
        return rows.none()
    compare = GreaterThan if descends == back else LessThan
    if len(names) == 1:
        return rows.filter(compare(F(names[0]), Value(values[0])))
    there = Func(*(Value(value) for value in values), function="ROW", output_field=models.TextField())
    return rows.filter(compare(Func(*map(F, names), function="ROW", output_field=models.TextField()), there))


def turned(order: Sequence[str]) -> list[str]:
    """Give the order the other way round."""
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


@dataclass(frozen=True, slots=True)
class Cut:
    """One page of a list: its rows, and the keys from which the pages before and after it are asked."""

    rows: list[Any]
    before: int | None
    after: int | None

    def addresses(self, request: HttpRequest) -> dict[str, str]:
        """Give `previous_url` and `next_url` for the pager, with whatever else the address says."""
        return {
            "previous_url": _address(request, BEFORE, self.before),
            "next_url": _address(request, AFTER, self.after),
        }


def cut(request: HttpRequest, rows: models.QuerySet[Any], order: Sequence[str], size: int) -> Cut:
    """Cut the page that is asked for out of the rows.

    :param order: as `beyond` has it.
    """
    place = asked(request)
    back = place is not None and place[0] == BEFORE
    if place is not None:
        rows = beyond(rows, order, place[1], back=back)
    found = list(rows.order_by(*(turned(order) if back else order))[: size + 1])
    more, shown = len(found) > size, found[:size]
    if back:
        shown.reverse()
    return Cut(
        shown,
        before=shown[0].pk if shown and (more if back else place is not None) else None,
        after=shown[-1].pk if shown and (more or back) else None,
    )


def _address(request: HttpRequest, direction: str, key: int | None) -> str:
    if key is None:
        return ""
    query = request.GET.copy()
    for name in (AFTER, BEFORE):
        query.pop(name, None)
    query[direction] = str(key)
    return f"?{query.urlencode()}"


class KeysetChangeList(ChangeList):
    """A list of the admin with "previous" and "next" in place of numbers and counts."""

    previous_url = ""
    next_url = ""

    @property
    def export_url(self) -> str:
        """Return the address at which what is listed is exported, with its filters and its search."""
        address = reverse("admin:desk_export", args=[f"{self.opts.app_label}_{self.opts.model_name}", 0])
        return f"{address}{self.get_query_string()}"

    @property
    def is_narrowed(self) -> bool:
        """Say whether a filter or a search leaves rows out."""
        return bool(self.query or self.filter_params)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet[Any]:
        """Leave the place out of what filters and searches carry along: another filter begins at its first page."""
        for name in (AFTER, BEFORE):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        rows: models.QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return rows

    def get_results(self, request: HttpRequest) -> None:
        # The list's own, or the one in which a search reads.
        order = [str(name).replace("pk", "id") for name in self.queryset.query.order_by]
        page = cut(request, self.queryset, order, self.list_per_page)
        if page.before is not None:
            self.previous_url = self.get_query_string({BEFORE: page.before})
        if page.after is not None:
            self.next_url = self.get_query_string({AFTER: page.after})
        self.result_list = page.rows
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count = self.show_admin_actions = False
        self.can_show_all = self.multi_page = False
