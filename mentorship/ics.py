"""A session as an iCalendar object (RFC 5545): the invitation, its change, its cancellation."""

from datetime import UTC
from email.utils import parseaddr
from typing import Literal

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress
from icalendar.enums import STATUS

from mentorship.models import MentorSession
from portal.models import User

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
PRODUCT = "-//Tremplin//Sessions//EN"


def invitation(session: MentorSession, reader: User, *, method: Method) -> str:
    """Write a session for one reader's calendar, in the reader's language.

    The UID is the session's for life and SEQUENCE counts its changes, so that calendars move and strike out what they
    have instead of doubling it; DTSTAMP is the time of the change. Instants are in UTC, the organizer is the address
    that sends. The reader is the one attendee named: nobody's address is given to the other side. Private notes are
    no part of it.
    """
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        event = Event.new(
            uid=str(session.uid),
            sequence=session.sequence,
            stamp=session.changed_at.astimezone(UTC),
            last_modified=session.changed_at.astimezone(UTC),
            created=session.booked_at.astimezone(UTC),
            start=session.starts_at.astimezone(UTC),
            end=session.ends_at.astimezone(UTC),
            status=STATUS.CANCELLED if session.is_cancelled else STATUS.CONFIRMED,
            summary=_summary(session),
            description=_description(session),
            location=session.meeting_link or None,
            url=_page(session),
            organizer=_organizer(),
            attendees=[_attendee(reader)] if method != "PUBLISH" else None,
        )
    calendar = Calendar.new(prodid=PRODUCT, method=method, subcomponents=[event])
    text: bytes = calendar.to_ical()
    return text.decode()


def _summary(session: MentorSession) -> str:
    pair = session.mentorship
    return _("%(startup)s with %(mentor)s") % {"startup": pair.participation.startup, "mentor": pair.mentor}


def _description(session: MentorSession) -> str:
    return "\n\n".join(part for part in (session.topic, session.meeting_link, _page(session)) if part)


def _page(session: MentorSession) -> str:
    return settings.SITE_URL + reverse("mentor_session", args=[session.pk])


def _organizer() -> vCalAddress:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return vCalAddress.new(address, cn=_parameter(name) or None)


def _attendee(reader: User) -> vCalAddress:
    name = _parameter(str(reader))
    return vCalAddress.new(reader.email, cn=name, role="REQ-PARTICIPANT", partstat="ACCEPTED", rsvp=False)


def _parameter(text: str) -> str:
    """Take out what the value of a parameter cannot hold: quotes and control characters."""
    return "".join(c for c in text if c.isprintable() and c != '"').strip()
