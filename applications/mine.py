"""What a person belongs to, read once for all the panels of a page."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

from applications.models import Application, Membership, Participation
from portal.access import person

MOST = 50  # of anything one person has

T = TypeVar("T")


def once(request: HttpRequest, key: Any, read: Callable[[], T]) -> T:
    """Read something for a page the first time it is asked for; every panel then has the same objects."""
    known: dict[Any, Any] = request.__dict__.setdefault("_read_once", {})
    if key not in known:
        known[key] = read()
    found: T = known[key]
    return found


def memberships(request: HttpRequest) -> list[Membership]:
    """Give the person's places in startups, each with its startup, by the startup's name."""
    held = person(request).memberships.filter(ended_at=None).select_related("startup")
    return once(request, "memberships", lambda: list(held.order_by("startup__name_folded", "startup_id")))


def roles(request: HttpRequest) -> dict[int, str]:
    """Give the person's role in each of their startups, by the startup's id."""
    return {each.startup_id: each.role for each in memberships(request)}


def applications(request: HttpRequest) -> list[Application]:
    """Give the applications of the person's startups that have no seat, the newest first."""
    return [each for each in _records(request) if not hasattr(each, "participation")][:MOST]


def seats(request: HttpRequest) -> list[Participation]:
    """Give the seats of the person's startups with all that panels show of them, the newest first."""
    held = [each.participation for each in _records(request) if hasattr(each, "participation")]
    return sorted(held, key=lambda seat: -seat.pk)[:MOST]


def _records(request: HttpRequest) -> list[Application]:
    """Give every application with its seat, offer and signature in one read: most people have one or two."""
    startups = {each.startup_id: each.startup for each in memberships(request)}
    if not startups:
        return []
    ours = Application.objects.filter(startup__in=startups).select_related(
        "cohort__programme", "participation", "offer__agreement"
    )

    def read() -> list[Application]:
        found = list(ours.order_by("-id"))
        for each in found:
            each.startup = startups[each.startup_id]
            if hasattr(each, "participation"):
                attach(each.participation, each)
        return found

    return once(request, "records", read)


def attach(seat: Participation, application: Application) -> None:
    """Let a seat know what was read with its application, instead of reading it again."""
    seat.application, seat.startup, seat.cohort = application, application.startup, application.cohort
    seat.offer = application.offer
