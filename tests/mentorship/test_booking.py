"""Booking, moving and giving back an hour: what each does, and what each refuses."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from applications.models import Membership, Participation
from mentorship import actions
from mentorship.models import Attendance, MentorSession, Mentorship, SessionMove, SessionReminder
from portal.laws.transitions import move
from portal.models import OutgoingMail, Role, Transition, User
from portal.refusals import Done, Refusal
from tests import factories
from tests.laws import acting_as
from tests.mentorship import builders
from tests.mentorship.builders import NOW, book_by_sql, founder, pair, session, slots
from tests.waiting import somebody_waits, until

pytestmark = pytest.mark.django_db


def mails(kind: str) -> list[tuple[str, int]]:
    """Give who got mails of a kind, with the SEQUENCE of their calendar object."""
    sent = OutgoingMail.objects.filter(kind=kind).order_by("id")
    return [(m.to_email, int(m.calendar.split("SEQUENCE:")[1].split()[0]) if m.calendar else -1) for m in sent]


def attendances(of: MentorSession) -> list[tuple[int | None, int | None, bool]]:
    rows = of.attendances.order_by("startup_id").values_list("person", "startup", "is_active", "span")
    assert all((span.lower, span.upper) == (of.starts_at, of.ends_at) for *_, span in rows)
    return sorted(((p, s, a) for p, s, a, _ in rows), key=lambda row: row[1] or 0)


def test_slots_are_the_mentors_hours_within_notice_and_horizon() -> None:
    found = slots(pair())
    tuesday = datetime(2027, 5, 4, 13, 0, tzinfo=UTC)  # nine o'clock in New York
    assert found[:4] == [
        tuesday,
        tuesday + timedelta(hours=1),
        tuesday + timedelta(hours=2),
        tuesday + timedelta(days=7),
    ]
    assert len(found) == 12  # four Tuesdays of three hours in 28 days


def test_book_takes_the_hour_for_both_sides_and_tells_them() -> None:
    mentorship = pair()
    made = session(mentorship)
    assert (made.state, made.sequence, made.topic) == ("booked", 0, "Evaluations")
    assert made.ends_at - made.starts_at == timedelta(minutes=45)
    assert made.late_after == made.starts_at - timedelta(hours=24)
    person, startup = mentorship.mentor.person, mentorship.participation.startup
    assert attendances(made) == [(person.pk, None, True), (None, startup.pk, True)]
    assert made.starts_at not in slots(mentorship)
    assert mails("session_booked") == [(person.email, 0), (founder(mentorship).email, 0)]
    [moved] = Transition.objects.of(made)
    assert (moved.from_state, moved.to_state, moved.actor, moved.at) == ("", "booked", founder(mentorship), NOW)


def test_book_writes_only_reminders_that_lie_ahead() -> None:
    mentorship = pair()
    near, far = session(mentorship, 0), session(mentorship, 3)
    assert near.starts_at - NOW < timedelta(hours=26)
    assert [(r.kind, r.starts_at - r.due_at) for r in far.reminders.order_by("due_at")] == [
        ("day", timedelta(hours=24)),
        ("hour", timedelta(hours=1)),
    ]
    mentorship.mentor.notice_hours = 0
    mentorship.mentor.save()
    soon = session(mentorship, 0, at=far.starts_at - timedelta(days=1, hours=-2))
    assert [r.kind for r in soon.reminders.all()] == ["hour"]


def test_the_same_click_twice_books_once() -> None:
    mentorship = pair()
    start = slots(mentorship)[0]
    both = [actions.book(mentorship, start, topic="Twice", by=founder(mentorship), at=NOW) for _ in "ab"]
    assert both[0] == both[1]
    assert MentorSession.objects.count() == 1
    assert len(mails("session_booked")) == 2


def refused(mentorship: Mentorship, **changes: Any) -> str:
    """Give the words with which a booking is refused; nothing of it remains."""
    values: dict[str, Any] = {"topic": "Evaluations", "by": founder(mentorship), "at": NOW}
    starts_at = changes.pop("starts_at", None) or slots(mentorship)[0]
    before = MentorSession.objects.count()
    with pytest.raises(Refusal) as refusal:
        actions.book(mentorship, starts_at, **(values | changes))
    assert MentorSession.objects.count() == before
    return str(refusal.value)


def test_book_is_refused_to_who_may_not_edit() -> None:
    mentorship = pair()
    viewer = factories.user()
    Membership.objects.create(startup=mentorship.participation.startup, person=viewer, role="viewer", joined_at=NOW)
    for person in (viewer, mentorship.mentor.person, factories.user(), builders.manager(mentorship.participation)):
        assert refused(mentorship, by=person) == "Only founders and editors of the startup book sessions."


def test_an_editor_books_too_and_is_told() -> None:
    mentorship = pair()
    editor = factories.user()
    Membership.objects.create(startup=mentorship.participation.startup, person=editor, role="editor", joined_at=NOW)
    session(mentorship, by=editor)
    assert [address for address, _ in mails("session_booked")] == [
        mentorship.mentor.person.email,
        founder(mentorship).email,
        editor.email,
    ]


def test_book_is_refused_without_a_topic() -> None:
    assert refused(pair(), topic="  ").startswith("Say in a line what you want to talk about")


def test_book_is_refused_when_the_seat_is_paused() -> None:
    mentorship = pair()
    move(Participation.objects.get(pk=mentorship.participation_id), "paused", by=None, at=NOW)
    assert refused(mentorship) == "No sessions can be booked here at the moment."


def test_book_with_a_stale_copy_of_an_ended_pairing_is_refused() -> None:
    mentorship = pair()
    start = slots(mentorship)[0]
    actions.end_pairing(Mentorship.objects.get(pk=mentorship.pk), by=builders.manager(mentorship.participation), at=NOW)
    assert mentorship.state == "active"
    assert refused(mentorship, starts_at=start) == "No sessions can be booked here at the moment."


def test_book_is_refused_for_a_taken_hour() -> None:
    first = pair()
    start = slots(first)[0]
    second = pair(factories.participation(), None, hours=False)
    factories.grant(first.mentor.person, Role.MENTOR, second.participation.cohort.programme)
    same_mentor = pair(second.participation, first.mentor.person)
    session(first)
    assert refused(same_mentor, starts_at=start) == (
        "That hour has just been taken. Nothing was booked: choose another one."
    )


def test_book_is_refused_when_the_startup_is_elsewhere() -> None:
    first = pair()
    second = pair(first.participation, builders.mentor_person(first.participation, "Second Mentor"))
    start = slots(first)[0]
    session(first)
    assert refused(second, starts_at=start) == "Your startup already has a session at that time."


def test_book_is_refused_too_near_and_where_nothing_is_offered() -> None:
    mentorship = pair()
    assert refused(mentorship, starts_at=NOW + timedelta(hours=23)) == (
        "That is too soon: Max Mentor asks for 24 hours’ notice."
    )
    assert refused(mentorship, starts_at=slots(mentorship)[0] + timedelta(minutes=5)) == (
        "That hour is no longer offered. Choose another one."
    )


# --- Moving -----------------------------------------------------------------------------------------


def test_reschedule_moves_attendance_reminders_and_both_calendars() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    old, new = made.starts_at, slots(mentorship)[5]
    at = NOW + timedelta(hours=1)
    actions.reschedule(made, new, by=founder(mentorship), at=at)
    made.refresh_from_db()
    assert (made.starts_at, made.sequence, made.changed_at, made.state) == (new, 1, at, "booked")
    assert made.late_after == new - timedelta(hours=24)
    assert len(attendances(made)) == 2
    assert old in slots(mentorship)
    [move] = SessionMove.objects.all()
    assert (move.from_starts_at, move.to_starts_at, move.moved_by) == (old, new, founder(mentorship))
    assert {r.starts_at for r in SessionReminder.objects.all()} == {new}
    assert mails("session_moved") == [(mentorship.mentor.person.email, 1), (founder(mentorship).email, 1)]


def test_reschedule_away_and_back_reminds_of_the_first_hour_again() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    old, new = made.starts_at, slots(mentorship)[5]
    actions.reschedule(made, new, by=founder(mentorship), at=NOW)
    actions.reschedule(made, old, by=mentorship.mentor.person, at=NOW)
    assert [(r.kind, r.starts_at) for r in made.reminders.order_by("due_at")] == [("day", old), ("hour", old)]
    assert made.sequence == 2


def test_reschedule_to_an_overlapping_hour_of_ones_own_works() -> None:
    mentorship = pair()
    made = session(mentorship)
    person = mentorship.mentor.person
    day = made.starts_at.date()
    actions.remove_rule(mentorship.mentor.rules.get(), by=person, at=NOW)
    start = (made.starts_at + timedelta(minutes=30)).astimezone(builders.zone()).time()
    actions.add_opening(
        mentorship.mentor,
        on=day,
        starts=start,
        ends=start.replace(hour=start.hour + 1),
        zone=builders.ZONE,
        by=person,
        at=NOW,
    )
    actions.reschedule(made, made.starts_at + timedelta(minutes=30), by=person, at=NOW)
    assert len(attendances(made)) == 2


def test_reschedule_is_refused_late_to_the_startup_but_not_to_the_mentor() -> None:
    mentorship = pair()
    made = session(mentorship, 0)
    late = made.late_after + timedelta(minutes=1)
    target = slots(mentorship, late)[0]
    with pytest.raises(Refusal, match="It is too late to move this session yourself"):
        actions.reschedule(made, target, by=founder(mentorship), at=late)
    actions.reschedule(made, target, by=mentorship.mentor.person, at=late)
    assert made.starts_at == target


def test_reschedule_is_refused_to_a_taken_hour_strangers_and_managers() -> None:
    mentorship = pair()
    made, other = session(mentorship, 0), session(mentorship, 0)
    with pytest.raises(Refusal, match="already has a session at that time"):
        actions.reschedule(made, other.starts_at, by=founder(mentorship), at=NOW)
    target = slots(mentorship)[0]
    with pytest.raises(Refusal, match="not yours to change"):
        actions.reschedule(made, target, by=factories.user(), at=NOW)
    with pytest.raises(Refusal, match="Only the two sides"):
        actions.reschedule(made, target, by=builders.manager(mentorship.participation), at=NOW)
    assert SessionMove.objects.count() == 0


def test_reschedule_to_the_same_hour_changes_nothing() -> None:
    made = session()
    actions.reschedule(made, made.starts_at, by=founder(made.mentorship), at=NOW)
    assert (made.sequence, mails("session_moved")) == (0, [])


# --- Cancelling -------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["startup", "mentor"])
def test_cancel_in_time_frees_the_hour_and_tells_both(side: str) -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    by = founder(mentorship) if side == "startup" else mentorship.mentor.person
    actions.cancel(made, by=by, at=NOW)
    assert (made.state, made.sequence, made.cancelled_side, made.cancelled_by) == ("cancelled", 1, side, by)
    assert [active for *_, active in attendances(made)] == [False, False]
    assert made.starts_at in slots(mentorship)
    assert mails("session_cancelled") == [(mentorship.mentor.person.email, 1), (founder(mentorship).email, 1)]


def test_cancel_late_counts_as_late_and_says_why() -> None:
    made = session()
    late = made.late_after + timedelta(seconds=1)
    with pytest.raises(Refusal, match="say in a line why"):
        actions.cancel(made, by=founder(made.mentorship), at=late)
    actions.cancel(made, reason="Our server is on fire", by=founder(made.mentorship), at=late)
    assert (made.state, made.cancel_reason) == ("cancelled_late", "Our server is on fire")
    assert Transition.objects.of(made).last().reason == "Our server is on fire"
    assert "Our server is on fire" in OutgoingMail.objects.filter(kind="session_cancelled")[0].text


def test_cancel_by_the_programme_is_nobodys_fault() -> None:
    made = session()
    late = made.late_after + timedelta(seconds=1)
    actions.cancel(made, by=builders.manager(made.mentorship.participation), at=late)
    assert (made.state, made.cancelled_side) == ("cancelled", "programme")


def test_a_cancelled_hour_can_be_booked_again() -> None:
    mentorship = pair()
    made = session(mentorship)
    actions.cancel(made, by=founder(mentorship), at=NOW)
    again = session(mentorship)
    assert (again.starts_at, again.pk == made.pk, again.uid == made.uid) == (made.starts_at, False, False)


def test_cancel_is_refused_once_begun_twice_and_to_strangers() -> None:
    made = session()
    with pytest.raises(Refusal, match="not yours to change"):
        actions.cancel(made, by=factories.user(), at=NOW)
    with pytest.raises(Refusal, match="has begun"):
        actions.cancel(made, reason="Late", by=founder(made.mentorship), at=made.starts_at)
    stale = MentorSession.objects.get(pk=made.pk)
    actions.cancel(made, by=founder(made.mentorship), at=NOW)
    with pytest.raises(Done, match="cancelled already"):
        actions.cancel(stale, by=founder(made.mentorship), at=NOW)
    assert Transition.objects.of(made).count() == 2


# --- Races ------------------------------------------------------------------------------------------


def _in_threads(works: list[Callable[[], object]]) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_eight_racing_for_every_hour_book_each_exactly_once() -> None:
    mentorship = pair()
    actions.save_profile(mentorship.mentor, horizon_days=60, by=mentorship.mentor.person, at=NOW)
    hours = slots(mentorship)
    startups = [mentorship, *(_same_mentor(mentorship) for _ in range(7))]
    assert len(hours) >= 24
    barrier, answers = Barrier(8), Counter[str]()

    def race(mine: Mentorship) -> None:
        try:
            by = founder(mine)
            barrier.wait()
            for hour in hours:
                try:
                    actions.book(mine, hour, topic="Race", by=by, at=NOW)
                    answers["booked"] += 1
                except Refusal as refusal:
                    answers[str(refusal)] += 1
        finally:
            connection.close()

    _in_threads([partial(race, mine) for mine in startups])
    assert answers == {
        "booked": len(hours),
        "That hour has just been taken. Nothing was booked: choose another one.": 7 * len(hours),
    }
    assert Counter(MentorSession.objects.values_list("starts_at", flat=True)) == dict.fromkeys(hours, 1)
    assert Attendance.objects.filter(is_active=True).count() == 2 * len(hours)


@pytest.mark.django_db(transaction=True)
def test_an_hour_taken_behind_the_slots_back_is_refused_by_the_database_in_words() -> None:
    """Somebody books by raw SQL, uncommitted, while the act runs: only the exclusion constraint can know."""
    mentorship = pair()
    rival = _same_mentor(mentorship)
    start, by = slots(mentorship)[0], founder(mentorship)
    inserted, answers = Barrier(2), []

    def raw() -> None:
        try:
            with transaction.atomic():
                acting_as()
                book_by_sql(rival, start)
                inserted.wait()
                until(somebody_waits, "the act waits for what was inserted")
        finally:
            connection.close()

    def act() -> None:
        try:
            inserted.wait()
            actions.book(mentorship, start, topic="Race", by=by, at=NOW)
        except Refusal as refusal:
            answers.append(str(refusal))
        finally:
            connection.close()

    _in_threads([raw, act])
    assert answers == ["That hour has just been taken. Nothing was booked: choose another one."]
    assert MentorSession.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="session_booked").count() == 0


@pytest.mark.django_db(transaction=True)
def test_ending_a_pairing_while_somebody_books_leaves_no_booking_behind() -> None:
    mentorship = pair()
    by, manager, hours = founder(mentorship), builders.manager(mentorship.participation), slots(mentorship)
    barrier = Barrier(2)

    def books() -> None:
        try:
            barrier.wait()
            for hour in hours:
                try:
                    actions.book(mentorship, hour, topic="Race", by=by, at=NOW)
                except Refusal:
                    break
        finally:
            connection.close()

    def ends() -> None:
        try:
            barrier.wait()
            actions.end_pairing(Mentorship.objects.get(pk=mentorship.pk), by=manager, at=NOW)
        finally:
            connection.close()

    _in_threads([books, ends])
    assert Mentorship.objects.get(pk=mentorship.pk).state == "ended"
    assert not MentorSession.objects.filter(state="booked").exists()


def _same_mentor(of: Mentorship) -> Mentorship:
    """Pair another startup with the same mentor."""
    participation = factories.participation()
    person = User.objects.get(pk=of.mentor.person_id)
    factories.grant(person, Role.MENTOR, participation.cohort.programme)
    return pair(participation, person)
