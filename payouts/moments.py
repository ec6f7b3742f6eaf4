"""What money does within the acts of applications, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from applications.models import Agreement, Offer, Participation
from payouts import actions
from portal.models import User
from portal.registry import registry


@registry.on("decisions_released")
def decisions_released(offers: Sequence[Offer], by: User | None, at: datetime) -> None:
    """Reserve the money of every offer together."""
    if offers:
        actions.reserve_awards(offers, by=by, at=at)


@registry.on("offers_ended")
def offers_ended(offers: Sequence[Offer], by: User | None, at: datetime) -> None:
    """Give the money of offers that ended back to the budget."""
    actions.free_awards(offers, by=by, at=at)


@registry.on("offer_accepted")
def offer_accepted(offer: Offer, participation: Participation, by: User, at: datetime) -> None:
    """Tie the reserved award to its seat."""
    actions.link_award(offer, participation)


@registry.on("agreement_signed")
def agreement_signed(agreement: Agreement, participation: Participation, by: User, at: datetime) -> None:
    """Commit the money and give every month its day."""
    actions.commit_award(participation, by=by, at=at)


@registry.on("participation_ended")
def participation_ended(participation: Participation, by: User | None, at: datetime) -> None:
    """Give back what will not be paid."""
    actions.end_award(participation, by=by, at=at)
