"""The money of participations: months, payments, account, holds; in as many queries for one as for many."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from applications.models import Membership, Participation
from payouts.gates import SeatFacts
from payouts.gates import load as load_money
from payouts.models import Award, Disbursement, Hold, Kind, LedgerAccount, Payment, PayoutAccount
from portal import gates
from portal.gates import Loaded
from portal.language.dates import day_of
from portal.models import User
from portal.money import Money
from portal.once import once
from portal.registry import Gate

State = Disbursement.State
ENDED = (State.PAID, State.LAPSED, State.CANCELLED)


@dataclass
class SeatMoney:
    """The money of one participation at an instant, its months in order.

    `founders` are read only where bank details wait for a second founder.
    """

    participation: Participation
    at: datetime
    known: Loaded = field(default_factory=Loaded)
    award: Award | None = None
    months: list[Disbursement] = field(default_factory=list)
    payments: dict[int, Payment] = field(default_factory=dict)
    account: PayoutAccount | None = None
    hold: Hold | None = None
    founders: list[User] = field(default_factory=list)
    paid: Money | None = None

    def closed(self, month: Disbursement) -> list[Gate]:
        """Return the gates that keep a month back."""
        return self.known.closed(self.participation.pk, month.period, self.at)

    @property
    def facts(self) -> SeatFacts:
        """Return what the gates of money need to know of the seat."""
        return SeatFacts(
            participation=self.participation.state,
            award=self.award.state if self.award else None,
            account=self.account.state if self.account else None,
            payable_from=self.account.payable_from if self.account else None,
            is_held=self.hold is not None,
        )

    @property
    def month(self) -> Disbursement | None:
        """Return the first month that is not over."""
        return next((month for month in self.months if month.state not in ENDED), None)

    def due_on(self, month: Disbursement) -> date:
        """Return the payment day of a month, as the programme's calendar has it, wherever the reader is."""
        return day_of(month.due_at, zone=self.participation.cohort.programme.timezone)

    def look(self, month: Disbursement) -> str:
        """Return the state of a month as the strip knows it."""
        payment = self.payments.get(month.pk)
        return look_of(month, payment.state if payment else None, on_hold=self.hold is not None)


def money_of_seats(participations: Iterable[Participation], at: datetime) -> dict[int, SeatMoney]:
    """Return the money of each participation: two queries, and what the gates of other apps need to know."""
    found = {seat.pk: SeatMoney(seat, at) for seat in participations}
    _add_money(found)
    _add_months(found)
    _add_founders(found, at)
    facts = {pk: seat_money.facts for pk, seat_money in found.items()}
    periods = {month.period for seat_money in found.values() for month in seat_money.months}
    known = gates.load(found, periods, {load_money: facts})
    for seat_money in found.values():
        seat_money.known = known
    return found


def shown(request: HttpRequest, seats: Sequence[Participation], at: datetime) -> dict[int, SeatMoney]:
    """Return the money of a page's seats, read once for its strip and its panels."""
    return once(request, ("money", *(seat.pk for seat in seats)), lambda: money_of_seats(seats, at))


def money_of_seat(participation: Participation, at: datetime) -> SeatMoney:
    """Return the money of one participation."""
    return money_of_seats([participation], at)[participation.pk]


def look_of(month: Disbursement, payment_state: str | None, *, on_hold: bool) -> str:
    """Return the state of a month as the strip knows it."""
    if month.state == State.APPROVED:
        return "on_its_way" if payment_state == Payment.State.SENT else "approved"
    if month.state in (State.SCHEDULED, State.READY) and on_hold:
        return "held"
    if month.state == State.READY and payment_state == Payment.State.RETURNED:
        return "returned"
    return str(month.state)


WORDS: Mapping[str, Any] = {
    "scheduled": gettext_lazy("scheduled"),
    "ready": gettext_lazy("ready"),
    "approved": gettext_lazy("approved"),
    "on_its_way": gettext_lazy("on its way"),
    "paid": gettext_lazy("paid"),
    "held": gettext_lazy("on hold"),
    "returned": gettext_lazy("came back"),
    "lapsed": gettext_lazy("lapsed"),
    "cancelled": gettext_lazy("cancelled"),
}


def words_of(look: str) -> str:
    """Say a month's look in a word or two."""
    return str(WORDS[look])


def _add_months(found: dict[int, SeatMoney]) -> None:
    """Add the months in order, each with the latest attempt to pay it."""
    rows: Any = Disbursement.objects.filter(award__participation__in=list(found))
    rows = rows.annotate(the_payment=FilteredRelation("payments")).select_related("award", "the_payment__batch")
    for month in rows.order_by("award", "period", "n", "the_payment__attempt"):
        seat_money = found[month.seat_id]
        if month not in seat_money.months[-1:]:  # one row an attempt, the latest last
            seat_money.months.append(month)
        if payment := getattr(month, "the_payment", None):
            seat_money.payments[month.pk] = payment


def _add_founders(found: dict[int, SeatMoney], at: datetime) -> None:
    """Add those of whom one can confirm bank details, where details wait for that."""
    startups: dict[int, list[SeatMoney]] = defaultdict(list)
    for each in found.values():
        if each.account and each.account.state == PayoutAccount.State.PENDING:
            startups[each.participation.startup_id].append(each)
    if not startups:
        return
    people = Membership.objects.founders().trusted(at).people_of(startups)
    for startup, seats in startups.items():
        for each in seats:
            each.founders = people[startup]


def _add_money(found: dict[int, SeatMoney]) -> None:
    """Add award, what was paid of it, the current account, and the newest hold that stops the seat."""
    paid = LedgerAccount.objects.filter(award=OuterRef("the_award"), kind=Kind.DISBURSED).values("award")
    net = paid.annotate(net=Sum(F("credits_posted") - F("debits_posted"))).values("net")
    rows: Any = Participation.objects.filter(pk__in=list(found)).annotate(
        the_award=FilteredRelation("award", condition=~Q(award__state=Award.State.FREED)),
        the_account=FilteredRelation("payout_accounts", condition=Q(payout_accounts__state__in=PayoutAccount.CURRENT)),
        the_hold=FilteredRelation("holds", condition=Q(holds__lifted_at=None)),
        net=Subquery(net),
    )
    rows = rows.select_related("the_award", "the_account__changed_by", "the_hold")
    for row in rows.order_by("id", "the_hold__placed_at", "the_hold__id"):  # one row an open hold, the newest last
        seat_money = found[row.pk]
        seat_money.award, seat_money.account = getattr(row, "the_award", None), getattr(row, "the_account", None)
        hold = getattr(row, "the_hold", None)
        if hold and (hold.account_id is None or (seat_money.account and hold.account_id == seat_money.account.pk)):
            seat_money.hold = hold
        if seat_money.award and row.net is not None:
            seat_money.paid = Money(row.net, seat_money.award.currency)
