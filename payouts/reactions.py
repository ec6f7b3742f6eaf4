"""What money does within the acts of applications, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from applications.models import Agreement, Offer, Participation
from payouts import actions
from portal.models import User


def decisions_released(offers: Sequence[Offer], by: User | None, at: datetime) -> None:
    """Reserve the money of every offer together."""
    if offers:
        actions.reserve_awards(offers, by=by, at=at)


def offers_ended(offers: Sequence[Offer], by: User | None, at: datetime) -> None:
    """Give the money of offers that ended back to the budget."""
    actions.free_awards(offers, by=by, at=at)


def offer_accepted(offer: Offer, participation: Participation, by: User, at: datetime) -> None:
    """Tie the reserved award to its seat."""
    actions.link_award(offer, participation)


def agreement_signed(agreement: Agreement, participation: Participation, by: User, at: datetime) -> None:
    """Commit the money and give every month its day."""
    actions.commit_award(participation, by=by, at=at)
