"""What is going on in a person's pairings: read for pages and dashboards, in as many queries for one as for many."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, Model, OuterRef, Q, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.http import HttpRequest

from applications.models import Participation
from mentorship.models import (
    ActionItem,
    AvailabilityRule,
    Mentor,
    MentorSession,
    Mentorship,
    Opening,
    SessionNote,
)
from mentorship.models.sessions import BOTH_SIDES, MentorSessionQuerySet
from portal.models import Role, User
from portal.once import once

M = TypeVar("M", bound=Model)
State = MentorSession.State
MOST = 100  # rows of a list: more pairings, sessions or items than that nobody can keep in mind
IN_TIME = ("starts_at", "id")  # sessions
BY_DUE = ("due", "id")  # action items, those without a day last


@dataclass(slots=True)
class PairState:
    """One pairing as it stands: the session ahead, the last one held, what is open on either side."""

    mentorship: Mentorship
    next: MentorSession | None = None
    last_held: MentorSession | None = None
    open_items: dict[str, int] = field(default_factory=dict)

    @property
    def open_total(self) -> int:
        return sum(self.open_items.values())


def with_pair(sessions: MentorSessionQuerySet) -> MentorSessionQuerySet:
    """Fetch sessions with everything a page shows of their pairing."""
    return sessions.select_related(*BOTH_SIDES)


def pairs_with_names(pairs: "QuerySet[Mentorship]") -> "QuerySet[Mentorship]":
    """Fetch pairings with everything a page shows of them."""
    return pairs.select_related("mentor__person", "participation__startup", "participation__cohort__programme")


def pairs_with_seats(pairs: "QuerySet[Mentorship]") -> "QuerySet[Mentorship]":
    """Fetch pairings with what a mentor's list shows of them: the startup, its cohort, and the months of the seat."""
    seat, cohort = "participation", "participation__cohort"
    return pairs.select_related(f"{seat}__startup", f"{cohort}__programme").only(
        *("mentor", f"{seat}__first_period", f"{seat}__months", f"{seat}__startup__name"),
        *(f"{cohort}__name", f"{cohort}__programme__name", f"{cohort}__programme__timezone"),
    )


def state_of(pairs: Sequence[Mentorship], *, at: datetime, ahead_only: bool = False) -> list[PairState]:
    """Return the state of each pairing.

    :param ahead_only: ask for the session ahead alone, where a page shows nothing else.
    """
    states = {pair.pk: PairState(pair) for pair in pairs}
    sessions = MentorSession.objects.filter(mentorship__in=states)
    # The next booked one and, unless nobody looks back, the last held one: of each pairing and state the first.
    looked_for = Q(state=State.BOOKED, ends_at__gt=at) | (Q() if ahead_only else Q(state=State.HELD))
    soonest = Case(When(state=State.BOOKED, then="starts_at"))
    ordered = sessions.filter(looked_for).order_by("mentorship", "state", soonest, "-starts_at", "-id")
    for session in ordered.distinct("mentorship", "state"):
        if session.state == State.HELD:
            states[session.mentorship_id].last_held = session
        else:
            states[session.mentorship_id].next = session
    if ahead_only:
        return list(states.values())
    counts = (
        ActionItem.objects.open()
        .filter(session__mentorship__in=states)
        .order_by()
        .values_list("session__mentorship", "side")
        .annotate(Count("id"))
    )
    for pair, side, count in counts:
        states[pair].open_items[side] = count
    return [states[pair.pk] for pair in pairs]


@dataclass(slots=True)
class Talks:
    """The mentors of one seat, the first mentor first, and all their sessions, the latest first."""

    pairs: list[Mentorship] = field(default_factory=list)
    sessions: list[MentorSession] = field(default_factory=list)

    def states(self, at: datetime) -> list[PairState]:
        """Return the state of each running pairing."""
        running = [pair for pair in self.pairs if pair.state == Mentorship.State.ACTIVE]
        return [_state(pair, [each for each in self.sessions if each.mentorship_id == pair.pk], at) for pair in running]


def _state(pair: Mentorship, sessions: Sequence[MentorSession], at: datetime) -> PairState:
    ahead = [each for each in sessions if each.state == State.BOOKED and each.ends_at > at]
    held = (each for each in sessions if each.state == State.HELD)
    sides = Counter(side for each in sessions for side in each.open_sides)  # type: ignore[attr-defined]  # annotated
    return PairState(pair, next=ahead[-1] if ahead else None, last_held=next(held, None), open_items=dict(sides))


def shown(request: HttpRequest, seats: Sequence[Participation]) -> dict[int, Talks]:
    """Return mentors and sessions of a page's seats, read once for its strip and its panels."""
    return once(request, ("talks", *(seat.pk for seat in seats)), lambda: _talks(seats))


def _talks(seats: Sequence[Participation]) -> dict[int, Talks]:
    by_id = {seat.pk: seat for seat in seats}
    found = {seat: Talks() for seat in by_id}
    of_seats = Mentorship.objects.filter(participation__in=seats).select_related("mentor__person")
    pairs = {pair.pk: pair for pair in of_seats.order_by("-is_primary", "paired_at", "id")}
    for pair in pairs.values():
        pair.participation = by_id[pair.participation_id]
        found[pair.participation_id].pairs.append(pair)
    items = ActionItem.objects.open().filter(session=OuterRef("pk"))
    sessions = MentorSession.objects.filter(mentorship__in=list(pairs)).order_by("-starts_at", "-id")
    for session in sessions.annotate(open_sides=ArraySubquery(items.values("side"))):
        session.mentorship = pairs[session.mentorship_id]
        found[session.mentorship.participation_id].sessions.append(session)
    return found


