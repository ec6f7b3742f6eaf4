"""Keeping what was promised."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from mentorship.models import ActionItem
from mentorship.permissions import closable
from portal.laws.transitions import move
from portal.models import User
from portal.refusals import Refusal

State = ActionItem.State


def complete_action_item(item: ActionItem, *, by: User, at: datetime) -> None:
    """Tick an item off.

    :raises Refusal: by who is neither on the side that owes it nor the mentor; once it is closed.
    """
    _close(item, State.DONE, by=by, at=at)


def drop_action_item(item: ActionItem, *, by: User, at: datetime) -> None:
    """Let an item go: it need not be done any more.

    :raises Refusal: as for completing it.
    """
    _close(item, State.DROPPED, by=by, at=at)


@transaction.atomic
def reopen_action_item(item: ActionItem, *, by: User, at: datetime) -> None:
    """Take a wrong click back: the item is open again.

    :raises Refusal: as for completing it, or while it is open.
    """
    _require_hand(item, by, at)
    move(item, State.OPEN, by=by, at=at, closed_by=None, closed_at=None)


@transaction.atomic
def _close(item: ActionItem, to: str, *, by: User, at: datetime) -> None:
    _require_hand(item, by, at)
    move(item, to, by=by, at=at, closed_by=by, closed_at=at)


def _require_hand(item: ActionItem, by: User, at: datetime) -> None:
    if item.pk not in closable([item], by, at=at):
        raise Refusal(_("This item is not yours to close."))
