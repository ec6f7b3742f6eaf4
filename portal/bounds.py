"""The days that the system knows: what people set lies within them, in forms and in the database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _

FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
# What is counted on from them, such as the last month of a seat, ends within a century.
FURTHEST = date(2200, 12, 31)
LARGEST_COUNT = 100_000  # of what people number by hand, such as places on a waitlist


def known_day(moment: date) -> None:
    """Refuse a day or an instant of a year that the system does not know.

    :raises ValidationError: outside the years of `FIRST` and `LAST`.
    """
    if not FIRST.year <= moment.year <= LAST.year:
        words = _("Enter a date between %(first)d and %(last)d.")
        raise ValidationError(words, "unknown_day", {"first": FIRST.year, "last": LAST.year})


def bounded(
    name: str,
    *,
    days: Sequence[str] = (),
    instants: Sequence[str] = (),
    spans: Sequence[str] = (),
    last: date = LAST,
) -> CheckConstraint:
    """Return the law that columns of a table hold known days only; instants may lie in any zone's.

    :param spans: columns of ranges of instants.
    :param last: `FURTHEST` where a column is counted on from what people set.
    """
    there = _instant(FIRST - timedelta(days=1)), _instant(last + timedelta(days=2))
    condition = Q()
    for day in days:
        condition &= Q((f"{day}__range", (FIRST, last)))
    for instant in instants:
        condition &= Q((f"{instant}__range", there))
    for span in spans:
        condition &= Q((f"{span}__startswith__gte", there[0]), (f"{span}__endswith__lte", there[1]))
    return CheckConstraint(name=name, condition=condition)


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
