"""What money adds to the strip, to a startup's page and to its founders' dashboard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest
from django.utils.text import capfirst

from applications.models import Cohort, Membership, Participation
from applications.pages import member
from applications.pages.whose_move import Wait
from payouts.models import Award, Disbursement, Hold, LedgerAccount, Payment
from payouts.pages import whose_move
from payouts.pages.money import SeatMoney, look_of, shown, words_of
from portal.accounts.access import person
from portal.language.dates import day_of
from portal.money import Money
from portal.registry import Cell
from portal.strip import amount_due

State = Disbursement.State


def money_cells(
    seats: Sequence[Participation], at: datetime, request: HttpRequest | None = None
) -> Mapping[tuple[int, date], Sequence[Cell]]:
    """Return the money of each month of the strip: one query for many seats, none where a panel reads the same."""
    by_id = {seat.pk: seat for seat in seats}
    return {
        (seat, month.period): [_cell(month, look, by_id[seat])]
        for seat, month, look in (_of_page(request, seats, at) if request else _looks(by_id))
    }


Looked = tuple[int, Disbursement, str]


def _of_page(request: HttpRequest, seats: Sequence[Participation], at: datetime) -> Iterable[Looked]:
    for seat, seat_money in shown(request, seats, at).items():
        yield from ((seat, month, seat_money.look(month)) for month in seat_money.months)


def _looks(seats: Iterable[int]) -> Iterable[Looked]:
    latest = Payment.objects.filter(disbursement=OuterRef("pk")).order_by("-attempt")
    held = Hold.objects.stopping().filter(participation=OuterRef("award__participation"))
    months: Any = Disbursement.objects.filter(award__participation__in=seats).annotate(
        payment_state=Subquery(latest.values("state")[:1]), on_hold=Exists(held)
    )
    named = ("period", "state", "amount_minor", "ceiling_minor", "due_at", "award__participation", "award__currency")
    for month in months.select_related("award").only(*named):
        yield month.award.participation_id, month, look_of(month, month.payment_state, on_hold=month.on_hold)


def _cell(month: Disbursement, look: str, seat: Participation) -> Cell:
    amount = month.amount.format(short=True)
    planned = look == State.SCHEDULED
    detail = amount_due(month.amount, day_of(month.due_at, zone=seat.zone)) if planned else amount
    return Cell("money", look, capfirst(words_of(look)), detail)


def participation_panel(request: HttpRequest, participation: Participation, at: datetime) -> Mapping[str, Any] | None:
    """Show a startup's money on its page: what comes when, why not yet, what was paid under which name."""
    seat_money = shown(request, [participation], at)[participation.pk]
    if seat_money.award is None:
        return None
    user = person(request)
    return {
        "participation": participation,
        "award": seat_money.award,
        "rows": [_row(seat_money, month) for month in seat_money.months],
        "paid": seat_money.paid,
        "account": seat_money.account,
        "is_founder": member.roles(request).get(participation.startup_id) == Membership.Role.FOUNDER,
        "wait": whose_move.for_money(seat_money, user=user) if seat_money.months else None,
    }


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of a startup's money: when it is due, how it stands, why it waits, and the payment that is under way."""

    month: Disbursement
    due_on: date
    look: str
    words: str
    reasons: Sequence[Any]
    payment: Payment | None


def _row(seat_money: SeatMoney, month: Disbursement) -> MonthRow:
    look, payment = seat_money.look(month), seat_money.payments.get(month.pk)
    waits = month.state in (State.SCHEDULED, State.READY)
    return MonthRow(
        month,
        due_on=seat_money.due_on(month),
        look=look,
        words=words_of(look),
        reasons=[gate.words for gate in seat_money.closed(month)] if waits and month == seat_money.month else [],
        payment=payment if payment and payment.state in Payment.LIVE else None,
    )


@dataclass(frozen=True, slots=True)
class SeatRow:
    """The money of one seat, and whose move it is."""

    money: SeatMoney
    wait: Wait


def dashboard_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a founder whose move the money of each of their startups is."""
    user = person(request)
    found = shown(request, member.seats(request), at).values() if member.seats(request) else []
    committed = [each for each in found if each.award and each.award.state == Award.State.COMMITTED]
    if not committed:
        return None
    return {"seats": [SeatRow(each, whose_move.for_money(each, user=user)) for each in committed]}


def cohort_money(cohort: Cohort) -> Mapping[str, Money]:
    """Say, for the desk that decides, what a release may still reserve of a cohort's money."""
    return {"available": LedgerAccount.objects.budget_of(cohort)}
