"""A mentor's profile and hours."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from mentorship import rules
from mentorship.models import AvailabilityRule, Mentor, Opening, TimeOff
from portal.laws.transitions import lock
from portal.models import Role, User
from portal.refusals import Refusal

MOST_ROWS = 60  # of each kind of hours: more is a mistake, and every page would pay for it


def open_profile(person: User, *, at: datetime) -> Mentor:
    """Return a person's mentor profile, making it the first time.

    :raises Refusal: for who holds the mentor role nowhere.
    """
    if not person.holds(Role.MENTOR, at=at):
        raise Refusal(_("%(person)s does not hold the mentor role.") % {"person": person})
    mentor, _made = Mentor.objects.get_or_create(person=person, defaults={"created_at": at})
    return mentor


@transaction.atomic
def save_profile(mentor: Mentor, *, by: User, at: datetime, **details: Any) -> None:
    """Change how a mentor presents herself and on which terms she is booked. Booked sessions keep theirs.

    :raises Refusal: by anybody else.
    """
    _require_own(mentor, by, at)
    for name, value in details.items():
        setattr(mentor, name, value)
    mentor.save(update_fields=list(details))


@transaction.atomic
def add_rule(
    mentor: Mentor,
    *,
    weekday: int,
    starts: time,
    ends: time,
    zone: str,
    from_on: date,
    until_on: date | None = None,
    by: User,
    at: datetime,
) -> AvailabilityRule:
    """Offer hours every week. `ends` at midnight is the end of the day.

    :raises Refusal: if they are too short for one session, overlap others, or end before they begin.
    """
    _require_own(mentor, by, at)
    lock(mentor)
    if ends != rules.MIDNIGHT and ends <= starts:
        raise Refusal(_("Hours end after they begin. For hours past midnight, add a second line for the next day."))
    if until_on is not None and until_on < from_on:
        raise Refusal(_("The last day comes before the first."))
    day = datetime.combine(date.min, starts)
    end = datetime.combine(date.min if ends != rules.MIDNIGHT else date.min + timedelta(days=1), ends)
    _require_room(mentor, end - day)
    new = AvailabilityRule(
        mentor=mentor, weekday=weekday, starts=starts, ends=ends, zone=zone, from_on=from_on, until_on=until_on
    )
    others = list(mentor.rules.all())
    if rules.weekly_clash(new, others):
        raise Refusal(_("You already offer hours on that weekday at that time."))
    _require_few(len(others))
    new.save()
    return new


def remove_rule(rule: AvailabilityRule, *, by: User, at: datetime) -> None:
    """Offer these weekly hours no longer. Booked sessions stay."""
    _require_own(rule.mentor, by, at)
    rule.delete()


@transaction.atomic
def add_opening(mentor: Mentor, *, on: date, starts: time, ends: time, zone: str, by: User, at: datetime) -> Opening:
    """Offer single hours on one day, as the clocks of a zone show them.

    :raises Refusal: if they are over, too short, there already, or an hour that the clocks skip.
    """
    _require_own(mentor, by, at)
    lock(mentor)
    start = rules.instant(datetime.combine(on, starts), zone)
    end = rules.instant(datetime.combine(on if ends != rules.MIDNIGHT else on + timedelta(days=1), ends), zone)
    if start is None or end is None:
        raise Refusal(_("The clocks go forward that night: this hour does not exist."))
    if end <= start:
        raise Refusal(_("Hours end after they begin. For hours past midnight, add a second line for the next day."))
    if start < at:
        raise Refusal(_("These hours are over already."))
    _require_room(mentor, end - start)
    if mentor.openings.filter(starts_at__lt=end, ends_at__gt=start).exists():
        raise Refusal(_("You already offer hours on that day at that time."))
    _require_few(mentor.openings.filter(ends_at__gt=at).count())
    return Opening.objects.create(mentor=mentor, starts_at=start, ends_at=end)


def remove_opening(opening: Opening, *, by: User, at: datetime) -> None:
    """Offer these single hours no longer. Booked sessions stay."""
    _require_own(opening.mentor, by, at)
    opening.delete()


@transaction.atomic
def add_time_off(mentor: Mentor, *, first_on: date, last_on: date, zone: str, by: User, at: datetime) -> TimeOff:
    """Offer nothing from the first to the last of some days, both included. Booked sessions stay.

    :raises Refusal: if the days are over, in the wrong order, or noted already.
    """
    _require_own(mentor, by, at)
    lock(mentor)
    if last_on < first_on:
        raise Refusal(_("The last day comes before the first."))
    start, end = _midnight(first_on, zone), _midnight(last_on + timedelta(days=1), zone)
    if end <= at:
        raise Refusal(_("These days are over already."))
    if mentor.time_off.filter(span=(start, end)).exists():
        raise Refusal(_("These days are noted already."))
    _require_few(mentor.time_off.filter(span__endswith__gt=at).count())
    return TimeOff.objects.create(mentor=mentor, span=DateTimeTZRange(start, end))


def remove_time_off(time_off: TimeOff, *, by: User, at: datetime) -> None:
    """Offer hours in this stretch again."""
    _require_own(time_off.mentor, by, at)
    time_off.delete()


def _midnight(day: date, zone: str) -> datetime:
    """Return the first instant of a day; some zones skip midnight itself when clocks go forward."""
    wall = datetime.combine(day, rules.MIDNIGHT)
    while (found := rules.instant(wall, zone)) is None:
        wall += timedelta(minutes=15)
    return found


def _require_own(mentor: Mentor, by: User, at: datetime) -> None:
    if mentor.person_id != by.pk or not by.holds(Role.MENTOR, at=at):
        raise Refusal(_("Only the mentor can change these hours."))


def _require_room(mentor: Mentor, length: timedelta) -> None:
    if length < timedelta(minutes=mentor.minutes):
        raise Refusal(_("Too short: one of your sessions takes %(n)d minutes.") % {"n": mentor.minutes})


def _require_few(rows: int) -> None:
    if rows >= MOST_ROWS:
        raise Refusal(_("That is more lines than anybody can overlook. Remove some first."))
