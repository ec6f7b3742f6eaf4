"""Every address, by who may open it, with odd values in ids, query, fields and headers: never an error of ours.

Seeded, and bounded: `FUZZ_SECONDS` (45), `FUZZ_SEED`. `make fuzz` goes on for as long as it takes.
"""

import os
import random
import re
import time
import traceback
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from tests import world
from tests.applications import pages
from tests.fuzz.forms import fields_of, parameters_of
from tests.payouts import money
from tests.permissions import ARGUMENTS, LETTERS, PAGES, expected_records, record_addresses
from tests.test_permissions import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("bare_refusals")]
SECONDS = float(os.environ.get("FUZZ_SECONDS") or 45)
SEED = int(os.environ.get("FUZZ_SEED") or 1)
MOST = 10  # failures that are told
PROBES = {"healthz", "readyz", "metrics"}  # answer 503 where something is missing, as here
LOGIN = "/account/login/"
ID = re.compile(r"(?<=/)\d+(?=/)")

ODD = [
    "",
    " ",
    "0",
    "-1",
    "²",
    "١",
    "1.5",
    "1,5",
    "1e400",
    "NaN",
    "Infinity",
    "99999999999",
    "9" * 30,
    "9" * 5000,
    "\x00",
    "a\x00b",
    "\r\nX: y",
    "\u202e",
    "é" * 300,
    "💥" * 1000,
    "x" * 70_000,
    "null",
    "{}",
    "[]",
    '{"en": 1}',
    '{"a": "\\u0000"}',
    "[" * 2000,
    "%00",
    "%",
    "a,b,c",
    "on",
    "hello",
    "//evil.example",
    "/" + "y" * 3000,
    "Mars/Olympus",
    "Europe/Paris",
    "0001-01-01",
    "9999-12-31",
    "2027-02-30",
    "9999-12-31T23:59",
    "9999-12-31T23:59-12:00",
    "0001-01-01T00:00+14:00",
    "24:61",
    "00000000-0000-0000-0000-000000000000",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "../../etc/passwd",
    "1-" + "0" * 64,
]
NO_IDS = ("0", "9" * 18, "9" * 19, "9" * 40, "9" * 5000)
HEADERS = [
    {"Accept-Language": "x" * 600},
    {"Accept-Language": "fr;q=NaN,²"},
    {"X-Request-ID": "\u00e9" * 20},
    {"HX-Request": "true", "HX-Target": "²"},
    {"Referer": "http://["},
    {"X-Forwarded-For": "not an address, ::::1"},
    {"User-Agent": "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 200},
    {"Cookie": "django_language=²; messages=[; csrftoken=x"},
]


@dataclass(frozen=True)
class Place:
    """An address and who opens it."""

    name: str
    part: str
    address: str


def places(made: world.World) -> list[Place]:
    """Give every address of ours with each who may open it and a stranger, and those of libraries."""
    names = {letter: part for part, letter in LETTERS.items()}
    found = []
    for name, admitted in PAGES.items():
        address = reverse(name, kwargs=ARGUMENTS[name](made) if name in ARGUMENTS else {})
        found += [Place(name, names[letter], address) for letter in {*admitted, "S"} if name not in PROBES]
    for name, arguments in record_addresses().items():
        address = reverse(name.split(" ")[0], kwargs=arguments)
        found += [Place(name, names[letter], address) for letter in expected_records()[name] or "O"]
    known = {place.address for place in found}
    return found + [
        Place(name, part, address)
        for name, address in of_libraries()
        for part in ("visitor", "founder", "operator")
        if address not in known and name not in PROBES
    ]


def of_libraries() -> Iterator[tuple[str, str]]:
    """Give the addresses that take no argument."""
    for name in sorted(set(addresses(get_resolver().url_patterns))):
        try:
            yield name, reverse(name)
        except NoReverseMatch:
            continue


class Visitor:
    """Somebody who sends odd things and undoes what they did; notes what went wrong."""

    def __init__(self, made: world.World) -> None:
        self.clients = {part: pages.signed_in(person) if person else Client() for part, person in made.people.items()}
        self.failures: list[str] = []
        self.pages: dict[Place, str] = {}

    def ask(self, place: Place, method: str, address: str = "", data: Any = None, **headers: Any) -> Any:
        """Send a request; give the answer, or nothing where it was an error of ours."""
        client = self.clients[place.part]
        cookies = deepcopy(client.cookies)
        try:
            with transaction.atomic():
                answer = getattr(client, method)(address or place.address, data, **headers)
                if answer.streaming:
                    b"".join(answer)
                transaction.set_rollback(True)
        except Exception as error:
            self._note(place, method, address, data, headers, "".join(traceback.format_exception(error)[-3:]))
            return None
        finally:
            client.cookies = cookies
        if answer.status_code >= 500:
            self._note(place, method, address, data, headers, str(answer.status_code))
        return answer

    def page(self, place: Place) -> str:
        """Give what a page shows, as it was first seen."""
        if place not in self.pages:
            answer = self.ask(place, "get")
            html = answer is not None and not answer.streaming and "html" in answer.headers.get("Content-Type", "")
            self.pages[place] = answer.content.decode() if html else ""
        return self.pages[place]

    def _note(self, place: Place, *about: Any) -> None:
        method, address, data, headers, why = about
        sent = str({**(data or {}), **headers})[:400]
        self.failures.append(f"{place.part}: {method} {(address or place.address)[:200]} {sent}\n{why[-1500:]}")


def try_once(visitor: Visitor, place: Place, chance: random.Random) -> None:
    """Send odd things to a place: in its query, in its fields, in a header."""
    shown = visitor.page(place)
    names = parameters_of(shown)
    query = {name: chance.choice(ODD) for name in chance.sample(names, min(len(names), 3))}
    visitor.ask(place, "get", data=query)
    fields = fields_of(shown)
    odd = chance.sample(sorted(fields), min(len(fields), chance.choice((1, 1, 2, 50))))
    visitor.ask(place, "post", data=fields | {name: chance.choice(ODD) for name in odd})
    visitor.ask(place, chance.choice(("get", "post")), headers=chance.choice(HEADERS))


def test_odd_values_never_end_in_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    made, chance = world.build(), random.Random(SEED)  # repeats itself on purpose
    pages.set_clock(monkeypatch, money.DUE)
    visitor, ways = Visitor(made), places(made)
    until = time.monotonic() + SECONDS
    chance.shuffle(ways)
    while time.monotonic() < until and len(visitor.failures) < MOST:
        for place in ways:
            if time.monotonic() > until or len(visitor.failures) >= MOST:
                break
            try_once(visitor, place, chance)
    assert visitor.failures == [], f"FUZZ_SEED={SEED}"


def test_number_that_is_no_id_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world.build()
    pages.set_clock(monkeypatch, money.DUE)
    visitor = Visitor(made)
    first = {place.name: place for place in reversed(places(made)) if ID.search(place.address)}
    for place in first.values():
        for number in NO_IDS:
            answer = visitor.ask(place, "get", ID.sub(number, place.address, count=1))
            leads_back = answer is not None and answer.status_code == 302 and LOGIN not in answer["Location"]
            assert answer is None or answer.status_code == 404 or leads_back, (place.name, number)
    assert visitor.failures == []
