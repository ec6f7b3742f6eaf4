"""Why a seat's month must wait: the gates of all apps, asked by sweeps and batches in SQL and by pages of rows at hand.

A gate speaks of a seat and a month, never of what is kept back there. It says the same thing twice: as a pure rule on what
its `load` read, and as a condition on rows that have a `seat` and a `period`; tests/gates.py proves that the two agree.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q

from portal.registry import Gate, registry

# The names by which a gate's twin refers to the outer row: a seat's id, and the first of a month.
SEAT, PERIOD = "seat", "period"
NO_SEAT = Q(**{f"{SEAT}__isnull": True})

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the gates know of some seats and months: what each `load` read, by that function."""

    by_load: Mapping[Any, Any] = field(default_factory=dict)

    def closed(self, seat: int, period: date, at: datetime) -> list[Gate]:
        """Return the closed gates of one month, in their order."""
        return [gate for gate in registry.gates if gate.closed(seat, period, self.by_load[gate.load], at)]


def load(seats: Collection[int], periods: Collection[date], known: Mapping[Any, Any] | None = None) -> Loaded:
    """Read what the gates need to know of many seats and months: one query a `load`, whatever number of gates shares it.

    :param known: what a page has read already, by the `load` that would have read it.
    """
    found = dict(known or {})
    for gate in registry.gates:
        if gate.load not in found:
            found[gate.load] = gate.load(seats, periods)
    return Loaded(found)


def without_closed(rows: Rows, at: datetime) -> Rows:
    """Filter the rows of which no gate is closed; each row has a `seat` and a `period`. Without a seat none is open."""
    return rows.filter(*(~closed for closed in closed_in_sql(registry.gates, at)), ~NO_SEAT)


def with_closed(rows: Rows, at: datetime) -> Rows:
    """Filter the rows of which a gate is closed: all that `without_closed` leaves out.

    As alternatives they are asked of the rows that are left, never the other way round: few months are due, and the
    database, which takes them for many, would begin with every closed seat there is.
    """
    return rows.filter(reduce(or_, closed_in_sql(registry.gates, at), NO_SEAT))


def closed_in_sql(gates: Iterable[Gate], at: datetime) -> list[Exists]:
    """Return what holds of a row if one of the gates is closed: one subquery for all gates that read the same of seats."""
    twins: dict[Any, Q] = {}
    for gate in gates:
        twins[gate.seats] = twins.get(gate.seats, Q()) | gate.twin(at)
    return [Exists(seats().filter(twin, pk=OuterRef(SEAT))) for seats, twin in twins.items()]
