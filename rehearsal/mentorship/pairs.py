"""Pairings in a rehearsal: made, made primary, given up for another mentor."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Count

from applications.models import Participation
from mentorship import actions
from mentorship.models import Mentorship
from rehearsal.applications import scenery
from rehearsal.play import Play, Step

PARTS, SECOND, PRIMARY = 0.0007, 0.0007, 0.02


def day(play: Play, pairs: list[Mentorship]) -> Iterator[Step]:
    """Yield what managers do today about pairings: those that run, and seats that have none."""
    if not play.is_workday():
        return
    yield from _pairs(play)
    for pair in pairs:
        about = f"pair #{pair.pk}"
        if play.chance(PARTS, "parts", play.today, pair.pk):
            yield _step(play, "ends a pairing", about, _end(play, pair.pk))
        elif not pair.is_primary and play.chance(PRIMARY, "primary", play.today, pair.pk):
            yield _step(play, "makes a mentor the first", about, _make_primary(play, pair.pk))
        elif pair.is_primary and play.chance(SECOND, "second", play.today, pair.pk):
            seat, mentors = pair.participation_id, play.memory["mentors"]
            another = play.dice("second", pair.pk).choice(mentors)
            yield _step(play, "pairs", f"participation #{seat} once more", _pair(play, seat, another))


def _pairs(play: Play) -> Iterator[Step]:
    """Yield every seat without a mentor the next of them, in their order."""
    seats = (
        Participation.objects.filter(state=Participation.State.ACTIVE)
        .exclude(mentorships__state="active")
        .annotate(before=Count("mentorships"))
        .order_by("pk")
    )
    mentors: list[int] = play.memory["mentors"]
    for pk, before in seats.values_list("pk", "before"):
        mentor = mentors[(pk + before) % len(mentors)]
        yield _step(play, "pairs", f"participation #{pk}", _pair(play, pk, mentor))


def _step(play: Play, what: str, about: str, act: Any) -> Step:
    return Step(play.instant(12, "manager", what, about, within=5), "manager", what, about, act)


def _pair(play: Play, pk: int, mentor: int) -> Any:
    def act(at: datetime) -> None:
        seat = Participation.objects.select_related("startup", "cohort__programme").get(pk=pk)
        actions.pair(seat, scenery.person(mentor), by=scenery.member(play, "manager"), at=at)

    return act


def _fetched(pk: int) -> Mentorship:
    return Mentorship.objects.select_related(
        "mentor__person", "participation__startup", "participation__cohort__programme"
    ).get(pk=pk)


def _end(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.end_pairing(_fetched(pk), reason="Another field.", by=scenery.member(play, "manager2"), at=at)

    return act


def _make_primary(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.make_primary(_fetched(pk), by=scenery.member(play, "manager"), at=at)

    return act
