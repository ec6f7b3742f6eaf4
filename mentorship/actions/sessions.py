"""Booking an hour, moving it, giving it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mentorship.actions.notices import tell_both
from mentorship.models import Attendance, MentorSession, Mentorship, SessionMove, SessionReminder, Side
from mentorship.models.sessions import BOTH_SIDES
from mentorship.permissions import edits, manages, mentors
from mentorship.rules import Span, is_bookable
from mentorship.slots import free_slots
from portal.laws.transitions import acting, lock, move
from portal.models import User
from portal.refusals import Done, Refusal

State = MentorSession.State
EXCLUDED = "23P01"


@transaction.atomic
def book(mentorship: Mentorship, starts_at: datetime, *, topic: str, by: User, at: datetime) -> MentorSession:
    """Book one of the mentor's free hours; both sides get an invitation, and reminders come due.

    The same click twice is one booking.

    :raises Refusal: by who may not edit for the startup; for a pairing or seat that does not run; without a topic;
        for an hour that is taken, too near, or not offered.
    """
    participation = mentorship.participation
    if not edits(participation, by):
        raise Refusal(_("Only founders and editors of the startup book sessions."))
    topic = topic.strip()
    if not topic:
        raise Refusal(_("Say in a line what you want to talk about: your mentor prepares for it."))
    _line_up(mentorship)
    _require_running(mentorship)
    if same := mentorship.sessions.booked().filter(starts_at=starts_at).select_related("booked_by").first():
        if same.booked_by == by:
            return same
        raise Refusal(_("%(person)s has already booked this hour for your startup.") % {"person": same.booked_by})
    slot = _slot(mentorship, starts_at, at)
    acting(by=by, at=at)
    with _taken_is_refused():
        session = MentorSession.objects.create(
            mentorship=mentorship,
            starts_at=slot.start,
            ends_at=slot.end,
            topic=topic,
            meeting_link=mentorship.mentor.meeting_link,
            late_after=_late_after(mentorship, slot.start),
            booked_by=by,
            booked_at=at,
            changed_at=at,
        )
    _remind_of(session, at)
    tell_both("session_booked", session, at=at, by=by, method="REQUEST")
    return session


@transaction.atomic
def reschedule(session: MentorSession, starts_at: datetime, *, by: User, at: datetime) -> None:
    """Move a booked session to another free hour: one act, and both calendars follow.

    :raises Refusal: once it has begun or is no longer booked; by the startup when it is late; for an hour that is
        not free; by anybody else.
    """
    mentorship = session.mentorship
    side = _side(session, by, at)
    if side == Side.PROGRAMME:
        raise Refusal(_("Only the two sides of a session can move it."))
    _line_up(mentorship)
    lock(session, *BOTH_SIDES)
    _require_ahead(session, at)
    if session.starts_at == starts_at:
        return
    if side == Side.STARTUP and session.is_late(at):
        raise Refusal(_("It is too late to move this session yourself. Cancel it, or ask your mentor to move it."))
    slot, before = _slot(mentorship, starts_at, at, moving=session), session.starts_at
    session.starts_at, session.ends_at, session.changed_at = slot.start, slot.end, at
    session.late_after = _late_after(mentorship, slot.start)
    session.sequence += 1
    acting(by=by, at=at)
    with _taken_is_refused():
        session.save(update_fields=["starts_at", "ends_at", "late_after", "sequence", "changed_at"])
    SessionMove.objects.create(
        session=session, from_starts_at=before, to_starts_at=slot.start, moved_by=by, moved_at=at
    )
    session.reminders.filter(handled_at=None).delete()
    _remind_of(session, at)
    tell_both("session_moved", session, at=at, by=by, method="REQUEST", before=before)


@transaction.atomic
def cancel(session: MentorSession, *, reason: str = "", by: User, at: datetime) -> None:
    """Cancel a booked session: the hour is free again and both calendars strike it out.

    After `late_after` it counts as late, unless the programme itself cancels; a late one says why.

    :raises Refusal: once it has begun or is no longer booked; late without a reason; by anybody else.
    """
    side = _side(session, by, at)
    lock(session, *BOTH_SIDES)
    if session.is_cancelled:
        raise Done(_("This session is cancelled already."))
    _require_ahead(session, at)
    reason = reason.strip()
    if side != Side.PROGRAMME and session.is_late(at) and not reason:
        raise Refusal(_("This is a late cancellation: say in a line why, the other side reads it."))
    _cancel(session, side, reason=reason, by=by, at=at)


def free_the_hours(mentorship: Mentorship, *, reason: str, by: User | None, at: datetime) -> None:
    """Cancel, on the programme's side, every session of a pairing that has not begun."""
    for session in mentorship.sessions.booked().filter(starts_at__gt=at).order_by("id"):
        lock(session, *BOTH_SIDES)
        if session.state == State.BOOKED and not session.has_begun(at):
            _cancel(session, Side.PROGRAMME, reason=reason, by=by, at=at)


