"""Servers that a checkout runs for itself where no address of a real one is given.

`postgres(var)` and `valkey(var)` only describe; the first process that connects starts the server, all
share it, and it stops a few seconds after the last of them has ended (see `server.py`).
"""

from functools import cache
from pathlib import Path

from portal.embedded.postgres import Postgres, client_program
from portal.embedded.server import EmbeddedServerError, Server
from portal.embedded.valkey import Valkey

__all__ = [
    "EmbeddedServerError",
    "Postgres",
    "Server",
    "Valkey",
    "client_program",
    "postgres",
    "valkey",
]


@cache
def postgres(var: Path) -> Postgres:
    """Return this process's view of the private PostgreSQL below `var`."""
    return Postgres(var)


@cache
def valkey(var: Path) -> Valkey:
    """Return this process's view of the private Valkey below `var`."""
    return Valkey(var)
