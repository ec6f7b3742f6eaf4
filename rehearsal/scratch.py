"""A database of the rehearsal's own, beside the real one, and connections to it in the place of the real one."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend
from psycopg import sql

ALIAS = "default"
MAINTENANCE = "postgres"


def beside(name: str) -> BaseDatabaseWrapper:
    """Return a new connection to another database of the same server."""
    settings: dict[str, Any] = deepcopy(connections.settings[ALIAS]) | {"NAME": name, "CONN_MAX_AGE": None}
    wrapper: BaseDatabaseWrapper = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, ALIAS)
    return wrapper


@contextmanager
def using(wrapper: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """Let all code of this thread that asks for the database find this connection."""
    before = connections[ALIAS]
    connections[ALIAS] = wrapper
    try:
        yield wrapper
    finally:
        connections[ALIAS] = before


@contextmanager
def connected(name: str) -> Iterator[BaseDatabaseWrapper]:
    """Use a database for the length of a block, and close the connection to it."""
    wrapper = beside(name)
    try:
        with using(wrapper):
            yield wrapper
    finally:
        wrapper.close()


# What a play needs of its database, and a database that is kept does not.
PLAYED_WITH = {"synchronous_commit": "off", "join_collapse_limit": "1"}


def create(name: str, *, template: str = "template0") -> None:
    """Create a database; what it holds may be lost with the machine, so that it waits for no disk.

    It is small, too: how its tables are joined is not worth thinking about.

    :param template: a database to copy, which nobody may be connected to.
    """
    _do("CREATE DATABASE {} TEMPLATE {}", name, template)
    for setting, value in PLAYED_WITH.items():
        _do(f"ALTER DATABASE {{}} SET {setting} = {value}", name)


def keep(name: str) -> None:
    """Let a database work like any other from its next connection on."""
    for setting in PLAYED_WITH:
        _do(f"ALTER DATABASE {{}} RESET {setting}", name)


def lay(name: str) -> None:
    """Make the tables of a new database."""
    with connected(name):
        call_command("migrate", interactive=False, verbosity=0)


def drop(name: str) -> None:
    """Drop a database, with whoever is still connected to it."""
    _do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _do(statement: str, *names: str) -> None:
    with connected(MAINTENANCE) as wrapper, wrapper.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
