"""Reminders: a day and an hour before, to both sides, once, whatever the beats do."""

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from mentorship import actions
from mentorship.actions import remind_of_sessions
from mentorship.models import MentorSession, SessionReminder
from portal.models import OutgoingMail
from tests.laws import acting_as
from tests.mentorship import builders
from tests.mentorship.builders import NOW, founder, pair, session, slots

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def reminded() -> Counter[str]:
    """Give how many reminders each address got."""
    return Counter(OutgoingMail.objects.filter(kind="session_reminder").values_list("to_email", flat=True))


def both(of: MentorSession, times: int = 1) -> dict[str, int]:
    pair_ = of.mentorship
    return {pair_.mentor.person.email: times, founder(pair_).email: times}


def test_both_sides_are_reminded_a_day_and_an_hour_before() -> None:
    made = session(nth=3)
    assert remind_of_sessions(made.starts_at - 24 * HOUR - timedelta(seconds=1)) == 0
    assert remind_of_sessions(made.starts_at - 24 * HOUR) == 1
    assert reminded() == both(made)
    assert remind_of_sessions(made.starts_at - 2 * HOUR) == 0
    assert remind_of_sessions(made.starts_at - HOUR) == 1
    assert reminded() == both(made, 2)
    assert remind_of_sessions(made.starts_at - HOUR) == 0


def test_a_beat_that_slept_reminds_once() -> None:
    made = session(nth=3)
    assert remind_of_sessions(made.starts_at - HOUR / 2) == 2
    assert reminded() == both(made)
    sent = SessionReminder.objects.filter(session=made).order_by("due_at").values_list("kind", "was_sent")
    assert list(sent) == [("day", False), ("hour", True)]


def test_a_late_day_reminder_is_still_sent_while_the_hour_is_far() -> None:
    made = session(nth=3)
    assert remind_of_sessions(made.starts_at - 10 * HOUR) == 1
    assert reminded() == both(made)


def test_nobody_is_reminded_of_what_has_begun() -> None:
    made = session(nth=3)
    assert remind_of_sessions(made.starts_at) == 2
    assert reminded() == {}
    assert not SessionReminder.objects.filter(handled_at=None).exists()


def test_nobody_is_reminded_of_what_was_cancelled() -> None:
    made = session(nth=3)
    actions.cancel(made, by=founder(made.mentorship), at=NOW)
    remind_of_sessions(made.starts_at - 24 * HOUR)
    assert reminded() == {}


def test_a_moved_session_is_reminded_of_at_its_new_hour_only() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    old, new = made.starts_at, slots(mentorship)[8]
    actions.reschedule(made, new, by=founder(mentorship), at=NOW)
    remind_of_sessions(old - 24 * HOUR)
    remind_of_sessions(old - HOUR)
    assert reminded() == {}
    remind_of_sessions(new - 24 * HOUR)
    assert reminded() == both(made)


def test_a_reminder_sent_before_a_move_and_back_is_not_sent_again() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    old = made.starts_at
    at = old - 24 * HOUR
    remind_of_sessions(at)
    mentor = mentorship.mentor.person
    actions.reschedule(made, slots(mentorship, at)[2], by=mentor, at=at)
    mentorship.mentor.notice_hours = 0
    mentorship.mentor.save()
    actions.reschedule(made, old, by=mentor, at=at)
    remind_of_sessions(at)
    assert reminded() == both(made)
    remind_of_sessions(old - HOUR)
    assert reminded() == both(made, 2)


def test_a_session_moved_behind_the_acts_back_is_not_reminded_of_at_the_old_hour() -> None:
    made = session(nth=3)
    with transaction.atomic():
        acting_as()
        MentorSession.objects.filter(pk=made.pk).update(
            starts_at=made.starts_at + 5 * HOUR, ends_at=made.ends_at + 5 * HOUR, sequence=1
        )
    assert remind_of_sessions(made.starts_at - 24 * HOUR) == 1
    assert reminded() == {}


def test_the_sweep_takes_as_many_queries_for_many_as_for_one() -> None:
    counts = []
    for number in (1, 3):
        SessionReminder.objects.update(handled_at=NOW)
        mentorship = pair()
        for _ in range(number):
            session(mentorship, nth=3)
        SessionReminder.objects.filter(handled_at=None, kind="hour").delete()
        SessionReminder.objects.filter(handled_at=None).update(due_at=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert actions.queue_session_reminders(at=NOW) == number
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_remind_once() -> None:
    mentorship = pair()
    made = [session(mentorship, nth=3) for _ in range(6)]
    SessionReminder.objects.update(due_at=NOW)
    barrier, handled = Barrier(2), []

    def beat() -> None:
        try:
            barrier.wait()
            handled.append(remind_of_sessions(NOW))
        finally:
            connection.close()

    beats = [Thread(target=beat) for _ in range(2)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()
    assert sum(handled) == 2 * len(made)
    assert reminded() == both(made[0], 2 * len(made))


def test_a_sweep_that_dies_leaves_the_reminder_due() -> None:
    made = session(nth=3)

    class Killed(Exception):
        pass

    def die() -> None:
        with transaction.atomic():
            remind_of_sessions(made.starts_at - 24 * HOUR)
            raise Killed

    with pytest.raises(Killed):
        die()
    assert reminded() == {}
    assert remind_of_sessions(made.starts_at - 24 * HOUR) == 1
    assert reminded() == both(made)


def test_the_reminder_speaks_the_readers_language_and_hours() -> None:
    mentorship = pair()
    person, by = mentorship.mentor.person, founder(mentorship)
    type(person).objects.filter(pk=person.pk).update(timezone="Asia/Kolkata")
    type(by).objects.filter(pk=by.pk).update(timezone="")
    made = session(builders.fetched(mentorship), 3)
    remind_of_sessions(made.starts_at - 24 * HOUR)
    texts = dict(OutgoingMail.objects.filter(kind="session_reminder").values_list("to_email", "text"))
    assert "6:30" in texts[person.email]
    assert "Kolkata" in texts[person.email]
    assert "9:00" in texts[by.email]
    assert "New York" in texts[by.email]
