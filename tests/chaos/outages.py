"""What was away when: the windows that explain why somebody got no answer, or why a sweep failed."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils import timezone

# Something may suffer from what ended this long ago: a process that had no word of it yet.
AFTERMATH = 3.0  # seconds

Window = tuple[str, float, float]


class Outages:
    """The windows of a run, by the machine's monotonic clock; written and read by many threads."""

    def __init__(self) -> None:
        self._windows: list[Window] = []
        self._lock = threading.Lock()

    def explain(self, start: float, end: float) -> set[str]:
        """Name what was away at some moment between two instants."""
        with self._lock:
            return {what for what, since, until in self._windows if since <= end and start <= until + AFTERMATH}

    def without_database(self, start: float, end: float) -> bool:
        """Say whether the database was away at some moment between two instants."""
        return "database" in self.explain(start, end)

    def without_database_on(self, start: datetime, end: datetime) -> bool:
        """Say the same of two instants of the machine's calendar clock, which the rows of the database bear."""
        now, ticks = timezone.now(), time.monotonic()
        return self.without_database(*(ticks - (now - at).total_seconds() for at in (start, end)))

    @contextmanager
    def away(self, what: str, until: Callable[[], bool] | None = None) -> Iterator[None]:
        """Say that something is away meanwhile; with `until` it is back, in its own time, when that is so."""
        number = self._open(what)
        try:
            yield
        finally:
            if until is None:
                self._close(number)
            else:
                threading.Thread(target=self._wait, args=(number, until), daemon=True).start()

    def _open(self, what: str) -> int:
        with self._lock:
            self._windows.append((what, time.monotonic(), float("inf")))
            return len(self._windows) - 1

    def _wait(self, number: int, until: Callable[[], bool]) -> None:
        while not until():
            time.sleep(0.05)
        self._close(number)

    def _close(self, number: int) -> None:
        with self._lock:
            what, since, _ = self._windows[number]
            self._windows[number] = (what, since, time.monotonic())
