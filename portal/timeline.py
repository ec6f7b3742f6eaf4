"""What happened and what is to come, as the timeline and the steps of a page show it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _

from portal.models import Transition


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: in words, when, the state it led to, from which, and who did it why."""

    what: Any
    at: datetime | None
    state: str
    before: Any = ""
    who: Any = ""
    reason: str = ""


def event(move: Transition, model: type[models.Model], *, named: bool = True) -> Event:
    """Return a change of state of a model's row as an event, in the reader's language.

    :param named: whether it says who did it; the actor is read for nothing else.
    """
    labels = dict(cast("models.Field[Any, Any]", model._meta.get_field("state")).flatchoices)
    return Event(
        what=labels.get(move.to_state, move.to_state),
        at=move.at,
        state=move.to_state,
        before=labels.get(move.from_state, move.from_state),
        who=(move.actor or _("the system")) if named else "",
        reason=move.reason,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a way: `state` is done, current, todo, skipped or stopped; `at` when it was or will be done."""

    label: Any
    state: str
    at: date | datetime | None = None
    note: str = ""
