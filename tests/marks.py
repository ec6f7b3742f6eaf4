"""What a list says of its rows in the address of an act on many: their ids, each with what was shown of it."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from portal.desk.tables_by_name import open_table
from portal.desk.versions import mark
from portal.models import User
from tests import factories as f


def marks(person: User, table: str, place: int, rows: Iterable[Model], at: datetime = f.AT) -> list[str]:
    """Give the rows as the list shows them to a person now."""
    keys = [row.pk for row in rows]
    shown = open_table(table, person, place, at).versions(keys)
    return [mark(key, shown.get(key, "")) for key in keys]


def versions(person: User, table: str, place: int, rows: Iterable[Model], at: datetime = f.AT) -> list[str]:
    """Give what is shown of rows now."""
    return [each.partition(".")[2] for each in marks(person, table, place, rows, at)]
