"""Free hours: wall time kept true through the changes of the clocks, less what is off, taken or too near."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship.rules import Span, free_slots, instant, weekly_clash

SUNDAY = 6


@dataclass
class Rule:
    zone: str = "UTC"
    weekday: int = SUNDAY
    starts: time = time(9)
    ends: time = time(12)
    from_on: date = date(2027, 1, 1)
    until_on: date | None = None


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def walls(rule: Rule, day: date, minutes: int = 60, buffer: int = 0) -> list[str]:
    """Give what a zone's clocks show at the beginnings of a day's slots, with the offset from UTC."""
    zone = ZoneInfo(rule.zone)
    start = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    free = free_slots(
        rules=[rule],
        openings=[],
        off=[],
        busy=[],
        minutes=minutes,
        buffer=buffer,
        earliest=start,
        latest=start + timedelta(hours=25),
    )
    assert all(slot.end - slot.start == timedelta(minutes=minutes) for slot in free)
    return [slot.start.astimezone(zone).strftime("%H:%M%z") for slot in free]


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        # The usual Sunday, then the night the clocks skip an hour (02:30 does not exist), then the one with two 01:30.
        ("America/New_York", date(2027, 3, 7), ["00:30-0500", "01:30-0500", "02:30-0500", "03:30-0500"]),
        ("America/New_York", date(2027, 3, 14), ["00:30-0500", "01:30-0500", "03:30-0400"]),
        ("America/New_York", date(2027, 11, 7), ["00:30-0400", "01:30-0400", "02:30-0500", "03:30-0500"]),
        # London skips 01:00–02:00 and repeats it.
        ("Europe/London", date(2027, 3, 28), ["00:30+0000", "02:30+0100", "03:30+0100"]),
        ("Europe/London", date(2027, 10, 31), ["00:30+0100", "01:30+0100", "02:30+0000", "03:30+0000"]),
        # Lord Howe moves by half an hour: 02:00–02:30 is skipped, so that the hour from 01:30 lasts until 03:00 and
        # leaves no room at 02:30; 01:30–02:00 is shown twice.
        ("Australia/Lord_Howe", date(2027, 10, 3), ["00:30+1030", "01:30+1030", "03:30+1100"]),
        ("Australia/Lord_Howe", date(2027, 4, 4), ["00:30+1100", "01:30+1100", "02:30+1030", "03:30+1030"]),
        # Kolkata never moves its clocks.
        ("Asia/Kolkata", date(2027, 3, 14), ["00:30+0530", "01:30+0530", "02:30+0530", "03:30+0530"]),
    ],
)
def test_weekly_hours_follow_the_wall_clock(zone: str, day: date, expected: list[str]) -> None:
    assert walls(Rule(zone, starts=time(0, 30), ends=time(4, 30)), day) == expected


def test_half_hours_of_lord_howe_skip_what_does_not_exist() -> None:
    rule = Rule("Australia/Lord_Howe", starts=time(1, 0), ends=time(4, 0))
    assert walls(rule, date(2027, 10, 3), minutes=30) == [
        "01:00+1030",
        "01:30+1030",
        "02:30+1100",
        "03:00+1100",
        "03:30+1100",
    ]


def test_a_slot_that_the_skipped_hour_pushes_past_the_end_is_not_offered() -> None:
    rule = Rule("America/New_York", starts=time(1, 30), ends=time(3, 0))
    assert walls(rule, date(2027, 3, 7), minutes=90) == ["01:30-0500"]
    assert walls(rule, date(2027, 3, 14), minutes=90) == []


def test_slots_across_the_skipped_hour_never_overlap() -> None:
    rule = Rule("America/New_York", starts=time(1, 30), ends=time(5, 0))
    assert walls(rule, date(2027, 3, 14), minutes=45) == ["01:30-0500", "03:45-0400"]


def test_hours_until_midnight_end_with_the_day() -> None:
    assert walls(Rule("Asia/Kolkata", starts=time(22, 0), ends=time(0, 0)), date(2027, 3, 14)) == [
        "22:00+0530",
        "23:00+0530",
    ]


def test_an_instant_that_the_clocks_skip_does_not_exist() -> None:
    skipped = datetime.combine(date(2027, 3, 14), time(2, 30))
    twice = datetime.combine(date(2027, 11, 7), time(1, 30))
    assert instant(skipped, "America/New_York") is None
    assert instant(twice, "America/New_York") == utc(2027, 11, 7, 5, 30)


DAY = utc(2027, 5, 2)  # a Sunday


def free(**changes: Any) -> list[int]:
    """Give the hours at which slots of that Sunday begin, nine to twelve UTC unless told otherwise."""
    given: dict[str, Any] = {
        "rules": [Rule()],
        "openings": [],
        "off": [],
        "busy": [],
        "minutes": 60,
        "buffer": 0,
        "earliest": DAY,
        "latest": DAY + timedelta(days=1),
    }
    return [slot.start.hour for slot in free_slots(**(given | changes))]


def span(start: int, end: int) -> Span:
    return Span(DAY + timedelta(hours=start), DAY + timedelta(hours=end))


def test_free_hours_are_hours_less_what_is_off_booked_or_too_near() -> None:
    assert free() == [9, 10, 11]
    assert free(off=[span(10, 11)]) == [9, 11]
    assert free(busy=[span(9, 10)]) == [10, 11]
    assert free(busy=[span(9, 10)], buffer=30) == [10]  # the grid is 9:00 and 10:30
    assert free(taken=[span(11, 12)]) == [9, 10]
    assert free(earliest=DAY + timedelta(hours=9, minutes=1)) == [10, 11]
    assert free(latest=DAY + timedelta(hours=11)) == [9, 10]


def test_a_buffer_keeps_other_sessions_apart_but_not_time_off() -> None:
    assert free(busy=[span(8, 9)], buffer=15) == [10]  # the grid is 9:00 and 10:15
    assert free(off=[span(8, 9)], buffer=15) == [9, 10]
    assert free(taken=[span(8, 9)], buffer=15) == [9, 10]


def test_single_hours_stand_beside_weekly_ones_without_overlap() -> None:
    assert free(rules=[], openings=[span(14, 16)]) == [14, 15]
    assert free(openings=[span(14, 15)]) == [9, 10, 11, 14]
    half = Span(DAY + timedelta(hours=8, minutes=30), DAY + timedelta(hours=9, minutes=30))
    assert free(openings=[half]) == [8, 10, 11]


def test_rules_hold_from_their_first_to_their_last_day() -> None:
    assert free(rules=[Rule(from_on=date(2027, 5, 2), until_on=date(2027, 5, 2))]) == [9, 10, 11]
    assert free(rules=[Rule(from_on=date(2027, 5, 3))]) == []
    assert free(rules=[Rule(until_on=date(2027, 5, 1))]) == []


@pytest.mark.parametrize(
    ("other", "clashes"),
    [
        (Rule(), True),
        (Rule(starts=time(11), ends=time(13)), True),
        (Rule(starts=time(12), ends=time(13)), False),
        (Rule(starts=time(8), ends=time(0)), True),
        (Rule(weekday=0), False),
        (Rule(zone="Europe/Paris"), False),
        (Rule(from_on=date(2026, 1, 1), until_on=date(2026, 12, 31)), False),
        (Rule(from_on=date(2026, 1, 1), until_on=date(2027, 1, 1)), True),
    ],
)
def test_weekly_hours_clash_only_where_they_overlap(other: Rule, clashes: bool) -> None:
    assert weekly_clash(Rule(), [other]) is clashes
    assert weekly_clash(other, [Rule()]) is clashes


zones = st.sampled_from(
    ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"]
)
rules = st.builds(
    Rule,
    zone=zones,
    weekday=st.integers(0, 6),
    starts=st.times(max_value=time(22)).map(lambda t: t.replace(minute=t.minute // 15 * 15, second=0, microsecond=0)),
    ends=st.sampled_from([time(0), time(23)]),
)
spans = st.builds(
    lambda start, length: Span(DAY + timedelta(minutes=start), DAY + timedelta(minutes=start + length)),
    st.integers(0, 60 * 24 * 250),
    st.integers(15, 600),
)


@given(
    st.lists(rules, max_size=3),
    st.lists(spans, max_size=3),
    st.lists(spans, max_size=5),
    st.integers(15, 120),
    st.integers(0, 60),
)
def test_free_hours_never_overlap_each_other_nor_what_is_booked(
    weekly: list[Rule], openings: list[Span], busy: list[Span], minutes: int, buffer: int
) -> None:
    found = free_slots(
        rules=weekly,
        openings=openings,
        off=[],
        busy=busy,
        minutes=minutes,
        buffer=buffer,
        earliest=DAY,
        latest=DAY + timedelta(days=250),
    )
    pause = timedelta(minutes=buffer)
    assert all(a.end + pause <= b.start for a, b in pairwise(found))
    assert not any(slot.overlaps(taken, pause) for slot in found for taken in busy)
    assert all(slot.end - slot.start == timedelta(minutes=minutes) for slot in found)
