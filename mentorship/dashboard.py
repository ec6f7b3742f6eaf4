"""What mentorship adds to dashboards, seats, strips and the navigation."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications import mine
from applications.models import Participation
from mentorship import actions, overview, waiting
from mentorship.actions.booking import BOOKABLE
from mentorship.actions.pairing import RUNNING
from mentorship.models import ActionItem, Mentor, MentorSession, Mentorship, Side
from mentorship.sides import EDITORS
from portal.access import person
from portal.days import day_of
from portal.models import Role, User
from portal.registry import Cell, NavItem, Panel, ParticipationPanel, registry

State = MentorSession.State
SHOWN_SESSIONS = 12


def mentor_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a mentor what is next and what waits."""
    user = person(request)
    if not user.holds(Role.MENTOR):
        return None
    booked = list(overview.of_mentor(user).booked().order_by("starts_at", "id")[: overview.MOST])
    to_log, ahead = [s for s in booked if s.ends_at <= at], [s for s in booked if s.ends_at > at]
    mentor = Mentor.objects.filter(person=user).first()
    pairs = Mentorship.objects.of_mentor(user).active()
    offers = mentor is not None and (mentor.rules.exists() or mentor.openings.exists())
    next_session = ahead[0] if ahead else None
    return {
        "wait": waiting.for_mentor(
            mentor, to_log=to_log, next_session=next_session, pairs=pairs.count(), offers=offers
        ),
        "next": next_session,
        "to_log": len(to_log),
        "mine": ActionItem.objects.open().filter(session__mentorship__in=pairs, side=Side.MENTOR).count(),
    }


def startup_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a founder the mentors of every running seat, and what is next with them."""
    seats = [seat for seat in mine.seats(request) if seat.state in RUNNING]
    if not seats:
        return None
    pairs = overview.of_participations(seats, at=at)
    return {
        "seats": [
            {
                "participation": seat,
                "pairs": pairs[seat.pk],
                "may_book": _may_book(request, seat),
            }
            for seat in seats
        ]
    }


def participation_panel(request: HttpRequest, participation: Participation, at: datetime) -> Mapping[str, Any] | None:
    """Show the mentors of a seat, its latest sessions, and what is next."""
    pairs = overview.of_participations([participation], at=at)[participation.pk]
    sessions = MentorSession.objects.filter(mentorship__participation=participation)
    return {
        "participation": participation,
        "pairs": pairs,
        "may_book": _may_book(request, participation),
        "sessions": overview.with_pair(sessions).order_by("-starts_at", "-id")[:SHOWN_SESSIONS],
    }


def _may_book(request: HttpRequest, seat: Participation) -> bool:
    return seat.state in BOOKABLE and mine.roles(request).get(seat.startup_id) in EDITORS


def session_cells(participations: Sequence[int]) -> Mapping[tuple[int, date], Sequence[Cell]]:
    """Give the strip's cells: how many sessions were held or are booked in each month of each seat."""
    counted = Q(sessions__state__in=[State.BOOKED, State.HELD])
    pairs: Any = Mentorship.objects.filter(participation__in=participations).annotate(
        counted=FilteredRelation("sessions", condition=counted),
        starts_at=F("counted__starts_at"),
        session_state=F("counted__state"),
    )
    months: dict[int, list[date]] = {}
    counts: dict[tuple[int, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in pairs.select_related("participation__cohort__programme"):
        months.setdefault(row.participation_id, row.participation.periods())
        if row.starts_at is not None:
            day = day_of(row.starts_at, zone=row.participation.zone)
            counts[row.participation_id, day.replace(day=1)][row.session_state] += 1
    return {
        (seat, period): [_cell(counts.get((seat, period), {}))]
        for seat, periods in months.items()
        for period in periods
    }


def _cell(counts: Mapping[str, int]) -> Cell:
    held, booked = counts.get(State.HELD, 0), counts.get(State.BOOKED, 0)
    if not held and not booked:
        return Cell("sessions", "none", str(_("No session yet")))
    words = ngettext("%(n)d session held", "%(n)d sessions held", held) % {"n": held}
    ahead = ngettext("%(n)d session booked", "%(n)d sessions booked", booked) % {"n": booked}
    if not held:
        return Cell("sessions", "booked", ahead)
    return Cell("sessions", "held", words, detail=ahead if booked else "")


registry.panels += [
    Panel("mentorship/panels/startup.html", startup_panel, order=15),
    Panel("mentorship/panels/mentor.html", mentor_panel, order=25),
]
registry.participation_panels.append(
    ParticipationPanel("mentorship/panels/participation.html", participation_panel, order=60)
)
registry.strip_sources.append(session_cells)
registry.navigation.append(
    NavItem(_("Mentoring"), "mentoring", "chat-bubble-left-right", shown_to=lambda u: u.holds(Role.MENTOR), order=40)
)


@registry.on("participation_ended")
def end_pairings(*, participation: Participation, by: User | None, at: datetime, **_about: Any) -> None:
    """End the pairings with the seat, in the same transaction."""
    actions.end_pairings(participation, by=by, at=at)
