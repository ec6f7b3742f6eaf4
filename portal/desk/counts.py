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

MOST = 500  # of what waits at a desk
MOST_COUNTED = 1000  # of the rows of a table

Rows = Sequence[QuerySet[Any, Any]]


class _Count(Subquery):
    """Count the rows of a queryset as a column of another statement."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0


def count(user: User, rows: Mapping[str, Rows], most: int | None = None) -> dict[str, int]:
    """Count rows by name, at most `MOST` of each queryset, or so many; the counts of a name are added up.

    They are columns of the person's own row, so that a page asks once, whatever it counts.
    """
    if not rows:
        return {}
    columns = [_sum(querysets, most or MOST) for querysets in rows.values()]
    return dict(zip(rows, User.objects.filter(pk=user.pk).values_list(*columns).get(), strict=True))


def bounded(n: int) -> str:
    """Return a count in words: the number, or that there are more."""
    return f"{n}+" if n >= MOST else str(n)


def _sum(querysets: Rows, most: int) -> Expression:
    first: Expression = Value(0, IntegerField())
    return reduce(add, (_Count(queryset.order_by().values("pk")[:most]) for queryset in querysets), first)


@dataclass(frozen=True, slots=True)
class Counted:
    """A number of rows, up to `MOST_COUNTED`: one more says that there are more."""

    n: int
    words: Any

    @classmethod
    def of(cls, rows: QuerySet[Any], words: Any) -> "Counted":
        """Count rows, and stop where nobody needs to know more."""
        return cls(rows.order_by()[: MOST_COUNTED + 1].count(), words)

    def __str__(self) -> str:
        told = in_words(min(self.n, MOST_COUNTED), self.words)
        return _("More than %(rows)s") % {"rows": told} if self.n > MOST_COUNTED else told


def in_words(n: int, words: Any) -> str:
    """Write a number of rows with its noun: "1,204 applications"."""
    return str(words % {"n": n, "shown": number_format(n, force_grouping=True)})
