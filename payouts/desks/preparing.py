"""Making a batch: who is ready, who is not, and why."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from applications.models import Programme
from payouts import actions, gates
from payouts.actions.batches import NAME_WIDTH, payable, source_of
from payouts.desks.page import scopes, show
from payouts.duties import conflicts
from payouts.models import Disbursement, PayoutAccount, Rail
from payouts.models.awards import DisbursementQuerySet
from portal import clock
from portal.access import person
from portal.models import Role
from portal.money import Money
from portal.refusals import Refusal

LISTED = 200


def prepare(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Show who is ready and who is not, and why; make a batch of all, or of the chosen."""
    programme = get_object_or_404(Programme, pk=programme_id, pk__in=scopes(request))
    at, user = clock.now(), person(request)
    may_prepare = user.holds(Role.FINANCE_PREPARER, scope_id=programme.pk)
    if request.method == "POST":
        if not may_prepare:
            raise Http404
        return _prepared(request, programme, at)
    months = Disbursement.objects.filter(award__cohort__programme=programme)
    ready = _with_payee(payable(months, at)).order_by("award__startup__name_folded", "award", "n")
    total = ready.aggregate(count=Count("pk"), total=Sum("amount_minor"))
    no_rail = _no_rail(programme)
    return show(
        request,
        "payouts/desks/prepare.html",
        {
            "title": _("Prepare a batch"),
            "programme": programme,
            "ready": list(ready[:LISTED]),
            "count": total["count"],
            "total": Money(total["total"] or 0, programme.currency),
            "more": max(0, total["count"] - LISTED),
            "in_conflict": set(conflicts(user, ready.values("award__startup"))),
            "waiting": [_why(month) for month in _judged(months, at)[:LISTED]],
            "may_prepare": may_prepare and not no_rail,
            "no_rail": no_rail,
        },
    )


def _no_rail(programme: Programme) -> str:
    """Say why nothing can be paid from this programme at all, or nothing."""
    try:
        source_of(programme)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _prepared(request: HttpRequest, programme: Programme, at: datetime) -> HttpResponse:
    chosen = [int(pk) for pk in request.POST.getlist("month") if pk.isdigit()]
    if request.POST.get("which") == "chosen" and not chosen:
        messages.error(request, _("Choose at least one month."))
        return redirect("admin:desk_batch_prepare", programme.pk)
    months = chosen if request.POST.get("which") == "chosen" else None
    try:
        batch = actions.prepare_batch(programme, months=months, by=person(request), at=at)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:desk_batch_prepare", programme.pk)
    messages.success(request, _("Prepared. Another person approves it."))
    return redirect("admin:desk_batch", batch.pk)


def _with_payee(months: DisbursementQuerySet) -> DisbursementQuerySet:
    account = PayoutAccount.objects.current().filter(participation=OuterRef("award__participation"))
    return months.select_related("award__startup").annotate(
        payee_name=Left(Subquery(account.values("holder_name_ascii")[:1]), NAME_WIDTH[Rail.NACHA]),
        payee_last_four=Subquery(account.values("last_four")[:1]),
    )


def waiting(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
    """Keep the months whose day has come and that do not flow: a gate is closed."""
    late = months.filter(state__in=[Disbursement.State.SCHEDULED, Disbursement.State.READY], due_at__lte=at)
    return late.exclude(pk__in=gates.opened(late, at).values("pk"))


def _judged(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
    judged = gates.judged(waiting(months, at), at)
    return judged.select_related("award__startup").order_by("due_at", "award__startup__name_folded", "id")


def _why(month: Disbursement) -> dict[str, Any]:
    return {"month": month, "reasons": [gate.staff_words for gate in gates.reasons(month)]}
