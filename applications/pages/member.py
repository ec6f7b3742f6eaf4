"""What a person belongs to, read once for all the panels of a page."""

from django.http import Http404, HttpRequest

from applications.models import Application, Membership, Participation, Startup
from portal.accounts.access import person
from portal.once import once

MOST = 50  # of anything one person has
TEXT = "offer__agreement__text"  # of the terms: pages, of which nothing here shows a word


def memberships(request: HttpRequest) -> list[Membership]:
    """Return the person's places in startups, each with its startup, by the startup's name."""

    def read() -> list[Membership]:
        held = Membership.objects.current().filter(person=person(request)).select_related("startup")
        return list(held.order_by("startup__name_folded", "startup"))

    return once(request, "memberships", read)


def roles(request: HttpRequest) -> dict[int, str]:
    """Return the person's role in each of their startups, by the startup's id."""
    return {each.startup_id: each.role for each in memberships(request)}


def applications(request: HttpRequest) -> list[Application]:
    """Return the applications of the person's startups that have no seat, the newest first."""
    return [each for each in _records(request) if not hasattr(each, "participation")][:MOST]


def seat(request: HttpRequest, pk: int) -> Participation:
    """Return one seat of the person's startups.

    :raises Http404: for a stranger, and where there is none.
    """
    startups = _startups(request)
    seats = Participation.objects.filter(pk=pk, startup__in=startups)
    for found in seats.select_related("application", "cohort__programme", "offer__agreement").defer(TEXT):
        found.startup = found.application.startup = startups[found.startup_id]
        found.application.cohort = found.cohort
        return found
    raise Http404


def application(request: HttpRequest, pk: int) -> Application:
    """Return one application of the person's startups.

    :raises Http404: for a stranger, and where there is none.
    """
    startups = _startups(request)
    applications = Application.objects.filter(pk=pk, startup__in=startups)
    shown = applications.select_related("cohort__programme", "offer__participation", "offer__agreement")
    for found in shown.defer(TEXT):
        found.startup = startups[found.startup_id]
        return found
    raise Http404


def seats(request: HttpRequest) -> list[Participation]:
    """Return the seats of the person's startups with all that panels show of them, the newest first."""
    held = [each.participation for each in _records(request) if hasattr(each, "participation")]
    return sorted(held, key=lambda seat: -seat.pk)[:MOST]


def _records(request: HttpRequest) -> list[Application]:
    """Return every application with its seat, offer and signature in one read: most people have one or two."""
    startups = _startups(request)
    if not startups:
        return []

    def read() -> list[Application]:
        ours = Application.objects.filter(startup__in=startups).defer(TEXT)
        found = ours.select_related("cohort__programme", "participation", "offer__agreement").order_by("-id")
        for each in found:
            each.startup = startups[each.startup_id]
            if hasattr(each, "participation"):
                attach(each.participation, each)
        return list(found)

    return once(request, "records", read)


def _startups(request: HttpRequest) -> dict[int, Startup]:
    return {each.startup_id: each.startup for each in memberships(request)}


def attach(seat: Participation, application: Application) -> None:
    """Let a seat know what was read with its application, instead of reading it again."""
    seat.application, seat.startup, seat.cohort = application, application.startup, application.cohort
    seat.offer = application.offer
