"""Waiting for what a test needs, however slow the machine is."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import connection

# A guard against a wait without end on a stuck machine, no measure of speed.
PATIENCE = 300.0  # seconds

T = TypeVar("T")


def until(ask: Callable[[], T], what: str | Callable[[], object], pause: float = 0.05) -> T:
    """Ask until the answer is yes, and return it.

    :param what: what is waited for, or a function that tells more of it once the wait was in vain.
    """
    end = time.monotonic() + PATIENCE
    while not (answer := ask()):
        assert time.monotonic() < end, f"waited in vain: {what if isinstance(what, str) else what()}"
        time.sleep(pause)
    return answer


def somebody_waits() -> bool:
    """Tell whether a session of this database waits for what another holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            # Not of pg_stat_activity: a transaction that asks it again sees the sessions of its first look.
            "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND pid IN (SELECT l.pid FROM pg_locks l"
            " JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
