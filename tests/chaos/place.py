"""Where a run happens: a folder of its own with a PostgreSQL and a Valkey that can be killed, and what the processes are told."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from portal.embedded import Postgres, Valkey
from portal.sealing.files import new_ring
from tests.ports import free_port

GONE_WITHIN = 30.0  # seconds


class Place:
    """The servers of one run, and the environment of its processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres, self.valkey = Postgres(folder, grace=1.0), Valkey(folder, grace=1.0)
        self.port = free_port()
        self.mail_port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        """What a host tells production's processes, but that the clock may be moved, as the demo's may."""
        return {
            "TREMPLIN_ENV": "demo",
            "DEBUG": "0",
            "TREMPLIN_VAR": str(self.folder),
            "TREMPLIN_KEYS": self._ring,
            "DATABASE_URL": self.postgres.dsn(),
            "REDIS_URL": f"redis+socket://{self.valkey.socket}",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "PORT": str(self.port),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(self.mail_port),
            "EMAIL_USE_TLS": "0",
            "MAIL_FROM": "programme@tremplin.example",
        }

    def start(self) -> None:
        """Start both servers and make a ring of keys."""
        self._ring = new_ring()
        self.postgres.ensure()
        self.valkey.ensure()

    def broker(self) -> "redis.Redis":
        """Give a client of the broker."""
        return redis.Redis(unix_socket_path=str(self.valkey.socket))

    def stop_broker(self) -> None:
        """Kill the broker with all it carries; it keeps nothing on disk."""
        if self.valkey.answers():
            _end(int(self.broker().info("server")["process_id"]), signal.SIGKILL)

    def copy_of_broker(self) -> dict[bytes, bytes]:
        """Give all that the broker carries, each key as it would be kept on disk."""
        broker = self.broker()
        with broker.pipeline() as together:
            keys: list[bytes] = list(broker.scan_iter())
            for key in keys:
                together.dump(key)
            return {key: value for key, value in zip(keys, together.execute(), strict=True) if value}

    def restore_broker(self, copy: Mapping[bytes, bytes]) -> None:
        """Put a copy in the place of all that the broker carries."""
        with self.broker().pipeline() as together:
            together.flushall()
            for key, value in copy.items():
                together.restore(key, 0, value)
            together.execute()

    def stop_database(self, sign: signal.Signals) -> None:
        """Stop the database server: SIGINT as a restart does, SIGKILL as a power cut does."""
        pid = int((self.postgres.data / "postmaster.pid").read_text().split("\n", 1)[0])
        _end(pid, sign)


@contextmanager
def opened() -> Iterator[Place]:
    """Give a place in a new folder, its servers running, and this process's settings pointing at them."""
    with TemporaryDirectory(prefix="tremplin-chaos-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the database's account passes through
        place = Place(folder / "v")
        place.start()
        os.environ.update(place.environment)
        try:
            yield place
        finally:
            _close(place)


def _close(place: Place) -> None:
    from django.db import connection

    connection.close()
    with suppress(OSError):
        place.stop_database(signal.SIGINT)
    with suppress(redis.RedisError):
        place.stop_broker()


def _end(pid: int, sign: signal.Signals) -> None:
    """Signal a process that is no child of ours, and wait until it is gone."""
    os.kill(pid, sign)
    deadline = time.monotonic() + GONE_WITHIN
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            sys.exit(f"Process {pid} does not end.")
        time.sleep(0.02)
