"""What runs side by side stops together, whatever happens to one of them or to the supervisor."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from portal.operations import supervisor
from tests.waiting import until


def program(source: str) -> list[str]:
    return [sys.executable, "-c", f"import os, signal, sys, time\n{source}; time.sleep(600)"]


STUBBORN = program("signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork(); os.write(1, b'%d\\n' % os.getpid())")
GOODBYE = program("signal.signal(signal.SIGTERM, lambda *_: sys.exit('goodbye')); print('up', flush=True)")


def run(programs: Mapping[str, Sequence[str]], *, until: int = 0) -> tuple[str | None, list[tuple[str, str]]]:
    """Supervise, with a Ctrl-C once `until` lines have come; give who ended, and the lines."""
    lines: list[tuple[str, str]] = []

    async def herald() -> None:
        while until:
            await asyncio.sleep(0.01)
            if len(lines) >= until:
                os.kill(os.getpid(), signal.SIGINT)
                return

    ended = asyncio.run(
        supervisor.supervise(
            programs, env=dict(os.environ), say=lambda name, line: lines.append((name, line)), herald=herald
        )
    )
    return ended, lines


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_a_signal_stops_all_in_silence() -> None:
    ended, lines = run({"one": GOODBYE, "two": GOODBYE}, until=2)
    assert ended is None
    assert sorted(lines) == [("one", "up"), ("two", "up")]


def test_a_program_that_ends_takes_the_others_along_and_last_words_are_heard() -> None:
    ended, lines = run({"short": program("sys.exit('out of words')"), "long": GOODBYE})
    assert ended == "short"
    assert ("short", "out of words") in lines


def test_a_program_that_does_not_heed_is_killed_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_WITHIN", 0.2)
    ended, lines = run({"stubborn": STUBBORN}, until=2)
    pids = [int(line) for _, line in lines]
    assert (ended, len(pids)) == (None, 2)
    until(lambda: not any(map(is_alive, pids)), "parent and child are gone")
