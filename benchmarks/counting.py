"""Queries and rows fetched by one request, counted within this process."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(slots=True)
class Counted:
    """What a block asked of the database: statements, rows that came back, and the statements themselves."""

    queries: int = 0
    rows: int = 0
    seconds: float = 0.0
    statements: list[str] | None = None


# Asked by the clock once a second, whatever the page.
CLOCK = "portal_democlock"


@contextmanager
def counting() -> Iterator[Counted]:
    """Count while the block runs: the rows too, since one query may load a whole table."""
    counted = Counted(statements=[])

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        started = time.perf_counter()
        result = execute(sql, params, many, context)
        counted.seconds += time.perf_counter() - started
        if CLOCK not in sql and not sql.startswith(("SAVEPOINT", "RELEASE")):
            counted.queries += 1
            assert counted.statements is not None
            counted.statements.append(sql)
            cursor = context["cursor"]
            if cursor.description is not None:
                counted.rows += max(cursor.rowcount, 0)
        return result

    with connection.execute_wrapper(note):
        yield counted
