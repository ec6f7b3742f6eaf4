"""Founders and their offers in a rehearsal: accepted, declined, left to lapse, signed some days later, revoked by managers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from applications import actions
from applications.models import Offer
from rehearsal.applications.personas import Persona, founder_of, step_of
from rehearsal.applications.scenery import member
from rehearsal.play import Play, Step

REVOKED = 0.04


def answers(play: Play, persona: Persona, offer: Offer) -> Iterator[Step]:
    """Yield what a startup does today about its offer."""
    about = f"offer #{offer.pk}"
    if offer.state == "open" and play.chance(REVOKED, "revoked", offer.pk):
        yield Step(
            play.instant(16, "revokes", offer.pk, within=2), "manager", "revokes", about, _revoke(play, offer.pk)
        )
    if offer.state == "open" and persona.answer != "ignore" and play.chance(0.5, "answers", play.today, persona.number):
        what = "accepts" if persona.answer == "accept" else "declines"
        yield step_of(play, persona, what, _answer_offer(offer.pk, persona.answer), 15, about)
    elif offer.state == "accepted":
        moved_in = offer.participation.created_at.date()
        if (play.today - moved_in).days >= persona.signs_after:
            yield step_of(play, persona, "signs", _sign(offer.pk), 16, about)


def _answer_offer(pk: int, answer: str) -> Any:
    def act(at: datetime) -> None:
        offer = Offer.objects.get(pk=pk)
        by = founder_of(offer.application.startup_id)
        if answer == "accept":
            actions.accept_offer(offer, by=by, at=at)
        else:
            actions.decline_offer(offer, "We found money elsewhere.", by=by, at=at)

    return act


def _revoke(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        offer = Offer.objects.select_related("application__startup", "cohort").get(pk=pk)
        actions.revoke_offer(offer, "The company was sold.", by=member(play, "manager"), at=at)

    return act


def _sign(pk: int) -> Any:
    def act(at: datetime) -> None:
        offer = Offer.objects.select_related("terms").get(pk=pk)
        by = founder_of(offer.application.startup_id)
        actions.sign_agreement(
            offer,
            signed_name=by.name,
            digest=offer.terms.digest,
            language=by.language,
            ip_address="192.0.2.1",
            by=by,
            at=at,
        )

    return act
