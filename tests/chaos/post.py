"""The mail server of a run: takes every mail, slowly, and writes down what it took: `python -m tests.chaos.post PORT FILE`.

One JSON line an event: `{"session": 3, "took": "<7.1@x>"}` and `{"session": 3, "ended": "quit"}`, or `"cut"`; `at` is the
machine's monotonic clock. The line is on disk before the answer is sent, so that nothing it said yes to is forgotten.
"""

import json
import random
import socketserver
import sys
import threading
import time
from email import message_from_bytes
from itertools import count
from pathlib import Path
from typing import Any

SLOWEST = 0.03  # seconds between a mail and its 250, so that there is a between


class _Session(socketserver.StreamRequestHandler):
    server: "Post"

    def handle(self) -> None:
        number = next(self.server.sessions)
        ended = "cut"
        try:
            ended = self._talk(number)
        except OSError:
            pass
        finally:
            self.server.note({"session": number, "ended": ended})

    def _talk(self, number: int) -> str:
        self._say("220 here")
        while line := self.rfile.readline():
            match line.split()[0].upper() if line.split() else b"":
                case b"DATA":
                    self._say("354 go on")
                    if (taken := self._message()) is None:
                        return "cut"
                    time.sleep(random.uniform(0, SLOWEST))
                    self.server.note({"session": number, "took": taken})
                    self._say("250 taken")
                    time.sleep(random.uniform(0, SLOWEST))
                case b"QUIT":
                    self._say("221 bye")
                    return "quit"
                case _:
                    self._say("250 fine")
        return "cut"

    def _message(self) -> str | None:
        """Read one message and give its Message-ID; None if it breaks off."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return str(message_from_bytes(b"".join(lines))["Message-ID"]).strip()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Post(socketserver.ThreadingTCPServer):
    """Takes mail on a port and keeps its notes in a file."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, notes: Path) -> None:
        super().__init__(("127.0.0.1", port), _Session)
        self.sessions = count(1)
        self._notes, self._lock = notes.open("a", encoding="utf-8"), threading.Lock()

    def note(self, event: dict[str, Any]) -> None:
        """Write an event down at once."""
        with self._lock:
            self._notes.write(json.dumps({"at": time.monotonic(), **event}) + "\n")
            self._notes.flush()


if __name__ == "__main__":
    Post(int(sys.argv[1]), Path(sys.argv[2])).serve_forever()
