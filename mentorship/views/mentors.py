"""What a mentor says of herself: profile and hours."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentorship import actions
from mentorship.forms import OpeningForm, ProfileForm, RuleForm, TimeOffForm
from mentorship.models import AvailabilityRule, Mentor, MentorSession, Opening, TimeOff
from mentorship.slots import free_slots
from mentorship.views.zones import render_in_zone, zone_of
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person, requires
from portal.language.dates import day_of
from portal.models import Role
from portal.refusals import as_message, on_form, status_of
from portal.views.methods import posted_from

SHOWN_SLOTS = 6


@rescued_forms.restored
@requires(Role.MENTOR)
def mentor_profile(request: HttpRequest) -> HttpResponse:
    """Show and keep how a mentor presents herself, and on which terms she is booked."""
    user, at = person(request), clock.now()
    known = Mentor.objects.filter(person=user).first()
    mentor = known or Mentor(person=user, created_at=at)
    form = ProfileForm(rescued_forms.written(request), instance=mentor)
    if request.method == "POST" and form.is_valid():
        profile = actions.open_profile(user, at=at)
        actions.save_profile(profile, by=user, at=at, **form.cleaned_data)
        messages.success(
            request, _("Saved. New bookings follow it; sessions that are booked already keep their terms.")
        )
        return redirect("mentoring" if known else "mentor_hours")
    context = {"form": form, "crumbs": _crumbs()}
    return render(request, "mentorship/mentor_profile.html", context, status=status_of(request, form))


@rescued_forms.restored
@requires(Role.MENTOR)
def mentor_hours(request: HttpRequest) -> HttpResponse:
    """Show a mentor's hours and add to them: weekly ones, single ones, time off. One form each, told apart by `add`."""
    at, zone = clock.now(), zone_of(request)
    mentor = Mentor.objects.filter(person=person(request)).first()
    if mentor is None and request.method != "POST":
        messages.info(request, _("First say in a line who you are; then offer your hours."))
        return redirect("mentor_profile")
    mentor = mentor or actions.open_profile(person(request), at=at)
    today = day_of(at, zone=zone)
    written = rescued_forms.written(request)
    added = written.get("add", "") if written else ""
    hours: dict[str, forms.Form] = {
        "rule": RuleForm(written if added == "rule" else None, initial={"from_on": today}),
        "opening": OpeningForm(written if added == "opening" else None),
        "off": TimeOffForm(written if added == "off" else None),
    }
    if request.method == "POST" and added not in hours:
        raise Http404
    if request.method == "POST" and hours[added].is_valid():
        with on_form(hours[added]):
            _add(request, added, mentor, hours[added].cleaned_data, zone)
            return redirect("mentor_hours")
    context = {
        "mentor": mentor,
        "forms": hours,
        "rules": mentor.rules.order_by("weekday", "starts", "id"),
        "openings": mentor.openings.filter(ends_at__gt=at).order_by("starts_at", "id"),
        "time_off": [
            (off, off.span.upper - timedelta.resolution)
            for off in mentor.time_off.filter(span__endswith__gt=at).order_by("span", "id")
        ],
        "slots": free_slots(mentor, at=at)[:SHOWN_SLOTS],
        "crumbs": _crumbs(),
    }
    return render_in_zone(request, "mentorship/mentor_hours.html", context, zone, status_of(request, *hours.values()))


def _add(request: HttpRequest, kind: str, mentor: Mentor, hours: dict[str, Any], zone: str) -> None:
    by, at = person(request), clock.now()
    if kind == "rule":
        actions.add_rule(mentor, **hours, zone=zone, by=by, at=at)
        messages.success(request, _("Your weekly hours are offered from now on."))
    elif kind == "opening":
        actions.add_opening(mentor, **hours, zone=zone, by=by, at=at)
        messages.success(request, _("These hours are offered from now on."))
    else:
        off = actions.add_time_off(mentor, **hours, zone=zone, by=by, at=at)
        messages.success(request, _("Noted: no hours are offered on these days."))
        if inside := MentorSession.objects.booked_within(off).count():
            words = ngettext(
                "%(n)d session is booked on these days and stays booked until you move or cancel it.",
                "%(n)d sessions are booked on these days and stay booked until you move or cancel them.",
                inside,
            )
            messages.warning(request, words % {"n": inside})


@posted_from(lambda request, **_args: reverse("mentor_hours"))
@login_required
def mentor_hours_remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Offer some hours no longer, or again. Booked sessions stay."""
    by, at = person(request), clock.now()
    removals = {
        "rule": (AvailabilityRule, actions.remove_rule),
        "opening": (Opening, actions.remove_opening),
        "off": (TimeOff, actions.remove_time_off),
    }
    if kind not in removals:
        raise Http404
    model, remove = removals[kind]
    found = get_object_or_404(cast(Any, model).objects.select_related("mentor"), pk=pk, mentor__person=by)
    with as_message(request):
        cast(Any, remove)(found, by=by, at=at)
        messages.success(request, _("Removed. Sessions that are booked already stay booked."))
    return redirect("mentor_hours")


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("Mentoring"), "url": reverse("mentoring")}]
