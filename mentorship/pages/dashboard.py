"""What mentorship adds to dashboards, seats, strips and the navigation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import FilteredRelation, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.models import Membership, Participation
from applications.pages import member
from mentorship.models import ActionItem, MentorSession, Mentorship, Side
from mentorship.pages import pairings, whose_move
from mentorship.pages.pairings import PairState
from mentorship.rules import is_bookable
from portal.accounts.access import person
from portal.language.dates import day_of, first_of_month
from portal.models import Role
from portal.registry import Cell

State = MentorSession.State
COUNTED = (State.BOOKED, State.HELD)
SHOWN_SESSIONS = 12


def mentor_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a mentor what is next and what waits."""
    user = person(request)
    if not user.holds(Role.MENTOR, at=user.seen_at):
        return None
    pairs = Mentorship.objects.of_mentor(user).active()
    mentor = pairings.profile_of(user)
    ahead = pairings.ahead(mentor, user, at).first()
    to_log = pairings.to_log(mentor, user, at)
    first = list(to_log[:1])
    return {
        "wait": whose_move.for_mentor(mentor, to_log=first, next_session=ahead, pairs=pairs.count()),
        "next": ahead,
        "to_log": to_log.count() if first else 0,
        "mine": ActionItem.objects.open().filter(session__mentorship__in=pairs, side=Side.MENTOR).count(),
    }


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One running seat: its pairings as they stand, and whether the person may book a session."""

    participation: Participation
    pairs: Sequence[PairState]
    may_book: bool


def startup_panel(request: HttpRequest, at: datetime) -> Mapping[str, Any] | None:
    """Show a founder the mentors of every running seat, and what is next with them."""
    seats = [seat for seat in member.seats(request) if seat.state in Participation.RUNNING]
    if not seats:
        return None
    talks = pairings.shown(request, member.seats(request))
    return {
        "seats": [SeatRow(seat, pairs=talks[seat.pk].states(at), may_book=_may_book(request, seat)) for seat in seats]
    }


def participation_panel(request: HttpRequest, participation: Participation, at: datetime) -> Mapping[str, Any] | None:
    """Show the mentors of a seat, its latest sessions, and what is next."""
    talks = pairings.shown(request, [participation])[participation.pk]
    return {
        "participation": participation,
        "pairs": talks.states(at),
        "may_book": _may_book(request, participation),
        "sessions": talks.sessions[:SHOWN_SESSIONS],
    }


def _may_book(request: HttpRequest, seat: Participation) -> bool:
    return is_bookable(seat) and member.roles(request).get(seat.startup_id) in Membership.WRITERS


def session_cells(
    seats: Sequence[Participation], at: datetime, request: HttpRequest | None = None
) -> Mapping[tuple[int, date], Sequence[Cell]]:
    """Return the strip's cells: how many sessions were held or are booked in each month of a seat with a mentor."""
    zones = {seat.pk: seat.zone for seat in seats}
    paired: set[int] = set()
    counts: dict[tuple[int, date], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for seat, starts_at, state in _of_page(request, seats) if request else _counted(zones):
        paired.add(seat)
        if starts_at is not None:
            counts[seat, first_of_month(day_of(starts_at, zone=zones[seat]))][state] += 1
    return {
        (seat.pk, period): [_cell(counts.get((seat.pk, period), {}))]
        for seat in seats
        if seat.pk in paired
        for period in seat.periods()
    }


Begun = tuple[int, datetime | None, str]  # a seat, and when a session of it begins; none where it has but a mentor


def _of_page(request: HttpRequest, seats: Sequence[Participation]) -> Iterable[Begun]:
    for seat, talks in pairings.shown(request, seats).items():
        yield from ((seat, None, "") for _pair in talks.pairs[:1])
        yield from ((seat, each.starts_at, each.state) for each in talks.sessions if each.state in COUNTED)


def _counted(seats: Iterable[int]) -> Iterable[Begun]:
    counted = FilteredRelation("sessions", condition=Q(sessions__state__in=COUNTED))
    pairs = Mentorship.objects.filter(participation__in=seats).annotate(counted=counted)
    found: Iterable[Begun] = pairs.values_list("participation", "counted__starts_at", "counted__state")
    return found


def _cell(counts: Mapping[str, int]) -> Cell:
    held, booked = counts.get(State.HELD, 0), counts.get(State.BOOKED, 0)
    if not held and not booked:
        return Cell("sessions", "none", str(_("No session yet")))
    words = ngettext("%(n)d session held", "%(n)d sessions held", held) % {"n": held}
    ahead = ngettext("%(n)d session booked", "%(n)d sessions booked", booked) % {"n": booked}
    if not held:
        return Cell("sessions", "booked", ahead)
    return Cell("sessions", "held", words, detail=ahead if booked else "")
