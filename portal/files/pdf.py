"""What a PDF is, found by opening it in a process that may die of it, and that cannot take more than its share."""

import logging
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

from django.core.files.base import File

from portal.files import pdf_child

log = logging.getLogger(__name__)

CHILD = Path(pdf_child.__file__)
WITHIN = 15.0  # seconds, waiting for the processor among them
QUICK = 2.0  # seconds after which a document gives way to those who serve; most need a tenth of one
AT_ONCE = threading.BoundedSemaphore(2)  # in each process that serves, so that a room full of uploads leaves it memory
BEHIND = 10  # a niceness
PATIENCE = WITHIN  # for the turn of somebody whose other document is opened
WAITING = 1  # documents of one person, beside the one that is opened: a thread each


class Busy(Exception):
    """It could not be opened now: more of this person wait than one thread is spared for, or the machine is very busy."""


class Turns:
    """Whose documents are being opened: of each person one after the other, so that nobody takes all places."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._here: Counter[int] = Counter()  # by person: what is being opened, or waits for it
        self._opened: set[int] = set()

    @contextmanager
    def of(self, person: int) -> Iterator[None]:
        """Take a person's turn.

        :raises Busy: where enough of theirs waits already, or what is being opened takes all the time it may.
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
    BROKEN = pdf_child.BROKEN  # is no PDF, has no page, or takes more than it may


def examine(file: "File[bytes]", *, of: int) -> Verdict:
    """Open a document of a person in a process of its own, and leave it at its beginning. Never inside a transaction (law 14).

    :param of: the person's id.
    :raises Busy: where enough of theirs waits already, or where it got too little of the processor to be judged. Of
        everybody's no more come in at a time than this process spares threads for (portal/operations/web_lanes.py).
    """
    with TURNS.of(of), AT_ONCE:
        file.seek(0)
        ended = _run(file.read())
        file.seek(0)
    if ended not in {verdict.value for verdict in Verdict}:
        log.warning("A document ended the process that opened it: %s", ended)
        return Verdict.BROKEN
    return Verdict(ended)


def _run(document: bytes) -> int:
    """Return how the process ended: by itself, or for more than it may take."""
    command = [sys.executable, "-I", str(CHILD)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=nothing, stderr=nothing, env={}, cwd="/") as child:  # noqa: S603  # our own file, by our own Python
        try:
            return _ended(child, document)
        except subprocess.TimeoutExpired as late:
            raise Busy from late
        finally:
            child.kill()  # does nothing to one that has ended


def _ended(child: "subprocess.Popen[bytes]", document: bytes) -> int:
    """Wait for its end; what takes long goes on behind those who serve."""
    with suppress(subprocess.TimeoutExpired):
        child.communicate(document, timeout=QUICK)
        return child.returncode
    with suppress(ProcessLookupError):
        os.setpriority(os.PRIO_PROCESS, child.pid, BEHIND)
    child.communicate(timeout=WITHIN - QUICK)
    return child.returncode
