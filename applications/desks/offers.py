"""After release: the offers and their clocks, taking one back, and offering a free seat to the next."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import actions
from applications.desks.common import ROWS, application_of, cohort_of, show
from applications.forms.desks import RevokeForm
from applications.models import Cohort, Conflict, Offer
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk.paging import cut
from portal.refusals import Refusal

SHOWN = 10
RELATED = ("application__startup", "decision")


def offers_of(request: HttpRequest, cohort: Cohort) -> list[Offer]:
    """Give a cohort's offers whose clocks end first, or the last answered, without startups one is in conflict with."""
    offers = _free(request, cohort)
    waiting = list(offers.filter(state=Offer.State.OPEN).order_by("expires_at", "pk")[:SHOWN])
    answered = offers.exclude(state=Offer.State.OPEN).order_by("-made_at", "pk")
    return [*waiting, *answered[: SHOWN - len(waiting)]]


def offers_page(request: HttpRequest, cohort: Cohort) -> dict[str, Any]:
    """Give one page of all offers of a cohort, the newest first, and its pager."""
    page = cut(request, _free(request, cohort), ("-id",), ROWS)
    return {"offers": page.rows, "pager": page.addresses(request)}


def _free(request: HttpRequest, cohort: Cohort) -> QuerySet[Offer]:
    offers: QuerySet[Offer] = Offer.objects.filter(cohort=cohort).select_related(*RELATED)
    return offers.exclude(application__startup__in=Conflict.objects.startups_of(person(request)))


@rescued_forms.restored
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an open offer back, saying why."""
    offer = get_object_or_404(Offer.objects.select_related("cohort__programme"), pk=pk)
    application = application_of(request, offer.application_id)
    form = RevokeForm(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.revoke_offer(offer, **form.cleaned_data, by=person(request), at=clock.now())
            messages.success(request, _("Taken back. Its seat and money are free again."))
            return redirect("admin:desk_decision_board", offer.cohort_id)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context = {
        "application": application,
        "form": form,
        "label": _("Take the offer back"),
        "consequences": [
            _("The startup gets a mail with your reason, and can no longer accept."),
            _("Its seat and money go to the next on the waitlist, if somebody waits."),
        ],
        "is_danger": True,
        "back": (offer.cohort, "desk_decision_board", offer.cohort_id),
    }
    crumbs = [(_("Decide"), "desk_decisions"), (offer.cohort, "desk_decision_board", offer.cohort_id)]
    status = 422 if request.method == "POST" and form.errors else 200
    return show(
        request, "applications/desks/asking.html", _("Take an offer back"), context, crumbs=crumbs, status=status
    )


@require_POST
def offer_next(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Offer a free seat to the next on the waitlist."""
    cohort = cohort_of(request, cohort_id)
    try:
        offer = actions.offer_free_seat(cohort, by=person(request), at=clock.now())
        messages.success(request, _("%(startup)s has an offer now.") % {"startup": offer.application.startup})
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("admin:desk_decision_board", cohort.pk)
