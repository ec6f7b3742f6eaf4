"""What was promised, and ticking it off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Participation
from mentorship import actions
from mentorship.models import ActionItem, Mentorship
from mentorship.pages import pairings
from mentorship.permissions import closable
from mentorship.views.zones import render_in_zone, zone_of
from portal import clock
from portal.accounts.access import person
from portal.onward import onward
from portal.refusals import as_message
from portal.views.methods import posted_from

ACTS = {
    "done": (actions.complete_action_item, gettext_lazy("Done.")),
    "drop": (actions.drop_action_item, gettext_lazy("Dropped.")),
    "reopen": (actions.reopen_action_item, gettext_lazy("Open again.")),
}


def _session_of(request: HttpRequest, pk: int, verb: str) -> str:
    """Return the page of the session at which an action item was agreed."""
    items = ActionItem.objects.of_person(person(request))
    return reverse("mentor_session", args=[get_object_or_404(items, pk=pk).session_id])


@login_required
def action_items(request: HttpRequest, pk: int) -> HttpResponse:
    """Show all that was promised between a startup and its mentors, to either side."""
    user = person(request)
    pairs = list(Mentorship.objects.of_mentor(user).filter(participation=pk))
    seats = Participation.objects.filter(
        Q(pk__in=Participation.objects.of_member(user).values("pk")) | Q(mentorships__in=pairs)
    )
    participation = get_object_or_404(seats.select_related("startup", "cohort__programme").distinct(), pk=pk)
    is_member = Participation.objects.of_member(user).filter(pk=pk).exists()
    shown = list(participation.mentorships.all()) if is_member else pairs
    open_, closed = pairings.open_items(shown), pairings.closed_items(shown)
    context = {
        "participation": participation,
        "open": open_,
        "closed": closed,
        "closable": closable([*open_, *closed], user, at=user.seen_at),
        "today": clock.today(participation.zone),
        "crumbs": [
            {"label": str(participation.startup), "url": reverse("participation", args=[pk])}
            if is_member
            else {"label": _("Mentoring"), "url": reverse("mentoring")}
        ],
    }
    zone = zone_of(request, participation.cohort.programme)
    return render_in_zone(request, "mentorship/action_items.html", context, zone)


@posted_from(_session_of)
@login_required
def action_item_change(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Tick an item off, drop it, or open it again; then back to where it was pressed."""
    if verb not in ACTS:
        raise Http404
    act, words = ACTS[verb]
    found = get_object_or_404(
        ActionItem.objects.of_person(person(request)).select_related("session__mentorship__participation"), pk=pk
    )
    with as_message(request):
        act(found, by=person(request), at=clock.now())
        messages.success(request, words)
    return redirect(onward(request, request.POST.get("next"), reverse("mentor_session", args=[found.session_id])))
