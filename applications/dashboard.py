"""What applications add to the dashboard and the navigation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from applications import waiting
from applications.models import Application, Cohort, Participation, ReviewAssignment, Startup
from portal.access import person
from portal.models import Role
from portal.registry import NavItem, Panel, registry
from portal.strip import months_of


def seats_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show the strip of every seat of the person's startups."""
    mine = (
        Participation.objects.of_member(person(request)).select_related("startup", "cohort__programme").order_by("-id")
    )
    seats = list(mine[:20])
    if not seats:
        return None
    months = months_of(seats, at=at)
    return {"seats": [{"participation": seat, "months": months[seat.pk]} for seat in seats]}


def applications_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show the person's applications and whose move each is; to who has none, the open cohorts."""
    user = person(request)
    mine = list(Application.objects.of_member(user).select_related("cohort__programme", "startup").order_by("-id")[:20])
    if not mine and user.grants:
        return None
    return {
        "applications": [{"application": a, "wait": waiting.for_startup(a, at=at)} for a in mine],
        "startups": list(Startup.objects.of_member(user).order_by("name_folded", "id")[:20]),
        "open": []
        if mine
        else list(Cohort.objects.open(at).select_related("programme").order_by("closes_at", "id")[:10]),
    }


def reviews_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a reviewer how many applications wait for them."""
    user = person(request)
    if not user.holds(Role.REVIEWER):
        return None
    mine = ReviewAssignment.objects.of_reviewer(user)
    open_ = mine.filter(state__in=["assigned", "cleared"]).exclude(review__state="submitted")
    return {"waiting": open_.count(), "done": mine.filter(review__state="submitted").count()}


registry.panels += [
    Panel("applications/panels/seats.html", seats_panel, order=10),
    Panel("applications/panels/applications.html", applications_panel, order=20),
    Panel("applications/panels/reviews.html", reviews_panel, order=30),
]
registry.navigation += [
    NavItem(_("Dashboard"), "dashboard", "home", shown_to=lambda user: True, order=10),
    NavItem(
        _("Reviews"), "reviews", "clipboard-document-check", shown_to=lambda user: user.holds(Role.REVIEWER), order=30
    ),
    NavItem(_("Desks"), "admin:index", "building-office", shown_to=lambda user: user.is_staff, order=60),
]
