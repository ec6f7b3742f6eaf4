"""The demo's mentor: who she is, and when she can be booked."""

from datetime import datetime, time

from mentorship import actions
from mentorship.models import AvailabilityRule
from portal.models import User

MENTOR = "mentor@demo.tremplin.example"
DAYS = AvailabilityRule.Weekday
WORKDAYS = (DAYS.MONDAY, DAYS.TUESDAY, DAYS.WEDNESDAY, DAYS.THURSDAY, DAYS.FRIDAY)
# Mornings every workday, and two late afternoons for founders west of her.
HOURS = [(day, time(9), time(12)) for day in WORKDAYS] + [
    (day, time(15), time(18)) for day in (DAYS.TUESDAY, DAYS.THURSDAY)
]
PROFILE = {
    "headline": "Engineer for evaluations and agents",
    "skills": "Evaluations that catch regressions, retrieval over messy documents, agents that know when to stop.\n"
    "Eight years of backend work before that; happy to read code.",
    "meeting_link": "https://meet.example.org/mei-ling",
    "minutes": 45,
    "buffer_minutes": 15,
    # Short, so that a newcomer can book an hour of this very day.
    "notice_hours": 2,
}


def build(at: datetime) -> None:
    """Give the demo's mentor a profile and weekly hours."""
    person = User.objects.filter(email=MENTOR).first()
    if person is None:
        return
    mentor = actions.open_profile(person, at=at)
    actions.save_profile(mentor, by=person, at=at, **PROFILE)
    for weekday, starts, ends in HOURS:
        actions.add_rule(
            mentor,
            weekday=weekday,
            starts=starts,
            ends=ends,
            zone=person.timezone or "UTC",
            from_on=at.date(),
            by=person,
            at=at,
        )
