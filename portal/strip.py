"""The six-month strip: every app's cells, month by month, for one or many participations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.language.dates import day_of, day_of_year, first_of_month, month
from portal.money import Money
from portal.registry import Cell, registry
from portal.state_looks import LOOKS, PLAIN, look_of

MINI = ("money",)
MONEY_STATES = ("scheduled", "ready", "approved", "on_its_way", "paid", "held", "returned", "lapsed", "cancelled")
NOTHING = "minus"  # the sign of a month without money
SIGNS = {*(LOOKS[state].icon for state in MONEY_STATES), PLAIN.icon, NOTHING}


@dataclass(frozen=True, slots=True)
class Month:
    """The n-th month of a strip, of which `period` is the first day: its cells by kind, None where there is nothing."""

    n: int
    period: date
    is_current: bool
    cells: Mapping[str, Cell | None]


@dataclass(frozen=True, slots=True)
class Square:
    """A month of the strip in a list: its money as a sign, in words for who hovers or listens."""

    family: str
    state: str
    sign: str
    words: str
    is_current: bool


def amount_due(amount: Money, due_on: date) -> str:
    """Say an amount and the day it is due, for a cell of money that is planned: "$6,000, due Feb 5"."""
    return _("%(amount)s, due %(day)s") % {"amount": amount.format(short=True), "day": day_of_year(due_on)}


class Seat(Protocol):
    """What has months: the participation."""

    pk: Any

    @property
    def zone(self) -> str:
        """Return the zone in which its days begin."""

    def periods(self) -> list[date]:
        """Return the first day of each month."""


def months_of(
    seats: Sequence[Seat], *, at: datetime, request: HttpRequest | None = None, kinds: Sequence[str] = ()
) -> dict[int, list[Month]]:
    """Return the months of each seat with their cells, in as many queries for one seat as for a thousand.

    :param request: of a page whose panels show the same seats, where what they read serves the strip, too.
    :param kinds: of the cells that are shown, where not all are: `MINI` for a strip in a list.
    """
    cells = registry.strip(seats, at, request, kinds=kinds)
    return {
        seat.pk: [
            Month(
                n,
                period,
                is_current=period == first_of_month(day_of(at, zone=seat.zone)),
                cells={"money": None, "sessions": None, "check_in": None}
                | {cell.kind: cell for cell in cells.get((seat.pk, period), [])},
            )
            for n, period in enumerate(seat.periods(), start=1)
        ]
        for seat in seats
    }


def squares(months: Iterable[Month] | None) -> Iterator[Square]:
    """Yield the months of a strip as squares for a list; of no strip, none."""
    for each in months or ():
        cell = each.cells["money"]
        look = look_of(cell.state if cell else "")
        sign = look.icon if look.icon in SIGNS else PLAIN.icon
        label, detail = (cell.label, cell.detail) if cell else ("", "")
        words = f"{month(each.period)}: {label or '–'}" + (f" · {detail}" if detail else "")
        yield Square(look.family, cell.state if cell else "", sign if cell else NOTHING, words, each.is_current)
