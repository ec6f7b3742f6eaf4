"""Bringing a mentor and a startup together, and apart."""

import pytest

from applications.models import Conflict, Membership, Participation
from mentorship import actions
from mentorship.models import Mentor, Mentorship
from portal.laws.transitions import move
from portal.models import OutgoingMail, Role, Transition, User
from portal.refusals import Refusal
from tests import factories
from tests.mentorship.builders import NOW, founder, manager, mentor_person, pair, session

pytestmark = pytest.mark.django_db


def refused(participation: Participation, person: User, by: User | None = None) -> str:
    """Give the words with which a pairing is refused; nothing of it remains."""
    before = Mentorship.objects.count(), Conflict.objects.count(), OutgoingMail.objects.count()
    with pytest.raises(Refusal) as refusal:
        actions.pair(participation, person, by=by or manager(participation), at=NOW)
    assert (Mentorship.objects.count(), Conflict.objects.count(), OutgoingMail.objects.count()) == before
    return str(refusal.value)


def test_pair_makes_a_profile_notes_the_conflict_and_tells_both() -> None:
    participation = factories.participation()
    person, by = mentor_person(participation), manager(participation)
    made = actions.pair(participation, person, by=by, at=NOW)
    assert (made.state, made.is_primary, made.mentor.person, made.paired_by) == ("active", True, person, by)
    conflict = Conflict.objects.get(person=person, startup=participation.startup)
    assert (conflict.kind, conflict.declared_at, conflict.ended_at) == ("mentor", NOW, None)
    mails = OutgoingMail.objects.filter(kind="mentor_paired").order_by("id")
    assert [m.to_email for m in mails] == [person.email, founder(made).email]
    [moved] = Transition.objects.of(made)
    assert (moved.to_state, moved.actor, moved.at) == ("active", by, NOW)


def test_a_second_mentor_stands_behind_the_first_unless_told_otherwise() -> None:
    first = pair()
    second = pair(first.participation, mentor_person(first.participation))
    assert [m.is_primary for m in first.participation.mentorships.order_by("id")] == [True, False]
    third = actions.pair(
        first.participation,
        mentor_person(first.participation),
        is_primary=True,
        by=manager(first.participation),
        at=NOW,
    )
    assert [m.pk for m in first.participation.mentorships.filter(is_primary=True)] == [third.pk]
    actions.make_primary(second, by=manager(first.participation), at=NOW)
    assert [m.pk for m in first.participation.mentorships.filter(is_primary=True)] == [second.pk]


def test_one_profile_serves_two_programmes() -> None:
    first, other = pair(), factories.participation()
    person = first.mentor.person
    factories.grant(person, Role.MENTOR, other.cohort.programme)
    actions.pair(other, User.objects.get(pk=person.pk), by=manager(other), at=NOW)
    assert Mentor.objects.count() == 1
    assert Mentorship.objects.count() == 2


def test_pair_is_refused_to_who_does_not_manage_the_programme() -> None:
    participation = factories.participation()
    person = mentor_person(participation)
    auditor = factories.holder(Role.AUDITOR, participation.cohort.programme)
    elsewhere = factories.holder(Role.MANAGER, factories.programme())
    for by in (auditor, elsewhere, person, factories.founder_of(participation.startup)):
        assert refused(participation, person, by) == "Only a manager of the programme pairs startups and mentors."


def test_pair_is_refused_without_the_role_of_this_programme() -> None:
    participation = factories.participation()
    elsewhere = factories.holder(Role.MENTOR, factories.programme(), "Elsa Elsewhere")
    assert refused(participation, elsewhere) == "Elsa Elsewhere is not a mentor of this programme."
    assert refused(participation, factories.user("Nora Nobody")) == "Nora Nobody is not a mentor of this programme."


@pytest.mark.parametrize("kind", sorted(set(Conflict.Kind.values) - {"mentor"}))
def test_pair_is_refused_in_any_conflict_of_another_kind(kind: str) -> None:
    participation = factories.participation()
    person = mentor_person(participation)
    conflict = Conflict.objects.create(person=person, startup=participation.startup, kind=kind, declared_at=NOW)
    assert "a conflict of interest is noted" in refused(participation, person)
    conflict.ended_at = NOW
    conflict.save()
    assert actions.pair(participation, person, by=manager(participation), at=NOW).state == "active"


