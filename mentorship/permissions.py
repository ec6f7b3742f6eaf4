"""Who stands on which side of a pairing, and who is written to."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from applications.models import Membership, Participation
from mentorship.models import ActionItem, Mentorship, Side
from portal.models import Role, User

# What an act on a session reads of its two sides: read along with the session, it is one query.
BOTH_SIDES = (
    "mentorship__mentor__person",
    "mentorship__participation__startup",
    "mentorship__participation__cohort__programme",
)


def side_of(mentorship: Mentorship, user: User, *, at: datetime) -> Side | None:
    """Give the side on which a person stands: the mentor's while the role is granted, the startup's, or none."""
    if mentors(mentorship, user, at=at):
        return Side.MENTOR
    startup_id = mentorship.participation.startup_id
    if Membership.objects.current().filter(startup=startup_id, person=user).exists():
        return Side.STARTUP
    return None


def mentors(mentorship: Mentorship, user: User, *, at: datetime) -> bool:
    """Say whether the person is the pairing's mentor, and still holds the role."""
    programme_id = mentorship.participation.cohort.programme_id
    return mentorship.mentor.person_id == user.pk and user.holds(Role.MENTOR, at=at, scope_id=programme_id)


def is_bookable(participation: Participation) -> bool:
    """Return whether sessions may be booked for a seat: from the acceptance of the offer on, while it is not paused."""
    return participation.state in (Participation.State.ONBOARDING, Participation.State.ACTIVE)


def edits(participation: Participation, user: User) -> bool:
    """Say whether the person is a founder or an editor of the startup."""
    return Membership.objects.writers().filter(startup=participation.startup_id, person=user).exists()


def closable(items: Iterable[ActionItem], user: User, *, at: datetime) -> set[int]:
    """Give which items are the person's to close: a mentor's all, an editor's what the startup owes."""
    theirs, found = [], set()
    for item in items:
        if mentors(item.session.mentorship, user, at=at):
            found.add(item.pk)
        elif item.side == Side.STARTUP:
            theirs.append(item)
    if theirs:
        mine = set(Membership.objects.writers().filter(person=user).values_list("startup_id", flat=True))
        found |= {item.pk for item in theirs if item.session.mentorship.participation.startup_id in mine}
    return found


def manages(participation: Participation, user: User, *, at: datetime) -> bool:
    """Say whether the person manages the programme."""
    return user.holds(Role.MANAGER, at=at, scope_id=participation.cohort.programme_id)


def startup_people(mentorships: Iterable[Mentorship]) -> dict[int, list[User]]:
    """Return the people who get mail about sessions, founders and editors, by startup: one query for all."""
    return Membership.objects.writers().people_of({m.participation.startup_id for m in mentorships})


def everybody(mentorship: Mentorship, people: Mapping[int, list[User]] | None = None) -> list[tuple[User, Side]]:
    """Give the people of both sides who get mail, the mentor first; who may no longer sign in gets none.

    :param people: those of the startups, where they were fetched for many pairings at once.
    """
    if people is None:
        people = startup_people([mentorship])
    mentor = mentorship.mentor.person
    others = [(p, Side.STARTUP) for p in people[mentorship.participation.startup_id] if p.pk != mentor.pk]
    return [(mentor, Side.MENTOR), *others] if mentor.is_active else others
