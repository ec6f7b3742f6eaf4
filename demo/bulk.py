"""Rows by the hundred thousand: copied in one stream a table, through every trigger and constraint as any other row.

What is made here is the crowd of `seed_demo --startups N`. Nothing is slept: what breaks a law is refused here, too.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any

from django.db import connection, models
from psycopg import sql

from portal.laws.transitions import acting, move_many
from portal.models import OutgoingMail

Row = Sequence[Any]
MAIL_FIELDS = (
    "key",
    "kind",
    "recipient",
    "to_email",
    "language",
    "subject",
    "text",
    "calendar",
    "secret",
    "subject_id",
    "state",
    "queued_at",
    "due_at",
    "attempts",
    "error",
)


def copy(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> int:
    """Copy rows into a model's table, and let the planner count them; give how many.

    :param fields: names of the model's fields in the order of each row's values; an `id` comes from `reserve`.
    """
    chosen = [model._meta.get_field(name) for name in fields]
    as_json = [place for place, field in enumerate(chosen) if isinstance(field, models.JSONField)]
    columns = sql.SQL(", ").join(sql.Identifier(str(getattr(field, "column", ""))) for field in chosen)
    table = sql.Identifier(model._meta.db_table)
    # The first row is made before the stream begins: what its maker asks the database cannot be asked within.
    rows = iter(rows)
    first = list(islice(rows, 1))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)
    with connection.cursor() as cursor:
        with cursor.copy(statement) as stream:
            for row in chain(first, rows):
                stream.write_row(_written(row, as_json) if as_json else row)
        copied = int(cursor.rowcount)
    count(model)
    return copied


def count(*models_: type[models.Model]) -> None:
    """Let the planner count tables that grew within this transaction: nobody else sees their rows yet to do it."""
    with connection.cursor() as cursor:
        for model in models_:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(model._meta.db_table)))


def reserve(model: type[models.Model], n: int) -> list[int]:
    """Take n ids from a table's own sequence, so that rows of several tables can name each other before they are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [model._meta.db_table, n]
        )
        return [key for (key,) in cursor.fetchall()]


def copy_sent_mails(mails: Iterable[Row], *, at: datetime) -> int:
    """Copy mails that went out long ago: key, kind, recipient's id, address, language, subject, text, subject's id."""
    acting(by=None, at=at)
    first = reserve(OutgoingMail, 1)[0]
    rows = ((*mail[:7], "", False, mail[7], OutgoingMail.State.QUEUED, at, at, 1, "") for mail in mails)
    copied = copy(OutgoingMail, MAIL_FIELDS, rows)
    ours = OutgoingMail.objects.filter(pk__gt=first, queued_at=at)
    move_many(ours, OutgoingMail.State.SENDING, by=None, at=at)
    move_many(ours, OutgoingMail.State.SENT, by=None, at=at, sent_at=at)
    return copied


def check_at_once() -> None:
    """Let foreign keys be checked statement by statement, instead of all of them at the end of the transaction.

    The laws of a whole transaction are asked when it ends, as ever.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT string_agg(quote_ident(conname), ', ') FROM pg_constraint WHERE contype = 't'")
        cursor.execute(f"SET CONSTRAINTS {cursor.fetchone()[0]} DEFERRED")  # the catalogue's names


def _written(row: Row, as_json: list[int]) -> list[Any]:
    """Write the JSON of a row; text is JSON already."""
    values = list(row)
    for place in as_json:
        if values[place] is not None and not isinstance(values[place], Json):
            values[place] = json.dumps(values[place])
    return values


class Json(str):
    """JSON that is written already, as it stands."""

    __slots__ = ()
