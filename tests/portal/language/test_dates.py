"""An instant belongs to the day of a zone, and not of the machine's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from portal import clock, spans
from portal.language import dates
from portal.language.dates import add_months, day_of, first_of_month, months_from
from portal.strip import months_of

# The first hour of May where days are counted in UTC, the last evening of April in New York.
AT = datetime(2027, 5, 1, 1, 0, tzinfo=UTC)
APRIL, MAY = date(2027, 4, 1), date(2027, 5, 1)


@dataclass
class Seat:
    """What has months."""

    pk: int
    zone: str

    def periods(self) -> list[date]:
        return [APRIL, MAY]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("UTC", MAY), ("America/New_York", date(2027, 4, 30)), ("Asia/Kolkata", MAY)],
)
def test_day_is_that_of_the_zone(zone: str, day: date) -> None:
    assert day_of(AT, zone=zone) == day


def test_today_is_that_of_the_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    assert (clock.today(), clock.today("America/New_York")) == (MAY, date(2027, 4, 30))


@pytest.mark.django_db
def test_strip_marks_the_month_of_each_seats_zone() -> None:
    found = months_of([Seat(0, "UTC"), Seat(-1, "America/New_York")], at=AT)
    now = {pk: [month.period for month in months if month.is_current] for pk, months in found.items()}
    assert now == {0: [MAY], -1: [APRIL]}


def test_days_are_counted_from_the_readers_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    assert spans.ago(MAY) == "today"
    with timezone.override("America/New_York"):
        assert spans.ago(MAY) == "in 1 day"


def test_months_are_counted_over_the_ends_of_years() -> None:
    assert months_from(date(2027, 11, 1), 3) == [date(2027, 11, 1), date(2027, 12, 1), date(2028, 1, 1)]
    assert add_months(date(2027, 12, 31), 2) == date(2028, 2, 1)
    assert add_months(date(2027, 3, 15), -3) == date(2026, 12, 1)
    assert first_of_month(date(2027, 5, 31)) == MAY


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (dates.day, "1er décembre 2026"),
        (dates.day_short, "1er déc. 2026"),
        (dates.day_of_year, "1er déc."),
        (dates.weekday, "mardi 1er décembre 2026"),
        (dates.instant, "1er déc. 2026, 01:11"),
        (lambda moment: dates.day_in_zone(moment, "UTC"), "1er décembre 2026"),
        (lambda moment: dates.in_zone(moment, "UTC"), "mardi 1er décembre 2026, 01:11 (UTC)"),
    ],
)
def test_first_of_a_month_is_written_as_french_does(write: Callable[[datetime], str], words: str) -> None:
    with translation.override("fr"), timezone.override("UTC"):
        assert write(datetime(2026, 12, 1, 1, 11, tzinfo=UTC)) == words


def test_other_days_and_other_languages_have_no_such_first() -> None:
    with translation.override("fr"):
        assert [dates.day(date(2026, 12, day)) for day in (2, 11, 21, 31)] == [
            f"{day} décembre 2026" for day in (2, 11, 21, 31)
        ]
    with translation.override("en"):
        assert dates.day(date(2026, 12, 1)) == "December 1, 2026"
