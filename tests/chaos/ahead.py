"""A beat whose clock runs a year ahead: `python -m tests.chaos.ahead` is `celery beat` under a wrong clock.

The clock is turned before anything of Celery is loaded, so that all of it, the ticks' expiry included, reads the wrong one.
"""

import datetime
import sys
import time

AHEAD = datetime.timedelta(days=365)


class AheadDateTime(datetime.datetime):
    """A datetime whose present lies a year ahead."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> "AheadDateTime":
        return super().now(tz) + AHEAD

    @classmethod
    def utcnow(cls) -> "AheadDateTime":
        return super().utcnow() + AHEAD


def turn_the_clock() -> None:
    """Turn this process's clock a year ahead."""
    right = time.time
    time.time = lambda: right() + AHEAD.total_seconds()
    datetime.datetime = AheadDateTime  # type: ignore[misc]  # the very point


if __name__ == "__main__":
    turn_the_clock()
    from celery.__main__ import main

    sys.argv = ["celery", "--app", "portal.celery", "--quiet", "beat"]
    main()
