"""Figures of a cohort that a sweep writes: how long the first money took."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from applications.models import Cohort
from payouts import actions, ledger
from payouts.desks.cohort_money import days
from payouts.models import Award, CohortBalance, CohortFigures, Kind
from tests import factories as f
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.threads import at_once

HOUR = timedelta(hours=1)


def first_money(at: datetime) -> list[tuple[int, float | None]]:
    """Let the sweep write the figures; give for each cohort of how many startups, and their median wait in days."""
    assert actions.write_cohort_figures(at) == CohortFigures.objects.filter(as_of=at).count()
    found = CohortFigures.objects.order_by("cohort")
    return [(row.paid_startups, days(row.first_money_wait) if row.first_money_wait else None) for row in found]


def first_days() -> list[Any]:
    awards = Award.objects.with_first_money().order_by("pk")
    return [award.first_paid_at for award in awards]  # type: ignore[attr-defined]  # annotated


@pytest.mark.django_db
def test_days_from_signature_to_first_money() -> None:
    months = money.ready_months(2)
    assert first_money(DUE) == [(0, None)] * 2  # each seat is in a cohort of its own
    early, late = money.sent(*months).payments.order_by("pk")
    actions.settle(early, by=None, at=DECIDED + 10 * (DUE - DECIDED))
    actions.settle(late, by=None, at=DECIDED + 20 * (DUE - DECIDED))
    wait = days(DUE - DECIDED)
    figures: Any = first_money(DUE + HOUR)
    assert figures == [(1, pytest.approx(10 * wait, abs=1)), (1, pytest.approx(20 * wait, abs=1))]
    assert first_days() == [early.settled_at, late.settled_at]
    actions.return_payment(late, code="R06", by=None, at=DECIDED + 21 * (DUE - DECIDED))
    assert first_days() == [early.settled_at, None]
    assert first_money(DUE + 2 * HOUR) == [figures[0], (0, None)]


@pytest.mark.django_db
def test_figures_are_written_anew_once_they_are_an_hour_old() -> None:
    money.settled()
    assert [actions.write_cohort_figures(DUE + wait) for wait in (0 * HOUR, HOUR / 2, HOUR, HOUR)] == [1, 0, 1, 0]
    assert [found.as_of for found in CohortFigures.objects.all()] == [DUE + HOUR]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_row() -> None:
    money.settled()
    results = at_once(*[partial(actions.write_cohort_figures, DUE) for _ in range(4)])
    assert set(results) <= {0, 1}
    assert [found.paid_startups for found in CohortFigures.objects.all()] == [1]


def balances() -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = {}
    for row in CohortBalance.objects.all():
        found.setdefault(row.cohort_id, {})[row.kind] = row.amount_minor
    return found


@pytest.mark.django_db
def test_balances_are_what_the_accounts_hold_as_of_their_minute() -> None:
    months = money.ready_months(2)  # each in a cohort of its own
    early, late = money.sent(*months).payments.order_by("pk")
    paid, sent = (payment.disbursement.award.cohort_id for payment in (early, late))
    empty = f.cohort().pk
    cohorts = list(Cohort.objects.select_related("programme"))
    for minute, settle in enumerate([False, True]):
        if settle:
            actions.settle(early, by=None, at=DUE + timedelta(days=4))
        at = DUE + timedelta(minutes=minute)
        assert actions.write_cohort_balances(at) == len(cohorts) == 3
        assert balances() == {empty: dict.fromkeys(Kind, 0)} | ledger.totals(cohorts)
        assert {row.as_of for row in CohortBalance.objects.all()} == {at}
    assert balances()[paid][Kind.DISBURSED] == balances()[sent][Kind.IN_TRANSIT] == 600_000


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_write_one_balance_a_kind() -> None:
    money.settled()
    assert at_once(*[partial(actions.write_cohort_balances, DUE) for _ in range(4)]) == [1] * 4
    assert CohortBalance.objects.count() == len(Kind)
