"""Invitations, read back by the calendar library: what both sides' calendars get, and what they never do."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from django.core import mail as outgoing
from icalendar import Calendar

from mentorship import actions
from mentorship.ics import invitation
from mentorship.models import MentorSession
from portal.models import OutgoingMail, User
from portal.outbox import deliver
from tests.mentorship.builders import NOW, fetched, founder, held, pair, session, slots

pytestmark = pytest.mark.django_db


def read(text: str) -> tuple[str, Any]:
    """Give the METHOD and the one event of a calendar object."""
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    assert text.endswith("END:VCALENDAR\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return str(calendar["METHOD"]), event


def sent(kind: str, to: User) -> tuple[str, Any]:
    return read(OutgoingMail.objects.filter(kind=kind, to_email=to.email).latest("id").calendar)


def test_booking_invites_both_each_as_the_one_attendee(settings: LazySettings) -> None:
    settings.DEFAULT_FROM_EMAIL = "The Programme <programme@example.org>"
    mentorship = pair()
    actions.save_profile(
        mentorship.mentor, meeting_link="https://meet.example.org/max", by=mentorship.mentor.person, at=NOW
    )
    made = session(mentorship, topic="Evaluations, and; commas")
    for person in (mentorship.mentor.person, founder(mentorship)):
        method, event = sent("session_booked", person)
        assert method == "REQUEST"
        assert str(event["UID"]) == str(made.uid)
        assert event["SEQUENCE"] == 0
        assert event["DTSTAMP"].dt == NOW
        assert (event["DTSTART"].dt, event["DTEND"].dt) == (made.starts_at, made.ends_at)
        assert event["DTSTART"].to_ical() == b"20270504T130000Z"
        assert event["STATUS"] == "CONFIRMED"
        assert str(event["ORGANIZER"]) == "mailto:programme@example.org"
        assert event["ORGANIZER"].params["CN"] == "The Programme"
        assert str(event["ATTENDEE"]) == f"mailto:{person.email}"
        assert str(event["LOCATION"]) == "https://meet.example.org/max"
        assert str(event["SUMMARY"]) == f"{mentorship.participation.startup} with Max Mentor"
        assert str(event["DESCRIPTION"]).startswith("Evaluations, and; commas\n\nhttps://meet.example.org/max\n\n")
        assert str(event["URL"]).endswith(f"/sessions/{made.pk}/")


def test_a_move_keeps_the_name_and_counts_up() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    at = NOW + timedelta(hours=3)
    new = slots(mentorship)[5]
    actions.reschedule(made, new, by=founder(mentorship), at=at)
    method, event = sent("session_moved", mentorship.mentor.person)
    assert (method, str(event["UID"]), event["SEQUENCE"]) == ("REQUEST", str(made.uid), 1)
    assert (event["DTSTAMP"].dt, event["DTSTART"].dt) == (at, new)


def test_a_cancellation_strikes_out_what_was_invited() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    at = NOW + timedelta(hours=3)
    actions.cancel(made, by=founder(mentorship), at=at)
    method, event = sent("session_cancelled", mentorship.mentor.person)
    assert (method, str(event["UID"]), event["SEQUENCE"]) == ("CANCEL", str(made.uid), 1)
    assert (event["STATUS"], event["DTSTAMP"].dt, event["DTSTART"].dt) == ("CANCELLED", at, made.starts_at)


def test_the_mail_that_leaves_carries_the_method_of_its_calendar() -> None:
    session()
    deliver.drain(NOW)
    [message] = [m for m in outgoing.outbox if "Session with Max Mentor" in m.subject]
    parsed = message_from_bytes(message.message().as_bytes(), policy=default)
    [part] = [p for p in parsed.walk() if p.get_content_type() == "text/calendar"]
    method, _event = read(part.get_content().replace("\r\n", "\n").replace("\n", "\r\n"))
    assert part.get_param("method") == method == "REQUEST"


def test_names_and_topics_cannot_break_out_of_their_line() -> None:
    mentorship = pair()
    evil = 'Eve "The" Mentor\r\nATTENDEE:mailto:spy@example.org\n;X=1,<script>'
    User.objects.filter(pk=mentorship.mentor.person_id).update(name=evil)
    topic = "One\r\nBEGIN:VEVENT\r\nUID:forged\r\nEND:VEVENT\nÉté 🚀 " + "x" * 400
    made = session(fetched(mentorship), topic=topic)
    person = User.objects.get(pk=mentorship.mentor.person_id)
    _method, event = read(invitation(made, person, method="REQUEST"))
    assert str(event["ATTENDEE"]) == f"mailto:{person.email}"
    assert "Eve The Mentor" in event["ATTENDEE"].params["CN"]
    assert str(event["UID"]) == str(made.uid)
    assert "Été 🚀" in str(event["DESCRIPTION"])


def test_nobodys_address_is_given_to_the_other_side() -> None:
    made = session()
    mentor, by = made.mentorship.mentor.person, founder(made.mentorship)
    assert by.email not in invitation(made, mentor, method="REQUEST")
    assert mentor.email not in invitation(made, by, method="REQUEST")


def test_a_private_note_is_in_no_calendar() -> None:
    made = held(private="For my eyes only")
    made = MentorSession.objects.get(pk=made.pk)
    for person in (made.mentorship.mentor.person, founder(made.mentorship)):
        for method in ("REQUEST", "CANCEL", "PUBLISH"):
            assert "my eyes" not in invitation(made, person, method=method)


def test_instants_are_utc_whatever_zone_they_were_read_in() -> None:
    made = session()
    made.starts_at = made.starts_at.astimezone(ZoneInfo("Asia/Kolkata"))
    _method, event = read(invitation(made, founder(made.mentorship), method="REQUEST"))
    assert event["DTSTART"].to_ical() == b"20270504T130000Z"
