"""The demo's clock goes ahead on command; production's is the machine's."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from portal import clock
from portal.models import DemoClock

pytestmark = pytest.mark.django_db
SECONDS = timedelta(seconds=30)


def move(to: str) -> str:
    out = StringIO()
    call_command("clock", to, stdout=out, stderr=StringIO())
    return out.getvalue()


def ahead() -> timedelta:
    return clock.now() - timezone.now()


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("+7d", timedelta(days=7)),
        ("+36h", timedelta(hours=36)),
        ("+90m", timedelta(minutes=90)),
        ("+2w", timedelta(weeks=2)),
    ],
)
def test_clock_goes_ahead_by_a_step(step: str, expected: timedelta) -> None:
    move(step)
    assert abs(ahead() - expected) < SECONDS


def test_steps_add_up() -> None:
    move("+7d")
    move("+1d")
    assert abs(ahead() - timedelta(days=8)) < SECONDS
    assert DemoClock.objects.count() == 1


def test_clock_goes_to_a_day_or_an_instant() -> None:
    year = timezone.now().year + 2
    assert f"{year}-01-04 09:00 UTC" in move(f"{year}-01-04")
    move(f"{year}-02-03T17:30+02:00")
    assert abs(clock.now() - datetime(year, 2, 3, 15, 30, tzinfo=UTC)) < SECONDS
    assert clock.today() == datetime(year, 2, 3).date()  # noqa: DTZ001  # a day


def test_clock_never_goes_back_but_by_reset() -> None:
    move("+30d")
    with pytest.raises(CommandError, match="only goes ahead"):
        move((timezone.now() + timedelta(days=3)).date().isoformat())
    assert abs(ahead() - timedelta(days=30)) < SECONDS
    move("reset")
    assert abs(ahead()) < SECONDS


def test_reset_warns_of_what_happened_in_the_future() -> None:
    err = StringIO()
    call_command("clock", "reset", stdout=StringIO(), stderr=err)
    assert "stays in its history" in err.getvalue()


@pytest.mark.parametrize(
    "wrong", ["yesterday", "7d", "+7y", "+d", "2027-13-01", "+999999d", "+99999w", "9999-12-31", ""]
)
def test_what_is_no_time_is_refused(wrong: str) -> None:
    with pytest.raises(CommandError):
        move(wrong)
    assert not DemoClock.objects.exists()


def test_show_moves_nothing() -> None:
    assert timezone.now().strftime("%Y-%m-%d") in move("show")
    assert not DemoClock.objects.exists()


def test_production_moves_nothing_and_reads_no_moved_clock(settings: LazySettings) -> None:
    move("+30d")
    settings.PRODUCTION = True
    for word in ("+7d", "reset", "show"):
        with pytest.raises(CommandError, match="Production"):
            move(word)
    assert abs(ahead()) < SECONDS


def test_other_processes_follow_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert abs(ahead()) < SECONDS  # read, and remembered
    DemoClock.objects.create(pk=1, ahead=timedelta(days=7))  # as another process does
    monkeypatch.setattr(clock, "_OFFSET_IS_FRESH_FOR", 0)
    assert abs(ahead() - timedelta(days=7)) < SECONDS
