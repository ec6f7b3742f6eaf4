"""Reminders of sessions that are due, queued once each."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from mentorship.actions.notices import everybody, startup_people, words
from mentorship.models import MentorSession, SessionReminder
from mentorship.models.sessions import BOTH_SIDES
from portal.outbox.queue import Letter, queue_mails

BATCH = 200


@transaction.atomic
def queue_session_reminders(*, at: datetime) -> int:
    """Queue the reminders that are due, at most a batch; give how many rows were handled.

    Two beats at once claim different rows, and the outbox takes a letter once. A row is handled without a letter when
    its session is no longer booked, has moved or begun, or when a nearer reminder is due as well: after a beat that
    slept for a day people hear of a session once.
    """
    unsent = SessionReminder.objects.due(at)
    if not unsent.exists():
        return 0
    due = (
        unsent.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related(*(f"session__{side}" for side in BOTH_SIDES))
        .order_by("due_at", "id")
    )
    rows = list(due[:BATCH])
    if not rows:
        return 0
    wanted = [row for row in rows if _is_wanted(row, at)]
    queue_mails(_letters(wanted), at=at)
    SessionReminder.objects.filter(pk__in=[r.pk for r in rows]).update(handled_at=at)
    SessionReminder.objects.filter(pk__in=[r.pk for r in wanted]).update(was_sent=True)
    return len(rows)


def remind_of_sessions(at: datetime) -> int:
    """Remind both sides of sessions a day and an hour before, batch by batch; return how many reminders were handled."""
    handled = 0
    while batch := queue_session_reminders(at=at):
        handled += batch
    return handled


def _is_wanted(row: SessionReminder, at: datetime) -> bool:
    session = row.session
    is_still_booked = session.state == MentorSession.State.BOOKED and session.starts_at == row.starts_at
    own = SessionReminder.AHEAD[SessionReminder.Kind(row.kind)]
    nearer_is_due = any(row.starts_at - ahead <= at for ahead in SessionReminder.AHEAD.values() if ahead < own)
    return is_still_booked and not session.has_begun(at) and not nearer_is_due


def _letters(rows: list[SessionReminder]) -> Iterator[Letter]:
    people = startup_people(row.session.mentorship for row in rows)
    for row in rows:
        for person, side in everybody(row.session.mentorship, people):
            once = f"{row.kind}:{row.starts_at.isoformat()}"
            yield Letter("session_reminder", person, row.session, words(row.session, person, side), once=once)
