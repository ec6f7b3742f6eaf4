"""Somebody who sends odd things, undoes what they did, and holds every answer to what is promised of all."""

import re
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.db import connection, transaction
from django.test import Client

from portal.desk.table_page import TablePage
from tests import world
from tests.applications import pages
from tests.fuzz.values import METHODS

SLOW = 3.0  # seconds
# Written whatever is answered: who is here, and how often something was tried.
WRITTEN_BESIDE = ("django_session", "portal_cache", "portal_session", "portal_attempts")
# What was typed is saved, and only then is it said what is wrong with it or with the rest.
SAVES_WHAT_IS_RIGHT = {
    "application_edit": "a draft keeps every answer that can be read",
    "application_save": "the same, as one writes",
    "review": "a review keeps every field that can be read",
    "review_save": "the same, as one writes",
    "session_log": "a log is a draft until it is shared",
    "account_email": "allauth lists the address of who has none in its list, whatever is sent to its page",
}
# Forms of libraries and of Django's admin, whose pages answer what is wrong with 200.
OWN_ANSWER = re.compile(r"account_|mfa_|styleguide|admin:(?!desk_|\w+_act$)")
ANSWERS_WRONG = (409, 413, 422, 429)


@dataclass(frozen=True)
class Place:
    """An address and who opens it."""

    name: str
    part: str
    address: str


@dataclass
class Visitor:
    """One person of each part, and what went wrong with what they sent."""

    made: world.World
    failures: list[str] = field(default_factory=list)
    pages: dict[Place, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    slow: dict[str, float] = field(default_factory=dict)
    checks_rows: bool = False  # whether a refusal is held to have written nothing: a look at every row

    def __post_init__(self) -> None:
        people = self.made.people
        self.clients = {part: pages.signed_in(person) if person else Client() for part, person in people.items()}
        self._rows = rows_of_all_tables()

    def ask(self, place: Place, method: str, address: str = "", data: Any = None, **headers: Any) -> Any:
        """Send a request; give the answer, or nothing where it was an error of ours."""
        client, why = self.clients[place.part], ""
        cookies, began = deepcopy(client.cookies), time.monotonic()
        try:
            with transaction.atomic():
                answer = getattr(client, method)(address or place.address, data, **headers)
                self._measure(place, time.monotonic() - began)
                read(answer)
                why = " ".join(self._wrong(place, method, answer))
                transaction.set_rollback(True)
        except Exception as error:
            answer, why = None, "".join(traceback.format_exception(error)[-3:])
        finally:
            client.cookies = cookies
        self.counts["requests"] += 1
        self.counts[f"answers {answer.status_code // 100}xx" if answer else "no answer"] += 1
        if why:
            sent = f"{data if isinstance(data, dict) else ''} {headers}"[:400]
            self.failures.append(f"{place.part}: {method} {(address or place.address)[:200]} {sent}\n{why[-1500:]}")
        return answer

    def page(self, place: Place) -> str:
        """Give what a page shows, as it was first seen."""
        if place not in self.pages:
            answer = self.ask(place, "get")
            html = answer is not None and not answer.streaming and "html" in answer.headers.get("Content-Type", "")
            self.pages[place] = answer.content.decode() if html else ""
        return self.pages[place]

    def tables(self, place: Place) -> list[TablePage]:
        """Give the tables that a page shows."""
        return self.tables_of(self.ask(place, "get"))

    @staticmethod
    def tables_of(answer: Any) -> list[TablePage]:
        """Give the tables that an answer was drawn with."""
        return _of_context(answer, TablePage) if answer is not None else []

    def report(self) -> str:
        """Give how much was asked, what was answered, and which pages took long."""
        told = ", ".join(f"{n} {what}" for what, n in sorted(self.counts.items()))
        slow = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in sorted(self.slow.items()))
        return f"{told}; slower than {SLOW:.0f} s: {slow or 'none'}"

    def _measure(self, place: Place, seconds: float) -> None:
        if seconds > SLOW:
            self.slow[place.name] = max(self.slow.get(place.name, 0), seconds)

    def _wrong(self, place: Place, method: str, answer: Any) -> Iterator[str]:
        """Give what an answer breaks of what all promise."""
        if answer.status_code >= 500:
            yield f"{answer.status_code}."
        if _leads_away(answer):
            yield f"It leads away: {answer['Location'][:200]}."
        usual = [200, 204, 302, 404, 405]
        if method == "head":  # may be answered as GET is: a forged link is gone for both
            usual.append(read(self.clients[place.part].get(place.address)).status_code)
        if method in METHODS and answer.status_code not in usual:
            yield f"{answer.status_code} for {method}."
        yield from _lists_hold(answer)
        if method == "post":
            yield from self._forms_hold(place, answer)
        if self.checks_rows and method == "post" and 400 <= answer.status_code < 500:
            self.counts["refusals whose rows were compared"] += 1
            if place.name not in SAVES_WHAT_IS_RIGHT and (written := differing(self._rows, rows_of_all_tables())):
                yield f"{answer.status_code}, and written is {written}."

    def _forms_hold(self, place: Place, answer: Any) -> Iterator[str]:
        """Hold a page whose form has something wrong in it to say so by its status."""
        wrong = [form for form in _of_context(answer, forms.BaseForm) if form.is_bound and form.errors]
        if not wrong or OWN_ANSWER.match(place.name):
            return
        self.counts["forms refused"] += 1
        if answer.status_code not in ANSWERS_WRONG and place.name != "eligibility_check":
            yield f"{answer.status_code} with {wrong[0].errors.as_json()[:300]}."


def read(answer: Any) -> Any:
    """Read an answer to its end, so that the file behind it is closed."""
    if answer.streaming:
        b"".join(answer)
    return answer


def _lists_hold(answer: Any) -> Iterator[str]:
    """Hold a list whose parameters are wrong to show the error beside them, no row, and no act."""
    for page in _of_context(answer, TablePage):
        if not page.is_valid:
            rows, text = [row for row in page.rows if not row.is_closed], answer.content.decode()
            if answer.status_code != 200 or rows or page.acts or "invalid-feedback" not in text:
                yield f"A list with a wrong filter: {answer.status_code}, {len(rows)} rows, {len(page.acts)} acts."


def _of_context(answer: Any, kind: type[Any]) -> list[Any]:
    """Give what of a kind a page was drawn with."""
    found: dict[int, Any] = {}
    for layer in answer.context or ():
        values = layer.values() if isinstance(layer, dict) else [v for each in layer for v in dict(each).values()]
        found |= {id(value): value for value in values if isinstance(value, kind)}
    return list(found.values())


def _leads_away(answer: Any) -> bool:
    """Say whether an answer leads to another site than ours."""
    address = answer.headers.get("Location", "")
    parts = urlsplit(address)
    return bool(address) and (parts.scheme not in ("", "http") or parts.netloc not in ("", "testserver"))


def rows_of_all_tables() -> dict[str, tuple[int, int]]:
    """Give for each table how many rows it has, and a sum over what stands in them."""
    names = [name for name in connection.introspection.table_names() if name not in WRITTEN_BESIDE]
    one = "SELECT '{0}', count(*), coalesce(sum(hashtext(t::text)::bigint), 0) FROM {0} t"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(connection.ops.quote_name(name)) for name in names))
        return {name.strip('"'): (n, int(total)) for name, n, total in cursor.fetchall()}


def differing(before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> list[str]:
    """Give the tables that are not as they were."""
    return sorted(name for name in now if now[name] != before.get(name))
