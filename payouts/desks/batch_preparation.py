"""Making a batch: who is ready, who is not, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from applications.models import Programme
from payouts.desks.ready_table import ReadyTable
from payouts.models import Disbursement
from payouts.models.awards import DisbursementQuerySet
from portal import clock, gates
from portal.accounts.access import person
from portal.desk.counts import Counted
from portal.desk.frame import crumb, show
from portal.desk.paging import cut
from portal.desk.table_page import page_of
from portal.money import Money

LISTED = 50
READY = ngettext_lazy("%(shown)s month ready", "%(shown)s months ready", "n")
BESIDE = 20  # of those that wait, before the list of them all
BY_DAY = ("due_at", "award__startup__name_folded", "id")


def prepare(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Show who is ready and who is not, and why; a batch is made of all that are ready, or of those selected."""
    at = clock.now()
    table = ReadyTable(person(request), programme_id, at)
    programme = table.programme
    if request.GET.get("show") == "waiting":
        return _show_blocked(request, programme, table.months, at)
    # To the cent and of all months, however many: by this sum the preparer decides. It reads this programme's alone.
    ready = table.ready.aggregate(n=Count("pk"), minor=Sum("amount_minor"))
    page = page_of(table, request)
    waits = list(_blocked(table.months, at).order_by(*BY_DAY)[: BESIDE + 1])
    return show(
        request,
        "payouts/desks/prepare.html",
        _("Create a batch"),
        {
            "programme": programme,
            "page": page,
            "ready": Counted(ready["n"], READY),
            "total": Money(ready["minor"] or 0, programme.currency),
            "waiting": _why(waits[:BESIDE], at),
            "more_wait": len(waits) > BESIDE,
            "no_rail": table.no_rail,
        },
        crumbs=[crumb(_("Payment batches"), "desk_batches")],
    )


def _show_blocked(
    request: HttpRequest, programme: Programme, months: DisbursementQuerySet, at: datetime
) -> HttpResponse:
    """Show every month that is due and not ready, and why."""
    page = cut(request, _blocked(months, at), BY_DAY, LISTED)
    context = {"programme": programme, "waiting": _why(page.rows, at), **page.addresses(request)}
    crumbs = [
        crumb(_("Payment batches"), "desk_batches"),
        crumb(_("Create a batch"), "desk_batch_prepare", programme.pk),
    ]
    return show(request, "payouts/desks/blocked_months.html", _("Due but blocked"), context, crumbs=crumbs)


def _blocked(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
    return months.due_but_blocked(at).select_related("award__startup")


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """One month that is due and waits, and the words of what it waits for."""

    month: Disbursement
    reasons: Sequence[Any]


def _why(months: Sequence[Disbursement], at: datetime) -> list[BlockedRow]:
    """Give each month with the words of its closed gates: one query for all."""
    known = gates.load({month.seat_id for month in months}, {month.period for month in months})
    return [
        BlockedRow(month, [gate.staff_words for gate in known.closed(month.seat_id, month.period, at)])
        for month in months
    ]
