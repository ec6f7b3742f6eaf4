"""Mentors and their hours in a rehearsal: days off, single hours beside the weekly ones, mornings given up and taken up."""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from demo.mentorship.mentors import WORKDAYS
from mentorship import actions
from mentorship.models import AvailabilityRule, Mentor, Opening, TimeOff
from rehearsal.applications import scenery
from rehearsal.play import Play, Step

GOES_AWAY, COMES_BACK, OPENS, CLOSES, GIVES_UP, TAKES_UP = 0.006, 0.04, 0.004, 0.05, 0.002, 0.1
MORNING, EVENING, EVENING_ENDS = (time(9), time(12)), time(17), time(19)


def day(play: Play) -> Iterator[Step]:
    """Yield what mentors do today about their hours."""
    now = play.instant(0)
    for pk in _keys(TimeOff.objects.filter(span__endswith__gt=now)):
        if play.chance(COMES_BACK, "comes back", play.today, pk):
            yield _step(
                play,
                "takes time off back",
                f"time off #{pk}",
                _takes_back(TimeOff.objects, pk, actions.remove_time_off),
            )
    for pk in _keys(Opening.objects.filter(ends_at__gt=now)):
        if play.chance(CLOSES, "closes", play.today, pk):
            yield _step(
                play,
                "takes single hours back",
                f"opening #{pk}",
                _takes_back(Opening.objects, pk, actions.remove_opening),
            )
    weekdays: dict[int, set[int]] = {}
    for mentor, weekday in AvailabilityRule.objects.values_list("mentor__person", "weekday"):
        weekdays.setdefault(mentor, set()).add(weekday)
    for pk in play.memory["mentors"]:
        yield from _changes(play, pk, sorted(set(WORKDAYS) - weekdays.get(pk, set())))


def weekly(mentor: Mentor, weekday: int, *, at: datetime) -> None:
    """Let a mentor offer the mornings of a weekday, as the clocks at home show them."""
    person, (starts, ends) = mentor.person, MORNING
    actions.add_rule(
        mentor, weekday=weekday, starts=starts, ends=ends, zone=_zone(mentor), from_on=at.date(), by=person, at=at
    )


def _changes(play: Play, pk: int, given_up: list[int]) -> Iterator[Step]:
    about = f"mentor {pk}"
    if play.chance(GOES_AWAY, "goes away", play.today, pk):
        yield _step(play, "takes time off", about, _goes_away(play, pk))
    if play.chance(OPENS, "opens", play.today, pk):
        yield _step(play, "offers single hours", about, _opens(play, pk))
    if given_up and play.chance(TAKES_UP, "takes up", play.today, pk):
        yield _step(play, "takes a morning up again", about, _takes_up(pk, given_up[0]))
    elif not given_up and play.chance(GIVES_UP, "gives up", play.today, pk):
        yield _step(play, "gives a morning up", about, _gives_up(play, pk))


def _step(play: Play, what: str, about: str, act: Any) -> Step:
    return Step(play.instant(8, "hours", what, about, within=10), "mentor", what, about, act)


def _keys(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _mentor(pk: int) -> Mentor:
    return Mentor.objects.select_related("person").get(person=pk)


def _zone(mentor: Mentor) -> str:
    return mentor.person.timezone or "UTC"


def _goes_away(play: Play, pk: int) -> Any:
    dice = play.dice("away", play.today, pk)
    first_on = play.today + timedelta(days=dice.randint(1, 10))
    last_on = first_on + timedelta(days=dice.randint(0, 6))

    def act(at: datetime) -> None:
        mentor = _mentor(pk)
        actions.add_time_off(
            mentor, first_on=first_on, last_on=last_on, zone=_zone(mentor), by=scenery.person(pk), at=at
        )

    return act


def _takes_back(rows: Any, pk: int, remove: Callable[..., object]) -> Any:
    """Let a mentor take back what they gave, unless it is gone already."""

    def act(at: datetime) -> str:
        given = rows.select_related("mentor__person").filter(pk=pk).first()
        if given is None:
            return "gone already"
        remove(given, by=given.mentor.person, at=at)
        return "done"

    return act


def _opens(play: Play, pk: int) -> Any:
    on = play.today + timedelta(days=play.dice("opens", play.today, pk).randint(2, 9))

    def act(at: datetime) -> None:
        mentor = _mentor(pk)
        actions.add_opening(
            mentor, on=on, starts=EVENING, ends=EVENING_ENDS, zone=_zone(mentor), by=mentor.person, at=at
        )

    return act


def _gives_up(play: Play, pk: int) -> Any:
    weekday = play.dice("weekday", play.today, pk).choice(WORKDAYS)

    def act(at: datetime) -> str:
        mentor = _mentor(pk)
        rule = mentor.rules.filter(weekday=weekday).order_by("pk").first()
        if rule is None:
            return "gone already"
        actions.remove_rule(rule, by=mentor.person, at=at)
        return "done"

    return act


def _takes_up(pk: int, weekday: int) -> Any:
    def act(at: datetime) -> None:
        weekly(_mentor(pk), weekday, at=at)

    return act
