"""How the money of participations stands: months, payments, account, holds; in as many queries for one as for many."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, Subquery, Sum
from django.utils.translation import gettext as _

from applications.models import Membership, Participation
from payouts import gates
from payouts.models import Award, Disbursement, Hold, Kind, LedgerAccount, Payment, PayoutAccount
from portal.days import day_of
from portal.models import User
from portal.money import Money

State = Disbursement.State
ENDED = (State.PAID, State.LAPSED, State.CANCELLED)


@dataclass
class Standing:
    """The money of one participation. Months are judged by the gates, in order."""

    participation: Participation
    award: Award | None = None
    months: list[Disbursement] = field(default_factory=list)
    payments: dict[int, Payment] = field(default_factory=dict)
    account: PayoutAccount | None = None
    hold: Hold | None = None
    founders: list[User] = field(default_factory=list)
    paid: Money | None = None

    @property
    def month(self) -> Disbursement | None:
        """Give the first month that is not over."""
        return next((month for month in self.months if month.state not in ENDED), None)

    def due_on(self, month: Disbursement) -> date:
        """Give the payment day of a month, as the programme's calendar has it, wherever the reader is."""
        return day_of(month.due_at, zone=self.participation.cohort.programme.timezone)

    def look(self, month: Disbursement) -> str:
        """Give the state of a month as the strip knows it."""
        payment = self.payments.get(month.pk)
        return look_of(month, payment.state if payment else None, on_hold=self.hold is not None)


def standings(participations: Iterable[Participation], at: datetime) -> dict[int, Standing]:
    """Give how the money of each participation stands."""
    found = {seat.pk: Standing(seat) for seat in participations}
    for award in Award.objects.filter(participation__in=found).exclude(state=Award.State.FREED):
        found[award.participation_id or 0].award = award
    for month in _judged(found, at):
        found[month.award.participation_id or 0].months.append(month)
    for payment in _latest_payments(found):
        found[payment.disbursement.award.participation_id or 0].payments[payment.disbursement_id] = payment
    for account in PayoutAccount.objects.current().filter(participation__in=found).select_related("changed_by"):
        found[account.participation_id].account = account
    for hold in Hold.objects.open().filter(participation__in=found).order_by("-placed_at", "-id"):
        found[hold.participation_id].hold = hold
    _add_founders(found)
    _add_paid(found)
    return found


def standing(participation: Participation, at: datetime) -> Standing:
    """Give how the money of one participation stands."""
    return standings([participation], at)[participation.pk]


def look_of(month: Disbursement, payment_state: str | None, *, on_hold: bool) -> str:
    """Give the state of a month as the strip knows it."""
    if month.state == State.APPROVED:
        return "on_its_way" if payment_state == Payment.State.SENT else "approved"
    if month.state in (State.SCHEDULED, State.READY) and on_hold:
        return "held"
    if month.state == State.READY and payment_state == Payment.State.RETURNED:
        return "returned"
    return str(month.state)


def words_of(look: str) -> str:
    """Say a month's look in a word or two."""
    return {
        "scheduled": _("scheduled"),
        "ready": _("ready"),
        "approved": _("approved"),
        "on_its_way": _("on its way"),
        "paid": _("paid"),
        "held": _("on hold"),
        "returned": _("came back"),
        "lapsed": _("lapsed"),
        "cancelled": _("cancelled"),
    }[look]


def _judged(ids: Iterable[int], at: datetime) -> Iterable[Disbursement]:
    months = Disbursement.objects.filter(award__participation__in=ids)
    return gates.judged(months, at).select_related("award").order_by("award", "period", "n")


def _latest_payments(ids: Iterable[int]) -> Iterable[Payment]:
    latest = Payment.objects.filter(disbursement=OuterRef("disbursement")).order_by("-attempt").values("pk")[:1]
    payments = Payment.objects.filter(disbursement__award__participation__in=ids, pk=Subquery(latest))
    return payments.select_related("batch", "disbursement__award")


def _add_founders(found: dict[int, Standing]) -> None:
    startups: dict[int, list[Standing]] = defaultdict(list)
    for each in found.values():
        startups[each.participation.startup_id].append(each)
    memberships = Membership.objects.filter(
        startup__in=startups, role=Membership.Role.FOUNDER, ended_at=None, person__is_active=True
    )
    for membership in memberships.select_related("person").order_by("pk"):
        for each in startups[membership.startup_id]:
            each.founders.append(membership.person)


def _add_paid(found: dict[int, Standing]) -> None:
    accounts = LedgerAccount.objects.filter(award__participation__in=found, kind=Kind.DISBURSED)
    sums: Any = accounts.values("award__participation", "currency").annotate(
        net=Sum(F("credits_posted") - F("debits_posted"))
    )
    for row in sums:
        found[row["award__participation"]].paid = Money(row["net"], row["currency"])
