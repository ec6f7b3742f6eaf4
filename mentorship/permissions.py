"""Who stands on which side of a pairing, and what each may do."""

from collections.abc import Iterable
from datetime import datetime

from applications.models import Membership, Participation
from mentorship.models import ActionItem, Mentorship, Side
from portal.models import Role, User


def side_of(mentorship: Mentorship, user: User, *, at: datetime) -> Side | None:
    """Return the side on which a person stands: the mentor's while the role is granted, the startup's, or none."""
    if mentors(mentorship, user, at=at):
        return Side.MENTOR
    startup_id = mentorship.participation.startup_id
    if Membership.objects.current().filter(startup=startup_id, person=user).exists():
        return Side.STARTUP
    return None


def mentors(mentorship: Mentorship, user: User, *, at: datetime) -> bool:
    """Return whether the person is the pairing's mentor, and still holds the role."""
    programme_id = mentorship.participation.cohort.programme_id
    return mentorship.mentor.person_id == user.pk and user.holds(Role.MENTOR, at=at, scope_id=programme_id)


def edits(participation: Participation, user: User) -> bool:
    """Return whether the person is a founder or an editor of the startup."""
    return Membership.objects.writers().filter(startup=participation.startup_id, person=user).exists()


def closable(items: Iterable[ActionItem], user: User, *, at: datetime) -> set[int]:
    """Return which items are the person's to close: a mentor's all, an editor's what the startup owes."""
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
    """Return whether the person manages the programme."""
    return user.holds(Role.MANAGER, at=at, scope_id=participation.cohort.programme_id)
