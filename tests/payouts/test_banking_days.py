"""Banking days of the Federal Reserve and of TARGET."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.rails import banking_days
from payouts.rails.banking_days import Calendar, add_banking_days, is_banking_day, next_banking_day

DAYS = st.dates(date(2020, 1, 1), date(2039, 12, 31))
CALENDARS: st.SearchStrategy[Calendar] = st.sampled_from(["FED", "XECB"])


@pytest.mark.parametrize("day", [date(2026, 7, 3), date(2027, 6, 18), date(2027, 12, 24), date(2027, 12, 31)])
def test_fed_is_open_on_fridays_before_a_holiday_that_falls_on_saturday(day: date) -> None:
    assert is_banking_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 1, 1),
        date(2026, 1, 19),
        date(2026, 6, 19),
        date(2026, 7, 4),
        date(2026, 10, 12),
        date(2026, 11, 11),
        date(2026, 11, 26),
        date(2026, 12, 25),
        date(2027, 7, 5),  # the fourth is a Sunday
        date(2026, 11, 7),
        date(2026, 11, 8),
    ],
)
def test_fed_is_closed_on_its_holidays_and_weekends(day: date) -> None:
    assert not is_banking_day(day)


@pytest.mark.parametrize(
    ("day", "fed", "target"),
    [
        (date(2026, 4, 3), True, False),  # Good Friday
        (date(2026, 4, 6), True, False),  # Easter Monday
        (date(2026, 5, 1), True, False),
        (date(2026, 11, 26), False, True),  # Thanksgiving
        (date(2025, 12, 26), True, False),
        (date(2026, 12, 25), False, False),
    ],
)
def test_calendars_differ(day: date, fed: bool, target: bool) -> None:
    assert (is_banking_day(day, "FED"), is_banking_day(day, "XECB")) == (fed, target)


@pytest.mark.parametrize(
    ("day", "after"),
    [
        (date(2026, 11, 3), date(2026, 11, 3)),
        (date(2026, 11, 7), date(2026, 11, 9)),
        (date(2026, 11, 11), date(2026, 11, 12)),
        (date(2027, 12, 31), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 3)),
    ],
)
def test_next_banking_day_is_the_day_itself_or_the_first_after(day: date, after: date) -> None:
    assert next_banking_day(day) == after


@pytest.mark.parametrize(
    ("day", "n", "result"),
    [
        (date(2026, 11, 3), 0, date(2026, 11, 3)),
        (date(2026, 11, 3), 2, date(2026, 11, 5)),
        (date(2026, 11, 10), 2, date(2026, 11, 13)),
        (date(2026, 11, 7), 1, date(2026, 11, 9)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),
        (date(2026, 12, 31), 5, date(2027, 1, 8)),
        (date(2026, 11, 12), -1, date(2026, 11, 10)),
    ],
)
def test_add_banking_days_counts_days_on_which_banks_settle(day: date, n: int, result: date) -> None:
    assert add_banking_days(day, n) == result


@given(DAYS, st.integers(0, 30), st.integers(0, 30), CALENDARS)
def test_add_banking_days_in_two_steps_is_one(day: date, n: int, m: int, calendar: Calendar) -> None:
    assert add_banking_days(add_banking_days(day, n, calendar), m, calendar) == add_banking_days(day, n + m, calendar)


@given(DAYS, st.integers(1, 30), CALENDARS)
def test_add_banking_days_lands_on_the_day_it_counted_to(day: date, n: int, calendar: Calendar) -> None:
    result = add_banking_days(day, n, calendar)
    between = [day + timedelta(days=step) for step in range(1, (result - day).days + 1)]

    assert is_banking_day(result, calendar)
    assert sum(is_banking_day(one, calendar) for one in between) == n


def test_an_instant_is_no_day() -> None:
    with pytest.raises(TypeError, match="date"):
        is_banking_day(datetime(2026, 11, 11, tzinfo=UTC))


def test_a_year_the_calendar_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="2199"):
        is_banking_day(date(2199, 12, 24))


def test_threads_that_ask_first_and_at_once_are_told_the_same() -> None:
    banking_days._closed.cache_clear()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(is_banking_day, [date(2031, 12, 25)] * 64))

    assert answers == [False] * 64
