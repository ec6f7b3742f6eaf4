"""Every address for every role: who gets an answer, and who gets 404 or the login.

The lines stand in `tests/permissions.py`; an address of the site without a line fails, and so does a line without one.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from portal.models import User
from portal.views.methods import POSTED_FROM
from tests import world
from tests.permissions import ARGUMENTS, LETTERS, OF_LIBRARIES, PAGES, expected_records, record_addresses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare_refusals")]
GENERIC = re.compile(r"admin:(portal|applications|payouts|mentorship)_\w+_act")  # told apart by the name of the act


def addresses(patterns: list[Any], space: str = "") -> Iterator[str]:
    """Give the names of every address below the patterns."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield space + pattern.name


def answer(client: Client, address: str) -> HttpResponse:
    """Ask for a page, or post nothing where it only takes posts; what that changes is undone."""
    with transaction.atomic():
        only_posted = hasattr(resolve(address).func, POSTED_FROM)
        response = client.post(address) if only_posted else client.get(address)
        if response.streaming:
            b"".join(response)  # read to its end, a file is closed
        transaction.set_rollback(True)
    return cast("HttpResponse", response)


def is_admitted(response: HttpResponse) -> bool:
    """Say whether the page was theirs: neither 404 nor a way to the login."""
    return response.status_code != 404 and not response.headers.get("Location", "").startswith("/account/login")


def observe(made: world.World, wanted: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Give the letters of those who are admitted, by address."""
    found = dict.fromkeys(wanted, "")
    for part, letter in LETTERS.items():
        client = Client(raise_request_exception=True)
        person: User | None = made.people[part]
        if person:
            client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        for name, arguments in wanted.items():
            if is_admitted(answer(client, reverse(name.split(" ")[0], kwargs=arguments))):
                found[name] += letter
    return found


def test_every_address_has_a_line() -> None:
    ours = {name for name in addresses(get_resolver().url_patterns) if not name.startswith(OF_LIBRARIES)}
    records = {name.split(" ")[0] for name in record_addresses()}
    assert {name for name in ours - records if not GENERIC.fullmatch(name)} == set(PAGES)
    assert set(record_addresses()) == set(expected_records())


def test_pages_admit_whom_their_line_names() -> None:
    made = world.build()
    arguments = {name: (ARGUMENTS[name](made) if name in ARGUMENTS else {}) for name in PAGES}
    assert observe(made, arguments) == PAGES


def test_records_admit_whom_their_line_names() -> None:
    made = world.build()
    assert observe(made, record_addresses()) == expected_records()
