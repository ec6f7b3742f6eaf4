"""Breakers: what each law of the database forbids, tried by raw SQL. See README.md here."""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from portal.laws.transitions import acting
from tests import factories

Breaker = Callable[[], Iterator[None]]
BREAKERS: dict[str, Breaker] = {}


def breaks(law: str) -> Callable[[Breaker], Breaker]:
    """Register a breaker of the law of that name."""

    def register(breaker: Breaker) -> Breaker:
        assert law not in BREAKERS, f"{law} has two breakers"
        BREAKERS[law] = breaker
        return breaker

    return register


def sql(statement: str, *parameters: Any) -> None:
    """Run one statement as anybody with a database client could."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def without(table: str, trigger: str) -> None:
    """Lift a law that would refuse before the one in question does."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    sql(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


def acting_as() -> None:
    """Give the statements that follow an actor and an instant, so that only the law in question refuses."""
    acting(by=None, at=factories.AT)
