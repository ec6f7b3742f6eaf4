"""A worker of gunicorn whose threads never wait for a line: bodies come whole before one sees them.

gunicorn begins, renews and ends the processes. Within each, waitress takes a request off the line, into a file where it
is long, before a thread sees it, and puts what was answered on the line without one. A slow line costs a socket and
a file.
"""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer, create_server

from portal.operations.web_lanes import Lanes

# What the proxy lets through, too (docker/Caddyfile).
MOST_BYTES = 25_000_000
QUIET_FOR = 120  # seconds after which who neither says nor hears anything is let go
# Seconds for which one of the threads may keep Python to itself while others wait. The loop of the lines stands in this
# queue after each of its many short calls, so that busy pages would hold up whoever asks for a light one.
TURN = 0.001
LOOK_EVERY = 0.5  # seconds
SAYS_WITHIN = 1.0  # seconds in which who has come in says what is wanted
SPARE_FILES = 200  # for the database, documents and bodies, beside the connections
AT_ONCE = 2**16  # bytes read off a line
GOES_ON_FOR = 0.8  # of the graceful timeout, for slow lines; the rest is for what was asked last


class Request(HTTPRequestParser):
    """A request as it comes; one whose head cannot be read, or says two things, is answered 400 without a word in the log."""

    def parse_header(self, head: bytes) -> None:
        """Read the head.

        :raises ParsingError: also for a number of thousands of digits, an address that is none, and a body measured in
            two ways, where a proxy and we may part two requests at different places (RFC 9112, section 6.3).
        """
        try:
            super().parse_header(head)
        except ValueError as odd:
            raise ParsingError("The request cannot be read") from odd
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("The length of the body is not clear")


class Line(HTTPChannel):
    """Somebody's connection."""

    parser_class = Request


class Buffered(Worker):
    """One process of the web.

    It ends when nobody is in the middle of anything: until then it takes new requests as before, since gunicorn
    begins another in its place only when it is gone.
    """

    alive: bool  # whether it is to go on: gunicorn's word

    def run(self) -> None:
        """Serve until told to end, or until enough was answered."""
        self.lines: dict[int, Any] = {}  # by descriptor: the door, people's connections, the bell of the threads
        self.begun: dict[int, float] = {}  # by thread: since when it answers
        self.seen_at = time.monotonic()
        sys.setswitchinterval(TURN)
        create_server(self.answer, map=self.lines, **self.adjustments())
        for door in self.doors():
            door.channel_class = Line
            door.task_dispatcher = Lanes(door.task_dispatcher, most=max(self.cfg.threads // 2, 1))
        while self.alive:
            self.look()
        until = time.monotonic() + self.cfg.graceful_timeout * GOES_ON_FOR
        while self.is_on_a_line() and time.monotonic() < until:
            self.look()
        self.close_the_door()
        until = time.monotonic() + self.cfg.graceful_timeout * (1 - GOES_ON_FOR)
        while (self.is_waited_for() or self.has_just_heard()) and time.monotonic() < until:
            self.look()

    def adjustments(self) -> dict[str, Any]:
        """Return what waitress is told."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return {
            "sockets": [door.sock for door in self.sockets],
            "backlog": self.cfg.backlog,
            "threads": self.cfg.threads,
            "connection_limit": max(files - SPARE_FILES, SPARE_FILES),
            "asyncore_use_poll": True,
            "channel_timeout": QUIET_FOR,
            "max_request_body_size": MOST_BYTES,
            "recv_bytes": AT_ONCE,
            # No answer is as long as this, so that no thread waits until somebody has read it.
            "outbuf_high_watermark": 4 * MOST_BYTES,
            # Whom they name is judged by portal.settings, as it counts the proxies.
            "clear_untrusted_proxy_headers": False,
            "ident": None,
        }

    def look(self) -> None:
        """Do what is to be done on the lines, and tell gunicorn that this process lives.

        It does not where all threads are at what they were at before: gunicorn ends it then.
        """
        if os.getppid() != self.ppid:
            os._exit(0)  # gunicorn was killed: nothing outlives it
        wasyncore.loop(timeout=LOOK_EVERY, use_poll=True, map=self.lines, count=1)
        self.let_in()
        begun = list(self.begun.values())
        if len(begun) < self.cfg.threads or max(begun) > self.seen_at:
            self.seen_at = time.monotonic()
            self.notify()

    def answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, in a thread."""
        me = threading.get_ident()
        self.begun[me] = time.monotonic()
        try:
            answer: Iterable[bytes] = self.wsgi(environ, start_response)
            return without_body(answer) if environ.get("REQUEST_METHOD") == "HEAD" else answer
        finally:
            del self.begun[me]
            self.nr += 1
            self.alive = self.alive and self.nr < self.max_requests

    def is_on_a_line(self) -> bool:
        """Return whether something comes or goes slowly."""
        return any(line.request is not None or line.total_outbufs_len for line in self.connections())

    def is_waited_for(self) -> bool:
        """Return whether anybody waits for an answer, or for the rest of one."""
        return any(line.requests or line.total_outbufs_len for line in self.connections())

    def has_just_heard(self) -> bool:
        """Return whether somebody came in, or said something, so lately that more of it may be on its way."""
        return any(line.last_activity > time.time() - SAYS_WITHIN for line in self.connections())

    def connections(self) -> list[HTTPChannel]:
        """Return people's connections."""
        return [line for line in self.lines.values() if isinstance(line, HTTPChannel)]

    def close_the_door(self) -> None:
        """Take no more connections; those that knocked already come in."""
        self.let_in()
        for door in self.doors():
            door.del_channel()
            door.socket.close()

    def let_in(self) -> None:
        """Take the connections of all who knock, of whom waitress takes one each time it has looked at every line."""
        for door in self.doors():
            before = 0
            while len(self.lines) > before and door.readable():
                before = len(self.lines)
                door.handle_accept()

    def doors(self) -> list[TcpWSGIServer]:
        """Return what waits for connections."""
        return [line for line in self.lines.values() if isinstance(line, TcpWSGIServer)]


def without_body(answer: Iterable[bytes]) -> Iterable[bytes]:
    """End an answer to HEAD before its body, which would be read as the next answer on that line."""
    if hasattr(answer, "close"):
        answer.close()
    return []
