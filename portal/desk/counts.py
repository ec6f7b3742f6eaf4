"""Counts of a page: bounded, and all of them in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

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


def count(user: User, rows: Mapping[str, Rows]) -> dict[str, int]:
    """Count rows by name, each queryset as `Bounded` does; the counts of a name are added up.

    They are columns of the person's own row, so that a page asks once, whatever it counts.
    """
    if not rows:
        return {}
    columns = [_sum(querysets) for querysets in rows.values()]
    return dict(zip(rows, User.objects.filter(pk=user.pk).values_list(*columns).get(), strict=True))


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
