"""What an act on many rows depends on, as a short digest: it is shown with a row, and the same again before the act."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import CharField, F, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Left

from portal.forms import posted_id

SIZE = 12  # hex digits
SEEN_AS = "seen_as"  # the annotation

Depends = Sequence[str | Combinable]


def own_columns(model: type[models.Model]) -> list[str]:
    """Return every column of a model: what an act on its rows depends on where nothing narrower is known."""
    return [field.attname for field in model._meta.concrete_fields]


def versioned(rows: models.QuerySet[Any], depends: Depends) -> models.QuerySet[Any]:
    """Annotate rows with `seen_as`, the digest of the columns and expressions that an act on them depends on."""
    parts = [F(part) if isinstance(part, str) else part for part in depends]
    digest = Func(*parts, template="MD5(ROW(%(expressions)s)::text)", output_field=CharField())
    found: models.QuerySet[Any] = rows.annotate(**{SEEN_AS: Left(digest, SIZE)})
    return found


def versions_of(rows: models.QuerySet[Any], depends: Depends) -> dict[int, str]:
    """Return the digests of rows by id, in the order of the ids."""
    return dict(versioned(rows, depends).order_by("pk").values_list("pk", SEEN_AS))


def marks() -> Combinable:
    """Return the expression of what `mark` says of a row of `versioned` rows."""
    return Func(F("pk"), Value("."), F(SEEN_AS), function="CONCAT", output_field=CharField())


def mark(key: int, version: str) -> str:
    """Return a row as an address names it, with what was shown of it: "12.3fa9c04d17be"."""
    return f"{key}.{version}"


def read_marks(texts: Iterable[str]) -> dict[int, str]:
    """Return the ids that an address names, with what was shown of each; nothing was shown of an id that comes alone."""
    read = (text.partition(".") for text in texts)
    return {key: version for told, _dot, version in read if (key := posted_id(told)) is not None}


def still(seen: Mapping[int, str], now: Mapping[int, str]) -> dict[int, str]:
    """Return those of the rows that are what was shown."""
    return {key: version for key, version in seen.items() if now.get(key) == version}
