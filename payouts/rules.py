"""Days of money: pure rules, without database or clock."""

from datetime import UTC, date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from applications.models import Programme
from payouts.rails.banking_days import Calendar, add_banking_days
from portal.language.dates import day_of

# Days without an answer after which an ACH credit counts as arrived: most returns come within two banking days.
SETTLES_AFTER = 2


def due_at(period: date, *, day: int, zone: str) -> datetime:
    """Return the instant at which a month's money is due: the first moment of its payment day in the programme's zone.

    Where clocks jump over midnight that night, it is the first moment after.
    """
    return datetime.combine(period.replace(day=day), time(), ZoneInfo(zone)).astimezone(UTC)


def effective_on(at: datetime, *, zone: str, calendar: str) -> date:
    """Return the day on which a file made now takes effect: the next banking day, as its bank counts days."""
    return add_banking_days(day_of(at, zone=zone), 1, cast(Calendar, calendar))


def days_of_batch(programme: Programme, at: datetime) -> dict[str, Any]:
    """Return the days on which a batch of this moment takes effect and counts as paid, by their fields."""
    effective = effective_on(at, zone=programme.timezone, calendar=programme.banking_calendar)
    return {"effective_on": effective, "settles_on": settles_on(effective, calendar=programme.banking_calendar)}


def settles_on(effective: date, *, calendar: str) -> date:
    """Return the day on which a payment counts as arrived, if it has not come back."""
    return add_banking_days(effective, SETTLES_AFTER, cast(Calendar, calendar))
