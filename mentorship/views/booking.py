"""Choosing an hour: for a first booking, and for moving one."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.models import Participation
from mentorship import actions
from mentorship.forms import BookForm, MoveForm
from mentorship.models import MentorSession, Mentorship, Side
from mentorship.pages import pairings
from mentorship.permissions import edits, side_of
from mentorship.rules import Span, is_bookable
from mentorship.slots import free_slots
from mentorship.views.zones import render_in_zone, zone_of
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.refusals import on_form, status_of

DAYS_AT_ONCE = 7  # days of hours shown at first; the rest is one press away


@rescued_forms.restored
@login_required
def booking(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the free hours of a participation's mentor, by day in the reader's zone, and book one."""
    mine = Participation.objects.of_member(person(request)).select_related("startup", "cohort__programme")
    participation = get_object_or_404(mine, pk=pk)
    pairs = list(
        pairings.pairs_with_names(participation.mentorships.active()).order_by("-is_primary", "paired_at", "id")
    )
    told = rescued_forms.written(request)
    chosen = _chosen(told or request.GET, pairs)
    is_editor = edits(participation, person(request))
    form = BookForm(told)
    if request.method == "POST":
        if chosen is None:
            raise Http404
        if form.is_valid() and (booked := _book(request, chosen, form)):
            return redirect("mentor_session", booked.pk)
    slots = free_slots(chosen.mentor, at=clock.now(), startup=participation.startup) if chosen else []
    context = {
        "participation": participation,
        "pairs": pairs,
        "chosen": chosen,
        "may_book": is_editor and is_bookable(participation),
        "is_editor": is_editor,
        "form": form,
        "crumbs": _crumbs(participation),
    }
    picked = _picked(told or request.GET)
    return _slots_page(request, "mentorship/booking.html", participation, slots, picked, context)


def _book(request: HttpRequest, pair: Mentorship, form: BookForm) -> MentorSession | None:
    told = form.cleaned_data
    with on_form(form):
        booked = actions.book(pair, told["starts_at"], topic=told["topic"], by=person(request), at=clock.now())
        messages.success(request, _("Booked. The invitation is on its way to both of you."))
        return booked
    return None


@rescued_forms.restored
@login_required
def session_reschedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a booked session to another free hour."""
    user, at = person(request), clock.now()
    found = get_object_or_404(pairings.with_pair(MentorSession.objects.of_person(user)), pk=pk)
    pair, side = found.mentorship, side_of(found.mentorship, user, at=user.seen_at)
    if found.state != MentorSession.State.BOOKED or found.has_begun(at):
        messages.error(request, _("Only a session that is booked and has not begun can be moved."))
        return redirect("mentor_session", pk)
    told = rescued_forms.written(request)
    form = MoveForm(told)
    if request.method == "POST" and form.is_valid():
        with on_form(form):
            actions.reschedule(found, form.cleaned_data["starts_at"], by=user, at=at)
            messages.success(request, _("Moved. Both calendars get the new hour."))
            return redirect("mentor_session", pk)
    slots = free_slots(pair.mentor, at=at, startup=pair.participation.startup, moving=found)
    context = {
        "session": found,
        "form": form,
        "is_mentor": side == Side.MENTOR,
        "crumbs": [{"label": _("Session"), "url": reverse("mentor_session", args=[pk])}],
    }
    slots = [slot for slot in slots if slot.start != found.starts_at]
    picked = _picked(told or request.GET)
    return _slots_page(request, "mentorship/session_reschedule.html", pair.participation, slots, picked, context)


def _slots_page(
    request: HttpRequest,
    template: str,
    participation: Participation,
    slots: list[Span],
    picked: datetime | None,
    context: dict[str, Any],
) -> HttpResponse:
    zone = zone_of(request, participation.cohort.programme)
    with timezone.override(zone):
        days = [(day, list(spans)) for day, spans in groupby(slots, lambda s: timezone.localtime(s.start).date())]
    hidden = days[DAYS_AT_ONCE:]
    context |= {
        "days": days[:DAYS_AT_ONCE],
        "later_days": hidden,
        "picked": picked,
        "later_is_open": any(span.start == picked for _day, spans in hidden for span in spans),
    }
    return render_in_zone(request, template, context, zone, status_of(request, context["form"]))


def _picked(told: QueryDict) -> datetime | None:
    """Return the hour that was chosen before, so that the page shows it chosen again if it is still free."""
    try:
        return datetime.fromisoformat(told.get("starts_at", ""))
    except ValueError:
        return None


def _chosen(told: QueryDict, pairs: list[Mentorship]) -> Mentorship | None:
    wanted = told.get("with", "")
    if not wanted:
        return pairs[0] if pairs else None
    found = next((pair for pair in pairs if str(pair.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def _crumbs(participation: Participation) -> list[dict[str, str]]:
    return [{"label": str(participation.startup), "url": reverse("participation", args=[participation.pk])}]
