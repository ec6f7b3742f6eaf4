"""Every address, by who may open it, with odd values in ids, query, fields, headers and files: never an error of ours.

A wrong field is answered 422, a wrong parameter of a list beside it and with no row, a number that is no id by 404; no
answer leads to another site, and nothing stays written where one was refused. Seeded, and bounded: `FUZZ_SECONDS` (45),
`FUZZ_SEED`. `make fuzz` goes on for as long as it takes; both tell what was asked, what was answered and what took long.
"""

import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import NoReverseMatch, get_resolver, reverse

from applications.desks.decision_table import DecisionTable
from portal.registry import registry
from tests import factories as f
from tests import world
from tests.applications import pages
from tests.fuzz.forms import fields_of, files_of, parameters_of
from tests.fuzz.multipart import bodies
from tests.fuzz.values import FILE_NAMES, FILES, HEADERS, METHODS, NEXT, NO_IDS, ODD
from tests.fuzz.visitor import Place, Visitor, differing, rows_of_all_tables
from tests.payouts import money
from tests.permissions import ARGUMENTS, LETTERS, PAGES, expected_records, record_addresses
from tests.test_permissions import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.usefixtures("bare_refusals")]
SECONDS = float(os.environ.get("FUZZ_SECONDS") or 45)
SEED = int(os.environ.get("FUZZ_SEED") or 1)
MOST = 10  # failures that are told
ROWS_EVERY = 8  # places: whose refusals are held to have written nothing
PROBES = {"healthz", "readyz", "metrics"}  # answer 503 where something is missing, as here
LOGIN = "/account/login/"
OTHERS_TRIED = (("account_login", "visitor"), ("startup_new", "visitor"), ("startup_new", "founder"))
ID = re.compile(r"(?<=/)\d+(?=/)")


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


def try_once(visitor: Visitor, place: Place, chance: random.Random) -> None:
    """Send odd things to a place: in its query, in its fields, in a header, as a file, as the next page, by a method."""
    shown = visitor.page(place)
    names = parameters_of(shown)
    query = {name: chance.choice(ODD) for name in chance.sample(names, min(len(names), 3))}
    visitor.ask(place, "get", data=query)
    fields = fields_of(shown)
    odd = chance.sample(sorted(fields), min(len(fields), chance.choice((1, 1, 2, 50))))
    visitor.checks_rows = chance.randrange(ROWS_EVERY) == 0
    visitor.ask(place, "post", data=fields | {name: chance.choice(ODD) for name in odd})
    visitor.ask(place, chance.choice(("get", "post")), headers=chance.choice(HEADERS))
    if files := files_of(shown):
        sent = SimpleUploadedFile(chance.choice(FILE_NAMES) or "x", chance.choice(FILES), content_type="text/html")
        with suppress(SuspiciousFileOperation):  # Django itself sends no empty name
            sent.name = chance.choice(FILE_NAMES)  # as it comes: the class above takes folders away
        visitor.ask(place, "post", data=fields | {chance.choice(files): sent})
    kind, body = chance.choice(list(bodies(fields, files[0] if files else "file")))
    visitor.ask(place, "post", data=body, content_type=kind)
    onward = chance.choice(NEXT)
    separator = "&" if "?" in place.address else "?"
    visitor.ask(
        place, "post", f"{place.address}{separator}next={onward.replace(chr(0), '%00')}", fields | {"next": onward}
    )
    visitor.ask(place, chance.choice(METHODS))


def test_odd_values_never_end_in_an_error_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
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
    with capsys.disabled():
        print(f"\nFuzz, seed {SEED}, {len(ways)} ways: {visitor.report()}")
    assert visitor.failures == [], "\n\n".join([f"FUZZ_SEED={SEED}", *visitor.failures])


def test_forms_as_no_browser_sends_them_are_read_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them, to the pages that take a file and to some that take none, by who may open them and by a stranger."""
    made = world.build()
    pages.set_clock(monkeypatch, f.AT)
    founder = made.people["founder"]
    draft = [f.draft(f.startup(founder)).pk]
    visitor = Visitor(made)
    visitor.checks_rows = True
    ways = [Place(name, part, reverse(name)) for name, part in OTHERS_TRIED]
    page = Place("application_edit", "founder", reverse("application_edit", args=draft))
    fields, [deck] = fields_of(visitor.page(page)), files_of(visitor.page(page))
    ways += [page, Place("application_save", "founder", reverse("application_save", args=draft))]
    ways += [replace(page, part="stranger")]
    for place in ways:
        for kind, body in bodies(fields if "application" in place.name else fields_of(visitor.page(place)), deck):
            visitor.ask(place, "post", data=body, content_type=kind)
    assert visitor.failures == [], "\n\n".join(visitor.failures[:MOST])


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
    assert visitor.failures == [], "\n\n".join(visitor.failures)


def test_wrong_parameter_of_a_list_stands_beside_it_and_shows_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each filter of each desk table, with every odd value: right or told, never left out."""
    made = world.build()
    pages.set_clock(monkeypatch, money.DUE)
    visitor, told = Visitor(made), set()
    desks = {
        place.name: place for place in places(made) if place.name.startswith("admin:desk_") and place.part != "stranger"
    }
    for place in desks.values():
        for page in visitor.tables(place):
            for name in page.table.filters.base_filters:
                for value in ("nonsense", "\x00", "9" * 5000, "x" * 101):
                    answer = visitor.ask(place, "get", data={name: value})
                    wrong = [shown for shown in visitor.tables_of(answer) if not shown.is_valid]
                    told |= {(shown.table.name, name) for shown in wrong}
    assert visitor.failures == [], "\n\n".join(visitor.failures)
    tables = {table for table, _name in told}
    assert DecisionTable.name in tables
    assert len(tables) >= len(registry.tables) // 2, tables


def test_what_is_written_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at every row that the fuzz takes tells a row more and a row changed."""
    made = world.build()
    before = rows_of_all_tables()
    assert differing(before, rows_of_all_tables()) == []
    person = made.people["founder"]
    assert person is not None
    person.name = "Ada Newname"
    person.save(update_fields=["name"])
    assert differing(before, rows_of_all_tables()) == ["portal_user"]
