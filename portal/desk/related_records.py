"""A record read with what its foreign keys name, as its page in the admin shows it."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from portal.models import User

# Each table that is joined doubles what the database thinks about: three people are asked for by themselves.
MOST_PEOPLE_JOINED = 2


def get_with_related(rows: models.QuerySet[Any], key: str, also: Sequence[str] = ()) -> Any:
    """Return the record of a key with the records that its foreign keys name, or None.

    :param also: further paths, as for `select_related`.
    """
    named = [field for field in rows.model._meta.fields if isinstance(field, models.ForeignKey)]
    people = [field for field in named if field.related_model is User]
    if len(people) <= MOST_PEOPLE_JOINED:
        people = []
    if joined := [field.name for field in named if field not in people]:
        rows = rows.select_related(*joined, *also)
    try:
        record = rows.order_by("pk").filter(pk=key).first()
    except (ValidationError, ValueError):
        return None
    if record is not None and people:
        _name_people(record, people)
    return record


def _name_people(record: models.Model, fields: Sequence[models.ForeignKey[Any, Any]]) -> None:
    keys = {getattr(record, field.attname) for field in fields} - {None}
    people = User.objects.in_bulk(keys)
    for field in fields:
        key = getattr(record, field.attname)
        if key is None or key in people:
            setattr(record, field.name, people.get(key))
