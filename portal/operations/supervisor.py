"""Run a few programs side by side as one, for `make run`.

Written here rather than taken from a library, for what `make run` promises: nothing outlives it, not even after a
kill -9; a signal at any moment stops all; and each program is asked alone, so that a worker's children finish
what they are doing.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

from portal.embedded import kernel

STOP_WITHIN = 12.0  # seconds
LONGEST_LINE = 2**20

Say = Callable[[str, str], None]


async def supervise(
    programs: Mapping[str, Sequence[str]],
    *,
    env: Mapping[str, str],
    say: Say,
    herald: Callable[[], Coroutine[Any, Any, None]],
) -> str | None:
    """Run the programs until a signal comes or one of them ends; give the name of the one that ended.

    Each line they print goes to `say(name, line)`, until a signal comes: what a program cries when it is cut
    short in its start is no news to who asked for it. `herald` runs beside them.
    """
    told = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, told.set)
    running = {name: await _start(command, env) for name, command in programs.items()}
    ends = {asyncio.create_task(process.wait()): name for name, process in running.items()}
    pumps = [asyncio.create_task(_pump(name, process, say, told)) for name, process in running.items()]
    heralding = asyncio.create_task(herald())
    stopping = asyncio.create_task(told.wait())

    await asyncio.wait([stopping, *ends], return_when=asyncio.FIRST_COMPLETED)
    ended = None if told.is_set() else next(name for end, name in ends.items() if end.done())
    heralding.cancel()
    stopping.cancel()
    await _stop(running.values(), ends)
    await asyncio.gather(*pumps)
    return ended


async def _start(command: Sequence[str], env: Mapping[str, str]) -> asyncio.subprocess.Process:
    """Start a program in a session of its own, out of reach of the terminal's Ctrl-C."""
    return await asyncio.create_subprocess_exec(
        *command,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LONGEST_LINE,
        start_new_session=True,
        preexec_fn=kernel.end_with_parent(signal.SIGTERM),
    )


async def _pump(name: str, process: asyncio.subprocess.Process, say: Say, told: asyncio.Event) -> None:
    assert process.stdout
    async for line in process.stdout:
        text = line.decode(errors="replace").rstrip()
        if text and not told.is_set():
            say(name, text)


async def _stop(processes: Collection[asyncio.subprocess.Process], ends: Collection[asyncio.Task[int]]) -> None:
    """Ask each program to stop, and end what is left of it after a while."""
    for process in processes:
        if process.returncode is None:
            process.terminate()
    await asyncio.wait(ends, timeout=STOP_WITHIN)
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.wait(ends)
