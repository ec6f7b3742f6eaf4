"""Debian's own servers, each started by hand in a folder of the test's."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.waiting import until

PLACES = ":".join(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)))
PATH = f"{PLACES}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Enter = Sequence[str]
ENDS_WITHIN = 60.0  # seconds, a guard too: what hangs is killed


def lacking(reason: str) -> NoReturn:
    """Skip the test on a machine that lacks something; fail where everything was promised."""
    if os.environ.get("TREMPLIN_REQUIRE_STACK") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def require(program: str, package: str) -> str:
    """Give the path of a program of a Debian package."""
    found = shutil.which(program, path=PATH)
    return found or lacking(f"{program} was not found: install Debian's package {package}.")


def server_user() -> str | None:
    """Give the account that servers run as, which for root is Debian's own."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        lacking("There is no account postgres: install Debian's package postgresql.")


@dataclass
class Process:
    """A program that runs, and the file of what it says."""

    running: subprocess.Popen[bytes]
    log: Path
    ends_on: signal.Signals = signal.SIGTERM

    @classmethod
    def start(cls, command: Sequence[str], log: Path, env: Mapping[str, str], cwd: Path) -> "Process":
        """Start it in a session of its own, out of reach of the terminal."""
        with log.open("ab") as said:
            running = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(running, log)

    @property
    def lives(self) -> bool:
        return self.running.poll() is None

    def stop(self) -> None:
        """Ask it to end, and end what is left of it."""
        if self.lives:
            self.running.send_signal(self.ends_on)
        try:
            self.running.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()


class Servers:
    """PostgreSQL, Redis and PgBouncer in one folder, on one address; `enter` runs them on another host."""

    def __init__(self, folder: Path, address: str = "127.0.0.1", enter: Enter = ()) -> None:
        self.folder, self.address, self.enter = folder, address, enter
        self.user = server_user()
        self.env = {"PATH": PATH, "LC_ALL": "C.UTF-8", "PGHOST": str(folder), "PGUSER": "postgres"}
        self.started: list[Process] = []
        self.ports = {"postgres": 0, "redis": 0, "pgbouncer": 0}
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._give(folder)

    def _give(self, path: Path) -> None:
        if self.user:
            shutil.chown(path, self.user)

    def _start(self, name: str, *arguments: str) -> None:
        log = self.folder / f"{name}.log"
        command = [*self.enter, *self._as_user(), *arguments]
        process = Process.start(command, log, self.env, self.folder)
        if name == "postgres":
            process.ends_on = signal.SIGINT  # who is connected is sent away, as for an upgrade
        self.started.append(process)

    def _as_user(self) -> list[str]:
        if not self.user:
            return []
        return ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]

    def _ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        enter = [*self.enter, *self._as_user()]
        return subprocess.run([*enter, *command], env=self.env, cwd=self.folder, capture_output=True, text=True)

    def make_cluster(self) -> None:
        """Make a database cluster as the image's entrypoint does: passwords over TCP, trust on its own socket.

        Its own order is another than Tremplin's, as on most servers that somebody else made.
        """
        data = self.folder / "data"
        made = self._ask(
            *(
                "initdb",
                "--pgdata",
                str(data),
                "--username=postgres",
                "--encoding=UTF8",
                "--no-sync",
                "--locale=C.UTF-8",
            ),
            *("--data-checksums", "--auth-local=trust", "--auth-host=scram-sha-256"),
        )
        assert made.returncode == 0, made.stderr
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all all scram-sha-256\n")

    def copy_cluster(self, template: Path) -> None:
        """Begin with a copy of a stopped cluster."""
        subprocess.run(["cp", "-a", str(template / "data"), str(self.folder / "data")], check=True)

    def start_postgres(self, port: int) -> None:
        """Start PostgreSQL and wait until it answers."""
        self.ports["postgres"] = port
        self.env["PGPORT"] = str(port)
        # Nobody pulls the plug here: what the disk would cost is spared.
        options = {
            "listen_addresses": self.address,
            "port": port,
            "unix_socket_directories": self.folder,
            "fsync": "off",
        }
        given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._start("postgres", "postgres", "-D", str(self.folder / "data"), *given)
        until(lambda: self._ask("pg_isready", "--quiet").returncode == 0, "PostgreSQL answers")

    def start_redis(self, port: int, command: Sequence[str], password: str) -> None:
        """Start Redis by the command of a deployment, which ends in a script for the shell."""
        self.ports["redis"], self.env["REDISCLI_AUTH"] = port, password
        *shell, script = command
        assert script.count("redis-server - ") == 1
        place = f"--bind {self.address} --port {port} --dir {self.folder} --protected-mode no"
        self._start("redis", *shell, script.replace("redis-server - ", f"redis-server - {place} "))
        until(lambda: "PONG" in self.redis("ping"), "Redis answers")

    def redis(self, *words: str, password: str | None = None) -> str:
        """Ask Redis, with its own password or with another."""
        env = self.env if password is None else self.env | {"REDISCLI_AUTH": password}
        command = [*self.enter, "redis-cli", "-h", self.address, "-p", str(self.ports["redis"]), *words]
        return subprocess.run(command, env=env, cwd=self.folder, capture_output=True, text=True).stdout

    def start_pgbouncer(self, port: int, settings: str, passwords: Mapping[str, str]) -> None:
        """Start PgBouncer before PostgreSQL."""
        self.ports["pgbouncer"] = port
        users, config = self.folder / "userlist.txt", self.folder / "pgbouncer.ini"
        users.write_text("".join(f'"{name}" "{password}"\n' for name, password in passwords.items()))
        config.write_text(settings)
        self._start("pgbouncer", "pgbouncer", str(config))

        def answers() -> bool:
            with socket.socket() as link:
                return link.connect_ex((self.address, port)) == 0

        until(answers, "PgBouncer answers")

    def sql(self, statement: str, database: str = "tremplin") -> list[str]:
        """Ask PostgreSQL as its administrator; give the lines of the answer."""
        done = self._ask("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.split("\n")[:-1]

    def hold(self, statement: str) -> Callable[[], None]:
        """Hold what a statement locks; give what lets go of it."""
        command = [*self.enter, *self._as_user(), "psql", "-X", "-q", "-d", "tremplin"]
        session = subprocess.Popen(
            command, env=self.env, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert session.stdin
        assert session.stdout
        session.stdin.write(f"BEGIN; {statement};\n\\echo held\n".encode())
        session.stdin.flush()
        assert session.stdout.readline() == b"held\n"

        def release() -> None:
            session.communicate(b"COMMIT;\n")

        return release

    def stop(self) -> None:
        """Stop what runs, the last first."""
        for process in reversed(self.started):
            process.stop()
        self.started.clear()
