"""The one clock: what views, tasks, commands and the admin call the present.

Acts and queries never read it; they take `at`. The demo's clock can be moved ahead, so that a newcomer lives
through six months in an evening; production's cannot.
"""

import time
from datetime import date, datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.utils import timezone

from portal.language.dates import day_of

_OFFSET_IS_FRESH_FOR = 1.0  # seconds; every process of the demo follows a moved clock within this time
_offset: tuple[float, timedelta] | None = None
_stands_at: datetime | None = None


def now() -> datetime:
    """Return the present instant in UTC, moved by the demo's offset where there is one."""
    return _stands_at or timezone.now() + offset()


def today(zone: str = "UTC") -> date:
    """Return the present day in a zone."""
    return day_of(now(), zone=zone)


def offset() -> timedelta:
    """Return how far the demo's clock runs ahead; always zero in production."""
    global _offset
    if settings.PRODUCTION:
        return timedelta()
    if _offset is None or time.monotonic() - _offset[0] > _OFFSET_IS_FRESH_FOR:
        # By its name: a person of the models looks at the clock, too.
        row = apps.get_model("portal", "DemoClock").objects.first()
        _offset = (time.monotonic(), row.ahead if row else timedelta())
    return _offset[1]


def stand(at: datetime | None) -> None:
    """Let this process's clock stand at an instant, as a rehearsal's does on its own database; None lets it go on."""
    global _stands_at
    _stands_at = at


def forget() -> None:
    """Read the offset anew at the next question."""
    global _offset
    _offset = None
