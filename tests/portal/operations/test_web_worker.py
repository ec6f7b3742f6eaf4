"""The processes of the web: no thread waits for a line, and who ends lets what is on its way come whole."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from portal.operations import web
from tests.ports import free_port
from tests.waiting import PATIENCE, until

ROOT = Path(__file__).parents[3]
BODY = b"slow" * 1000
Serve = Callable[..., "Site"]


class Site:
    """gunicorn with one process, or as many as are asked for, before an application that is no Django."""

    def __init__(self, log: Path, *more: str) -> None:
        self.port, self.log = free_port(), log
        command = [word.replace("portal.wsgi", "tests.portal.operations.slow_app") for word in web.COMMAND]
        words = [sys.executable, "-m", *command, f"127.0.0.1:{self.port}", "--workers", "1", *more]
        with log.open("wb") as said:
            self.master = subprocess.Popen(words, cwd=ROOT, stdout=said, stderr=said, start_new_session=True)

    def ask(self, path: str = "/", body: bytes = b"", **headers: str) -> list[str]:
        """Ask on a connection of its own; give the words of the answer: process, digest, protocol."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as asking:
            asking.request("POST", path, body, headers)
            return asking.getresponse().read().decode().split()

    def process(self) -> int:
        """Return the process that answers."""
        return int(self.ask()[0])

    def process_if_any(self) -> int | None:
        """Return the process that answers, if it does not end before."""
        try:
            return self.process()
        except (HTTPException, ConnectionError):
            return None

    def answers(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    @contextmanager
    def slow(self, body: bytes = BODY) -> Iterator[socket.socket]:
        """Announce a body and send its first byte."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line:
            head = f"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            line.sendall(head.encode() + body[:1])
            yield line


def rest(line: socket.socket, body: bytes = BODY) -> tuple[int, str]:
    """Send the rest of a body; give the process that answered it, and the digest of what it got."""
    line.sendall(body[1:])
    said = b"".join(iter(lambda: line.recv(2**16), b"")).partition(b"\r\n\r\n")[2].decode().split()
    return int(said[0]), said[1]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a site; end it with the test."""
    with ExitStack() as running:

        def start(*more: str) -> Site:
            site = Site(tmp_path / "web.log", *more)
            running.callback(site.master.wait)
            running.callback(site.master.kill)
            until(lambda: site.answers() and site.ask(), lambda: site.log.read_text())
            return site

        yield start


def test_more_slow_bodies_than_threads_hold_up_nobody(serve: Serve) -> None:
    site = serve("--threads", "2")
    with ExitStack() as held:
        lines = [held.enter_context(site.slow()) for _ in range(10)]
        assert site.process()
        assert {rest(line)[1] for line in lines} == {sha256(BODY).hexdigest()}


def test_answer_to_head_has_no_body(serve: Serve) -> None:
    site = serve()
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)) as asking:
        for path in ("/", "/much", "/"):
            asking.request("HEAD", path)
            answer = asking.getresponse()
            assert (answer.status, answer.read()) == (200, b"")
            size = int(answer.headers["Content-Length"])
            asking.request("GET", path)
            assert len(asking.getresponse().read()) == size > 0


FILES = {"Content-Type": "multipart/form-data; boundary=part"}


def test_bodies_with_files_take_half_of_the_threads(serve: Serve) -> None:
    site = serve("--threads", "2")
    first = site.process()
    with ExitStack() as held, ThreadPoolExecutor(8) as asking:
        for kind in ("multipart/form-data; boundary=part", " MultiPart/Mixed", "multipart/form-data") * 2:
            line = held.enter_context(socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE))
            line.sendall(f"POST /hang HTTP/1.1\r\nHost: here\r\nContent-Type:{kind}\r\n\r\n".encode())
        waits = asking.submit(site.ask, "/", b"file", **FILES)
        assert [site.process() for _ in range(20)] == [first] * 20, "the other thread serves everybody else"
        assert not waits.done()
        site.master.kill()
        assert isinstance(waits.exception(), HTTPException | ConnectionError)


def test_bodies_with_files_are_all_answered_in_their_turn(serve: Serve) -> None:
    site = serve("--threads", "2")
    with ThreadPoolExecutor(20) as asking:
        told = list(asking.map(lambda n: site.ask("/", b"%d" % n, **FILES)[1], range(40)))
    assert told == [sha256(b"%d" % n).hexdigest() for n in range(40)]
    assert site.process()


def test_slow_readers_hold_up_nobody(serve: Serve) -> None:
    site = serve("--threads", "1")
    with ExitStack() as held:
        for _ in range(3):
            line = held.enter_context(socket.create_connection(("127.0.0.1", site.port)))
            line.sendall(b"GET /much HTTP/1.1\r\nHost: here\r\n\r\n")
        assert site.process()


def test_process_that_is_to_end_answers_until_slow_bodies_are_whole(serve: Serve) -> None:
    site = serve("--graceful-timeout", "600")
    first = site.process()
    with site.slow() as line:
        assert site.process() == first
        os.kill(first, signal.SIGTERM)
        assert [site.process() for _ in range(3)] == [first] * 3, "nobody stands in for it yet"
        assert rest(line) == (first, sha256(BODY).hexdigest())
    until(lambda: site.process() != first, "another has taken its place")


