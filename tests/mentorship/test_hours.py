"""A mentor's profile and hours: what is offered, and what each act refuses."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from mentorship import actions
from mentorship.actions.availability import MOST_ROWS
from mentorship.models import AvailabilityRule, Mentor, MentorSession, Opening, TimeOff
from portal.models import Role
from portal.refusals import Refusal
from tests import factories
from tests.mentorship.builders import NOW, ZONE, pair, session, slots

pytestmark = pytest.mark.django_db


def profile() -> Mentor:
    person = factories.holder(Role.MENTOR, factories.programme(), "Max Mentor")
    return actions.open_profile(person, at=NOW)


def refused(act: Any, mentor: Mentor, **values: Any) -> str:
    before = AvailabilityRule.objects.count(), Opening.objects.count(), TimeOff.objects.count()
    with pytest.raises(Refusal) as refusal:
        act(mentor, **({"zone": ZONE, "by": mentor.person, "at": NOW} | values))
    assert (AvailabilityRule.objects.count(), Opening.objects.count(), TimeOff.objects.count()) == before
    return str(refusal.value)


RULE: dict[str, Any] = {"weekday": 1, "starts": time(9), "ends": time(12), "from_on": date(2027, 1, 1)}
OPENING: dict[str, Any] = {"on": date(2027, 5, 8), "starts": time(10), "ends": time(11)}
OFF: dict[str, Any] = {"first_on": date(2027, 5, 4), "last_on": date(2027, 5, 5)}


def test_open_profile_is_one_per_person_and_for_mentors_only() -> None:
    mentor = profile()
    assert actions.open_profile(mentor.person, at=NOW) == mentor
    with pytest.raises(Refusal, match="does not hold the mentor role"):
        actions.open_profile(factories.user("Nora"), at=NOW)
    assert Mentor.objects.count() == 1


def test_save_profile_changes_the_terms_of_new_bookings_only() -> None:
    mentorship = pair()
    booked = session(mentorship)
    mentor = mentorship.mentor
    actions.save_profile(
        mentor, minutes=60, cancel_hours=2, meeting_link="https://meet.example.org/x", by=mentor.person, at=NOW
    )
    booked.refresh_from_db()
    assert (booked.ends_at - booked.starts_at, booked.meeting_link) == (timedelta(minutes=45), "")
    later = session(mentorship)
    assert (later.ends_at - later.starts_at, later.meeting_link) == (timedelta(hours=1), "https://meet.example.org/x")
    assert later.late_after == later.starts_at - timedelta(hours=2)
    with pytest.raises(Refusal, match="Only the mentor"):
        actions.save_profile(mentor, minutes=30, by=factories.user(), at=NOW)


def test_rules_are_offered_and_removed() -> None:
    mentorship = pair(hours=False)
    mentor = mentorship.mentor
    assert slots(mentorship) == []
    rule = actions.add_rule(mentor, **RULE, zone=ZONE, by=mentor.person, at=NOW)
    booked = session(mentorship)
    actions.remove_rule(rule, by=mentor.person, at=NOW)
    assert slots(mentorship) == []
    booked.refresh_from_db()
    assert booked.state == "booked"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends": time(9)}, "Hours end after they begin"),
        ({"ends": time(8)}, "Hours end after they begin"),
        ({"ends": time(9, 44)}, "Too short: one of your sessions takes 45 minutes."),
        ({"starts": time(23, 30), "ends": time(0)}, "Too short"),
        ({"until_on": date(2026, 12, 31)}, "The last day comes before the first."),
    ],
)
def test_add_rule_is_refused(changes: dict[str, Any], words: str) -> None:
    assert words in refused(actions.add_rule, profile(), **(RULE | changes))


def test_add_rule_is_refused_where_hours_stand_already() -> None:
    mentor = profile()
    actions.add_rule(mentor, **RULE, zone=ZONE, by=mentor.person, at=NOW)
    assert refused(actions.add_rule, mentor, **RULE) == "You already offer hours on that weekday at that time."
    assert "already" in refused(actions.add_rule, mentor, **(RULE | {"starts": time(11), "ends": time(0)}))
    actions.add_rule(mentor, **(RULE | {"starts": time(12), "ends": time(0)}), zone=ZONE, by=mentor.person, at=NOW)


def test_openings_are_offered_as_the_zones_clocks_show_them() -> None:
    mentorship = pair(hours=False)
    mentor = mentorship.mentor
    opening = actions.add_opening(mentor, **OPENING, zone=ZONE, by=mentor.person, at=NOW)
    assert (opening.starts_at, opening.ends_at) == (
        datetime(2027, 5, 8, 14, tzinfo=UTC),
        datetime(2027, 5, 8, 15, tzinfo=UTC),
    )
    assert slots(mentorship) == [opening.starts_at]
    actions.remove_opening(opening, by=mentor.person, at=NOW)
    assert slots(mentorship) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends": time(10)}, "Hours end after they begin"),
        ({"ends": time(10, 30)}, "Too short"),
        ({"on": date(2027, 5, 2)}, "These hours are over already."),
        ({"on": date(2028, 3, 12), "starts": time(2, 30), "ends": time(4)}, "this hour does not exist"),
        ({"starts": time(23, 30), "ends": time(0)}, "Too short"),
    ],
)
def test_add_opening_is_refused(changes: dict[str, Any], words: str) -> None:
    assert words in refused(actions.add_opening, profile(), **(OPENING | changes))


def test_add_opening_is_refused_where_hours_stand_already() -> None:
    mentor = profile()
    actions.add_opening(mentor, **OPENING, zone=ZONE, by=mentor.person, at=NOW)
    assert refused(actions.add_opening, mentor, **OPENING) == "You already offer hours on that day at that time."
    actions.add_opening(
        mentor, **(OPENING | {"starts": time(11), "ends": time(0)}), zone=ZONE, by=mentor.person, at=NOW
    )


def test_time_off_takes_whole_days_out_and_leaves_bookings() -> None:
    mentorship = pair()
    booked = session(mentorship)
    mentor = mentorship.mentor
    off = actions.add_time_off(mentor, **OFF, zone=ZONE, by=mentor.person, at=NOW)
    assert (off.span.lower, off.span.upper) == (
        datetime(2027, 5, 4, 4, tzinfo=UTC),
        datetime(2027, 5, 6, 4, tzinfo=UTC),
    )
    assert [s.date() for s in slots(mentorship)][:1] == [date(2027, 5, 11)]
    assert list(MentorSession.objects.booked_within(off)) == [booked]
    actions.remove_time_off(off, by=mentor.person, at=NOW)
    assert [s.date() for s in slots(mentorship)][:1] == [date(2027, 5, 4)]


def test_time_off_begins_when_the_day_does_even_where_midnight_is_skipped() -> None:
    mentor = profile()
    # In Santiago the clocks jump from midnight to one o'clock on 5 September 2027.
    days = {"first_on": date(2027, 9, 5), "last_on": date(2027, 9, 5)}
    off = actions.add_time_off(mentor, **days, zone="America/Santiago", by=mentor.person, at=NOW)
    assert (off.span.lower, off.span.upper - off.span.lower) == (
        datetime(2027, 9, 5, 4, tzinfo=UTC),
        timedelta(hours=23),
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"last_on": date(2027, 5, 3)}, "The last day comes before the first."),
        ({"first_on": date(2027, 4, 1), "last_on": date(2027, 4, 2)}, "These days are over already."),
    ],
)
def test_add_time_off_is_refused(changes: dict[str, Any], words: str) -> None:
    assert refused(actions.add_time_off, profile(), **(OFF | changes)) == words


def test_add_time_off_twice_is_refused() -> None:
    mentor = profile()
    actions.add_time_off(mentor, **OFF, zone=ZONE, by=mentor.person, at=NOW)
    assert refused(actions.add_time_off, mentor, **OFF) == "These days are noted already."


def test_hours_are_the_mentors_own() -> None:
    mentor, other = profile(), profile().person
    rule = actions.add_rule(mentor, **RULE, zone=ZONE, by=mentor.person, at=NOW)
    opening = actions.add_opening(mentor, **OPENING, zone=ZONE, by=mentor.person, at=NOW)
    off = actions.add_time_off(mentor, **OFF, zone=ZONE, by=mentor.person, at=NOW)
    for act, values in ((actions.add_rule, RULE), (actions.add_opening, OPENING), (actions.add_time_off, OFF)):
        assert refused(act, mentor, **values, by=other) == "Only the mentor can change these hours."
    removals: list[tuple[Any, Any]] = [
        (actions.remove_rule, rule),
        (actions.remove_opening, opening),
        (actions.remove_time_off, off),
    ]
    for remove, row in removals:
        with pytest.raises(Refusal, match="Only the mentor"):
            remove(row, by=other, at=NOW)


def test_hours_have_an_end_of_lines() -> None:
    mentor = profile()
    Opening.objects.bulk_create(
        Opening(mentor=mentor, starts_at=NOW + timedelta(days=n), ends_at=NOW + timedelta(days=n, hours=1))
        for n in range(1, MOST_ROWS + 1)
    )
    words = refused(actions.add_opening, mentor, **(OPENING | {"on": date(2027, 12, 1)}))
    assert words.startswith("That is more lines")
