"""The gates of money: what must be right with a seat before a month of it is paid."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from applications.models import Participation
from payouts.models import Award, Hold, PayoutAccount
from portal.registry import Gate, Mover

Account = PayoutAccount.State
SIGNED = (Award.State.COMMITTED, Award.State.CLOSED)
PAID_STATES = (Participation.State.ACTIVE, Participation.State.GRADUATED)


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """What the gates of money know of a seat: states, None where there is no award or no current account."""

    participation: str
    award: str | None
    account: str | None
    payable_from: datetime | None
    is_held: bool


Facts = Mapping[int, SeatFacts]  # by seat


def seats_with_money() -> QuerySet[Any]:
    """Return the seats with what the gates of money read of them."""
    return Participation.objects.annotate(
        current=FilteredRelation("payout_accounts", condition=Q(payout_accounts__state__in=PayoutAccount.CURRENT)),
        is_held=Exists(Hold.objects.stopping().filter(participation=OuterRef("pk"))),
    )


def load(seats: Collection[int], _periods: Collection[date]) -> Facts:
    """Read what the gates of money need to know of many seats: the same for each of their months."""
    rows = seats_with_money().filter(pk__in=seats)
    facts = rows.values_list("pk", "state", "award__state", "current__state", "current__payable_from", "is_held")
    return {seat: SeatFacts(*known) for seat, *known in facts}


GATES = (
    Gate(
        code="award",
        words=_("The agreement is not signed yet."),
        staff_words=_("The agreement is not signed."),
        mover=Mover.STARTUP,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, _at: facts[seat].award not in SIGNED,
        twin=lambda _at: ~Q(award__state__in=SIGNED),
    ),
    Gate(
        code="participation",
        words=_("Your participation is paused or has ended."),
        staff_words=_("The participation is not active."),
        mover=Mover.PROGRAMME,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, _at: facts[seat].participation not in PAID_STATES,
        twin=lambda _at: ~Q(state__in=PAID_STATES),
    ),
    Gate(
        code="account_missing",
        words=_("We do not know your bank details yet."),
        staff_words=_("No bank details."),
        mover=Mover.STARTUP,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, _at: facts[seat].account is None,
        twin=lambda _at: Q(current=None),
    ),
    Gate(
        code="account_unconfirmed",
        words=_("A second person must confirm your bank details."),
        staff_words=_("Bank details wait for a second person."),
        mover=Mover.STARTUP,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, _at: facts[seat].account == Account.PENDING,
        twin=lambda _at: Q(current__state=Account.PENDING),
    ),
    Gate(
        code="account_unverified",
        words=_("The programme is verifying your bank details."),
        staff_words=_("Bank details wait to be verified."),
        mover=Mover.PROGRAMME,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, _at: facts[seat].account == Account.CONFIRMED,
        twin=lambda _at: Q(current__state=Account.CONFIRMED),
    ),
    Gate(
        code="account_cooling",
        words=_("Your bank details are new: money flows when the cooling-off is over."),
        staff_words=_("Bank details are cooling off."),
        mover=Mover.NOBODY,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, at: _is_cooling(facts[seat], at),
        twin=lambda at: Q(current__state=Account.VERIFIED, current__payable_from__gt=at),
    ),
    Gate(
        code="hold",
        words=_("The programme has placed a hold. The mail about it says why."),
        staff_words=_("On hold."),
        mover=Mover.PROGRAMME,
        load=load,
        seats=seats_with_money,
        closed=lambda seat, _period, facts, _at: facts[seat].is_held,
        twin=lambda _at: Q(is_held=True),
    ),
)


def _is_cooling(facts: SeatFacts, at: datetime) -> bool:
    return facts.account == Account.VERIFIED and facts.payable_from is not None and facts.payable_from > at
