"""Breakers: a transaction that sees the past, and would be judged by what is no more, writes nothing."""

from collections.abc import Iterator

from django.db import connection

from portal.laws.declared import OfThePresent, declared
from tests.laws import breaks

# A test's own transaction has begun: another session asks, of no row at all. Where the law is dropped, it is so in a
# transaction that holds the table, which nobody waits for here.
WRITTEN = """BEGIN ISOLATION LEVEL {level};
SET LOCAL lock_timeout = '200ms';
INSERT INTO {table} SELECT * FROM {table} WHERE false;
COMMIT"""


def breaks_the_present(law: str, table: str) -> None:
    """Register a breaker that writes to a table from a transaction that sees the past."""

    @breaks(law)
    def write_from_the_past() -> Iterator[None]:
        yield
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(WRITTEN.format(level="REPEATABLE READ", table=table))
        finally:
            other.close()


for _model, _law in declared():
    if isinstance(_law, OfThePresent):
        breaks_the_present(_law.name, _model._meta.db_table)