def test_renewal_brings_another_before_the_first_is_done(serve: Serve) -> None:
    site = serve("--graceful-timeout", "600")
    first = site.process()
    with site.slow() as line:
        site.master.send_signal(signal.SIGHUP)
        until(lambda: site.process() != first, "another answers beside it")
        assert rest(line) == (first, sha256(BODY).hexdigest())


def test_process_is_renewed_after_its_share(serve: Serve) -> None:
    site = serve("--max-requests", "3", "--max-requests-jitter", "0")
    first = site.process()
    until(lambda: site.process() != first, "another has taken its place")


def test_who_waits_for_an_answer_gets_it_although_all_is_stopped(serve: Serve) -> None:
    site = serve()
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as line:
        line.sendall(b"GET /much HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
        line.recv(1)
        site.master.terminate()
        assert len(b"".join(iter(lambda: line.recv(2**20), b""))) > 20 * 2**20
    assert site.master.wait(PATIENCE) == 0


def test_nothing_outlives_gunicorn(serve: Serve) -> None:
    site = serve()
    process = site.process()
    site.master.kill()
    until(lambda: not Path(f"/proc/{process}").exists(), "the process has ended")


def test_process_whose_threads_all_hang_is_replaced(serve: Serve) -> None:
    site = serve("--threads", "1", "--timeout", "2")
    first = site.process()
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as line:
        line.sendall(b"GET /hang HTTP/1.1\r\nHost: here\r\n\r\n")
        until(lambda: site.process_if_any() not in (None, first), "another has taken its place")


def test_body_that_is_too_long_is_refused_by_its_length(serve: Serve) -> None:
    site = serve()
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 25000001\r\n\r\n")
        assert line.recv(2**16).startswith(b"HTTP/1.1 413 ")
    assert site.process()


def heard(site: Site, head: str, body: str = "") -> str:
    """Send what no client library would; give the first line of the answer, once the line is closed."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE) as line:
        line.sendall(f"{head}\r\n\r\n{body}".encode("latin-1"))
        said = b"".join(iter(lambda: line.recv(2**16), b""))
    return said.partition(b"\r\n")[0].decode()


POST = "POST / HTTP/1.1\r\nHost: here"
CHUNKED = f"{POST}\r\nTransfer-Encoding: chunked"
BAD = "400 Bad Request"
ODD = {
    f"{POST}\r\nContent-Length: {'9' * 5000}": BAD,
    f"{POST}\r\nContent-Length: {'0' * 5000}": BAD,
    f"{POST}\r\nContent-Length: -1": BAD,
    f"{POST}\r\nContent-Length: +5": BAD,
    f"{POST}\r\nContent-Length: 0x5": BAD,
    f"{POST}\r\nContent-Length: 5_0": BAD,
    f"{POST}\r\nContent-Length: \u00b2": BAD,
    f"{POST}\r\nContent-Length: 5 5": BAD,
    f"{POST}\r\nContent-Length:": BAD,
    f"{POST}\r\nContent-Length : 5": BAD,
    f"{POST}\r\nContent-Length: 5\r\nContent-Length: 6": BAD,
    f"{POST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked": BAD,
    f"{CHUNKED}\r\nContent-Length: 0": BAD,
    "POST / HTTP/1.0\r\nTransfer-Encoding: chunked": BAD,
    "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked": BAD,
    f"{POST}\r\nTransfer-Encoding: gzip": "501 Not Implemented",
    f"{POST}\r\nContent-Length: 9999999999": "413 Request Entity Too Large",
    "GET http://[ HTTP/1.1\r\nHost: here": BAD,
    "GET http://[::1/ HTTP/1.1\r\nHost: here": BAD,
    "GET http://\u00e9/ HTTP/1.1\r\nHost: here": BAD,
    "GET / HTTP/1.1\r\nHost: here\r\nno colon": BAD,
    "GET / HTTP/1.1\r\n folded: first": BAD,
    "GET / HTTP/1.1\r\nHost: a\0b": BAD,
    "GET / HTTP/1.1\r\nHost: a\rb": BAD,
    "GET": BAD,
    "\0": BAD,
}
CHUNKS = [
    "zz\r\n",
    "-5\r\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    "5\r\nhello world\r\n",
]


def test_odd_heads_are_answered_and_leave_no_word_in_the_log(serve: Serve) -> None:
    site = serve()
    answers = {head: heard(site, head) for head in ODD}
    assert {head[:80]: answer.partition(" ")[2] for head, answer in answers.items()} == {
        head[:80]: answer for head, answer in ODD.items()
    }
    assert [heard(site, CHUNKED, body).partition(" ")[2] for body in CHUNKS] == [BAD] * len(CHUNKS)
    assert site.ask("/", BODY)[1] == sha256(BODY).hexdigest()
    assert site.log.read_text() == ""


def test_what_the_proxy_says_reaches_the_application(serve: Serve) -> None:
    assert serve().ask("/", b"", **{"X-Forwarded-Proto": "https"})[2] == "https"
