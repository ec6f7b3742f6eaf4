"""Databases to rehearse on: copies of the test database, which is migrated and empty."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from django.db import connection

from rehearsal.play import Play
from rehearsal.report import Report
from rehearsal.run import rehearse
from rehearsal.scratch import connected, create, drop

# Earlier tests used numbers up: a story told by the dice of its rows' numbers begins with the same ones wherever it is told.
FROM_ONE = """
SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences
WHERE sequencename ~ '^(portal|applications|payouts|mentorship|account)_'
"""

Rehearsed = Callable[..., Report]
_n = count(1)


@pytest.fixture
def copies(transactional_db: None) -> Iterator[Callable[[], str]]:
    """Give a maker of copies of the test database, which are dropped in the end."""
    made: list[str] = []
    template = str(connection.settings_dict["NAME"])

    def copy() -> str:
        name = f"{template}_rehearsal_{next(_n)}"
        connection.close()  # nobody is connected to what is copied
        create(name, template=template)
        with connected(name) as wrapper, wrapper.cursor() as cursor:
            cursor.execute(FROM_ONE)
        made.append(name)
        return name

    yield copy
    for name in made:
        drop(name)


@pytest.fixture
def rehearsed(copies: Callable[[], str]) -> Rehearsed:
    """Give a function that plays on a copy from which some laws were taken."""

    def play(what: Play, *dropped: str, **how: Any) -> Report:
        database = copies()
        with connected(database) as wrapper, wrapper.cursor() as cursor:
            for statement in dropped:
                cursor.execute(statement)
        return rehearse(what, database=database, **how)

    return play
