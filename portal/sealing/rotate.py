"""Rotation of the key ring: whatever an older key sealed is sealed anew with the current one.

The key's id stands in clear at the head of every envelope, so the database itself knows what is left to do: killed half
way and run again, a rotation goes on where it stopped. No secret leaves the ring for it, so nobody looks at one.
"""

import base64
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.db.models import Count, Expression, F, Func, Value
from django.db.models.fields.json import KeyTextTransform

from portal.sealing.ring import KeyRing, Place, SecretError


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of envelopes, or the entry of a JSON column that holds them as base64.

    `place` says where a row's envelope belongs, and reads no other rows than the `related` ones. `at_once` rows are sealed
    anew in one transaction.
    """

    model: type[models.Model]
    column: str
    place: Callable[[Any], Place]
    entry: str = ""
    related: tuple[str, ...] = ()
    at_once: int = 200

    @property
    def name(self) -> str:
        return ".".join(filter(None, (self.model._meta.db_table, self.column, self.entry)))

    def rows(self) -> models.QuerySet[Any]:
        """Return the rows that hold an envelope, each with the id of its key as `key`, as wide as in the envelope."""
        envelope: Expression | F = F(self.column)
        if self.entry:
            text = KeyTextTransform(self.entry, self.column)
            envelope = Func(text, Value("base64"), function="decode", output_field=models.BinaryField())
        key = Func(envelope, template="substring(%(expressions)s from 2 for 8)", output_field=models.BinaryField())
        return self.model._base_manager.annotate(key=key).filter(key__isnull=False)

    def keys(self) -> Counter[str]:
        """Count the rows by the id of the key that sealed them."""
        counted = self.rows().order_by().values_list("key").annotate(count=Count("pk"))
        return Counter({bytes(key).rstrip(b"\0").decode("ascii", "replace"): n for key, n in counted})

    def seal_anew(self, row: Any, ring: KeyRing) -> None:
        """Seal a locked row anew, and change nothing else of it.

        :raises SecretError: if its envelope does not open.
        """
        held = getattr(row, self.column)
        if self.entry:
            anew = ring.seal_anew(base64.b64decode(held[self.entry]), self.place(row))
            held = {**held, self.entry: base64.b64encode(anew).decode()}
        else:
            held = ring.seal_anew(held, self.place(row))
        self.model._base_manager.filter(pk=row.pk).update(**{self.column: held})


@dataclass
class Rotated:
    """What came of one column: how many rows were sealed anew, and why others were not, by row."""

    anew: int = 0
    refused: dict[int, str] = field(default_factory=dict)


def rotate(sealed: Sealed, ring: KeyRing) -> Rotated:
    """Seal anew, with the ring's current key, every row of a column that another key sealed.

    Each batch is a transaction of its own. Rows that acts hold just now are passed over, and waited for at the end one
    by one, so that nothing can block each other. What does not open is left as it is, and told.
    """
    done = Rotated()
    for wait in (False, True):
        after: int | None = 0
        while after is not None:
            after = _next_batch(sealed, ring, done, after=after, wait=wait)
    return done


@transaction.atomic
def _next_batch(sealed: Sealed, ring: KeyRing, done: Rotated, *, after: int, wait: bool) -> int | None:
    """Seal the next rows anew; give the last one's id, or None when there is none."""
    pending = sealed.rows().exclude(key=ring.current_id).filter(pk__gt=after).order_by("pk")
    pending = pending.select_related(*sealed.related) if sealed.related else pending
    locked = pending.select_for_update(of=("self",), no_key=True, skip_locked=not wait)
    rows = list(locked[: 1 if wait else sealed.at_once])
    for row in rows:
        try:
            sealed.seal_anew(row, ring)
            done.anew += 1
        except SecretError as error:
            done.refused[row.pk] = str(error)
    return rows[-1].pk if rows else None
