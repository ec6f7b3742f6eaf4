"""The batch desk: who is ready, who is not and why; batches prepared, approved, downloaded, sent, settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, OuterRef, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from applications.models import Programme
from payouts import ledger
from payouts.desks.batch_acts import BATCH_ACTS
from payouts.desks.batch_tables import BatchTable, PaymentTable
from payouts.desks.corrections import corrections_of
from payouts.models import Correction, Disbursement, LedgerAccount, Payment, PaymentBatch
from payouts.models.awards import DisbursementQuerySet
from payouts.pages import whose_move
from payouts.permissions import may_release, watched_programmes
from portal import clock
from portal.accounts.access import person
from portal.desk.acts import Act
from portal.desk.counts import Counted, OfEach, of
from portal.desk.frame import crumb, show
from portal.desk.table_page import page_of
from portal.models import Role, Transition
from portal.money import Money
from portal.timeline import event

State = PaymentBatch.State
# What takes another person than the preparer.
OTHERS = ("approve", "freeze", "send")


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """One programme: what is ready to be paid, what waits though it is due, and whether the person makes batches."""

    programme: Programme
    ready: Counted
    total: Money
    waiting: Counted
    may_prepare: bool


def batches(request: HttpRequest) -> HttpResponse:
    """Show each programme's ready money, and the batches."""
    user, at = person(request), clock.now()
    mine = watched_programmes(user)
    programmes = Programme.objects.filter(pk__in=mine).order_by("pk")
    months = Disbursement.objects.filter(award__cohort__programme__in=mine)
    of_it = Disbursement.objects.filter(award__cohort__programme=OuterRef("pk"))
    late = OfEach(programmes, of_it.due_but_blocked(at))
    page = page_of(BatchTable(user, 0, at), request, also={"late": late})
    ready = _ready(months.payable(at))
    return show(
        request,
        "payouts/desks/batches.html",
        _("Payment batches"),
        {
            "programmes": [
                ProgrammeRow(
                    programme,
                    ready=Counted(ready.get(programme.pk, NOTHING).n),
                    total=Money(ready.get(programme.pk, NOTHING).minor, programme.currency),
                    waiting=Counted(page.counts[of("late", programme.pk)]),
                    may_prepare=user.holds(Role.FINANCE_PREPARER, at=user.seen_at, scope_id=programme.pk),
                )
                for programme in programmes
            ],
            "corrections": corrections_of(request, Correction.objects.visible_to(user).asked()),
            "page": page,
        },
    )


def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show one batch: its payments as the bank will see them, its totals, its history, and whose move it is."""
    at, user = clock.now(), person(request)
    table = PaymentTable(user, batch_id, at)
    found = table.batch
    count, minor = found.payments.kept().total()
    total = Money(minor, found.currency)
    may_download = found.frozen_at is not None and may_release(found, user, at=user.seen_at)
    acts = _offered(request, found)
    is_mine, is_preparer = any(act.name in OTHERS for act in acts), found.prepared_by_id == user.pk
    return show(
        request,
        "payouts/desks/batch.html",
        found,
        {
            "batch": found,
            "page": page_of(table, request),
            "count": count,
            "total": total,
            "short": _shortfall(found, total),
            "blocked": _blocked(found, at),
            "acts": acts,
            "may_release": may_download,
            "download_first": may_download and found.released_at is None,
            "is_preparer": is_preparer,
            "wait": whose_move.for_batch(found, mine=is_mine, is_preparer=is_preparer, at=at),
            "corrections": corrections_of(request, Correction.objects.filter(payment__batch=found)),
            "history": [event(move, PaymentBatch) for move in Transition.objects.of(found).select_related("actor")],
        },
        crumbs=[crumb(_("Payment batches"), "desk_batches")],
    )


class Ready(NamedTuple):
    """How many months of a programme are ready, and their sum in minor units."""

    n: int
    minor: int


NOTHING = Ready(0, 0)


def _ready(months: DisbursementQuerySet) -> Mapping[int, Ready]:
    """Return what is ready of each programme, to the cent and of all months, however many: by it one decides."""
    of_programmes = months.order_by().values_list("award__cohort__programme")
    found = of_programmes.annotate(n=Count("pk"), minor=Sum("amount_minor"))
    return {programme: Ready(n, minor) for programme, n, minor in found}


def _offered(request: HttpRequest, found: PaymentBatch) -> list[Act]:
    """Return the acts for this person; its preparer is not offered what another person must do."""
    user = person(request)
    is_preparer = found.prepared_by_id == user.pk
    offered = [act for act in BATCH_ACTS.values() if act.is_offered(user, found, found.programme_id)]
    return [act for act in offered if not (is_preparer and act.name in OTHERS)]


def _shortfall(batch: PaymentBatch, total: Money) -> Money | None:
    """Return by how much the awards' committed money falls short of a draft's total."""
    if batch.state != State.DRAFT:
        return None
    awards = batch.payments.filter(state=Payment.State.PREPARED).values("disbursement__award")
    accounts = LedgerAccount.objects.filter(award__in=awards, kind__in=["committed", "payable"])
    balances = ledger.balances(accounts)
    short = total.minor - balances["committed"] - balances["payable"]
    return Money(short, batch.currency) if short > 0 else None


def _blocked(batch: PaymentBatch, at: datetime) -> list[str]:
    if batch.state not in (State.DRAFT, State.APPROVED):
        return []
    return batch.payments.filter(state=Payment.State.PREPARED).blocked(at).startups().names()
