"""Breakers of what keeps the key of every row with a history: under another key it has another history."""

from collections.abc import Iterator

from django.db import connection, models

from portal.laws.declared import StateMachine, declared
from tests.laws import BREAKERS, acting_as, breaks, sql, without

# Other laws keep some of these keys, too.
OTHERS = """
SELECT quote_ident(tgname) FROM pg_trigger
WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled <> 'D' AND tgname <> %s
"""
# Whose own breaker makes no row before it breaks the law.
SET_UP = {"moves_applications_review": "review_is_kept"}


def breaks_key(model: type[models.Model], moves: str) -> None:
    """Register a breaker that moves the key of a row away, as the first step of moving a state unseen."""
    table = model._meta.db_table

    key = f"{table}_keeps_its_key"

    @breaks(key)
    def move_a_key_away() -> Iterator[None]:
        next(BREAKERS[SET_UP.get(moves, moves)]())  # its set-up makes a row
        assert model._default_manager.exists()
        with connection.cursor() as cursor:
            cursor.execute(OTHERS, [table, key])
            others = [trigger for (trigger,) in cursor.fetchall()]
        for trigger in others:
            without(table, trigger)
        yield
        acting_as()
        sql(f"UPDATE {table} SET id = -id WHERE id = (SELECT max(id) FROM {table})")


for _model, _law in declared():
    if isinstance(_law, StateMachine):
        breaks_key(_model, _law.name)
