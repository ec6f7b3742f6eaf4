"""The one door per change of state (law 1).

A model's `TRANSITIONS` says what may follow what; `move` and `move_many` are the only Python that writes `state`.
They tell the database who acts, when and why; its triggers write the history and its CHECKs refuse what the table
does not allow, for raw SQL too.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.apps import apps
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from portal.refusals import Done, Refusal

# What may follow what. The empty string is "did not exist": its successors are the first states.
Transitions = Mapping[str, Sequence[str]]


def acting(*, by: models.Model | None, at: datetime, reason: str = "") -> None:
    """Tell the database, until the transaction ends, who acts, when and why.

    `by` is None for the system itself: a tick, the bank's answer.

    :raises RuntimeError: outside a transaction, where the database would forget it at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An act needs a transaction: decorate it with transaction.atomic.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('tremplin.actor', %s, true), set_config('tremplin.at', %s, true),"
            " set_config('tremplin.reason', %s, true)",
            [str(by.pk) if by else "system", at.isoformat(), reason],
        )


def lock(obj: models.Model, *related: str, fields: Sequence[str] | None = None) -> None:
    """Refresh *this* object from its row and lock the row until the transaction ends.

    Locking a second copy would book from stale data. What `related` names is read along, and not locked. An act that judges
    by a few `fields` reads only those anew, and what is related stays as it was read.
    """
    locked = type(obj)._base_manager.select_for_update(of=("self",), no_key=True)
    locked = locked.select_related(*related) if related else locked
    obj.refresh_from_db(fields=fields, from_queryset=locked)


@transaction.atomic
def move(
    obj: models.Model,
    to: str,
    *,
    by: models.Model | None,
    at: datetime,
    reason: str = "",
    is_locked: bool = False,
    only_from: str = "",
    **changes: Any,
) -> None:
    """Move one object to another state, with the changes that belong to it, and leave a Transition.

    :param only_from: the one state from which this act does it, where the table has several.
    :param is_locked: where the act has this object from `lock`, in this same transaction: it is not read again.
    :raises Refusal: if its state, read under the row lock, does not allow it; `Done` if that is its state already.
    """
    acting(by=by, at=at, reason=reason)
    if not is_locked:
        lock(obj)
    require_move(obj, to, only_from=only_from)
    for name, value in {"state": to, **changes}.items():
        setattr(obj, name, value)
    obj.save(update_fields=["state", *changes])


def move_many(
    queryset: models.QuerySet[Any], to: str, *, by: models.Model | None, at: datetime, reason: str = "", **changes: Any
) -> int:
    """Move every row of the queryset that may move, in one statement; give how many did.

    The set-based twin of `move`: rows whose state does not allow the move stay as they are. Choose the rows by their own
    columns or by `pk__in`: with a join the state would be checked on an older sight of them, and the law would refuse.
    """
    sources = [state for state, successors in _transitions(queryset.model).items() if state and to in successors]
    with transaction.atomic():
        acting(by=by, at=at, reason=reason)
        return queryset.filter(state__in=sources).update(state=to, **changes)


def require_move(obj: models.Model, to: str, *, only_from: str = "") -> None:
    """Refuse a move that the object's state, as last read, does not allow.

    :raises Refusal: with its state; `Done` if that is where it would move.
    """
    before: str = obj.state  # type: ignore[attr-defined]  # every model with TRANSITIONS has a state
    if to not in _transitions(type(obj)).get(before, ()) or (only_from and only_from != before):
        raise _refused(obj, before, to)


def may_move(obj: models.Model, to: str) -> bool:
    """Return whether the object's state, as last read, allows the move."""
    return to in _transitions(type(obj)).get(obj.state, ())  # type: ignore[attr-defined]  # as above


def stateful_models() -> list[type[models.Model]]:
    """Return every model whose state has a table of moves."""
    return [model for model in apps.get_models() if hasattr(model, "TRANSITIONS")]


def _transitions(model: type[models.Model]) -> Transitions:
    table: Transitions = model.TRANSITIONS  # type: ignore[attr-defined]  # only models with a table come here
    return table


def _refused(obj: models.Model, before: str, to: str) -> Refusal:
    field = cast("models.Field[Any, Any]", obj._meta.get_field("state"))
    labels = dict(field.flatchoices)
    if before == to:
        told = {"thing": obj._meta.verbose_name, "state": labels.get(to, to)}
        return Done(_("This has already been done: this %(thing)s is “%(state)s”.") % told)
    words = _("This %(thing)s is “%(before)s” and cannot become “%(to)s”. Somebody may have been quicker.") % {
        "thing": obj._meta.verbose_name,
        "before": labels.get(before, before),
        "to": labels.get(to, to),
    }
    return Refusal(words)
