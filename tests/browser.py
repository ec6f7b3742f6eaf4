"""A browser's part of HTTP against a server under test: a connection a request, cookies kept, redirects not followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the address it leads to, and the bytes."""

    status: int
    location: str
    body: bytes


@dataclass
class Browser:
    """One person's cookies at one server; `headers` go with every request."""

    address: str
    port: int
    timeout: float  # seconds
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request, a form where it has a body.

        :raises http.client.HTTPException: where the answer breaks off; OSError where no connection comes or lasts.
        """
        told = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **self.headers}
        if body is not None:
            told["Content-Type"] = FORM
        connection = HTTPConnection(self.address, self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body.encode() if body is not None else None, told | dict(headers or {}))
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        return Answer(answer.status, answer.headers.get("Location", ""), data)
