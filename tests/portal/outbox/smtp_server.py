"""A mail server small enough to misbehave on command."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class _Session(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self._say("220 test")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb in self.server.hangs_up_at:
                return
            if verb == "DATA":
                self._say("354 go on")
                data = self._message()
                answer = self.server.answers.get("DATA", "250 taken")
                if answer.startswith("250"):
                    self.server.received.append(message_from_bytes(data, policy=policy.default))
                self._say(answer)
                continue
            self._say(self.server.answers.get(verb, "221 bye" if verb == "QUIT" else "250 fine"))
            if verb == "QUIT":
                return

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps what it is sent; `answers` by verb replace its yes, at a verb of `hangs_up_at` it drops the line."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__((address, 0), _Session)
        self.received: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self.hangs_up_at: set[str] = set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def mail_server(address: str = "127.0.0.1") -> Iterator[MailServer]:
    """Run the server beside the test."""
    with MailServer(address) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