def _cancel(session: MentorSession, side: Side, *, reason: str, by: User | None, at: datetime) -> None:
    """Cancel a session that is locked and ahead."""
    is_late = side != Side.PROGRAMME and session.is_late(at)
    move(
        session,
        State.CANCELLED_LATE if is_late else State.CANCELLED,
        by=by,
        at=at,
        reason=reason[:300],
        is_locked=True,
        cancelled_by=by,
        cancelled_at=at,
        cancelled_side=side,
        cancel_reason=reason[:300],
        sequence=session.sequence + 1,
        changed_at=at,
    )
    tell_both("session_cancelled", session, at=at, by=by, method="CANCEL", is_late=is_late)


def _line_up(mentorship: Mentorship) -> None:
    """Let the bookings of one mentor, and of one startup, come one after the other, always in this order.

    The exclusion constraints alone would be right, too, but two who insert at once can wait for each other.
    """
    lock(mentorship.mentor, "person")
    lock(mentorship.participation.startup)


def _require_running(mentorship: Mentorship) -> None:
    """Read pairing and seat as they are now: whoever ends the pairing waits for this booking, or this for them."""
    pairing = Mentorship.objects.select_for_update(of=("self",), no_key=True).get(pk=mentorship.pk)
    mentorship.participation.refresh_from_db(fields=["state"])
    if pairing.state != Mentorship.State.ACTIVE or not is_bookable(mentorship.participation):
        raise Refusal(_("No sessions can be booked here at the moment."))


def _slot(mentorship: Mentorship, starts_at: datetime, at: datetime, moving: MentorSession | None = None) -> Span:
    mentor, startup = mentorship.mentor, mentorship.participation.startup
    free = free_slots(mentor, at=at, startup=startup, moving=moving)
    if slot := next((s for s in free if s.start == starts_at), None):
        return slot
    wanted = (starts_at, starts_at + timedelta(minutes=mentor.minutes))
    booked = Attendance.objects.filter(is_active=True, span__overlap=wanted)
    if moving is not None:
        booked = booked.exclude(session=moving)
    if booked.filter(startup=startup).exists():
        raise Refusal(_("Your startup already has a session at that time."))
    if booked.filter(person=mentor.person_id).exists():
        raise Refusal(_taken())
    if starts_at < mentor.earliest(at):
        raise Refusal(
            ngettext(
                "That is too soon: %(mentor)s asks for %(n)d hour’s notice.",
                "That is too soon: %(mentor)s asks for %(n)d hours’ notice.",
                mentor.notice_hours,
            )
            % {"mentor": mentor, "n": mentor.notice_hours}
        )
    raise Refusal(_("That hour is no longer offered. Choose another one."))


def _taken() -> str:
    return _("That hour has just been taken. Nothing was booked: choose another one.")


@contextmanager
def _taken_is_refused() -> Iterator[None]:
    """Turn the database's "nobody twice" into words; the lock makes it rare, other ways in make it possible."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", "") != EXCLUDED:
            raise
        raise Refusal(_taken()) from error


def _late_after(mentorship: Mentorship, starts_at: datetime) -> datetime:
    return starts_at - timedelta(hours=mentorship.mentor.cancel_hours)


def _remind_of(session: MentorSession, at: datetime) -> None:
    """Write the reminders that still lie ahead; for one that does not, the invitation itself is the reminder."""
    SessionReminder.objects.bulk_create(
        (
            SessionReminder(session=session, kind=kind, starts_at=session.starts_at, due_at=session.starts_at - ahead)
            for kind, ahead in SessionReminder.AHEAD.items()
            if session.starts_at - ahead > at
        ),
        ignore_conflicts=True,  # moved away and back: what was sent for this beginning stays sent
    )


def _side(session: MentorSession, by: User, at: datetime) -> Side:
    if mentors(session.mentorship, by, at=at):
        return Side.MENTOR
    if edits(session.mentorship.participation, by):
        return Side.STARTUP
    if manages(session.mentorship.participation, by, at=at):
        return Side.PROGRAMME
    raise Refusal(_("This session is not yours to change."))


def _require_ahead(session: MentorSession, at: datetime) -> None:
    if session.state != State.BOOKED:
        raise Refusal(_("This session is no longer booked. Somebody may have been quicker."))
    if session.has_begun(at):
        raise Refusal(_("This session has begun: it can only be logged now."))