def test_pair_is_refused_to_a_member_of_the_startup() -> None:
    participation = factories.participation()
    person = mentor_person(participation)
    Membership.objects.create(startup=participation.startup, person=person, role="viewer", joined_at=NOW)
    assert "belongs to it" in refused(participation, person)


def test_pair_is_refused_twice_and_on_a_seat_that_is_over() -> None:
    first = pair()
    assert refused(first.participation, first.mentor.person) == "Max Mentor mentors this startup already."
    move(first.participation, "graduated", by=None, at=NOW)
    assert refused(first.participation, mentor_person(first.participation)).startswith("This participation is over")


def test_end_pairing_cancels_what_is_ahead_and_keeps_what_was() -> None:
    first = pair()
    ahead, past = session(first, 3), session(first, 0)
    at = past.ends_at
    by = manager(first.participation)
    actions.end_pairing(first, reason="She moves to another team.", by=by, at=at)
    assert (first.state, first.ended_at, first.is_primary) == ("ended", at, False)
    ahead.refresh_from_db()
    past.refresh_from_db()
    assert (ahead.state, ahead.cancelled_side, ahead.cancelled_by, past.state) == (
        "cancelled",
        "programme",
        by,
        "booked",
    )
    assert OutgoingMail.objects.filter(kind="pairing_ended").count() == 2
    assert OutgoingMail.objects.filter(kind="session_cancelled").count() == 2
    assert "She moves to another team." in OutgoingMail.objects.filter(kind="pairing_ended")[0].text
    assert Transition.objects.of(first).last().reason == "She moves to another team."


def test_end_pairing_keeps_the_conflict_and_makes_the_next_one_first() -> None:
    first = pair()
    second = pair(first.participation, mentor_person(first.participation))
    actions.end_pairing(first, by=manager(first.participation), at=NOW)
    second.refresh_from_db()
    assert second.is_primary
    assert Conflict.objects.current().filter(person=first.mentor.person, kind="mentor").exists()
    again = actions.pair(first.participation, first.mentor.person, by=manager(first.participation), at=NOW)
    assert (again.pk == first.pk, again.state, again.is_primary) == (False, "active", False)


def test_end_pairing_is_refused_twice_and_to_others() -> None:
    first = pair()
    stale = Mentorship.objects.get(pk=first.pk)
    with pytest.raises(Refusal, match="Only a manager"):
        actions.end_pairing(first, by=first.mentor.person, at=NOW)
    actions.end_pairing(first, by=manager(first.participation), at=NOW)
    with pytest.raises(Refusal, match="already been done"):
        actions.end_pairing(stale, by=manager(first.participation), at=NOW)
    with pytest.raises(Refusal, match="is over"):
        actions.make_primary(stale, by=manager(first.participation), at=NOW)
    assert OutgoingMail.objects.filter(kind="pairing_ended").count() == 2


def test_all_pairings_of_a_participation_end_together() -> None:
    first = pair()
    booked = session(first, 3)
    participation = Participation.objects.get(pk=first.participation_id)
    by = manager(participation)
    actions.end_pairings(participation, by=by, at=NOW)
    first.refresh_from_db()
    booked.refresh_from_db()
    assert (first.state, booked.state, booked.cancelled_side) == ("ended", "cancelled", "programme")
    actions.end_pairings(participation, by=None, at=NOW)  # again: nothing left to end
    assert OutgoingMail.objects.filter(kind="pairing_ended").count() == 2


def test_a_mentor_who_lost_the_role_sees_and_does_nothing_more() -> None:
    first = pair()
    booked = session(first)
    person = User.objects.get(pk=first.mentor.person_id)
    person.role_grants.update(ends_on=NOW.date().replace(year=2021))
    assert not Mentorship.objects.of_mentor(person).exists()
    with pytest.raises(Refusal, match="not yours to change"):
        actions.cancel(booked, by=person, at=NOW)
    with pytest.raises(Refusal, match="Only the mentor"):
        actions.log_session(booked, minutes=45, by=person, at=booked.ends_at)
