"""Making a batch: who is ready, who is not, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from applications.models import Programme
from payouts import actions
from payouts.models import Disbursement, Payment, PayoutAccount, Rail
from payouts.models.awards import DisbursementQuerySet
from payouts.permissions import conflicts, require_source, watched_programmes
from portal import clock, gates
from portal.accounts.access import person
from portal.desk.frame import crumb, show
from portal.desk.paging import cut
from portal.forms import posted_ids
from portal.models import Role
from portal.money import Money
from portal.refusals import Refusal, as_message

LISTED = 50
BESIDE = 20  # of those that wait, before the list of them all
BY_NAME = ("award__startup__name_folded", "award", "n", "id")
BY_DAY = ("due_at", "award__startup__name_folded", "id")


def prepare(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Show who is ready and who is not, and why; make a batch of all, or of the chosen."""
    programme = get_object_or_404(Programme, pk=programme_id, pk__in=watched_programmes(person(request)))
    at, user = clock.now(), person(request)
    may_prepare = user.holds(Role.FINANCE_PREPARER, at=at, scope_id=programme.pk)
    if request.method == "POST":
        if not may_prepare:
            raise Http404
        return _prepared(request, programme, at)
    months = Disbursement.objects.filter(award__cohort__programme=programme)
    if request.GET.get("show") == "waiting":
        return _waiting(request, programme, months, at)
    ready = months.payable(at)
    total = ready.aggregate(count=Count("pk"), total=Sum("amount_minor"))
    page = cut(request, _with_payee(ready), BY_NAME, LISTED)
    waits = list(_blocked(months, at).order_by(*BY_DAY)[: BESIDE + 1])
    no_rail = _no_rail(programme)
    return show(
        request,
        "payouts/desks/prepare.html",
        _("Create a batch"),
        {
            "programme": programme,
            "ready": page.rows,
            **page.addresses(request),
            "count": total["count"],
            "total": Money(total["total"] or 0, programme.currency),
            "in_conflict": set(conflicts(user, [month.award.startup_id for month in page.rows])),
            "waiting": _why(waits[:BESIDE], at),
            "more_wait": len(waits) > BESIDE,
            "may_prepare": may_prepare and not no_rail,
            "no_rail": no_rail,
        },
        crumbs=[crumb(_("Payment batches"), "desk_batches")],
    )


def _waiting(request: HttpRequest, programme: Programme, months: DisbursementQuerySet, at: datetime) -> HttpResponse:
    """Show every month that is due and not ready, and why."""
    page = cut(request, _blocked(months, at), BY_DAY, LISTED)
    context = {"programme": programme, "waiting": _why(page.rows, at), **page.addresses(request)}
    crumbs = [
        crumb(_("Payment batches"), "desk_batches"),
        crumb(_("Create a batch"), "desk_batch_prepare", programme.pk),
    ]
    return show(request, "payouts/desks/waiting.html", _("Due but blocked"), context, crumbs=crumbs)


def _no_rail(programme: Programme) -> str:
    """Say why nothing can be paid from this programme at all, or nothing."""
    try:
        require_source(programme)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _prepared(request: HttpRequest, programme: Programme, at: datetime) -> HttpResponse:
    chosen = posted_ids(request.POST.getlist("month"))
    if request.POST.get("which") == "chosen" and not chosen:
        messages.error(request, _("Choose at least one month."))
        return redirect("admin:desk_batch_prepare", programme.pk)
    months = chosen if request.POST.get("which") == "chosen" else None
    with as_message(request):
        batch = actions.prepare_batch(programme, months=months, by=person(request), at=at)
        messages.success(request, _("Batch created. A colleague must approve it."))
        return redirect("admin:desk_batch", batch.pk)
    return redirect("admin:desk_batch_prepare", programme.pk)


def _with_payee(months: DisbursementQuerySet) -> DisbursementQuerySet:
    account = PayoutAccount.objects.current().filter(participation=OuterRef("award__participation"))
    return months.select_related("award__startup").annotate(
        payee_name=Left(Subquery(account.values("holder_name_ascii")[:1]), Payment.NAME_WIDTH[Rail.NACHA]),
        payee_last_four=Subquery(account.values("last_four")[:1]),
    )


def _blocked(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
    return months.due_but_blocked(at).select_related("award__startup")


def _why(months: Sequence[Disbursement], at: datetime) -> list[dict[str, Any]]:
    """Give each month with the words of its closed gates: one query for all."""
    known = gates.load({month.seat_id for month in months}, {month.period for month in months})
    return [
        {
            "month": month,
            "reasons": [gate.staff_words for gate in known.closed(month.seat_id, month.period, at)],
        }
        for month in months
    ]
