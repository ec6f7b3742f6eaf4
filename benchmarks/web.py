"""The product as production serves it, and requests to it over HTTP."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings

from portal.operations.web import COMMAND

HOST = "127.0.0.1"
CLIENTS = 8
STARTS_WITHIN = 60.0
STOPS_WITHIN = 15.0


@contextlib.contextmanager
def serving(log: Path) -> Iterator["Site"]:
    """Start the site on a free port, and stop it at the end."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *COMMAND, f"{HOST}:{port}"]
    env = os.environ | {"LOG_LEVEL": "ERROR"}
    with log.open("w") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603  # our own words
        try:
            site = Site(port)
            site.wait()
            yield site
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN)


class Site:
    """The running site."""

    def __init__(self, port: int) -> None:
        self.port = port

    def wait(self) -> None:
        """Wait until it answers.

        :raises TimeoutError: if it does not.
        """
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until:
            with contextlib.suppress(OSError, HTTPException):
                if self.get("/healthz")[0] == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError("The site does not answer.")

    def get(self, path: str, cookie: str = "") -> tuple[int, int, float]:
        """Ask for a page; give status, bytes of the body, and seconds."""
        return self._ask("GET", path, {"Cookie": cookie} if cookie else {}, None)

    def post(self, path: str, cookie: str, fields: Mapping[str, str], token: str) -> tuple[int, int, float]:
        """Send a form."""
        headers = {
            "Cookie": f"{cookie}; {settings.CSRF_COOKIE_NAME}={token}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self._ask("POST", path, headers, urlencode({**fields, "csrfmiddlewaretoken": token}))

    def _ask(self, method: str, path: str, headers: dict[str, str], body: str | None) -> tuple[int, int, float]:
        connection = HTTPConnection(HOST, self.port, timeout=600)
        started = time.perf_counter()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            size = len(answer.read())
            return answer.status, size, time.perf_counter() - started
        finally:
            connection.close()

    def rate(self, path: str, cookie: str, *, seconds: float) -> float:
        """Return the requests a second that eight clients get answered."""
        until = time.monotonic() + seconds

        def client(_n: int) -> int:
            done = 0
            while time.monotonic() < until:
                self.get(path, cookie)
                done += 1
            return done

        started = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as clients:
            done = sum(clients.map(client, range(CLIENTS)))
        return done / (time.monotonic() - started)
