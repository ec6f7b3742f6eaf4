"""`manage.py up`, as `make run` calls it: one command starts everything, and nothing outlives it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal.embedded import Postgres, Valkey
from portal.embedded.server import PROJECT
from tests.portal.test_embedded import ENV, open_folder, postmaster, valkey_pid, wait_until_stopped
from tests.ports import free_port
from tests.waiting import PATIENCE, until

ROLES = ("founder", "reviewer", "mentor", "manager", "finance: prepares", "finance: approves", "auditor")


class Up:
    """One `manage.py up` with an almost empty environment, and its lines."""

    def __init__(self, var: Path, port: int) -> None:
        self.port = port
        self.output = var.with_name(f"{port}.log")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=ENV | {"TREMPLIN_VAR": str(var), "PORT": str(port)},
                cwd=PROJECT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def lines(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        def said() -> bool:
            assert self.process.poll() is None, self.lines()
            return words in self.lines()

        until(said, self.lines)

    def get(self, path: str) -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def end(self, sign: signal.Signals) -> int:
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)


@pytest.fixture
def place() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder


def processes_of(var: Path) -> list[str]:
    """List the commands of the processes that were told of this folder."""
    told = f"TREMPLIN_VAR={var}\0".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if told in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended, or is not ours to look at
            continue
    return found


def wait_until_gone(var: Path) -> None:
    until(lambda: not processes_of(var), lambda: processes_of(var))


def kill_servers(var: Path) -> None:
    """Kill the embedded servers under everyone's hands."""
    for server, pid in ((Postgres(var), postmaster(var)), (Valkey(var), valkey_pid(var))):
        os.kill(pid, signal.SIGKILL)
        wait_until_stopped(server)


def site_url(var: Path) -> str:
    """Ask what somebody gets who runs a command by hand, without a word about the port."""
    program = "import django; django.setup(); from django.conf import settings; print(settings.SITE_URL)"
    env = ENV | {"TREMPLIN_VAR": str(var), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    told = subprocess.run([sys.executable, "-c", program], env=env, cwd=PROJECT, check=True, stdout=subprocess.PIPE)
    return told.stdout.decode().strip()


def run_sweep_in_worker(var: Path) -> None:
    """Have the running worker run a sweep, and wait until it has."""
    program = (
        "import django, time; django.setup()\n"
        "from portal.models import JobRun; from portal.tasks import tick\n"
        "run = JobRun.objects.filter(request_id=tick.delay('housekeeping').id, finished_at__isnull=False, error='')\n"
        "while not run.exists(): time.sleep(0.1)\n"
    )
    env = ENV | {"TREMPLIN_VAR": str(var), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    subprocess.run([sys.executable, "-c", program], env=env, cwd=PROJECT, check=True, timeout=PATIENCE)


@pytest.mark.slow
def test_two_at_once_on_a_new_database_survive_its_kill_and_leave_nothing_behind(place: Path) -> None:
    var = place / "var"
    one, two = Up(var, free_port()), Up(var, free_port())
    try:
        for up in (one, two):
            up.wait_for("Ctrl-C stops everything")
            assert (up.get("/"), up.get("/healthz")) == (200, 200)
            assert f"http://localhost:{up.port}" in up.lines()
            accounts = re.findall(r"^ +ready \| (\S.+?) +(\S+@\S+) +(\S+)$", up.lines(), re.MULTILINE)
            assert {role for role, _, _ in accounts}.issuperset(ROLES)
        assert not list(place.rglob("celerybeat-schedule*"))

        assert one.end(signal.SIGINT) == 0, one.lines()
        assert one.lines().endswith("Stopped.\n")
        assert two.get("/") == 200

        assert site_url(var) in {f"http://localhost:{up.port}" for up in (one, two)}

        kill_servers(var)
        run_sweep_in_worker(var)
        assert two.get("/") == 200

        assert two.end(signal.SIGKILL) == -signal.SIGKILL
        wait_until_gone(var)
        wait_until_stopped(Postgres(var))
        wait_until_stopped(Valkey(var))
    finally:
        for up in (one, two):
            up.process.kill()
            up.process.wait()


def test_a_taken_port_is_told_before_anything_starts(place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_up(place, PORT=str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"CommandError: Cannot listen on 127.0.0.1:{port}: address already in use. Try another port: PORT=9000 make run\n"
    )
    assert not (place / "var").exists()


@pytest.mark.parametrize("port", ["eighty", "99999", "-1"])
def test_a_port_that_is_none_is_told(place: Path, port: str) -> None:
    done = run_up(place, PORT=port)
    assert done.returncode == 1
    assert done.stderr == f"CommandError: PORT must be a number from 1 to 65535, not '{port}'.\n"


def run_up(place: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "up"],
        env=ENV | {"TREMPLIN_VAR": str(place / "var")} | variables,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
