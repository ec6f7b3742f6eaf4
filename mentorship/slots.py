"""What of a mentor's time can be booked now."""

from datetime import datetime

from django.db.models import Q

from applications.models import Startup
from mentorship import rules
from mentorship.models import Attendance, Mentor, MentorSession
from mentorship.rules import Span


def free_slots(
    mentor: Mentor, *, at: datetime, startup: Startup | None = None, moving: MentorSession | None = None
) -> list[Span]:
    """Return the sessions that can be booked with a mentor now: hours, less time off, less what either side has booked.

    :param moving: a session to be moved, whose own hour does not stand in its way.
    """
    latest = mentor.latest(at)
    busy, taken = _booked(mentor, startup, at, moving)
    return rules.free_slots(
        rules=mentor.rules.order_by("id"),
        openings=[Span(o.starts_at, o.ends_at) for o in mentor.openings.filter(ends_at__gt=at).order_by("starts_at")],
        off=[Span(t.span.lower, t.span.upper) for t in mentor.time_off.filter(span__overlap=(at, latest))],
        busy=busy,
        taken=taken,
        minutes=mentor.minutes,
        buffer=mentor.buffer_minutes,
        earliest=mentor.earliest(at),
        latest=latest,
    )


def _booked(
    mentor: Mentor, startup: Startup | None, at: datetime, moving: MentorSession | None
) -> tuple[list[Span], list[Span]]:
    """Return when the mentor sits in a session, and when the startup does."""
    whose = Q(person=mentor.person_id) | (Q(startup=startup) if startup else Q())
    active = Attendance.objects.filter(whose, is_active=True, span__endswith__gt=at)
    if moving is not None:
        active = active.exclude(session=moving)
    busy, taken = list[Span](), list[Span]()
    for person, span in active.values_list("person_id", "span"):
        (taken if person is None else busy).append(Span(span.lower, span.upper))
    return busy, taken
