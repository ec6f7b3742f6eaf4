"""Days on which banks settle: those of the Federal Reserve (`FED`) and of TARGET (`XECB`)."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal

import holidays

Calendar = Literal["FED", "XECB"]


def is_banking_day(day: date, calendar: Calendar = "FED") -> bool:
    """Return whether payments settle on this day.

    :raises ValueError: for a year the calendar does not know.
    """
    if isinstance(day, datetime):  # never equal to a date, so every holiday would pass for a banking day
        raise TypeError("A banking day is a date in the bank's zone, not an instant.")
    return day.weekday() < 5 and day not in _closed(calendar, day.year)


def next_banking_day(day: date, calendar: Calendar = "FED") -> date:
    """Return the day itself if it is a banking day, or else the first one after it."""
    while not is_banking_day(day, calendar):
        day += timedelta(days=1)
    return day


def add_banking_days(day: date, n: int, calendar: Calendar = "FED") -> date:
    """Return the n-th banking day after the day (before it, if n is negative); the day itself if n is 0."""
    step = timedelta(days=1 if n > 0 else -1)
    left = abs(n)
    while left:
        day += step
        left -= is_banking_day(day, calendar)
    return day


@cache
def _closed(calendar: Calendar, year: int) -> frozenset[date]:
    # One fixed set a year: the library's own object fills itself while it is asked, and two threads asking at
    # once can be told that a holiday is none.
    closed = frozenset(holidays.financial_holidays(calendar, years=year, expand=False))
    if not closed:
        raise ValueError(f"The calendar {calendar} does not know the year {year}.")
    return closed
