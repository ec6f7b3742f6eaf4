"""What both sides are told, by mail and in their calendars. Private notes are no part of any of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from applications.models import Membership
from mentorship.ics import Method, invitation
from mentorship.models import MentorSession, Mentorship, Side
from portal.language.zones import zone_or
from portal.models import User
from portal.outbox.queue import Letter, queue_mails


def tell_both(
    kind: str, session: MentorSession, *, at: datetime, by: User | None, method: Method | None = None, **context: Any
) -> None:
    """Queue a mail about a change of a session to both sides, with the calendar object that goes with it.

    The change is told once: its number is the session's SEQUENCE.
    """
    letters = [
        Letter(
            kind,
            person,
            session,
            {**words(session, person, side), "by": by, "is_actor": by is not None and by.pk == person.pk, **context},
            once=str(session.sequence),
            calendar=invitation(session, person, method=method) if method else "",
        )
        for person, side in everybody(session.mentorship)
    ]
    queue_mails(letters, at=at)


def tell_side(kind: str, session: MentorSession, side: Side, *, at: datetime, **context: Any) -> None:
    """Queue a mail about a session to the people of one side, once."""
    people = [person for person, their_side in everybody(session.mentorship) if their_side == side]
    letters = [Letter(kind, person, session, {**words(session, person, side), **context}) for person in people]
    queue_mails(letters, at=at)


def words(session: MentorSession, person: User, side: Side) -> Mapping[str, Any]:
    """Return what every mail about a session may name, as a reader of a side sees it, in the reader's own zone."""
    pair = session.mentorship
    return {
        "session": session,
        "mentor": pair.mentor.person,
        "startup": pair.participation.startup,
        "other": pair.participation.startup if side == Side.MENTOR else pair.mentor.person,
        "is_mentor": side == Side.MENTOR,
        "zone": zone_or(person.timezone, pair.participation.cohort.programme.timezone),
    }


def tell_pair(kind: str, mentorship: Mentorship, *, at: datetime, **context: Any) -> None:
    """Queue a mail about a pairing to both sides, once."""
    letters = [
        Letter(
            kind,
            person,
            mentorship,
            {
                "mentorship": mentorship,
                "participation": mentorship.participation,
                "startup": mentorship.participation.startup,
                "mentor": mentorship.mentor,
                "is_mentor": side == Side.MENTOR,
                **context,
            },
        )
        for person, side in everybody(mentorship)
    ]
    queue_mails(letters, at=at)


def startup_people(mentorships: Iterable[Mentorship]) -> dict[int, list[User]]:
    """Return the people who get mail about sessions, founders and editors, by startup: one query for all."""
    return Membership.objects.writers().people_of({m.participation.startup_id for m in mentorships})


def everybody(mentorship: Mentorship, people: Mapping[int, list[User]] | None = None) -> list[tuple[User, Side]]:
    """Return the people of both sides who get mail, the mentor first; who may no longer sign in gets none.

    :param people: those of the startups, where they were fetched for many pairings at once.
    """
    if people is None:
        people = startup_people([mentorship])
    mentor = mentorship.mentor.person
    others = [(p, Side.STARTUP) for p in people[mentorship.participation.startup_id] if p.pk != mentor.pk]
    return [(mentor, Side.MENTOR), *others] if mentor.is_active else others
