"""Which seat may book, and when a mentor is free: computed from hours on the wall, never stored. No database, no clock.

Weekly hours are wall time in an IANA zone; what leaves this module are instants in UTC. When clocks go forward the
wall times that do not exist are dropped; when they go back a wall time means its first occurrence (fold 0).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from applications.models import Participation
from portal.language.dates import day_of

MIDNIGHT = time(0, 0)


def is_bookable(participation: Participation) -> bool:
    """Return whether sessions may be booked for a seat: from the acceptance of the offer on, while it is not paused."""
    return participation.state in (Participation.State.ONBOARDING, Participation.State.ACTIVE)


class Weekly(Protocol):
    """Hours of one weekday, every week: an `AvailabilityRule`, or anything shaped like one."""

    weekday: int
    starts: time
    ends: time
    zone: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time from an instant to another, the second left out."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span", apart: timedelta = timedelta()) -> bool:
        """Return whether the other lies in this one, or nearer to it than `apart`."""
        return self.start < other.end + apart and other.start < self.end + apart


def instant(wall: datetime, zone: str) -> datetime | None:
    """Return the instant at which the clocks of a zone show a time, or None on the night they never do.

    A time shown twice is its first showing.
    """
    local = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    found = local.astimezone(UTC)
    return found if found.astimezone(local.tzinfo).replace(tzinfo=None) == wall else None


def free_slots(
    *,
    rules: Iterable[Weekly],
    openings: Iterable[Span],
    off: Sequence[Span],
    busy: Sequence[Span],
    taken: Sequence[Span] = (),
    minutes: int,
    buffer: int,
    earliest: datetime,
    latest: datetime,
) -> list[Span]:
    """Return the sessions that can be booked, in order, none overlapping another.

    :param busy: the mentor's sessions, kept `buffer` minutes apart from every slot.
    :param taken: the startup's sessions, which a slot must not overlap.
    :param earliest: first instant at which a slot may begin; `latest` is the first at which it may not.
    """
    pause = timedelta(minutes=buffer)
    offered = sorted({*_weekly(rules, minutes, buffer, earliest, latest), *_single(openings, minutes, buffer)})
    free: list[Span] = []
    for slot in offered:
        if not earliest <= slot.start < latest or (free and free[-1].overlaps(slot, pause)):
            continue
        blocked = any(slot.overlaps(s) for s in (*off, *taken)) or any(slot.overlaps(s, pause) for s in busy)
        if not blocked:
            free.append(slot)
    return free


def weekly_clash(new: Weekly, others: Iterable[Weekly]) -> bool:
    """Return whether weekly hours overlap others of the same zone that hold on a common day."""
    return any(
        other.weekday == new.weekday
        and other.zone == new.zone
        and (other.until_on is None or other.until_on >= new.from_on)
        and (new.until_on is None or new.until_on >= other.from_on)
        and new.starts < (other.ends if other.ends != MIDNIGHT else time.max)
        and other.starts < (new.ends if new.ends != MIDNIGHT else time.max)
        for other in others
    )


def _weekly(rules: Iterable[Weekly], minutes: int, buffer: int, earliest: datetime, latest: datetime) -> Iterator[Span]:
    for rule in rules:
        day, last = day_of(earliest, zone=rule.zone), day_of(latest, zone=rule.zone)
        day += timedelta(days=(rule.weekday - day.weekday()) % 7)
        while day <= last:
            if rule.from_on <= day and (rule.until_on is None or day <= rule.until_on):
                yield from _spans_on(rule, day, minutes, buffer)
            day += timedelta(days=7)


def _spans_on(rule: Weekly, day: date, minutes: int, buffer: int) -> Iterator[Span]:
    """Walk the wall clock, so that sessions stay on the hour in every season."""
    wall = datetime.combine(day, rule.starts)
    end = datetime.combine(day if rule.ends != MIDNIGHT else day + timedelta(days=1), rule.ends)
    closing = end.replace(tzinfo=ZoneInfo(rule.zone)).astimezone(UTC)
    while wall + timedelta(minutes=minutes) <= end:
        start = instant(wall, rule.zone)
        # An hour that the night took away makes a slot end later on the wall than it began: it must still fit.
        if start is not None and start + timedelta(minutes=minutes) <= closing:
            yield Span(start, start + timedelta(minutes=minutes))
        wall += timedelta(minutes=minutes + buffer)


def _single(openings: Iterable[Span], minutes: int, buffer: int) -> Iterator[Span]:
    for opening in openings:
        start = opening.start
        while start + timedelta(minutes=minutes) <= opening.end:
            yield Span(start, start + timedelta(minutes=minutes))
            start += timedelta(minutes=minutes + buffer)
