"""What a person belongs to, read once for all the panels of a page."""

from django.http import HttpRequest

from applications.models import Membership, Participation
from portal.access import person

MOST = 50  # of anything one person has


def memberships(request: HttpRequest) -> list[Membership]:
    """Give the person's places in startups, each with its startup, by the startup's name."""
    known: list[Membership] | None = request.__dict__.get("_memberships")
    if known is None:
        held = person(request).memberships.filter(ended_at=None).select_related("startup")
        known = request.__dict__["_memberships"] = list(held.order_by("startup__name_folded", "startup_id"))
    return known


def roles(request: HttpRequest) -> dict[int, str]:
    """Give the person's role in each of their startups, by the startup's id."""
    return {each.startup_id: each.role for each in memberships(request)}


def seats(request: HttpRequest) -> list[Participation]:
    """Give the seats of the person's startups with all that panels show of them, the newest first."""
    known: list[Participation] | None = request.__dict__.get("_seats")
    if known is None:
        held = Participation.objects.filter(startup__in=roles(request)).select_related(
            "startup", "cohort__programme", "offer__agreement", "offer__participation"
        )
        known = request.__dict__["_seats"] = list(held.order_by("-id")[:MOST]) if roles(request) else []
    return known
