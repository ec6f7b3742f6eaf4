"""A database made once as a deployment makes it, and what every stack begins with."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.portal.outbox.smtp_server import MailServer, mail_server
from tests.ports import free_port
from tests.stack import debian, deployment
from tests.stack.debian import Servers
from tests.stack.deployment import Deployment


@dataclass(frozen=True)
class Made:
    """What the first deployment left: a stopped cluster, its secrets, the static files, and what `migrate` said."""

    cluster: Path
    secrets: Path
    static: Path
    said: str


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """Give a folder that other accounts can pass through to, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="tremplin-stack-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def made() -> Iterator[Made]:
    """Make the database as Compose would: the cluster, the roles, then the migrate job as the owner."""
    for program, package in (("initdb", "postgresql"), ("redis-server", "redis-server"), ("pgbouncer", "pgbouncer")):
        debian.require(program, package)
    with folder_for_all() as folder:
        static = folder / "static"
        env = {"PATH": f"{deployment.BIN}:{debian.PATH}", "DEBUG": "0", "STATIC_ROOT": str(static)}
        collecting = subprocess.Popen(
            ["python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0"], cwd=deployment.ROOT, env=env
        )
        said = _make(folder)
        assert collecting.wait() == 0
        yield Made(folder / "servers", folder / "secrets", static, said)


def _make(folder: Path) -> str:
    servers, keys = Servers(folder / "servers"), folder / "secrets"
    deployment.make_secrets(keys)
    servers.make_cluster()
    port = free_port()
    servers.start_postgres(port)
    try:
        deployment.make_roles(servers, keys)
        deployment.address_secrets(keys, serving=f"127.0.0.1:{port}", owner=f"127.0.0.1:{port}")
        deployment.broker_secret(keys, "redis:6379")
        swaps = {"/run/secrets": str(keys)}
        return Deployment(folder, swaps=swaps, given={"TREMPLIN_VAR": str(folder / "var")}).run("migrate")
    finally:
        servers.stop()


@dataclass
class Stack:
    """A database and a broker that run, and a deployment before them."""

    servers: Servers
    deployment: Deployment
    mail: MailServer
    port: int
    secrets: Path


@pytest.fixture
def stack(made: Made) -> Iterator[Stack]:
    """Start PostgreSQL and Redis on this machine; web, worker and beat are the test's to start."""
    with folder_for_all() as folder, mail_server() as mail:
        servers, keys, port = Servers(folder / "servers"), folder / "secrets", free_port()
        shutil.copytree(made.secrets, keys)
        servers.copy_cluster(made.cluster)
        servers.start_postgres(free_port())
        deployment.start_redis(servers, free_port(), keys)
        place = f"127.0.0.1:{servers.ports['postgres']}"
        deployment.address_secrets(keys, serving=place, owner=place)
        deployment.broker_secret(keys, f"127.0.0.1:{servers.ports['redis']}")
        swaps = {
            "/run/secrets": str(keys),
            "/tmp/beat": str(folder / "beat"),
            "0.0.0.0:8000": f"127.0.0.1:{port}",
            "127.0.0.1:8000": f"127.0.0.1:{port}",
        }
        given = {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail.port),
            "EMAIL_USE_TLS": "0",
            "STATIC_ROOT": str(made.static),
            "TREMPLIN_VAR": str(folder / "var"),
        }
        running = Deployment(folder, swaps=swaps, given=given)
        try:
            yield Stack(servers, running, mail, port, keys)
        finally:
            running.stop()
            servers.stop()
            print(running.said())  # pytest shows it of a test that failed
