"""What a PDF is, found by opening it in a process that may die of it, and that cannot take more than its share."""

import logging
import subprocess
import sys
import threading
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
PATIENCE = 2.0  # seconds, for a place; most documents give theirs back in less


class Busy(Exception):
    """Too many documents are being opened just now."""


class Verdict(Enum):
    """What opening a document has shown."""

    OPENS = pdf_child.OPENS
    LOCKED = pdf_child.LOCKED  # asks for a password
    BROKEN = pdf_child.BROKEN  # is no PDF, has no page, or took more than it may


def examine(file: "File[bytes]") -> Verdict:
    """Open a document in a process of its own, and leave it at its beginning. Never inside a transaction (law 14).

    :raises Busy: where as many are opened, or wait for it, as this process may spare threads for.
    """
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
