"""How the database plans a query: for some, finding the best order of many joins takes longer than the joins themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def joined_as_written() -> Iterator[None]:
    """Let queries join their tables in the order in which they name them, within a transaction.

    For queries that begin with the few rows they are about and look everything else up by its key. It is not nested: at its
    end the planner chooses again.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = 1")
        yield
        cursor.execute("SET LOCAL join_collapse_limit TO DEFAULT")
