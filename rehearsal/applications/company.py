"""A startup's own affairs in a rehearsal: who belongs to it, and what it says of itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from applications import actions
from applications.models import Invitation, Startup
from portal.models import User
from rehearsal.applications.personas import Persona, founder_of, step_of
from rehearsal.play import Play, Step

WITHDRAWN, DESCRIBES_A_DAY = 0.05, 0.001


def answers(play: Play, persona: Persona, invitation: Invitation) -> Iterator[Step]:
    """Yield who accepts an invitation today, and who takes it back at about the same time."""
    yield step_of(play, persona, "accepts an invitation", _accept(invitation.pk), 9, invitation.email)
    if play.chance(WITHDRAWN, "withdrawn", invitation.pk):
        yield step_of(play, persona, "withdraws an invitation", _withdraw(invitation.pk), 8, invitation.email)


def describes(play: Play, persona: Persona, pk: int) -> Iterator[Step]:
    """Yield what a startup says anew of itself today."""
    if play.chance(DESCRIBES_A_DAY, "describes", play.today, pk):
        yield step_of(play, persona, "describes itself", _describe(persona, pk), 10)


def _accept(pk: int) -> Any:
    def act(at: datetime) -> None:
        invitation = Invitation.objects.get(pk=pk)
        actions.accept_invitation(invitation, by=User.objects.get(email=invitation.email), at=at)

    return act


def _withdraw(pk: int) -> Any:
    def act(at: datetime) -> None:
        invitation = Invitation.objects.select_related("startup").get(pk=pk)
        actions.withdraw_invitation(invitation, by=founder_of(invitation.startup_id), at=at)

    return act


def _describe(persona: Persona, pk: int) -> Any:
    def act(at: datetime) -> None:
        details = {"city": "Springfield", "description": f"{persona.name}, told anew on {at:%Y-%m-%d}."}
        actions.describe_startup(Startup.objects.get(pk=pk), by=founder_of(pk), at=at, **details)

    return act
