"""Bad neighbours at a site: slow uploads, senders of a byte a second, connections that say nothing."""

import asyncio
import contextlib
import re
import ssl
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

BOUNDARY = "a-line-between-parts"
PIECE = 0.1  # seconds between two pieces of a body
FOLLOWS = 0.25  # seconds between two looks
PATIENCE = 300.0  # seconds, a guard against a wait without end
# A document of one page, with room for as long a comment as one likes.
PDF = (
    b"%PDF-1.7\n",
    b"""
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
trailer<</Root 1 0 R>>
%%EOF
""",
)

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Founder:
    """Somebody who is signed in and has a draft with a question for a file; two cookies, the second for its name alone."""

    cookie: str
    token_named: str
    draft: int
    question: int


@dataclass(frozen=True)
class Place:
    """Where the site is: a port of this machine, the name it answers to, and the authority behind its TLS."""

    port: int
    name: str
    authority: str = ""

    async def line(self) -> Line:
        """Open a connection."""
        trusted = ssl.create_default_context(cafile=self.authority) if self.authority else None
        name = self.name if trusted else None
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=trusted, server_hostname=name)

    def head(self, method: str, path: str, cookie: str = "", *more: str) -> bytes:
        """Return the head of a request, the last on its connection."""
        scheme = "https" if self.authority else "http"
        about = (f"Host: {self.name}", f"Cookie: {cookie}", f"Referer: {scheme}://{self.name}/", "Connection: close")
        return "\r\n".join((f"{method} {path} HTTP/1.1", *about, *more, "", "")).encode()


@dataclass
class Look:
    """One look at a page from beside: when it began, how long it took, and how it ended."""

    at: float
    seconds: float
    status: int


@dataclass
class Seen:
    """What was seen: of each upload its status, of each page every look at it."""

    uploads: list[int] = field(default_factory=list)
    sent_at: list[float] = field(default_factory=list)
    looks: dict[str, list[Look]] = field(default_factory=dict)

    def during_the_uploads(self) -> dict[str, list[Look]]:
        """Return the looks that ended before any upload was sent whole."""
        end = min(self.sent_at)
        return {path: [look for look in looks if look.at + look.seconds < end] for path, looks in self.looks.items()}


def hang_up(writer: asyncio.StreamWriter) -> None:
    """End a connection at once: a polite end under TLS takes the other side, for which nobody waits here."""
    writer.transport.abort()


async def ask(place: Place, path: str, cookie: str = "") -> tuple[int, str]:
    """Open a page; give its status and text."""
    reader, writer = await place.line()
    try:
        writer.write(place.head("GET", path, cookie))
        return await answer(reader)
    finally:
        hang_up(writer)


async def answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Read an answer to its end; 0 is one that never came."""
    head, _, body = (await reader.read(-1)).decode(errors="replace").partition("\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


async def upload(place: Place, founder: Founder, size: int, rate: float, seen: Seen) -> None:
    """Send a document of so many bytes at so many a second, as the page does."""
    _, page = await ask(place, f"/applications/{founder.draft}/edit/", founder.cookie)
    [token, *_] = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page)
    name = f"answer-{founder.question}"
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="deck.pdf"\r\n\r\n'
    filling = b"%" * (size - sum(map(len, PDF)))
    body = part.encode() + PDF[0] + filling + PDF[1] + f"\r\n--{BOUNDARY}--\r\n".encode()
    about = (f"Content-Type: multipart/form-data; boundary={BOUNDARY}", f"Content-Length: {len(body)}")
    path, cookie = f"/applications/{founder.draft}/edit/save/", f"{founder.cookie}; {founder.token_named}={token}"
    reader, writer = await place.line()
    writer.write(place.head("POST", path, cookie, f"X-CSRFToken: {token}", *about))
    began, sent = time.monotonic(), 0
    with contextlib.suppress(OSError):
        while sent < len(body):
            due = int(rate * (time.monotonic() - began + PIECE))
            writer.write(body[sent:due])
            sent = min(due, len(body))
            await writer.drain()
            await asyncio.sleep(PIECE)
    seen.sent_at.append(time.monotonic())
    try:
        seen.uploads.append((await answer(reader))[0])
    except OSError:
        seen.uploads.append(0)
    finally:
        hang_up(writer)


async def drip(place: Place) -> None:
    """Send a byte of a form a second, for as long as it is taken."""
    _, writer = await place.line()
    try:
        writer.write(place.head("POST", "/account/login/", "", "Content-Length: 100000"))
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(1)
    except OSError:
        return  # the site has had enough
    finally:
        hang_up(writer)


async def look_on(place: Place, path: str, cookie: str, looks: list[Look]) -> None:
    """Look at a page again and again, and note how it was."""
    while True:
        began = time.monotonic()
        try:
            status = (await ask(place, path, cookie))[0]
        except OSError:
            status = 0
        looks.append(Look(began, time.monotonic() - began, status))
        await asyncio.sleep(FOLLOWS)


async def play(
    place: Place,
    founders: Sequence[Founder],
    *,
    size: int,
    rate: float,
    drips: int,
    idle: int,
    meanwhile: Callable[[Seen], Coroutine[Any, Any, None]],
) -> Seen:
    """Let every founder but the last upload at once, beside the others; the last looks at pages meanwhile."""
    *uploading, watching = founders
    pages = {"/healthz": "", "/dashboard/": watching.cookie}
    seen = Seen(looks={path: [] for path in pages})
    lines = [await place.line() for _ in range(idle)]
    tasks = [asyncio.create_task(drip(place)) for _ in range(drips)]
    tasks += [asyncio.create_task(look_on(place, path, cookie, seen.looks[path])) for path, cookie in pages.items()]
    trouble = asyncio.create_task(meanwhile(seen))
    try:
        uploads = (upload(place, founder, size, rate, seen) for founder in uploading)
        await asyncio.wait_for(asyncio.gather(*uploads), PATIENCE)
        await trouble
    finally:
        for task in (*tasks, trouble):
            task.cancel()
        await asyncio.gather(*tasks, trouble, return_exceptions=True)
        for _, writer in lines:
            hang_up(writer)
    return seen
