"""`manage.py up`: everything the product needs on one machine, which is what `make run` starts."""

import asyncio
import os
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from portal.embedded import EmbeddedServerError
from portal.operations import supervisor, web

HEALTH_WITHIN = 1.0  # seconds
SLOW_LINES_WITHIN = 600  # seconds; who stops all of it waits for portal.operations.supervisor.STOP_WITHIN alone
SEED = "seed_demo"
# Lines come at once; Celery neither checks what `make check` has checked nor warns of root each time.
CALM = {
    "PYTHONUNBUFFERED": "1",
    "CELERY_SKIP_CHECKS": "1",
    "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
}


class Command(BaseCommand):
    """Prepare the database, then run web, worker and beat until Ctrl-C."""

    help = "Prepares the database, then runs web, worker and beat until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="the port to listen on")
        parser.add_argument("--workers", type=int, default=web.workers, help="processes of the web server")

    def handle(self, *, host: str, port: str, workers: int, **_: Any) -> None:
        """Come back when everything has stopped.

        :raises CommandError: the port is taken, or one of the three stopped by itself.
        """
        check_port(host, port)
        try:
            self.prepare()
        except EmbeddedServerError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped before the start.") from None
        ended = asyncio.run(
            supervisor.supervise(
                programs(host, port, workers),
                env=os.environ | CALM | {"PORT": port},
                say=self.say,
                herald=lambda: self.announce(host, port),
            )
        )
        if ended:
            raise CommandError(f"{ended} stopped by itself; its last lines are above.")
        self.say("setup", "Stopped.")

    def prepare(self) -> None:
        """Bring words, tables, static files and the demo up to date; a second `up` waits for the first."""
        self.say("setup", "Preparing the database ...")
        if stale_catalogues():
            call_command("messages", "compile", verbosity=0)
        with one_at_a_time():
            call_command("migrate", interactive=False, verbosity=0, skip_checks=False)
            if has_demo() and not apps.get_model(settings.ROLE_SCOPE_MODEL)._default_manager.exists():
                self.say("setup", "Making the demo programme ...")
                call_command(SEED, stdout=StringIO())
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        connection.close()

    async def announce(self, host: str, port: str) -> None:
        """Say where the product is, once it answers."""
        while not await asyncio.to_thread(answers, host, port):
            await asyncio.sleep(0.1)
        settings.PORT_FILE.write_text(port)
        self.say("ready", os.environ.get("SITE_URL") or f"http://localhost:{port}")
        for account in demo_accounts():
            self.say("ready", account)
        self.say("ready", "Ctrl-C stops everything.")

    def say(self, name: str, line: str) -> None:
        """Print a line with the name of whose it is."""
        self.stdout.write(f"{name:>6} | {line}")
        self.stdout.flush()


def has_demo() -> bool:
    """Return whether this is a demo, and its command is installed: the image of production has none."""
    return settings.DEMO and SEED in get_commands()


def demo_accounts() -> list[str]:
    """List the demo's accounts, one a line."""
    lines = StringIO()
    if has_demo():
        call_command(SEED, accounts=True, stdout=lines)
    return lines.getvalue().splitlines()


def programs(host: str, port: str, workers: int) -> dict[str, list[str]]:
    """Return the commands of web, worker and beat."""
    python = [sys.executable, "-m"]
    # No proxy takes slow bodies off the line here: a process that ends alone lets them come whole first.
    served = [*web.COMMAND, f"{host}:{port}", "--workers", str(workers), "--graceful-timeout", str(SLOW_LINES_WITHIN)]
    celery = ["celery", "--app", "portal.celery", "--quiet"]
    worker = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "web": [*python, *served],
        "worker": [*python, *celery, *worker],
        "beat": [*python, *celery, "beat"],
    }


def check_port(host: str, port: str) -> None:
    """Refuse a port that is no port, or that another program has."""
    try:
        with socket.create_server((host, int(port))):
            return
    except (ValueError, OverflowError):
        raise CommandError(f"PORT must be a number from 1 to 65535, not {port!r}.") from None
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise CommandError(f"Cannot listen on {host}:{port}: {why}. Try another port: PORT=9000 make run") from None


def answers(host: str, port: str) -> bool:
    """Return whether the web server is alive."""
    connection = HTTPConnection(host, int(port), timeout=HEALTH_WITHIN)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (HTTPException, OSError):
        return False
    finally:
        connection.close()


def stale_catalogues() -> bool:
    """Return whether a message catalogue is newer than what was compiled from it."""

    def stale(source: Path) -> bool:
        compiled = source.with_suffix(".mo")
        return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime

    return any(stale(source) for folder in settings.LOCALE_PATHS for source in Path(folder).rglob("*.po"))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock of the database for the length of a block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('tremplin:up', 0))")
        yield
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended('tremplin:up', 0))")
