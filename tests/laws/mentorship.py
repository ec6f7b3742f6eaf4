"""Breakers of the laws of mentorship: who is paired, who is booked, what stays said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from applications.models import Conflict
from mentorship import actions
from mentorship.models import ActionItem, MentorSession, Mentorship
from portal.laws.transitions import move
from portal.models import Role, User
from tests import factories
from tests.laws import acting_as, breaks, sql
from tests.mentorship import builders
from tests.mentorship.builders import NOW, book_by_sql, founder, held, mentor_person, pair, session, slots

# --- Mentors and pairings ---------------------------------------------------------------------------


def pair_by_sql(participation_id: int, mentor_id: int, is_primary: bool = False) -> None:
    acting_as()
    sql(
        "INSERT INTO mentorship_mentorship (participation_id, mentor_id, state, is_primary, paired_by_id, paired_at)"
        " SELECT %s, id, 'active', %s, person_id, %s FROM mentorship_mentor WHERE id = %s",
        participation_id,
        is_primary,
        NOW,
        mentor_id,
    )


@breaks("mentor_terms_sane")
def offer_sessions_of_a_minute() -> Iterator[None]:
    mentor = pair().mentor
    yield
    sql("UPDATE mentorship_mentor SET minutes = 1 WHERE id = %s", mentor.pk)


@breaks("mentor_link_is_https")
def meet_in_a_script() -> Iterator[None]:
    mentor = pair().mentor
    yield
    sql("UPDATE mentorship_mentor SET meeting_link = 'javascript:alert(1)' WHERE id = %s", mentor.pk)


@breaks("mentor_holds_the_role")
def be_a_mentor_without_the_role() -> Iterator[None]:
    person = factories.user()
    yield
    sql(
        "INSERT INTO mentorship_mentor (person_id, headline, skills, meeting_link, minutes, buffer_minutes, notice_hours,"
        " cancel_hours, horizon_days, created_at) VALUES (%s, '', '', '', 45, 15, 24, 24, 28, %s)",
        person.pk,
        NOW,
    )


@breaks("mentorship_mentor_is_granted")
def pair_with_a_mentor_of_another_programme() -> Iterator[None]:
    mentor, other = pair().mentor, factories.participation()
    yield
    pair_by_sql(other.pk, mentor.pk)


@breaks("mentorship_free_of_conflict")
def pair_with_an_investor() -> Iterator[None]:
    first, person = pair(), None
    person = mentor_person(first.participation)
    mentor = actions.open_profile(person, at=NOW)
    Conflict.objects.create(
        person=person, startup=first.participation.startup, kind=Conflict.Kind.INVESTOR, declared_at=NOW
    )
    yield
    pair_by_sql(first.participation_id, mentor.pk)


@breaks("mentorship_of_a_running_seat")
def pair_with_a_seat_that_is_over() -> Iterator[None]:
    participation = factories.participation()
    mentor = actions.open_profile(mentor_person(participation), at=NOW)
    move(participation, "graduated", by=None, at=NOW)
    yield
    pair_by_sql(participation.pk, mentor.pk)


@breaks("mentorship_is_a_conflict")
def mentor_without_a_conflict() -> Iterator[None]:
    participation = factories.participation()
    mentor = actions.open_profile(mentor_person(participation), at=NOW)
    yield
    pair_by_sql(participation.pk, mentor.pk)
    # The law adds a row instead of refusing one; so what it forbids is said here.
    sql(
        "SELECT portal_break('mentorship_is_a_conflict') FROM applications_conflict"
        " WHERE (startup_id, person_id, kind) = (%s, %s, 'mentor') AND ended_at IS NULL",
        participation.startup_id,
        mentor.person_id,
    )


@breaks("conflict_lasts_while_mentoring")
def end_the_conflict_of_a_mentor() -> Iterator[None]:
    person = pair().mentor.person
    yield
    sql("UPDATE applications_conflict SET ended_at = %s WHERE person_id = %s AND kind = 'mentor'", NOW, person.pk)


@breaks("mentorship_pair_once")
def pair_twice() -> Iterator[None]:
    first = pair()
    yield
    pair_by_sql(first.participation_id, first.mentor_id)


@breaks("mentorship_one_primary")
def have_two_first_mentors() -> Iterator[None]:
    first = pair()
    second = actions.open_profile(mentor_person(first.participation), at=NOW)
    yield
    pair_by_sql(first.participation_id, second.pk, is_primary=True)


@breaks("mentorship_ended_at_when_ended")
def end_a_pairing_at_no_time() -> Iterator[None]:
    first = pair()
    yield
    acting_as()
    sql("UPDATE mentorship_mentorship SET state = 'ended' WHERE id = %s", first.pk)


@breaks("moves_mentorship_mentorship")
def pair_again_what_ended() -> Iterator[None]:
    first = pair()
    actions.end_pairing(Mentorship.objects.get(pk=first.pk), by=builders.manager(first.participation), at=NOW)
    yield
    acting_as()
    sql("UPDATE mentorship_mentorship SET state = 'active', ended_at = NULL WHERE id = %s", first.pk)


@breaks("mentorship_stands_as_paired")
def exchange_the_mentor() -> Iterator[None]:
    first = pair()
    second = actions.open_profile(mentor_person(first.participation), at=NOW)
    yield
    sql("UPDATE mentorship_mentorship SET mentor_id = %s WHERE id = %s", second.pk, first.pk)


@breaks("mentorship_is_kept")
def delete_a_pairing() -> Iterator[None]:
    first = pair()
    yield
    sql("DELETE FROM mentorship_mentorship WHERE id = %s", first.pk)


@breaks("mentorship_ends_without_bookings")
def end_a_pairing_with_a_session_ahead() -> Iterator[None]:
    booked = session()
    yield
    acting_as()
    sql(
        "UPDATE mentorship_mentorship SET state = 'ended', ended_at = %s, is_primary = false WHERE id = %s",
        NOW,
        booked.mentorship_id,
    )


# --- Hours ------------------------------------------------------------------------------------------


@breaks("rule_weekday_exists")
def offer_an_eighth_day() -> Iterator[None]:
    pair()
    yield
    sql("UPDATE mentorship_availabilityrule SET weekday = 7")


@breaks("rule_ends_after_start")
def offer_hours_backwards() -> Iterator[None]:
    pair()
    yield
    sql("UPDATE mentorship_availabilityrule SET ends = '08:00'")


@breaks("rule_until_after_from")
def offer_hours_until_before_they_begin() -> Iterator[None]:
    pair()
    yield
    sql("UPDATE mentorship_availabilityrule SET until_on = from_on - 1")


@breaks("rule_once")
def offer_the_same_hours_twice() -> Iterator[None]:
    pair()
    yield
    sql(
        "INSERT INTO mentorship_availabilityrule (mentor_id, weekday, starts, ends, zone, from_on)"
        " SELECT mentor_id, weekday, starts, ends, zone, from_on FROM mentorship_availabilityrule"
    )


def opening_by_sql(mentor_id: int, hours: int) -> None:
    sql(
        "INSERT INTO mentorship_opening (mentor_id, starts_at, ends_at) VALUES (%s, %s, %s)",
        mentor_id,
        NOW,
        NOW + timedelta(hours=hours),
    )


@breaks("opening_ends_after_start")
def offer_no_time_at_all() -> Iterator[None]:
    mentor = pair().mentor
    yield
    opening_by_sql(mentor.pk, 0)


@breaks("opening_once")
def offer_an_hour_twice() -> Iterator[None]:
    mentor = pair().mentor
    opening_by_sql(mentor.pk, 1)
    yield
    opening_by_sql(mentor.pk, 2)


@breaks("time_off_is_bounded")
def take_for_ever_off() -> Iterator[None]:
    mentor = pair().mentor
    yield
    sql("INSERT INTO mentorship_timeoff (mentor_id, span) VALUES (%s, tstzrange(%s, NULL))", mentor.pk, NOW)


@breaks("time_off_once")
def take_the_same_days_off_twice() -> Iterator[None]:
    mentor = pair().mentor
    statement = "INSERT INTO mentorship_timeoff (mentor_id, span) VALUES (%s, tstzrange(%s, %s))"
    sql(statement, mentor.pk, NOW, NOW + timedelta(days=1))
    yield
    sql(statement, mentor.pk, NOW, NOW + timedelta(days=1))


# --- Sessions ---------------------------------------------------------------------------------------


def cancel_by_sql(booked: MentorSession, **columns: object) -> None:
    acting_as()
    values: dict[str, object] = {
        "state": "cancelled",
        "cancelled_at": NOW,
        "cancelled_side": "startup",
        "sequence": booked.sequence + 1,
    } | columns
    change(booked, **values)


def change(booked: MentorSession, **columns: object) -> None:
    assignments = ", ".join(f"{name} = %s" for name in columns)
    sql(f"UPDATE mentorship_mentorsession SET {assignments} WHERE id = %s", *columns.values(), booked.pk)


@breaks("session_of_an_active_pair")
def book_with_a_mentor_who_left() -> Iterator[None]:
    first = pair()
    start = slots(first)[0]
    actions.end_pairing(Mentorship.objects.get(pk=first.pk), by=builders.manager(first.participation), at=NOW)
    yield
    acting_as()
    book_by_sql(first, start)


@breaks("session_lasts_minutes_or_hours")
def book_a_week() -> Iterator[None]:
    first = pair()
    yield
    acting_as()
    book_by_sql(first, slots(first)[0], ends_at=slots(first)[0] + timedelta(days=7))


@breaks("session_booked_ahead")
def book_the_past() -> Iterator[None]:
    first = pair()
    yield
    acting_as()
    book_by_sql(first, NOW - timedelta(hours=2))


@breaks("attendance_person_booked_once")
def book_a_mentor_twice() -> Iterator[None]:
    first, other = pair(), factories.participation()
    factories.grant(first.mentor.person, Role.MENTOR, other.cohort.programme)
    second = pair(other, User.objects.get(pk=first.mentor.person_id))
    booked = session(first)
    yield
    acting_as()
    book_by_sql(second, booked.starts_at + timedelta(minutes=30))


@breaks("attendance_startup_booked_once")
def book_a_startup_twice() -> Iterator[None]:
    first = pair()
    second = pair(first.participation, mentor_person(first.participation))
    booked = session(first)
    yield
    acting_as()
    book_by_sql(second, booked.starts_at - timedelta(minutes=30))


@breaks("session_books_both_sides")
def book_without_taking_the_hour() -> Iterator[None]:
    first = pair()
    yield
    acting_as()
    book_by_sql(first, slots(first)[0])
    # The law adds rows instead of refusing one; so what it forbids is said here.
    sql(
        "SELECT portal_break('session_books_both_sides')"
        " WHERE (SELECT count(*) FROM mentorship_attendance WHERE is_active) = 2"
    )


@breaks("session_takes_its_sides_along")
def move_a_session_without_its_sides() -> Iterator[None]:
    booked = session()
    later = booked.starts_at + timedelta(hours=5)
    yield
    change(booked, starts_at=later, ends_at=later + timedelta(minutes=45), sequence=1)
    sql(
        "SELECT portal_break('session_takes_its_sides_along') FROM mentorship_attendance"
        " HAVING bool_and(lower(span) = %s)",
        later,
    )


@breaks("attendance_follows_session")
def free_a_booked_mentor() -> Iterator[None]:
    session()
    yield
    sql("UPDATE mentorship_attendance SET is_active = false, span = tstzrange(%s, %s)", NOW, NOW + timedelta(hours=1))
    sql(
        "SELECT portal_break('attendance_follows_session') FROM mentorship_attendance a"
        " JOIN mentorship_mentorsession s ON s.id = a.session_id"
        " HAVING bool_and(a.is_active AND a.span = tstzrange(s.starts_at, s.ends_at, '[)'))"
    )


@breaks("attendance_of_one_side")
def attend_as_both_sides() -> Iterator[None]:
    booked = session()
    yield
    sql(
        "INSERT INTO mentorship_attendance (session_id, person_id, startup_id, span, is_active, outcome)"
        " SELECT %s, %s, startup_id, span, false, '' FROM mentorship_attendance WHERE startup_id IS NOT NULL",
        held(booked.mentorship, 3).pk,
        factories.user().pk,
    )


@breaks("attendance_person_once_a_session")
def attend_a_cancelled_session_twice() -> Iterator[None]:
    booked = session()
    actions.cancel(booked, by=founder(booked.mentorship), at=NOW)
    yield
    sql(
        "INSERT INTO mentorship_attendance (session_id, person_id, span, is_active, outcome)"
        " SELECT session_id, person_id, span, false, '' FROM mentorship_attendance WHERE person_id IS NOT NULL"
    )


@breaks("attendance_startup_once_a_session")
def attend_a_cancelled_session_twice_as_a_startup() -> Iterator[None]:
    booked = session()
    actions.cancel(booked, by=founder(booked.mentorship), at=NOW)
    yield
    sql(
        "INSERT INTO mentorship_attendance (session_id, startup_id, span, is_active, outcome)"
        " SELECT session_id, startup_id, span, false, '' FROM mentorship_attendance WHERE startup_id IS NOT NULL"
    )


@breaks("attendance_stays_whose_it_is")
def send_somebody_else() -> Iterator[None]:
    booked = session()
    yield
    sql(
        "UPDATE mentorship_attendance SET person_id = %s WHERE person_id = %s",
        factories.user().pk,
        booked.mentorship.mentor.person_id,
    )


@breaks("attendance_is_kept")
def leave_a_session_by_deleting() -> Iterator[None]:
    session()
    yield
    sql("DELETE FROM mentorship_attendance")


@breaks("session_is_kept")
def delete_a_cancelled_session() -> Iterator[None]:
    booked = session()
    actions.cancel(booked, by=founder(booked.mentorship), at=NOW)
    yield
    sql("DELETE FROM mentorship_mentorsession WHERE id = %s", booked.pk)


@breaks("session_cancelled_at_when_cancelled")
def cancel_at_no_time() -> Iterator[None]:
    booked = session()
    yield
    cancel_by_sql(booked, cancelled_side="")


@breaks("session_late_is_late")
def call_a_timely_cancellation_late() -> Iterator[None]:
    booked = session(nth=3)
    yield
    cancel_by_sql(booked, state="cancelled_late")


@breaks("session_cancelled_in_time")
def call_a_late_cancellation_timely() -> Iterator[None]:
    booked = session()
    yield
    cancel_by_sql(booked, cancelled_at=booked.late_after + timedelta(minutes=1))


@breaks("session_logged_once_begun")
def log_before_the_beginning() -> Iterator[None]:
    booked = session()
    yield
    acting_as()
    change(booked, state="held", minutes=45, logged_at=NOW, logged_by_id=booked.mentorship.mentor.person_id)


@breaks("session_minutes_when_held")
def hold_a_session_of_no_length() -> Iterator[None]:
    booked = session()
    yield
    acting_as()
    change(booked, state="held", logged_at=booked.ends_at, logged_by_id=booked.mentorship.mentor.person_id)


@breaks("moves_mentorship_mentorsession")
def hold_what_was_cancelled() -> Iterator[None]:
    booked = session()
    actions.cancel(booked, by=builders.manager(booked.mentorship.participation), at=NOW)
    yield
    acting_as()
    change(
        booked,
        state="held",
        minutes=45,
        logged_at=booked.ends_at,
        logged_by_id=booked.booked_by_id,
        cancelled_at=None,
        cancelled_by_id=None,
        cancelled_side="",
    )


@breaks("session_keeps_its_name")
def rename_a_session() -> Iterator[None]:
    booked = session()
    yield
    sql("UPDATE mentorship_mentorsession SET uid = gen_random_uuid() WHERE id = %s", booked.pk)


@breaks("session_changes_are_counted")
def cancel_without_counting() -> Iterator[None]:
    booked = session()
    yield
    cancel_by_sql(booked, sequence=booked.sequence)


@breaks("session_moves_only_while_booked")
def move_what_was_held() -> Iterator[None]:
    logged = held()
    yield
    change(logged, ends_at=logged.ends_at + timedelta(minutes=1), sequence=logged.sequence + 1)


@breaks("session_says_once_what_came_of_it")
def blame_the_other_side() -> Iterator[None]:
    booked = session()
    actions.cancel(booked, by=founder(booked.mentorship), at=NOW)
    yield
    change(booked, cancelled_side="mentor")


@breaks("attendance_noted_in_the_log")
def come_before_it_began() -> Iterator[None]:
    session()
    yield
    sql("UPDATE mentorship_attendance SET outcome = 'present'")


@breaks("mentorship_sessionmove_append_only")
def forget_a_move() -> Iterator[None]:
    booked = session(nth=3)
    actions.reschedule(booked, slots(booked.mentorship)[5], by=founder(booked.mentorship), at=NOW)
    yield
    sql("DELETE FROM mentorship_sessionmove")


# --- Reminders --------------------------------------------------------------------------------------


def remind_by_sql(booked: MentorSession, kind: str = "day", minutes: int = -60, sent: bool = False) -> None:
    sql(
        "INSERT INTO mentorship_sessionreminder (session_id, kind, starts_at, due_at, was_sent)"
        " VALUES (%s, %s, %s, %s, %s)",
        booked.pk,
        kind,
        booked.starts_at,
        booked.starts_at + timedelta(minutes=minutes),
        sent,
    )


@breaks("reminder_once")
def remind_twice() -> Iterator[None]:
    booked = session(nth=3)
    yield
    remind_by_sql(booked)


@breaks("reminder_before_the_session")
def remind_afterwards() -> Iterator[None]:
    booked = session()
    booked.reminders.all().delete()
    yield
    remind_by_sql(booked, minutes=5)


@breaks("reminder_sent_when_handled")
def send_without_handling() -> Iterator[None]:
    booked = session()
    booked.reminders.all().delete()
    yield
    remind_by_sql(booked, sent=True)


# --- Notes and items --------------------------------------------------------------------------------


def note_by_sql(logged: MentorSession, author: User, number: int = 9) -> None:
    sql(
        "INSERT INTO mentorship_sessionnote (session_id, kind, author_id, number, text, written_at)"
        " VALUES (%s, 'shared', %s, %s, 'Words', %s)",
        logged.pk,
        author.pk,
        number,
        NOW,
    )


@breaks("note_by_its_mentor")
def write_into_a_strangers_session() -> Iterator[None]:
    logged = held()
    yield
    note_by_sql(logged, factories.user())


@breaks("note_version_once")
def write_a_version_twice() -> Iterator[None]:
    logged = held()
    yield
    note_by_sql(logged, logged.mentorship.mentor.person, number=1)


@breaks("note_numbered_from_one")
def write_a_version_before_the_first() -> Iterator[None]:
    logged = held()
    yield
    note_by_sql(logged, logged.mentorship.mentor.person, number=0)


@breaks("note_stands_as_written")
def publish_a_private_note() -> Iterator[None]:
    held(private="For my eyes only")
    yield
    sql("UPDATE mentorship_sessionnote SET kind = 'shared', number = 7 WHERE kind = 'private'")


@breaks("note_is_kept")
def delete_a_note() -> Iterator[None]:
    held()
    yield
    sql("DELETE FROM mentorship_sessionnote")


def promised() -> ActionItem:
    return held(items=[actions.NewItem("startup", "Send the list")]).items.get()


def promise_by_sql(item: ActionItem, **columns: object) -> None:
    acting_as()
    values = {"side": item.side, "text": item.text, "due_on": item.due_on, "created_at": NOW} | columns
    sql(
        f"INSERT INTO mentorship_actionitem (session_id, created_by_id, state, {', '.join(values)})"
        f" VALUES (%s, %s, 'open', {', '.join(['%s'] * len(values))})",
        item.session_id,
        item.created_by_id,
        *values.values(),
    )


@breaks("item_has_words")
def promise_nothing() -> Iterator[None]:
    item = promised()
    yield
    promise_by_sql(item, text="")


@breaks("item_owed_by_a_side")
def let_the_programme_owe() -> Iterator[None]:
    item = promised()
    yield
    promise_by_sql(item, side="programme")


@breaks("item_stands_as_promised")
def let_the_other_side_owe() -> Iterator[None]:
    item = promised()
    yield
    sql("UPDATE mentorship_actionitem SET side = 'mentor' WHERE id = %s", item.pk)


@breaks("item_closed_by_and_at")
def do_it_at_no_time() -> Iterator[None]:
    item = promised()
    yield
    acting_as()
    sql("UPDATE mentorship_actionitem SET state = 'done' WHERE id = %s", item.pk)


@breaks("moves_mentorship_actionitem")
def drop_what_is_done() -> Iterator[None]:
    item = promised()
    actions.complete_action_item(item, by=item.created_by, at=NOW)
    yield
    acting_as()
    sql("UPDATE mentorship_actionitem SET state = 'dropped' WHERE id = %s", item.pk)


@breaks("item_is_kept")
def forget_a_promise() -> Iterator[None]:
    item = promised()
    yield
    sql("DELETE FROM mentorship_actionitem WHERE id = %s", item.pk)


# --- Days -------------------------------------------------------------------------------------------


@breaks("rule_days_known")
def offer_hours_for_ten_thousand_years() -> Iterator[None]:
    mentor = pair().mentor
    yield
    sql("UPDATE mentorship_availabilityrule SET until_on = '9999-12-31' WHERE mentor_id = %s", mentor.pk)


@breaks("opening_hours_known")
def offer_an_hour_in_ten_thousand_years() -> Iterator[None]:
    mentor = pair().mentor
    yield
    sql(
        "INSERT INTO mentorship_opening (mentor_id, starts_at, ends_at)"
        " VALUES (%s, '9999-12-31 20:00Z', '9999-12-31 21:00Z')",
        mentor.pk,
    )


@breaks("time_off_days_known")
def be_away_for_ten_thousand_years() -> Iterator[None]:
    mentor = pair().mentor
    yield
    sql(
        "INSERT INTO mentorship_timeoff (mentor_id, span)"
        " VALUES (%s, tstzrange('2027-06-01 00:00Z', '9999-12-31 23:59Z'))",
        mentor.pk,
    )


@breaks("session_hours_known")
def meet_in_ten_thousand_years() -> Iterator[None]:
    mentorship = pair()
    yield
    acting_as()
    book_by_sql(mentorship, datetime(9999, 12, 30, tzinfo=UTC))


@breaks("item_day_known")
def promise_for_ten_thousand_years() -> Iterator[None]:
    item = held(items=[actions.NewItem("startup", "Collect scans")]).items.get()
    yield
    promise_by_sql(item, due_on="9999-12-31")
