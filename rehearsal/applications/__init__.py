"""What applications play in a rehearsal: the programme, its founders, its reviewers and its managers."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from applications.models import Application, Offer, Participation
from rehearsal.applications import founders, scenery, staff
from rehearsal.applications.intrusions import INTRUSIONS
from rehearsal.play import Part, Play, Step


def _day(play: Play) -> Iterable[Step]:
    yield from founders.day(play)
    yield from staff.day(play)


def _counts(play: Play) -> Mapping[str, int]:
    return {"participations": Participation.objects.count()}


def _last_proof(play: Play) -> Iterable[str]:
    """Name what was handed in and never decided, and offers that nobody ended."""
    waiting = Application.objects.filter(state__in=[Application.State.SUBMITTED, Application.State.RETURNED])
    yield from (f"{reference} was never decided" for reference in waiting.values_list("reference", flat=True))
    yield from (f"offer #{pk} is still open" for pk in Offer.objects.filter(state="open").values_list("pk", flat=True))


def _ends_on(play: Play) -> date:
    return scenery.cohort(play).decisions_on + timedelta(days=28)


PART = Part(
    "applications",
    set_up=scenery.set_up,
    day=_day,
    counts=_counts,
    last_proof=_last_proof,
    ends_on=_ends_on,
    intrusions=INTRUSIONS,
)
