"""Builders of pairs, hours and sessions, made through the real acts.

`NOW` is a Monday, noon UTC, after the seat was taken; the mentor offers Tuesdays, nine to twelve in New York.
"""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from applications.models import Participation
from mentorship import actions
from mentorship.models import Mentor, MentorSession, Mentorship
from mentorship.slots import free_slots
from portal.models import Role, User
from tests import factories
from tests.laws import sql
from tests.stages import stage

NOW = datetime(2027, 5, 3, 12, 0, tzinfo=UTC)
ZONE = "America/New_York"


def zone() -> ZoneInfo:
    """Give the zone of the mentor's hours."""
    return ZoneInfo(ZONE)


def manager(participation: Participation) -> User:
    """Make a manager of the participation's programme."""
    return factories.holder(Role.MANAGER, participation.cohort.programme, "Mona Manager")


def founder(mentorship: Mentorship) -> User:
    """Give the founder of the startup of a pair."""
    return factories.founder_of(mentorship.participation.startup)


def mentor_person(participation: Participation, name: str = "Max Mentor") -> User:
    """Make a person who holds the mentor role of the participation's programme."""
    return factories.holder(Role.MENTOR, participation.cohort.programme, name)


@stage()
def pair(participation: Participation | None = None, person: User | None = None, *, hours: bool = True) -> Mentorship:
    """Make a pair whose mentor offers Tuesdays nine to twelve."""
    participation = participation or factories.participation()
    person = person or mentor_person(participation)
    made = actions.pair(participation, person, by=manager(participation), at=NOW)
    if hours and not made.mentor.rules.exists():
        offer_hours(made.mentor)
    return fetched(made)


def fetched(mentorship: Mentorship) -> Mentorship:
    """Fetch a pair anew, with all that belongs to it."""
    return Mentorship.objects.select_related(
        "mentor__person", "participation__startup", "participation__cohort__programme"
    ).get(pk=mentorship.pk)


def offer_hours(mentor: Mentor, **hours: Any) -> None:
    """Offer weekly hours, Tuesdays nine to twelve in New York unless told otherwise."""
    values: dict[str, Any] = {
        "weekday": 1,
        "starts": time(9),
        "ends": time(12),
        "zone": ZONE,
        "from_on": date(2027, 1, 1),
    }
    actions.add_rule(mentor, **(values | hours), by=mentor.person, at=NOW)


def slots(mentorship: Mentorship, at: datetime = NOW) -> list[datetime]:
    """Give when the free hours of a pair begin."""
    return [s.start for s in free_slots(mentorship.mentor, at=at, startup=mentorship.participation.startup)]


@stage()
def session(mentorship: Mentorship | None = None, nth: int = 0, at: datetime = NOW, **changes: Any) -> MentorSession:
    """Make a booked session in the nth free hour."""
    mentorship = mentorship or pair()
    values: dict[str, Any] = {"topic": "Evaluations", "by": founder(mentorship), "at": at} | changes
    return actions.book(mentorship, slots(mentorship, at)[nth], **values)


@stage()
def held(mentorship: Mentorship | None = None, nth: int = 0, at: datetime = NOW, **log: Any) -> MentorSession:
    """Make a session that was held and logged a quarter of an hour after its end."""
    made = session(mentorship, nth, at)
    values: dict[str, Any] = {"minutes": 45, "shared": "We looked at the evaluations."}
    actions.log_session(
        made, **(values | log), by=made.mentorship.mentor.person, at=made.ends_at + timedelta(minutes=15)
    )
    return made


def book_by_sql(mentorship: Mentorship, starts_at: datetime, **columns: Any) -> None:
    """Book as anybody with a database client could: no act, no slot, no question asked."""
    values: dict[str, Any] = {
        "mentorship_id": mentorship.pk,
        "state": "booked",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "topic": "",
        "meeting_link": "",
        "late_after": starts_at,
        "booked_by_id": founder(mentorship).pk,
        "booked_at": NOW,
        "uid": uuid.uuid4(),
        "sequence": 0,
        "changed_at": NOW,
        "cancelled_side": "",
        "cancel_reason": "",
    } | columns
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    sql(f"INSERT INTO mentorship_mentorsession ({names}) VALUES ({places})", *values.values())
