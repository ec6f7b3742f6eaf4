"""Bringing a mentor and a startup together, and apart."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Conflict, Participation
from mentorship.actions.availability import open_profile
from mentorship.actions.notices import tell_pair
from mentorship.actions.sessions import free_the_hours
from mentorship.models import Mentorship
from mentorship.permissions import manages
from portal.laws.transitions import acting, lock, move
from portal.models import Role, User
from portal.refusals import Refusal


@transaction.atomic
def pair(
    participation: Participation, person: User, *, is_primary: bool | None = None, by: User, at: datetime
) -> Mentorship:
    """Return a startup a mentor; both are told. The database notes that she approves nothing of it from now on.

    :param is_primary: whether hers are the hours offered first; told nothing, the first mentor of a startup is.
    :raises Refusal: by who does not manage the programme; for who does not hold the mentor role, stands in a conflict
        of interest with the startup, or is paired already; for a participation that is over.
    """
    _require_manager(participation, by, at)
    lock(participation)  # one pairing after the other
    programme = participation.cohort.programme
    if participation.state not in Participation.RUNNING:
        raise Refusal(_("This participation is over: nobody is paired with it any more."))
    if not person.holds(Role.MENTOR, at=at, scope_id=programme.pk):
        raise Refusal(_("%(person)s is not a mentor of this programme.") % {"person": person})
    _require_no_conflict(participation, person)
    mentor = open_profile(person, at=at)
    active = participation.mentorships.active()
    if active.filter(mentor=mentor).exists():
        raise Refusal(_("%(person)s mentors this startup already.") % {"person": person})
    primary = active.filter(is_primary=True)
    first = not primary.exists() if is_primary is None else is_primary
    if first:
        primary.update(is_primary=False)
    acting(by=by, at=at)
    made = Mentorship.objects.create(
        participation=participation, mentor=mentor, is_primary=first, paired_by=by, paired_at=at
    )
    tell_pair("mentor_paired", made, at=at)
    return made


@transaction.atomic
def make_primary(mentorship: Mentorship, *, by: User, at: datetime) -> None:
    """Make the mentor of a pairing the one whose hours are offered first.

    :raises Refusal: by who does not manage the programme, or once the pairing is over.
    """
    _require_manager(mentorship.participation, by, at)
    lock(mentorship.participation)
    lock(mentorship)
    if mentorship.state != Mentorship.State.ACTIVE:
        raise Refusal(_("This pairing is over."))
    mentorship.participation.mentorships.active().exclude(pk=mentorship.pk).update(is_primary=False)
    mentorship.is_primary = True
    mentorship.save(update_fields=["is_primary"])


@transaction.atomic
def end_pairing(mentorship: Mentorship, *, reason: str = "", by: User, at: datetime) -> None:
    """End a pairing: its booked sessions ahead are cancelled, nobody's fault, and both are told.

    :raises Refusal: by who does not manage the programme, or once it is over.
    """
    _require_manager(mentorship.participation, by, at)
    _end(mentorship, reason=reason, by=by, at=at)


@transaction.atomic
def end_pairings(participation: Participation, *, by: User | None, at: datetime) -> int:
    """End every pairing of a participation that is over, in the same transaction; give how many."""
    lock(participation)
    active = list(participation.mentorships.active().order_by("id"))
    for mentorship in active:
        _end(mentorship, reason=_("The participation is over."), by=by, at=at)
    return len(active)


def _end(mentorship: Mentorship, *, reason: str, by: User | None, at: datetime) -> None:
    lock(mentorship)  # no booking comes in between
    free_the_hours(mentorship, reason=reason, by=by, at=at)
    was_primary = mentorship.is_primary
    move(mentorship, Mentorship.State.ENDED, by=by, at=at, reason=reason, ended_at=at, is_primary=False)
    if was_primary:
        rest = mentorship.participation.mentorships.active().order_by("paired_at", "id")
        Mentorship.objects.filter(pk__in=rest.values("pk")[:1]).update(is_primary=True)
    tell_pair("pairing_ended", mentorship, at=at, reason=reason)


def _require_manager(participation: Participation, by: User, at: datetime) -> None:
    if not manages(participation, by, at=at):
        raise Refusal(_("Only a manager of the programme pairs startups and mentors."))


def _require_no_conflict(participation: Participation, person: User) -> None:
    conflicts = Conflict.objects.against_mentoring(participation.startup)
    conflict = conflicts.filter(person=person).order_by("id").first()
    if conflict is not None:
        raise Refusal(
            _("%(person)s cannot mentor %(startup)s: a conflict of interest is noted (%(kind)s).")
            % {"person": person, "startup": participation.startup, "kind": conflict.get_kind_display()}
        )
