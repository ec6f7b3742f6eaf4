"""What a PDF is, found by opening it in a process that may die of it, and that cannot take more than its share."""

import logging
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from django.core.files.base import File

from portal.files import pdf_child

log = logging.getLogger(__name__)

CHILD = Path(pdf_child.__file__)
WITHIN = 15.0  # seconds, waiting for the processor among them
AT_ONCE = threading.BoundedSemaphore(2)  # in each process that serves, so that a room full of uploads leaves it memory
# Opened or waiting for it: half of the threads of a process (portal/operations/web.py). The others serve everybody else,
# also where each document takes all the time it may.
PLACES = threading.BoundedSemaphore(4)
PATIENCE = 2.0  # seconds, for a turn and for a place; most documents give theirs back in less
WAITING = 1  # documents of one person, beside the one that is opened: a thread each


class Busy(Exception):
    """Too many documents are being opened just now."""


class Turns:
    """Whose documents are being opened: of each person one after the other, so that nobody takes all places."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._here: Counter[int] = Counter()  # by person: what is being opened, or waits for it
        self._opened: set[int] = set()

    @contextmanager
    def of(self, person: int) -> Iterator[None]:
        """Take a person's turn.

        :raises Busy: where enough of theirs waits already, or what is being opened takes long.
        """
        with self._changed:
            if self._here[person] > WAITING:
                raise Busy
            self._here[person] += 1
        try:
            with self._changed:
                if not self._changed.wait_for(lambda: person not in self._opened, PATIENCE):
                    raise Busy
                self._opened.add(person)
            try:
                yield
            finally:
                with self._changed:
                    self._opened.remove(person)
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._here[person] -= 1
                if not self._here[person]:
                    del self._here[person]


TURNS = Turns()


class Verdict(Enum):
    """What opening a document has shown."""

    OPENS = pdf_child.OPENS
    LOCKED = pdf_child.LOCKED  # asks for a password
    BROKEN = pdf_child.BROKEN  # is no PDF, has no page, or took more than it may


def examine(file: "File[bytes]", *, of: int) -> Verdict:
    """Open a document of a person in a process of its own, and leave it at its beginning. Never inside a transaction (law 14).

    :param of: the person's id.
    :raises Busy: where others of theirs are opened, or as many of everybody's as this process may spare threads for.
    """
    with TURNS.of(of):
        return _examine(file)


def _examine(file: "File[bytes]") -> Verdict:
    if not PLACES.acquire(timeout=PATIENCE):
        raise Busy
    try:
        file.seek(0)
        with AT_ONCE:
            ended = _run(file.read())
    finally:
        PLACES.release()
        file.seek(0)
    if ended not in {verdict.value for verdict in Verdict}:
        log.warning("A document ended the process that opened it: %s", "out of time" if ended is None else ended)
        return Verdict.BROKEN
    return Verdict(ended)


def _run(document: bytes) -> int | None:
    """Return how the process ended, or None if it took too long and was killed."""
    command = [sys.executable, "-I", str(CHILD)]
    try:
        done = subprocess.run(  # noqa: S603  # our own file, by our own Python
            command, input=document, env={}, cwd="/", capture_output=True, timeout=WITHIN, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return done.returncode
