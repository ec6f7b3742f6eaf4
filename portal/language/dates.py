"""Days of instants: pure, without database or clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day_of(at: datetime, *, zone: str) -> date:
    """Give the day that an instant belongs to in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()
