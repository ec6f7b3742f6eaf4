"""Months: opened on their day when every gate is open; one by one, together, and by two beats at once."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from applications.models import Participation
from payouts import actions
from payouts.actions import open_months
from payouts.models import Disbursement, PayoutAccount
from portal import gates
from portal.laws.transitions import move
from portal.models import Role, Transition
from portal.operations import law_checks
from portal.operations.jobs import run_sweep
from portal.refusals import Refusal
from portal.registry import registry
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.threads import at_once


def months(seat: Participation) -> list[Disbursement]:
    return list(Disbursement.objects.filter(award__participation=seat).order_by("n"))


def states() -> list[tuple[str, int | None]]:
    return list(Disbursement.objects.order_by("award", "n").values_list("state", "amount_minor"))


def closed(month: Disbursement, at: datetime = DUE) -> list[str]:
    known = gates.load([month.seat_id], [month.period])
    return [gate.code for gate in known.closed(month.seat_id, month.period, at)]


def hold(seat: Participation, account: PayoutAccount | None = None) -> None:
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(
        seat,
        reason="report",
        notice="A report is missing.",
        review_on=date(2027, 4, 20),
        account=account,
        by=by,
        at=DECIDED,
    )


def pause(seat: Participation) -> None:
    move(seat, "paused", by=None, at=DECIDED)


# --- Gates ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_everything_in_order_closes_no_gate() -> None:
    account = money.verified()
    assert closed(months(account.participation)[0]) == []


SHUT: dict[str, Callable[[], Participation]] = {
    "account_missing": lambda: factories.participation(),
    "account_unconfirmed": lambda: money.given().participation,
    "account_unverified": lambda: money.confirmed().participation,
    "account_cooling": lambda: money.verified(money.seats(1, cooling_off_days=60)[0]).participation,
}


@pytest.mark.django_db
def test_a_month_is_shut_or_opened_and_never_both() -> None:
    flows, held, paused = (money.verified(seat).participation for seat in money.seats(3))
    hold(held)
    pause(paused)
    for make in SHUT.values():
        make()
    every = Disbursement.objects.all()
    opened, shut = (set(rows.values_list("pk", flat=True)) for rows in (every.unblocked(DUE), every.blocked(DUE)))
    assert opened == {month.pk for month in months(flows)}
    assert shut == set(every.values_list("pk", flat=True)) - opened


@pytest.mark.django_db
@pytest.mark.parametrize("code", SHUT)
def test_bank_details_close_their_gate(code: str) -> None:
    [month, *_others] = months(SHUT[code]())
    assert closed(month) == [code]
    with pytest.raises(Refusal):
        actions.open_month(month, by=None, at=DUE)
    assert actions.open_months(DUE) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "shut"), [("hold", hold), ("participation", pause)])
def test_hold_and_pause_close_their_gate(code: str, shut: Callable[[Participation], None]) -> None:
    seat = money.verified().participation
    shut(seat)
    assert closed(months(seat)[0]) == [code]
    assert actions.open_months(DUE) == 0


@pytest.mark.django_db
def test_hold_on_one_account_ends_with_that_account() -> None:
    account = money.verified()
    hold(account.participation, account)
    assert closed(months(account.participation)[0]) == ["hold"]
    money.verified(account.participation, account_number="7654321")
    assert closed(months(account.participation)[0]) == []


@pytest.mark.django_db
def test_turned_down_details_are_missing_details() -> None:
    account = money.verified()
    by = factories.holder(Role.MANAGER, account.participation.cohort.programme)
    actions.reject_account(account, reason="Closed", by=by, at=DECIDED)
    assert closed(months(account.participation)[0]) == ["account_missing"]


@pytest.mark.django_db
def test_cooling_off_ends_to_the_second() -> None:
    account = money.verified(money.seats(1, cooling_off_days=3)[0])
    [month, *_others] = months(account.participation)
    assert closed(month, DECIDED + timedelta(days=3, seconds=-1)) == ["account_cooling"]
    assert closed(month, DECIDED + timedelta(days=3)) == []


# --- Opening ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_month_opens_on_its_day_with_the_whole_ceiling() -> None:
    seat = money.verified().participation
    due_at = months(seat)[0].due_at
    assert actions.open_months(due_at - timedelta(seconds=1)) == 0
    assert actions.open_months(due_at) == 1
    assert actions.open_months(due_at) == 0
    assert states() == [("ready", 600_000), *5 * [("scheduled", None)]]


@pytest.mark.django_db
def test_no_month_opens_before_its_day() -> None:
    seat = money.verified().participation
    with pytest.raises(Refusal, match="has not come yet"):
        actions.open_month(months(seat)[1], by=None, at=DUE)


@pytest.mark.django_db
def test_opening_together_is_opening_each() -> None:
    seats = money.seats(4)
    for n, seat in enumerate(seats):
        money.verified(seat, account_number=f"100000{n}")
    for seat in seats[:2]:
        actions.open_month(months(seat)[0], by=None, at=DUE)
    assert actions.open_months(DUE) == 2
    firsts = [months(seat)[0] for seat in seats]
    told = {
        (m.state, m.amount_minor, *[(t.from_state, t.to_state, t.agent, t.at) for t in Transition.objects.of(m)])
        for m in firsts
    }
    assert len(told) == 1


@pytest.mark.django_db
def test_a_missed_week_is_caught_up_once() -> None:
    money.verified()
    late = DUE + timedelta(days=70)
    assert actions.open_months(late) == 3
    assert actions.open_months(late) == 0
    assert [state for state, _amount in states()] == ["ready"] * 3 + ["scheduled"] * 3


@pytest.mark.django_db
def test_sweep_opens_and_leaves_a_run() -> None:
    money.verified()
    run = run_sweep("open_months", DUE)
    assert (run.acted, run.error) == (1, "")
    assert open_months(DUE) == 0


# --- Races ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_beats_open_each_month_once() -> None:
    for number, seat in enumerate(money.seats(3)):
        money.verified(seat, account_number=f"300{number:04}")
    results = at_once(*[lambda: actions.open_months(DUE) for _ in range(4)])
    assert sum(results) == 3
    opened = Transition.objects.filter(subject_table="payouts_disbursement", to_state="ready")
    assert opened.count() == opened.values("subject_id").distinct().count() == 3


@pytest.mark.django_db(transaction=True)
def test_stale_copy_opens_nothing_twice() -> None:
    seat = money.verified().participation
    first, second = months(seat)[0], months(seat)[0]
    actions.open_month(first, by=None, at=DUE)
    with pytest.raises(Refusal, match="already been done"):
        actions.open_month(second, by=None, at=DUE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_hold_and_opening_at_once_never_leave_a_held_month_opened_after_it(attempt: int) -> None:
    seat = money.verified().participation
    results = at_once(lambda: hold(seat), lambda: actions.open_months(DUE))
    [month, *_others] = months(seat)
    # Whoever came first: a month is ready only if it was opened before the hold, and is then not approved.
    assert results[0] is None
    assert (results[1] == 1) == (month.state == "ready")
    assert closed(month) == ["hold"]


def carry(month: Disbursement, minor: int) -> None:
    """Let a month carry in so much, by raw SQL."""
    cap = month.award.monthly_cap_minor
    with transaction.atomic():
        Disbursement.objects.filter(pk=month.pk).update(carried_minor=minor, ceiling_minor=cap + minor)


@pytest.mark.django_db
def test_a_month_carries_in_what_earlier_months_left_and_once_only() -> None:
    first, second, third, *_rest = months(money.verified().participation)
    with pytest.raises(IntegrityError, match="disbursement_carries_what_was_left"):
        carry(second, 1)  # the first month may still have all of it
    move(first, "ready", by=None, at=money.DUE, amount_minor=first.ceiling_minor - 100)
    with pytest.raises(IntegrityError, match="disbursement_carries_what_was_left"):
        carry(second, 101)
    carry(second, 100)
    with pytest.raises(IntegrityError, match="disbursement_carries_what_was_left"):
        carry(third, 1)
    carry(second, 0)
    carry(third, 100)
    assert [row for verdict in law_checks.check(registry.law_questions, money.DUE) for row in verdict.rows] == []
