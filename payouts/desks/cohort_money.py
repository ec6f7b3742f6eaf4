"""The desk of cohort money: where every dollar stands, what is funded, and how long the first money takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from applications.models import Cohort
from payouts import ledger
from payouts.desks.holds import holds_of
from payouts.models import AWARD_KINDS, Award, CohortBalance, CohortFigures, Hold, Kind, LedgerAccount
from payouts.models.awards import AwardQuerySet
from payouts.permissions import STAFF, watched_programmes
from portal import clock
from portal.accounts.access import person
from portal.desk.frame import crumb, show
from portal.desk.paging import cut
from portal.money import Money
from portal.strip import MINI, Month, months_of

PAGE = 10  # each with its strip of months
HOLDS = 5  # the desk of holds shows them all
SHOWN = (Kind.BUDGET, *AWARD_KINDS)


@dataclass(frozen=True, slots=True)
class Amount:
    """The money of one kind, with the kind's words."""

    label: str
    amount: Money


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One cohort: its money by kind, empty until it was added up first, and how many of its startups are on hold."""

    cohort: Cohort
    amounts: Sequence[Amount]
    held: int


def cohorts(request: HttpRequest) -> HttpResponse:
    """Show where the money of each cohort stands, as it was added up within the last minute."""
    mine = list(
        Cohort.objects.filter(programme__in=watched_programmes(person(request)))
        .select_related("programme")
        .order_by("-first_period", "-id")
    )
    written = CohortBalance.objects.filter(cohort__in=mine)
    balances: dict[int, dict[str, int]] = {}
    for row in written:
        balances.setdefault(row.cohort_id, {})[row.kind] = row.amount_minor
    held = dict(
        Hold.objects.open()
        .filter(participation__cohort__in=mine)
        .values_list("participation__cohort")
        .annotate(n=Count("participation", distinct=True))
    )
    rows = [
        CohortRow(
            cohort,
            amounts=_amounts(balances[cohort.pk], cohort.programme.currency) if cohort.pk in balances else [],
            held=held.get(cohort.pk, 0),
        )
        for cohort in mine
    ]
    return show(
        request,
        "payouts/desks/cohorts.html",
        _("Cohort money"),
        {
            "rows": rows,
            "kinds": [kind.label for kind in SHOWN],
            "as_of": min((row.as_of for row in written), default=None),
        },
    )


def cohort(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Show one cohort's money per award, who funded it, and the days from signature to first money."""
    found = get_object_or_404(
        Cohort.objects.select_related("programme"), pk=cohort_id, programme__in=watched_programmes(person(request))
    )
    currency = found.programme.currency
    awards = Award.objects.filter(cohort=found)
    page = cut(request, _shown(awards), ("-id",), PAGE)
    rows = _rows(page.rows, found)
    figures = CohortFigures.objects.filter(cohort=found).first()
    return show(
        request,
        "payouts/desks/cohort.html",
        found,
        {
            "cohort": found,
            "tiles": _amounts(ledger.totals([found]).get(found.pk, {}), currency),
            "fundings": found.fundings.select_related("funded_by").order_by("-id"),
            "rows": rows,
            "kinds": [kind.label for kind in AWARD_KINDS],
            **page.addresses(request),
            "figures": figures,
            "first_money_days": days(figures.first_money_wait) if figures and figures.first_money_wait else None,
            "holds": holds_of(request, Hold.objects.filter(participation__cohort=found), most=HOLDS),
            "may_act": person(request).holds(*STAFF, at=person(request).seen_at, scope_id=found.programme_id),
        },
        crumbs=[crumb(_("Cohort money"), "desk_money")],
    )


def days(wait: timedelta) -> float:
    """Return a wait in days, with one decimal."""
    return round(wait / timedelta(days=1), 1)


def _shown(awards: AwardQuerySet) -> AwardQuerySet:
    held = Hold.objects.open().filter(participation=OuterRef("participation"))
    return (
        awards.with_first_money()
        .select_related("startup", "participation")
        .annotate(signed=F("offer__agreement__signed_at"), on_hold=Exists(held))
    )


@dataclass(frozen=True, slots=True)
class AwardRow:
    """One award: its months, its money by kind, and the days from the signature to the first payment."""

    award: Award
    months: Sequence[Month]
    amounts: Sequence[Amount]
    days: float | None
    on_hold: bool


def _rows(awards: list[Any], cohort: Cohort) -> list[AwardRow]:
    """Return a page of awards with their months and balances: as many queries for one as for fifty."""
    seats = [award.participation for award in awards if award.participation]
    for seat in seats:
        seat.cohort = cohort
    months = months_of(seats, at=clock.now(), kinds=MINI)
    net = Sum(F("credits_posted") - F("debits_posted"))
    kinds = LedgerAccount.objects.filter(award__in=awards).order_by().values_list("award", "kind").annotate(net=net)
    balances: dict[int, dict[str, int]] = {}
    for award_id, kind, amount in kinds:
        balances.setdefault(award_id, {})[kind] = amount
    return [_award_row(award, months, balances.get(award.pk, {})) for award in awards]


def _award_row(award: Any, months: dict[int, list[Month]], balances: Mapping[str, int]) -> AwardRow:
    return AwardRow(
        award,
        months=months.get(award.participation_id, []),
        amounts=_amounts(balances, award.currency, AWARD_KINDS),
        days=days(award.first_paid_at - award.signed) if award.first_paid_at else None,
        on_hold=award.on_hold,
    )


def _amounts(balances: Mapping[str, int], currency: str, kinds: Sequence[Kind] = SHOWN) -> list[Amount]:
    return [Amount(str(kind.label), Money(balances.get(kind, 0), currency)) for kind in kinds]
