"""Every address of the site by every method: a page of ours for what it does not take, and for GET never that one."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from tests import world
from tests.permissions import ARGUMENTS, LETTERS, PAGES, expected_records, record_addresses
from tests.test_permissions import addresses

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare_refusals")]
METHODS = ("put", "patch", "delete")
WORDS = {"en": "This page can’t do that", "fr": "Cette page ne permet pas cela"}


def ours(made: world.World) -> Iterator[tuple[str, str]]:
    """Name the first who is admitted to each address of ours."""
    names = {letter: part for part, letter in LETTERS.items()}
    for name, admitted in PAGES.items():
        yield names[admitted[0]], reverse(name, kwargs=ARGUMENTS[name](made) if name in ARGUMENTS else {})
    for name, arguments in record_addresses().items():
        yield names[(expected_records()[name] or "O")[0]], reverse(name.split(" ")[0], kwargs=arguments)


def of_libraries(known: set[str]) -> Iterator[str]:
    """Give every other address of the site that takes no argument."""
    for name in set(addresses(get_resolver().url_patterns)):
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        if address not in known:
            yield address


def answers(client: Client, address: str) -> dict[str, Any]:
    """Ask an address by every method; what that changes is undone."""
    found = {}
    with transaction.atomic():
        for method in ("get", *METHODS):
            response = getattr(client, method)(address)
            if response.streaming:
                b"".join(response)  # read to its end, a file is closed
            found[method] = response
        transaction.set_rollback(True)
    return found


def test_every_address_answers_each_method_with_a_page() -> None:
    made = world.build()
    clients: dict[str, Client] = {}
    for part, person in made.people.items():
        clients[part] = Client()
        if person:
            clients[part].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    walked = list(ours(made))
    known = {address for _part, address in walked}
    walked += [(part, address) for address in of_libraries(known) for part in ("visitor", "operator")]
    assert len(walked) > 200
    for part, address in walked:
        found = answers(clients[part], address)
        assert found["get"].status_code not in (405, 500), address
        for method in METHODS:
            response = found[method]
            assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST"), (method, address)
            assert WORDS["en"] in response.content.decode(), (method, address)


@pytest.mark.parametrize("language", WORDS)
def test_page_speaks_the_readers_language(language: str) -> None:
    response = Client().delete(reverse("home"), headers={"Accept-Language": language})
    assert (response.status_code, WORDS[language] in response.content.decode()) == (405, True)


def test_unknown_address_is_not_found_by_any_method() -> None:
    assert [getattr(Client(), method)("/nothing/here/").status_code for method in METHODS] == [404] * 3


def test_token_of_a_form_is_not_asked_for() -> None:
    assert Client(enforce_csrf_checks=True).delete(reverse("home")).status_code == 405
