"""The life of a private server: started by the first who needs it, shared by all, stopped after the last.

Three locks of the kernel tell everything, so that a kill -9 of anyone leaves no lie behind:

* `users` is held, shared, by each process that uses the server, until that process ends.
* `start` is held by the one process that sees to a start.
* `server` is inherited by the keeper, by the server and by all its children: free means that none is left.

The keeper (`python -m portal.embedded`) is the server's parent. It waits until nobody holds `users`, takes
that lock alone, so that a newcomer waits, and stops the server. When the keeper itself is killed, the kernel
tells the server to stop; who still needs it starts it again at the next connection.
"""

import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from portal.embedded import kernel
from portal.embedded.account import OUTSIDE, Account, account_for, make_folder

PROJECT = Path(__file__).resolve().parents[2]
START_WITHIN = 120.0  # seconds; the first start makes the data, one after a crash replays the log
STOP_WITHIN = 60.0
PULSE = 0.2


class EmbeddedServerError(Exception):
    """The private server cannot be started or reached; the text says why."""


class Server(ABC):
    """One private server of a folder for local data; the subclasses say what to run."""

    name: str
    socket_name: str
    stop_signal: signal.Signals

    def __init__(self, var: Path, *, grace: float = 5.0) -> None:
        """Describe the server whose files lie below `var`; it stops `grace` seconds after its last user."""
        self.var = var.absolute()
        self.grace = grace
        self._users: int | None = None

    @abstractmethod
    def answers(self) -> bool:
        """Return whether the server takes connections now."""

    @abstractmethod
    def prepare(self) -> list[str]:
        """Make what the server needs and give its command line; runs in the keeper, under the server lock."""

    def complete(self) -> None:  # noqa: B027  # not every server has something to add
        """Add, over a connection, what users expect to find."""

    # --- Places ---------------------------------------------------------------------------------------

    @cached_property
    def home(self) -> Path:
        """The folder of the server, made when first asked for.

        It lies in `var`; outside it, behind a link, where the account could not pass through to `var`.
        """
        own = self.var / self.name
        if own.exists():
            return own.resolve()
        self.var.parent.mkdir(parents=True, exist_ok=True)
        make_folder(self.var, 0o755)
        account = account_for(own, own / "data")
        with kernel.alone(self.var):
            if account.reaches(self.var):
                make_folder(own, 0o700 if account.is_ours else 0o755)
            elif not own.exists():
                own.unlink(missing_ok=True)
                make_folder(OUTSIDE, 0o755)
                outside = OUTSIDE / f"{self.name}-{_digest(own)}"
                make_folder(outside, 0o755)
                own.symlink_to(outside)
        return own.resolve()

    @cached_property
    def account(self) -> Account:
        return account_for(self.home, self.data)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the socket: of a short name, since a socket's path ends at 107 bytes."""
        return Path("/tmp") / f"tremplin-{_digest(self.home)}"  # noqa: S108  # made 0700, and its owner is checked

    @property
    def socket(self) -> Path:
        return self.sockets / self.socket_name

    def _lock(self, name: str) -> Path:
        return self.home / f"{name}.lock"

    # --- What a user does -----------------------------------------------------------------------------

    def hold(self) -> None:
        """Keep the server from being stopped while this process and its forks live."""
        if self._users is None:
            try:
                users = kernel.open_lock(self._lock("users"))
            except PermissionError as error:
                raise EmbeddedServerError(
                    f"{error.filename} belongs to another user. Set TREMPLIN_VAR to a folder of your own."
                ) from error
            kernel.take(users, shared=True)
            self._users = users

    def ensure(self) -> None:
        """Come back when the server answers, having started it if need be.

        :raises EmbeddedServerError: it does not start, with the end of its log.
        """
        self.hold()
        with kernel.alone(self._lock("start")):
            self._start()
            self.complete()

    def _start(self) -> None:
        """Launch the server once nobody else runs it, and wait for its answer."""
        launched = False
        give_up_at = time.monotonic() + START_WITHIN
        while not self.answers():
            # A server that is being stopped, or the children of a killed one, hold the lock for a moment yet.
            if kernel.is_free(self._lock("server")):
                if launched:
                    raise EmbeddedServerError(f"{self.name} does not start.\n{self._last_words()}")
                self._launch()
                launched = True
            if time.monotonic() > give_up_at:
                raise EmbeddedServerError(f"{self.name} runs but does not answer.\n{self._last_words()}")
            time.sleep(0.02)

    def _launch(self) -> None:
        """Start the keeper; when this returns it holds the server lock."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            subprocess.run(  # noqa: S603  # ourselves
                [sys.executable, "-m", "portal.embedded", self.name, str(self.var), str(self.grace)],
                env={"PYTHONUTF8": "1"},
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=True,
            )

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([*lines[-15:], f"({self.log})"])

    # --- What the keeper does -------------------------------------------------------------------------

    def keep(self) -> None:
        """Run the server, detached from who started it, until its last user is gone or it ends by itself."""
        self._inherited = kernel.open_lock(self._lock("server"))
        kernel.take(self._inherited)
        if os.fork():
            os._exit(0)
        os.chdir("/")
        users = kernel.open_lock(self._lock("users"))
        self._make_sockets()
        process = self._popen(self.prepare())
        appeared, last_used = False, time.monotonic()
        while process.poll() is None:
            time.sleep(PULSE)
            if self.socket.exists():
                appeared = True
            elif appeared or not self.sockets.exists():
                break  # someone emptied /tmp: only a fresh start makes the server reachable again
            if not kernel.try_take(users):
                last_used = time.monotonic()
            elif time.monotonic() - last_used >= self.grace:
                break  # with the lock in hand: a newcomer waits until the server is gone
            else:
                kernel.give_back(users)
        self._stop(process)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def run(self, command: list[str]) -> None:
        """Run a program of the server's to its end, as the server's account."""
        if code := self._popen(command).wait():
            raise EmbeddedServerError(f"{command[0]} ended with code {code}.")

    def _popen(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """Start a child that holds the server lock, and that stops should the keeper be killed."""
        return subprocess.Popen(  # noqa: S603  # what `prepare` gives
            command,
            env={"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath},
            cwd="/",
            stdin=subprocess.DEVNULL,
            pass_fds=[self._inherited],
            preexec_fn=kernel.end_with_parent(self.stop_signal),
            **self.account.popen,
        )

    def _stop(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(self.stop_signal)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _make_sockets(self) -> None:
        """Make the folder of the socket, or empty the one that a killed server left."""
        make_folder(self.sockets, 0o700, self.account)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.account.uid or found.st_mode & 0o077:
            raise EmbeddedServerError(f"{self.sockets} is not ours. Remove it.")
        for entry in self.sockets.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def package_folder(package: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(package)
    if not spec or not spec.submodule_search_locations:
        raise EmbeddedServerError(f"The package {package} is not installed; set DATABASE_URL and REDIS_URL.")
    return Path(spec.submodule_search_locations[0])


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
