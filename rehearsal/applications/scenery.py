"""The programme that is rehearsed: the demo's model programme as large as it must be, and who works for it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from applications.models import Cohort
from demo.applications import people, programmes
from portal.accounts.actions import grant_role
from portal.language.dates import day_of
from portal.models import Role, User
from rehearsal.play import Play

MODEL = "sirocco"
OPEN_FOR, READ_FOR, DECIDED_AFTER = 21, 33, 35  # days
FIRST_MONTH_IN = 2
COOLING_OFF = 2  # days; the demo's programme has none, so that a newcomer need not wait
STARTUPS_A_REVIEWER, STARTUPS_A_MENTOR = 25, 12


def set_up(play: Play, at: datetime) -> None:
    """Lay the programme out and bring in its people, as many as that many startups need."""
    data = programmes.read(MODEL)
    data |= {"months": play.months, "cooling_off_days": COOLING_OFF}
    data["cohort"] |= {
        "seats": max(2, play.startups // 2),
        "opens_in_days": 0,
        "closes_in_days": OPEN_FOR,
        "decisions_in_days": DECIDED_AFTER,
        "first_month_in": FIRST_MONTH_IN,
    }
    for phase, (opens, closes) in zip(data["phases"], [(0, READ_FOR), (READ_FOR, DECIDED_AFTER)], strict=True):
        phase |= {"opens_in_days": opens, "closes_in_days": closes}
    cast = people.introduce(at)
    cohort = programmes.lay_out(data, at=at)
    people.give_roles(cast, cohort.programme, at)
    play.memory["cohort"] = cohort.pk
    play.memory["cast"] = {key: user.pk for key, user in cast.items()}
    operator = cast["operator"]
    reviewers = _bring_in("reader", Role.REVIEWER, play.startups // STARTUPS_A_REVIEWER, cohort, operator, at)
    mentors = _bring_in("engineer", Role.MENTOR, play.startups // STARTUPS_A_MENTOR, cohort, operator, at)
    play.memory["reviewers"] = [cast["reviewer"].pk, cast["reviewer2"].pk, *reviewers]
    play.memory["mentors"] = [cast["mentor"].pk, *mentors]


def cohort(play: Play) -> Cohort:
    """Fetch the cohort that is rehearsed."""
    return Cohort.objects.select_related("programme").get(pk=play.memory["cohort"])


def member(play: Play, key: str) -> User:
    """Fetch one of those who work for the programme."""
    return person(play.memory["cast"][key])


def person(pk: int) -> User:
    """Fetch a person anew, as every page does."""
    return User.objects.get(pk=pk)


def _bring_in(key: str, role: Role, n: int, cohort: Cohort, operator: User, at: datetime) -> Iterable[int]:
    made = [
        User(
            email=f"{key}{i}@rehearsal.example",
            name=f"{key.title()} {i}",
            language=("en", "fr")[i % 2],
            timezone=("America/New_York", "Europe/London", "Asia/Kolkata")[i % 3],
            joined_at=at,
        )
        for i in range(n)
    ]
    for user in made:
        user.set_unusable_password()
    people.save(made)
    since, programme = at - timedelta(days=1), cohort.programme
    starts_on = day_of(since, zone=programme.timezone)
    for user in made:
        grant_role(user, role=role, scope=programme, starts_on=starts_on, by=operator, at=since)
    return [user.pk for user in made]
