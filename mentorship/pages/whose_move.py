"""Whose move it is between a mentor and a startup."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.pages.whose_move import Wait
from mentorship.models import Mentor, MentorSession, SessionReminder, Side


def for_session(session: MentorSession, side: Side, *, at: datetime, owed: int) -> Wait | None:
    """Say whose move a session is, as one of its sides sees it; None where nobody has to move.

    :param owed: how many items of the session the reader's side still owes.
    """
    if session.state == MentorSession.State.BOOKED:
        return _log_it(session, side) if session.has_begun(at) else _ahead(session, at)
    if owed and session.state == MentorSession.State.HELD:
        return Wait(
            mine=True,
            who=_("you"),
            since=session.logged_at,
            next=ngettext(
                "You promised %(n)d thing in this session. Tick it off below when it is done.",
                "You promised %(n)d things in this session. Tick them off below when they are done.",
                owed,
            )
            % {"n": owed},
        )
    return None


def _ahead(session: MentorSession, at: datetime) -> Wait:
    return Wait(
        mine=False,
        who="",
        since=session.booked_at,
        headline=_("The session is ahead"),
        sign="calendar-days",
        next=_reminders(session, at),
    )


def _reminders(session: MentorSession, at: datetime) -> str:
    """Say which reminders will really come: what was booked late has fewer, and what was sent does not come again."""
    ahead = session.reminders.filter(starts_at=session.starts_at, due_at__gt=at)
    kinds = set(ahead.values_list("kind", flat=True))
    if SessionReminder.Kind.DAY in kinds:
        return _("Both sides get a reminder a day and an hour before it begins.")
    if SessionReminder.Kind.HOUR in kinds:
        return _("Both sides get a reminder an hour before it begins.")
    return _("It begins within the hour.")


def _log_it(session: MentorSession, side: Side) -> Wait:
    if side != Side.MENTOR:
        return Wait(
            mine=False,
            who=str(session.mentorship.mentor),
            since=session.ends_at,
            next=_("Your mentor logs the session. Then you find the notes and what was promised here."),
        )
    return Wait(
        mine=True,
        who=_("you"),
        since=session.ends_at,
        next=_("Log it while it is fresh: two minutes. The startup sees what you share."),
        action_url=reverse("session_log", args=[session.pk]),
        action_label=_("Log the session"),
    )


def for_mentor(
    mentor: Mentor | None, *, to_log: list[MentorSession], next_session: MentorSession | None, pairs: int
) -> Wait | None:
    """Say what a mentor has to do first; None where nothing waits for anybody.

    :param mentor: as `overview.profile_of` gives it.
    """
    if to_log:
        return _log_it(to_log[0], Side.MENTOR)
    if mentor is None or not getattr(mentor, "offers", False):
        return Wait(
            mine=True,
            who=_("you"),
            since=None,
            headline=_("Offer your first hours"),
            next=_("Startups can only book hours that you offer: every week, or single ones."),
            action_url=reverse("mentor_hours"),
            action_label=_("Offer hours"),
        )
    if next_session is None and pairs:
        return Wait(
            mine=False,
            who=ngettext("your startup", "your startups", pairs),
            since=None,
            next=_("They choose one of your hours. You get an invitation the moment they do."),
        )
    return None
