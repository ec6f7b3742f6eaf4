"""What we ask of the kernel: locks that end with their holder, and a signal when a parent dies."""

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1


def open_lock(path: Path) -> int:
    """Open a file to lock, made where it is missing; children that exec another program do not inherit it."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def take(lock: int, *, shared: bool = False) -> None:
    """Wait for the lock and take it."""
    fcntl.flock(lock, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def try_take(lock: int) -> bool:
    """Take the lock alone if nobody holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give_back(lock: int) -> None:
    """Let others have the lock."""
    fcntl.flock(lock, fcntl.LOCK_UN)


def is_free(path: Path) -> bool:
    """Return whether nobody holds a lock file."""
    lock = open_lock(path)
    try:
        if free := try_take(lock):
            give_back(lock)
        return free
    finally:
        os.close(lock)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock file, or a folder, for the length of a block."""
    lock = os.open(path, os.O_RDONLY) if path.is_dir() else open_lock(path)
    try:
        take(lock)
        yield
    finally:
        give_back(lock)  # and not by closing alone: a process forked meanwhile has it open too
        os.close(lock)


def end_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """Return what a child of this process calls to receive `sign` when this process dies, be it of kill -9.

    Only Linux offers this; elsewhere the child merely goes on.
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def ask() -> None:
        if prctl:
            prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return ask


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
