"""The mentors of the crowd: pairings for running seats, sessions held and to come, notes and what was promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import F, OuterRef, Subquery

from applications.models import Membership, Participation, Programme
from demo import bulk
from demo.applications import crowd
from demo.applications.crowd.judging import holders
from demo.applications.crowd.shape import SLUG
from mentorship.models import (
    ActionItem,
    AvailabilityRule,
    Mentor,
    MentorSession,
    Mentorship,
    SessionNote,
    SessionReminder,
    Side,
)
from portal.laws.transitions import acting, move_many
from portal.models import Role

State = MentorSession.State
PER_MENTOR = 60
FEWEST = 3
PAST = 2
A_DAY = 6
FIRST_HOUR = 9
LASTS = timedelta(minutes=45)
NOTES = ("We looked at the failing cases and split them by cause.", "Cache first, then measure again.")


@dataclass(frozen=True, slots=True)
class Pair:
    """One pairing of the crowd with the ids around it; `k` is its place among its mentor's."""

    key: int
    mentor: int
    person: int
    founder: int
    k: int


def build(n: int, at: datetime) -> None:
    """Pair four of five running seats, and let them meet."""
    programme = Programme.objects.get(slug=SLUG)
    founders = Membership.objects.founders().filter(startup=OuterRef("startup")).order_by("pk")
    active = Participation.objects.filter(cohort__programme=programme, state=Participation.State.ACTIVE)
    told = active.annotate(founder=Subquery(founders.values("person")[:1])).order_by("pk")
    seats = [seat for place, seat in enumerate(told.values_list("pk", "founder")) if place % 5]
    people = holders(programme, Role.MENTOR, max(FEWEST, len(seats) // PER_MENTOR), by=crowd.cast("operator"), at=at)
    pairs = _pair(seats, _mentors(people, at), at)
    _hold(pairs, at)
    _book(pairs, at)


def _mentors(people: list[int], at: datetime) -> list[tuple[int, int]]:
    keys = bulk.reserve(Mentor, len(people))
    bulk.copy(
        Mentor,
        (
            "id",
            "person",
            "headline",
            "skills",
            "meeting_link",
            "minutes",
            "buffer_minutes",
            "notice_hours",
            "cancel_hours",
            "horizon_days",
            "created_at",
        ),
        (
            (
                key,
                person,
                "Engineer for evaluations",
                "Evaluations, retrieval, speed.",
                "https://meet.example.org/room",
                45,
                15,
                24,
                24,
                28,
                at,
            )
            for key, person in zip(keys, people, strict=True)
        ),
    )
    bulk.copy(
        AvailabilityRule,
        ("mentor", "weekday", "starts", "ends", "zone", "from_on"),
        ((key, day, "15:00", "18:00", "UTC", at.date()) for key in keys for day in range(5)),
    )
    return list(zip(keys, people, strict=True))


def _pair(seats: list[tuple[int, int]], mentors: list[tuple[int, int]], at: datetime) -> list[Pair]:
    acting(by=None, at=at)
    keys = bulk.reserve(Mentorship, len(seats))
    by = crowd.cast("manager").pk
    bulk.copy(
        Mentorship,
        ("id", "participation", "mentor", "state", "is_primary", "paired_by", "paired_at"),
        (
            (key, seat, mentors[place % len(mentors)][0], "active", True, by, at - timedelta(days=60))
            for place, (key, (seat, _founder)) in enumerate(zip(keys, seats, strict=True))
        ),
    )
    return [
        Pair(key, *mentors[place % len(mentors)], founder, place // len(mentors))
        for place, (key, (_seat, founder)) in enumerate(zip(keys, seats, strict=True))
    ]


def _hold(pairs: list[Pair], at: datetime) -> None:
    """Copy two sessions each, and log them: notes, and one thing promised."""
    sessions = [(pair, _slot(at, PAST * pair.k + nth, back=True)) for pair in pairs for nth in range(PAST)]
    keys = _sessions(sessions, at - timedelta(days=1))
    held = MentorSession.objects.filter(pk__in=keys)
    mentor = Mentorship.objects.filter(pk=OuterRef("mentorship")).values("mentor__person")
    told: dict[str, Any] = {"minutes": 45, "logged_by": Subquery(mentor), "logged_at": F("ends_at")}
    move_many(held, State.HELD, by=None, at=at, **told)
    written = [(key, pair) for key, (pair, _start) in zip(keys, sessions, strict=True)]
    bulk.copy(
        SessionNote,
        ("session", "kind", "author", "number", "text", "written_at"),
        (
            (key, kind, pair.person, 1, NOTES[key % 2], at)
            for key, pair in written
            for kind in (("shared", "private") if key % 3 == 0 else ("shared",))
        ),
    )
    acting(by=None, at=at)
    items = bulk.reserve(ActionItem, len(written))
    bulk.copy(
        ActionItem,
        ("id", "session", "side", "text", "due_on", "state", "created_by", "created_at"),
        (
            (item, key, Side.STARTUP.value, "Collect fifty scans that fail", at.date(), "open", pair.person, at)
            for item, (key, pair) in zip(items, written, strict=True)
        ),
    )
    done = ActionItem.objects.filter(pk__in=[item for item in items if item % 2])
    move_many(done, ActionItem.State.DONE, by=None, at=at, closed_at=at, closed_by=F("created_by"))


def _book(pairs: list[Pair], at: datetime) -> None:
    """Book one session each that is still to come, with its reminders."""
    sessions = [(pair, _slot(at, pair.k, back=False)) for pair in pairs]
    keys = _sessions(sessions, at)
    bulk.copy(
        SessionReminder,
        ("session", "kind", "starts_at", "due_at", "was_sent"),
        (
            (key, kind.value, start, start - ahead, False)
            for key, (_pair, start) in zip(keys, sessions, strict=True)
            for kind, ahead in SessionReminder.AHEAD.items()
        ),
    )


def _sessions(sessions: list[tuple[Pair, datetime]], at: datetime) -> list[int]:
    acting(by=None, at=at)
    keys = bulk.reserve(MentorSession, len(sessions))
    bulk.copy(
        MentorSession,
        (
            "id",
            "mentorship",
            "state",
            "starts_at",
            "ends_at",
            "topic",
            "meeting_link",
            "late_after",
            "booked_by",
            "booked_at",
            "uid",
            "sequence",
            "changed_at",
            "cancelled_side",
            "cancel_reason",
        ),
        _rows(keys, sessions),
    )
    return keys


def _rows(keys: list[int], sessions: list[tuple[Pair, datetime]]) -> Iterator[tuple[Any, ...]]:
    for key, (pair, start) in zip(keys, sessions, strict=True):
        booked_at, late_after = start - timedelta(days=7), start - timedelta(hours=24)
        yield (
            key,
            pair.key,
            "booked",
            start,
            start + LASTS,
            "Answers get slow at noon",
            "https://meet.example.org/room",
            late_after,
            pair.founder,
            booked_at,
            uuid4(),
            0,
            booked_at,
            "",
            "",
        )


def _slot(at: datetime, nth: int, *, back: bool) -> datetime:
    """Return the nth hour of a mentor before yesterday, or from the day after tomorrow: six a day."""
    days = -2 - nth // A_DAY if back else 2 + nth // A_DAY
    day = (at + timedelta(days=days)).replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)
    return day + timedelta(hours=nth % A_DAY)
