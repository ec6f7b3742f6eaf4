"""What applications add to the dashboard and the navigation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from applications.mails import make_token
from applications.models import (
    Application,
    Cohort,
    Invitation,
    Participation,
    ReviewAssignment,
)
from applications.pages import member, whose_move
from applications.pages.member import MOST
from applications.pages.whose_move import Wait
from portal.accounts.access import person
from portal.models import Role
from portal.strip import Month, months_of


@dataclass(frozen=True, slots=True)
class Asked:
    """One invitation that waits for the person, and where they answer it."""

    invitation: Invitation
    url: str


def invitations_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show who is asked to join a startup: the link of the mail leads here too, once they have an account."""
    pending = Invitation.objects.waiting_for(person(request).email, at).select_related("startup", "invited_by")
    asked = [Asked(each, url=reverse("invitation", args=[make_token(each)])) for each in pending.order_by("id")[:MOST]]
    return {"invitations": asked} if asked else None


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One seat of the person's startups: its strip, or whose move it is until the agreement is signed."""

    participation: Participation
    months: Sequence[Month]
    wait: Wait | None


def seats_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show the strip of every seat of the person's startups, and whose move it is until the agreement is signed."""
    seats, roles = member.seats(request), member.roles(request)
    if not seats:
        return None
    months = months_of(seats, at=at, request=request)
    return {
        "seats": [
            SeatRow(
                seat,
                months[seat.pk],
                wait=None
                if hasattr(seat.offer, "agreement")
                else whose_move.for_offer(seat.offer, at=at, role=roles.get(seat.startup_id, "")),
            )
            for seat in seats
        ]
    }


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One application of the person's startups, and whose move it is."""

    application: Application
    wait: Wait


def applications_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show the person's applications and whose move each is; to who has none, the open cohorts.

    Those with a seat are shown as seats; those that ended stand below the others, a line each.
    """
    roles, memberships = member.roles(request), member.memberships(request)[:MOST]
    found = member.applications(request)
    if not found and (person(request).scopes(*Role.values) or member.seats(request)):
        return {"memberships": memberships} if memberships else None
    since = whose_move.last_moves(found)
    rows = [
        ApplicationRow(
            each,
            whose_move.for_startup(each, at=at, role=roles.get(each.startup_id, ""), since=since.get(each.pk)),
        )
        for each in found
    ]
    running = [row for row in rows if row.wait.mine or row.wait.who]
    return {
        "running": sorted(running, key=lambda row: not row.wait.mine),
        "ended": [row for row in rows if row not in running],
        "memberships": memberships,
        "is_new": not found,
        "open": []
        if running
        else list(Cohort.objects.open(at).select_related("programme").order_by("closes_at", "id")[:10]),
    }


def reviews_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a reviewer how many applications wait for them."""
    user = person(request)
    if not user.holds(Role.REVIEWER, at=user.seen_at):
        return None
    assigned = ReviewAssignment.objects.of_reviewer(user)
    open_ = assigned.filter(state__in=["assigned", "cleared"]).exclude(review__state="submitted")
    return {"waiting": open_.count(), "done": assigned.filter(review__state="submitted").count()}
