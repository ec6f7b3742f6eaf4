"""Counts of a page: bounded, and all of them in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Expression, IntegerField, QuerySet, Subquery, Value
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from portal.models import User

MOST = 1000  # rows that anybody looks at the number of

FIGURE = "%(shown)s"  # words of a number that stands by itself
Rows = Sequence[QuerySet[Any, Any]]


class Bounded(Subquery):
    """Count the rows of a queryset as a column of another statement: at most one more than `MOST`."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        super().__init__(rows.order_by().values("pk")[: MOST + 1])


@dataclass(frozen=True, slots=True)
class OfEach:
    """Rows to be counted for each of some objects, of which the rows speak as `OuterRef("pk")`.

    Their condition stands in the statement once, however many objects there are. The objects are those that the page has
    read: one that is added meanwhile is counted next time.
    """

    objects: QuerySet[Any]
    rows: QuerySet[Any]

    def column(self) -> ArraySubquery:
        known = self.objects.model._default_manager.filter(pk__in=[each.pk for each in self.objects])
        return ArraySubquery(known.order_by("pk").values_list(Bounded(self.rows)))

    def by_name(self, name: str, numbers: Sequence[int]) -> dict[str, int]:
        keys = sorted(each.pk for each in self.objects)
        return {of(name, key): n for key, n in zip(keys, numbers, strict=True)}


def of(name: str, key: int) -> str:
    """Return the name of the count of one object."""
    return f"{name} {key}"


def count(user: User, rows: Mapping[str, Rows | OfEach]) -> dict[str, int]:
    """Count rows by name, each queryset as `Bounded` does; the counts of a name are added up.

    They are columns of the person's own row, so that a page asks once, whatever it counts. Those `OfEach` are named by
    `of(name, key)`.
    """
    if not rows:
        return {}
    columns = [each.column() if isinstance(each, OfEach) else _sum(each) for each in rows.values()]
    found = User.objects.filter(pk=user.pk).values_list(*columns).get()
    counts: dict[str, int] = {}
    for (name, each), n in zip(rows.items(), found, strict=True):
        counts |= each.by_name(name, n) if isinstance(each, OfEach) else {name: n}
    return counts


def _sum(querysets: Rows) -> Expression:
    first: Expression = Value(0, IntegerField())
    return reduce(add, map(Bounded, querysets), first)


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of rows with its words: beyond `MOST`, that there are more."""

    n: int
    words: Any = FIGURE

    def __str__(self) -> str:
        told = in_words(min(self.n, MOST), self.words)
        return _("More than %(rows)s") % {"rows": told} if self.n > MOST else told


def in_words(n: int, words: Any) -> str:
    """Write a number of rows with its noun: "1,204 applications"."""
    return str(words % {"n": n, "shown": number_format(n, force_grouping=True)})
