"""Rows as no act could leave them, which a test needs all the same."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def past_laws() -> Iterator[None]:
    """Let the laws of a test's database pass what is written in the block, as `tests.stages` puts rows back."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")
