"""What came of a session: who was there, for how long, what was said, what was promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils.translation import gettext as _

from mentorship.actions.notices import tell_side
from mentorship.models import ActionItem, Attendance, MentorSession, SessionNote, Side
from mentorship.models.sessions import BOTH_SIDES
from mentorship.permissions import edits, mentors
from portal.laws.transitions import acting, lock, move
from portal.models import User
from portal.refusals import Refusal

State = MentorSession.State
MOST_MINUTES = 480


@dataclass(frozen=True, slots=True)
class NewItem:
    """Something promised in a session: by which side, what, and by when."""

    side: str
    text: str
    due_on: date | None = None


@transaction.atomic
def log_session(
    session: MentorSession,
    *,
    minutes: int,
    startup_outcome: str = Attendance.Outcome.PRESENT,
    shared: str = "",
    private: str = "",
    items: Sequence[NewItem] = (),
    by: User,
    at: datetime,
) -> None:
    """Log a session that was held, or mend its log: the startup is told the first time.

    Changed notes become a new version; the same item twice is one, so that a double click promises nothing twice.

    :param shared: what both sides read; `private` is read by its author alone.
    :raises Refusal: by anybody but the mentor; before it begins; once it is cancelled; for minutes out of reason.
    """
    _require_mentor(session, by, at)
    lock(session, *BOTH_SIDES)
    _require_begun(session, at)
    if session.is_cancelled:
        raise Refusal(_("This session was cancelled: there is nothing to log."))
    if not 1 <= minutes <= MOST_MINUTES:
        raise Refusal(_("Say how many minutes it took: 1 to %(most)d.") % {"most": MOST_MINUTES})
    if session.state == State.HELD:
        session.minutes = minutes
        session.save(update_fields=["minutes"])
    else:
        move(session, State.HELD, by=by, at=at, is_locked=True, minutes=minutes, logged_by=by, logged_at=at)
    _note_attendance(session, mentor=Attendance.Outcome.PRESENT, startup=startup_outcome)
    _write(session, {SessionNote.Kind.SHARED: shared, SessionNote.Kind.PRIVATE: private}, by=by, at=at)
    promised = _promise(session, items, by=by, at=at)
    mine = [item for item in promised if item.side == Side.STARTUP]
    tell_side("session_logged", session, Side.STARTUP, at=at, has_notes=bool(shared.strip()), items=mine)


@transaction.atomic
def mark_no_show(session: MentorSession, *, private: str = "", by: User, at: datetime) -> None:
    """Record that the other side did not come; it is told, and may answer.

    The mentor says so of the startup, a founder or editor of the mentor. Logged later after all, it counts as held.

    :raises Refusal: before it begins, or once it was logged or cancelled; by anybody else.
    """
    by_mentor = mentors(session.mentorship, by, at=at)
    if not by_mentor and not edits(session.mentorship.participation, by):
        raise Refusal(_("This session is not yours to change."))
    lock(session, *BOTH_SIDES)
    _require_begun(session, at)
    move(session, State.NO_SHOW, by=by, at=at, is_locked=True, logged_by=by, logged_at=at)
    present, absent = Attendance.Outcome.PRESENT, Attendance.Outcome.ABSENT
    if by_mentor:
        _note_attendance(session, mentor=present, startup=absent)
        _write(session, {SessionNote.Kind.PRIVATE: private}, by=by, at=at)
    else:
        _note_attendance(session, mentor=absent, startup=present)
    tell_side("session_no_show", session, Side.STARTUP if by_mentor else Side.MENTOR, at=at, by=by)


def _note_attendance(session: MentorSession, *, mentor: str, startup: str) -> None:
    of_side = Case(When(startup__isnull=False, then=Value(startup)), default=Value(mentor))
    session.attendances.update(outcome=of_side)


def _write(session: MentorSession, texts: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Add a version of each note, by kind, whose words changed; emptied words are a version, too."""
    versions = session.notes.filter(author=by).order_by("kind", "-number").distinct("kind")
    last = {note.kind: note for note in versions}
    new = []
    for kind, text in texts.items():
        before = last.get(kind)
        if text.strip() != (before.text if before else ""):
            number = before.number + 1 if before else 1
            new.append(
                SessionNote(session=session, kind=kind, author=by, number=number, text=text.strip(), written_at=at)
            )
    SessionNote.objects.bulk_create(new)


def _promise(session: MentorSession, items: Sequence[NewItem], *, by: User, at: datetime) -> list[ActionItem]:
    acting(by=by, at=at)
    known = set(session.items.values_list("side", "text", "due_on"))
    promised = []
    for item in items:
        row = (item.side, item.text.strip(), item.due_on)
        if row[1] and row not in known:
            known.add(row)
            promised.append(
                ActionItem(session=session, side=row[0], text=row[1], due_on=row[2], created_by=by, created_at=at)
            )
    return ActionItem.objects.bulk_create(promised)


def _require_mentor(session: MentorSession, by: User, at: datetime) -> None:
    if not mentors(session.mentorship, by, at=at):
        raise Refusal(_("Only the mentor logs a session."))


def _require_begun(session: MentorSession, at: datetime) -> None:
    if not session.has_begun(at):
        raise Refusal(_("This session has not begun yet."))
