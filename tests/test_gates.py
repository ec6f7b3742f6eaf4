"""The gates of all apps: what a page reads of one and what a sweep asks of it in SQL are the same, whatever it finds."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet, Value
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from applications.models import Participation
from portal import gates
from portal.registry import Gate, registry
from tests.gates import SCENES, Scene
from tests.payouts import gate_scenes, money
from tests.payouts.money import DUE

__all__ = ["gate_scenes"]  # imported for the scenes they register
SEATS = 3
GATES = {gate.code: gate for gate in registry.gates}


def test_every_gate_has_its_scene() -> None:
    assert [gate.code for gate in registry.gates] == list(GATES)  # no code twice
    assert sorted(code for scene in SCENES for code in scene.codes) == sorted(GATES)


@pytest.mark.django_db
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: "-".join(scene.codes))
def test_rule_and_twin_agree(scene: Scene) -> None:
    seats = money.seats(SEATS)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the test writes what no act would

    @settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.lists(scene.combinations, min_size=SEATS, max_size=SEATS))
    def agree(combinations: list[Any]) -> None:
        for seat, combination in zip(seats, combinations, strict=True):
            scene.write(seat, combination)
        for code in scene.codes:
            assert closed_by_rule(GATES[code], seats) == closed_by_twin(GATES[code], seats), (code, combinations)
        closed = set().union(*(closed_by_rule(gate, seats) for gate in registry.gates))
        months = {(seat.pk, period) for seat in seats for period in periods(seat)}
        assert found(seats, gates.with_closed) == closed, combinations
        assert found(seats, gates.without_closed) == months - closed, combinations

    agree()


def closed_by_rule(gate: Gate, seats: list[Participation]) -> set[tuple[int, date]]:
    """Return the seats and months that the pure rule closes: from one query for all, and no more."""
    months = [(seat.pk, period) for seat in seats for period in periods(seat)]
    with connection.execute_wrapper(counted := Counted()):
        loaded = gate.load({seat for seat, _period in months}, {period for _seat, period in months})
        closed = {month for month in months if gate.closed(*month, loaded, DUE)}
    assert counted.queries == 1
    return closed


def closed_by_twin(gate: Gate, seats: list[Participation]) -> set[tuple[int, date]]:
    """Return the seats and months that the twin closes."""
    return found(seats, lambda rows, at: rows.filter(*gates.closed_in_sql([gate], at)))


def found(seats: list[Participation], choose: Callable[[Any, datetime], QuerySet[Any]]) -> set[tuple[int, date]]:
    """Return the seats and months that a condition leaves, asked of rows that are no payment of any kind."""
    chosen = Participation.objects.filter(pk__in=[seat.pk for seat in seats])
    left = set()
    for period in {period for seat in seats for period in periods(seat)}:
        rows: QuerySet[Any] = chosen.alias(**{gates.SEAT: F("pk"), gates.PERIOD: Value(period)})
        of_period = {seat.pk for seat in seats if period in periods(seat)}
        left |= {(pk, period) for pk in choose(rows, DUE).values_list("pk", flat=True) if pk in of_period}
    return left


def periods(seat: Participation) -> list[date]:
    """Return the first month of a seat and the last."""
    return [seat.periods()[0], seat.periods()[-1]]


class Counted:
    """Counts statements."""

    def __init__(self) -> None:
        self.queries = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)