def of_participations(
    participations: Sequence[Participation], *, at: datetime, ahead_only: bool = False
) -> dict[int, list[PairState]]:
    """Return the running pairings of participations as they stand, the first mentor first.

    :param ahead_only: as `state_of` has it.
    """
    by_id = {seat.pk: seat for seat in participations}
    active = Mentorship.objects.active().filter(participation__in=by_id).select_related("mentor__person")
    found: dict[int, list[PairState]] = defaultdict(list)
    pairs = list(active.order_by("-is_primary", "paired_at", "id")[: 5 * MOST])
    for pair in pairs:
        pair.participation = by_id[pair.participation_id]
    for state in state_of(pairs, at=at, ahead_only=ahead_only):
        found[state.mentorship.participation_id].append(state)
    return found


def profile_of(user: User) -> Mentor | None:
    """Return a mentor's own profile; it says as `offers` whether any hours are offered, weekly ones or single ones."""
    hours = [Exists(model.objects.filter(mentor=OuterRef("pk"))) for model in (AvailabilityRule, Opening)]
    return Mentor.objects.filter(person=user).annotate(offers=hours[0] | hours[1]).first()


def to_log(mentor: Mentor | None, user: User, at: datetime) -> MentorSessionQuerySet:
    """Return a mentor's sessions that are over and not logged, the oldest first."""
    return booked_of(mentor, user).filter(ends_at__lte=at)


def ahead(mentor: Mentor | None, user: User, at: datetime) -> MentorSessionQuerySet:
    """Return a mentor's booked sessions that are not over, the next first."""
    return booked_of(mentor, user).filter(ends_at__gt=at)


def booked_of(mentor: Mentor | None, user: User) -> MentorSessionQuerySet:
    """Return a mentor's booked sessions, of pairings that are over as well, with their startups, in time's order."""
    booked = MentorSession.objects.booked().filter(_of_mentor(mentor, user, "mentorship"))
    with_startup = booked.select_related("mentorship__participation__startup").only(
        *("state", "starts_at", "ends_at", "topic", "meeting_link"), *_startup_of("mentorship")
    )
    return with_startup.order_by(*IN_TIME)


def promised(mentor: Mentor | None, user: User) -> "QuerySet[ActionItem]":
    """Return what is open in a mentor's running pairings, with the startup of each, what is due first."""
    running = Q(session__mentorship__state=Mentorship.State.ACTIVE)
    items = ActionItem.objects.open().filter(running & _of_mentor(mentor, user, "session__mentorship"))
    with_startup = items.select_related("session__mentorship__participation__startup").only(
        *("state", "side", "text", "due_on", "session__starts_at"), *_startup_of("session__mentorship")
    )
    return with_startup.annotate(due=Coalesce("due_on", Value(date.max))).order_by(*BY_DUE)


def _startup_of(path: str) -> tuple[str, ...]:
    """Name what lists show of the startup of a pairing: lists of a mentor have dozens of rows, each with four others."""
    return (f"{path}__participation", f"{path}__participation__startup__name")


def _of_mentor(mentor: Mentor | None, user: User, path: str) -> Q:
    """Say that a pairing is the person's, while the role holds: by joins, so that the database begins with it."""
    programmes = user.scopes(Role.MENTOR)
    return Q(**{f"{path}__mentor": mentor, f"{path}__participation__cohort__programme__in": programmes})


@dataclass(slots=True)
class Beginning(Generic[M]):
    """The first rows of a list, and whether there are more."""

    rows: list[M] = field(default_factory=list)
    more: bool = False


def beginnings(rows: "QuerySet[M]", order: Sequence[str], part: Any, most: int) -> dict[str, Beginning[M]]:
    """Return the first rows of each part of a list, in an order: one query, whatever there is.

    :param part: an expression that names the part of a row; a part without rows is empty.
    """
    place = Window(RowNumber(), partition_by="part", order_by=list(order))
    first: Any = rows.annotate(part=part, place=place).filter(place__lte=most + 1)
    found: dict[str, Beginning[M]] = defaultdict(Beginning)
    for row in first.order_by("part", "place"):
        if row.place > most:
            found[row.part].more = True
        else:
            found[row.part].rows.append(row)
    return found


def last_shared_note(session: MentorSession) -> SessionNote | None:
    """Return what the pair last wrote down before a session: the shared words of the one before it."""
    before = SessionNote.objects.filter(
        kind=SessionNote.Kind.SHARED,
        session__mentorship=session.mentorship_id,
        session__starts_at__lt=session.starts_at,
    )
    latest = before.select_related("session").order_by("-session__starts_at", "-session_id", "-number").first()
    return latest if latest and latest.text else None


def open_items(pairs: "QuerySet[Mentorship] | Sequence[Mentorship]") -> list[ActionItem]:
    """Return what is open in pairings, what is due first."""
    items = ActionItem.objects.open().filter(session__mentorship__in=pairs)
    return list(_with_pair(items).order_by("due_on", "id")[:MOST])


def closed_items(pairs: "QuerySet[Mentorship] | Sequence[Mentorship]") -> list[ActionItem]:
    """Return what was done or dropped in pairings, the newest first."""
    items = ActionItem.objects.exclude(state=ActionItem.State.OPEN).filter(session__mentorship__in=pairs)
    return list(_with_pair(items).select_related("closed_by").order_by("-closed_at", "-id")[:MOST])


def _with_pair(items: "QuerySet[ActionItem]") -> "QuerySet[ActionItem]":
    return items.select_related(
        "session__mentorship__mentor__person",
        "session__mentorship__participation__startup",
        "session__mentorship__participation__cohort",
    )
