"""The product's processes as a host runs them: each in a session of its own, started again whenever it dies."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from portal.embedded import kernel
from portal.management.commands.up import CALM, programs
from tests.chaos.place import Place

PULSE = 0.05  # seconds
RESTARTS_AFTER = (0.3, 1.5)  # seconds between a death and the new start
GONE_WITHIN = 20.0
BEHIND = 5  # how nice workers and beats are to the web server, so that their many starts leave people something

WEB, WORKERS, BEATS, AHEAD = "web", ("worker1", "worker2"), ("beat1", "beat2"), "beat-ahead"


@dataclass
class Program:
    """One program: its command, what runs of it now, and since when it may start again after a death."""

    command: list[str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    groups: list[int] = field(default_factory=list)
    starts_at: float = 0.0
    is_wanted: bool = True


class Host:
    """Starts what is wanted, and starts it again when it dies; `kill` is what happens to it."""

    def __init__(self, place: Place, seed: int, *, unguarded: bool = False) -> None:
        commands = programs("127.0.0.1", str(place.port), 2)
        if unguarded:
            commands[WEB] = [word.replace("portal.wsgi", "tests.chaos.unguarded") for word in commands[WEB]]
        ahead = [sys.executable, "-m", "tests.chaos.ahead"]
        self.place = place
        self.random = random.Random(f"host {seed}")
        self.programs = {
            WEB: commands["web"],
            **dict.fromkeys(WORKERS, commands["worker"]),
            **dict.fromkeys(BEATS, commands["beat"]),
            AHEAD: ahead,
        }
        self.running = {name: Program(command, place.folder / f"{name}.log") for name, command in self.programs.items()}
        self.running[AHEAD].is_wanted = False
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._keep, name="host")
        post = [sys.executable, "-m", "tests.chaos.post", str(place.mail_port), str(self.mail_notes)]
        self._post = subprocess.Popen(post, start_new_session=True, preexec_fn=_dies_with_us())

    @property
    def mail_notes(self) -> Path:
        """The file in which the mail server writes down what it took."""
        return self.place.folder / "post.jsonl"

    def start(self) -> None:
        """Start everything that is wanted, and go on doing so."""
        self._thread.start()

    def want(self, name: str, *, wanted: bool) -> None:
        """Say whether a program is to run; one that is not is not started again."""
        self.running[name].is_wanted = wanted

    def kill(self, name: str, *, whole: bool) -> bool:
        """Kill -9 a program: with all its children, or alone; give whether it ran."""
        with self._lock:
            process = self.running[name].process
            if process is None or process.poll() is not None:
                return False
            with suppress(ProcessLookupError):
                (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            return True

    def kill_all(self, name: str) -> None:
        """Kill -9 a program and whatever is left of its earlier lives, and wait until all of it is gone."""
        self.kill(name, whole=True)
        program = self.running[name]
        deadline = time.monotonic() + GONE_WITHIN
        while left := [pid for group in program.groups for pid in self._members(group)]:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if time.monotonic() > deadline:
                sys.exit(f"{name} does not end: {left}")
            time.sleep(0.02)
        program.groups.clear()

    def _members(self, group: int) -> list[int]:
        """Give the living processes of a group, if they are of this run: numbers are used again."""
        told = f"TREMPLIN_VAR={self.place.folder}\0".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                pid = int(entry.name)
                if os.getpgid(pid) == group and told in (entry / "environ").read_bytes():
                    found.append(pid)
        return found

    def kill_child(self, name: str) -> bool:
        """Kill -9 one child of a program; give whether it had any."""
        process = self.running[name].process
        if process is None or not (children := children_of(process.pid)):
            return False
        with suppress(ProcessLookupError):
            os.kill(self.random.choice(children), signal.SIGKILL)
        return True

    def is_serving(self) -> bool:
        """Tell whether the web server answers, and it is the one started last: a killed one's children go on for a while."""
        program = self.running[WEB]
        now = program.process.pid if program.process and program.process.poll() is None else 0
        earlier = [pid for group in program.groups if group != now for pid in self._members(group)]
        return bool(now) and not earlier and ask(self.place.port, "/healthz") == 200

    def is_ready(self) -> bool:
        """Tell whether the product says of itself that all is well."""
        return ask(self.place.port, "/readyz") == 200

    def stop(self) -> None:
        """End every process that was ever started here."""
        self._over.set()
        self._thread.join()
        for name in self.running:
            self.kill_all(name)
        self._post.kill()
        self._post.wait()

    def _keep(self) -> None:
        while not self._over.wait(PULSE):
            with self._lock:
                for name in self.running:
                    self._look_after(name)

    def _look_after(self, name: str) -> None:
        program, now = self.running[name], time.monotonic()
        if program.process and program.process.poll() is not None:
            program.process = None
            program.starts_at = now + self.random.uniform(*RESTARTS_AFTER)
        if program.process is None and program.is_wanted and now >= program.starts_at:
            with program.log.open("ab") as log:
                program.process = subprocess.Popen(
                    program.command,
                    env=os.environ | CALM,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=_dies_with_us(nice=0 if name == WEB else BEHIND),
                )
            program.groups.append(program.process.pid)


def children_of(pid: int) -> list[int]:
    """Give the children of a process, of whichever of its threads."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in listed.read_text().split()]
    return found


def ask(port: int, path: str) -> int:
    """Give the status with which the web server answers; 0 for no answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (HTTPException, OSError):
        return 0
    finally:
        connection.close()


def _dies_with_us(nice: int = 0) -> Callable[[], None]:
    """Let no process outlive this one, whatever ends it."""
    end = kernel.end_with_parent(signal.SIGKILL)

    def ask_the_kernel() -> None:
        end()
        os.nice(nice)

    return ask_the_kernel
