"""One person's browser, without the pictures: pages, forms with their hidden fields, cookies, redirects."""

import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.browser import Browser

PATIENCE = 40.0  # seconds
REDIRECTS = (301, 302, 303)

# What the last act answered: on the portal's pages, and on those of the admin.
_TOLD = re.compile(r'<div class="messages">.*?</div>\s*</div>\s*</div>|<ul class="messagelist">.*?</ul>', re.DOTALL)

Explain = Callable[[float, float], set[str]]


@dataclass
class Form:
    """A form of a page, filled in as it came."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Page:
    """What came back: the status, where it leads, and the words."""

    path: str
    status: int
    location: str
    body: bytes
    request_id: str

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def is_good(self) -> bool:
        """Say whether an act was done: the answer leads on, or the page shows no error."""
        return self.status in (200, *REDIRECTS)

    @property
    def says_done(self) -> bool:
        """Say whether the page tells of a success and of nothing that went wrong."""
        told = "".join(_TOLD.findall(self.text))
        return bool(re.search(r"family-good|li class=.success", told)) and not re.search(
            r"family-bad|li class=.error", told
        )

    def forms(self) -> list[Form]:
        """Give the page's forms."""
        reader = _Forms(self.path)
        reader.feed(self.text)
        return reader.forms

    def form(self, *names: str, action: str = "") -> Form | None:
        """Give the first form that has all these fields, and goes there if that is said."""
        for found in self.forms():
            if set(names) <= {name for name, _ in found.fields} | found.choices.keys() and action in ("", found.action):
                return found
        return None

    def links(self, part: str) -> list[str]:
        """Give the addresses on the page that contain some words, each once."""
        reader = _Forms(self.path)
        reader.feed(self.text)
        return list(dict.fromkeys(link for link in reader.links if part in link))


class Cut(Exception):
    """No answer came: the connection was refused, cut, or timed out."""


@dataclass
class Tally:
    """What all visitors met; written by many threads."""

    requests: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    cut: int = 0
    unavailable: int = 0
    strange: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, **more: int) -> None:
        """Add to the figures."""
        with self.lock:
            for name, n in more.items():
                setattr(self, name, getattr(self, name) + n)

    def act(self, name: str) -> None:
        """Count an act that was done."""
        with self.lock:
            self.acts[name] = self.acts.get(name, 0) + 1

    def wonder(self, words: str) -> None:
        """Note what no fault explains."""
        with self.lock:
            self.strange.append(words)


class Visitor:
    """A person with a session. `explained(from, to)` names the outages that an answer in between may be due to."""

    def __init__(self, port: int, session: str, tally: Tally, explained: Explain, lines: Callable[[str], str]) -> None:
        self._tally, self._explained, self._lines = tally, explained, lines
        cookies = {"sessionid": session} if session else {}
        self._browser = Browser("127.0.0.1", port, PATIENCE, cookies=cookies)

    def get(self, path: str) -> Page:
        """Look at a page, following where it leads.

        :raises Cut: without an answer, or when the product says that it cannot give one now.
        """
        page = self._ask("GET", path)
        for _ in range(4):
            if page.status not in REDIRECTS:
                break
            page = self._ask("GET", page.location)
        return page

    def send(
        self, form: Form | None, changes: Mapping[str, str] | None = None, *, button: tuple[str, str] = ("", "")
    ) -> Page:
        """Send a form with these fields changed; the answer is not followed.

        :raises Cut: without an answer: whether the act was done is not known.
        :raises LookupError: where the page had no such form.
        """
        if form is None:
            raise LookupError("The page has no such form.")
        changes = changes or {}
        sent = [(name, value) for name, value in form.fields if name not in changes]
        sent += changes.items()
        return self._ask("POST", form.action, urlencode([*sent, button] if button[0] else sent))

    def _ask(self, method: str, path: str, body: str = "") -> Page:
        started, request_id = time.monotonic(), uuid.uuid4().hex
        self._tally.count(requests=1)
        try:
            page = self._exchange(method, path, body, request_id)
        except (HTTPException, OSError) as error:
            self._judge_cut(method, path, started, error)
            raise Cut(path) from error
        if page.status >= 500:
            self._judge_failure(method, page, started)
            raise Cut(path)
        if page.status in (400, 403, 404, 405) or "/account/login/" in page.location:
            self._tally.wonder(f"{method} {path} answered {page.status} {page.location} ({request_id})")
        if page.status in (409, 422):
            self._tally.count(refused=1)
        return page

    def _exchange(self, method: str, path: str, body: str, request_id: str) -> Page:
        answer = self._browser.ask(method, path, body or None, {"X-Request-ID": request_id})
        where = urlsplit(answer.location)
        location = where.path + (f"?{where.query}" if where.query else "")
        return Page(path, answer.status, location, answer.body, request_id)

    def _judge_cut(self, method: str, path: str, started: float, error: Exception) -> None:
        self._tally.count(cut=1)
        if not self._explained(started, time.monotonic()):
            self._tally.wonder(f"{method} {path} got no answer, and nothing was wrong: {error!r}")

    def _judge_failure(self, method: str, page: Page, started: float) -> None:
        """Allow the web server to say that it cannot answer while the database is away, and nothing else."""
        self._tally.count(unavailable=1)
        is_away = "database" in self._explained(started, time.monotonic())
        if page.status not in (502, 503) or not is_away:
            told = self._lines(page.request_id)
            self._tally.wonder(f"{method} {page.path} answered {page.status} ({page.request_id})\n{told}")


class _Forms(HTMLParser):
    """Collects forms as a browser would send them untouched, and links."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._open: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        elif tag == "form" and told.get("method", "").lower() == "post":
            self._open = Form(told.get("action") or self.path)
            self.forms.append(self._open)
        elif self._open is not None and told.get("name", self._select):
            self._field(tag, told)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area and self._open:
            so_far = self._open.fields[-1][1]
            # A browser drops the line end right after the tag.
            self._open.fields[-1] = (self._area, so_far + (data if so_far else data.removeprefix("\n")))

    def _field(self, tag: str, told: Mapping[str, Any]) -> None:
        assert self._open
        name, kind = told.get("name", ""), told.get("type", "text")
        if tag == "input" and kind in ("radio", "checkbox"):
            self._open.choices.setdefault(name, []).append(told.get("value", "on"))
            if "checked" in told and "disabled" not in told:
                self._open.fields.append((name, told.get("value", "on")))
        elif tag == "input" and kind not in ("submit", "button", "file"):
            self._open.fields.append((name, told.get("value", "")))
        elif tag == "textarea":
            self._area = name
            self._open.fields.append((name, ""))
        elif tag == "select":
            self._select = name
            self._open.choices.setdefault(name, [])
        elif tag == "option" and self._select:
            self._open.choices[self._select].append(told.get("value", ""))
            if "selected" in told:
                self._open.fields.append((self._select, told.get("value", "")))
