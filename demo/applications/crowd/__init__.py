"""The crowd: one more programme with any number of startups in every state, by bulk and through every law.

It is what speed is measured on. Only the demo's own cast works for it, beside reviewers and mentors of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from applications.models import Cohort, Programme
from demo import bulk
from demo.applications import people, programmes
from demo.applications.crowd import judging, seating, writing
from demo.applications.crowd.shape import ROUNDS, SLUG, Calendar, Member, Round, members
from portal.models import User

FEWEST = 40
EARLIEST = timedelta(days=420)
NAME = {"en": "Grand Large", "fr": "Grand Large"}


def build(n: int, at: datetime, rounds: Sequence[Round] = ROUNDS) -> None:
    """Add a programme with n startups spread over the rounds.

    :raises LookupError: with fewer than a few of each kind, where it is there already, or without the demo's cast.
    """
    if n < FEWEST:
        raise LookupError(f"A crowd has at least {FEWEST} startups.")
    if Programme.objects.filter(slug=SLUG).exists():
        raise LookupError("There is a crowd already: nothing was changed.")
    cast = {person.key: person.email for person in people.CAST}
    known = {user.email: user for user in User.objects.filter(email__in=cast.values())}
    if len(known) < len(cast):
        raise LookupError("The crowd needs the demo's people: seed an empty database.")
    _build(members(n, rounds), rounds, {key: known[email] for key, email in cast.items()}, at)


def cast(key: str) -> User:
    """Return somebody of the demo's cast."""
    person: User = User.objects.get(email=f"{key}@{people.DOMAIN}")
    return person


def _build(crowd: list[Member], rounds: Sequence[Round], cast: dict[str, User], at: datetime) -> None:
    data = {**programmes.read("sirocco"), "slug": SLUG, "name": NAME}
    programme = programmes.lay_out_programme(data, at=at - EARLIEST)
    people.give_roles(cast, programme, at - EARLIEST)
    bulk.check_at_once()
    readers = judging.reviewers(programme, len(crowd), by=cast["operator"], at=at)
    writing.introduce(crowd, at - EARLIEST)
    writing.found(crowd, at - EARLIEST)
    for of in rounds:
        ours = [member for member in crowd if member.of is of]
        _round(programme, data, ours, readers, cast, Calendar(at, of))


def _round(
    programme: Programme,
    data: dict[str, Any],
    ours: list[Member],
    readers: list[int],
    cast: dict[str, User],
    on: Calendar,
) -> None:
    accepted = sum(member.fate == "accepted" for member in ours)
    told = {"slug": f"{SLUG}-{on.of.name}", "code": f"GL{on.of.name}", "seats": accepted + 5}
    middle = on.at + timedelta(days=on.of.middle)
    cohort = programmes.lay_out_cohort(programme, {**data, "cohort": {**data["cohort"], **told}}, at=middle)
    form = writing.Form.of(cohort)
    writing.write(form, ours, on)
    writing.hand_in(form, ours, on)
    if on.of.judged:
        judging.judge(cohort, ours, readers, on, by=cast["manager"])
    writing.ask(ours, on)
    if on.of.is_decided:
        judging.decide(cohort, ours, on, by=cast["manager"], second=cast["manager2"])
        seating.offer(cohort, ours, on, by=cast["manager"])


def finish(n: int, at: datetime) -> None:
    """Let the seats of the first round graduate, once money and mentors have had their part."""
    cohort = Cohort.objects.get(slug=f"{SLUG}-{ROUNDS[0].name}")
    seating.graduate(cohort, by=cast("manager"), at=Calendar(at, ROUNDS[0]))
