"""The pages: what each side sees and does, 404 for everybody else, refusals in words, as many queries for many rows."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Membership
from mentorship import actions
from mentorship.actions import NewItem
from mentorship.models import ActionItem, AvailabilityRule, Mentor, MentorSession, Mentorship, Opening, TimeOff
from mentorship.pages import pairings
from mentorship.pages.dashboard import session_cells
from portal.laws.transitions import acting
from portal.models import Role, User
from tests import factories
from tests.applications.pages import signed_out
from tests.mentorship import builders
from tests.mentorship.builders import NOW, founder, held, mentor_person, pair, session, slots

pytestmark = pytest.mark.usefixtures("set_clock")
SetClock = Callable[[datetime], None]
SCRIPT = "<script>alert('x')</script>"


def client(person: User | None) -> Client:
    made = Client()
    if person:
        made.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made


def page(person: User, name: str, *args: object, query: str = "") -> str:
    response = client(person).get(reverse(name, args=args) + query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def post(person: User, name: str, *args: object, **data: Any) -> HttpResponse:
    return cast("HttpResponse", client(person).post(reverse(name, args=args), data))


def shows(response: Any, words: str) -> bool:
    content: bytes = response.content
    return words in content.decode()


def queries(person: User, name: str, *args: object) -> int:
    made = client(person)
    made.get(reverse(name, args=args))  # what is read once for all is warm
    with CaptureQueriesContext(connection) as context:
        assert made.get(reverse(name, args=args)).status_code == 200
    return sum("portal_democlock" not in query["sql"] for query in context)  # read anew every second


def people(mentorship: Mentorship) -> dict[str, User]:
    """Give those who may see nothing of a pair's sessions in the portal."""
    participation = mentorship.participation
    programme = participation.cohort.programme
    other = pair()
    return {
        "stranger": factories.user(),
        "another founder": founder(other),
        "another mentor": mentor_person(participation),
        "mentor of another startup": other.mentor.person,
        "manager": builders.manager(participation),
        "auditor": factories.holder(Role.AUDITOR, programme),
        "reviewer": factories.holder(Role.REVIEWER, programme),
    }


# --- Who sees what ----------------------------------------------------------------------------------

SESSION_PAGES = (
    "mentor_session",
    "session_invitation",
    "session_log",
    "session_cancel",
    "session_reschedule",
    "session_no_show",
)


def test_sessions_are_404_to_everybody_but_the_two_sides() -> None:
    mentorship = pair()
    made = session(mentorship)
    for who, person in people(mentorship).items():
        for name in SESSION_PAGES:
            assert client(person).get(reverse(name, args=[made.pk])).status_code == 404, (who, name)
            assert post(person, name, made.pk).status_code in (404, 405), (who, name)
    for name in SESSION_PAGES:
        response = client(None).get(reverse(name, args=[made.pk]))
        assert response["Location"].startswith(reverse("account_login"))


def test_booking_is_404_to_everybody_but_the_startup() -> None:
    mentorship = pair()
    for person in (*people(mentorship).values(), mentorship.mentor.person):
        assert client(person).get(reverse("booking", args=[mentorship.participation_id])).status_code == 404
        assert (
            post(person, "booking", mentorship.participation_id, starts_at=slots(mentorship)[0].isoformat()).status_code
            == 404
        )


def test_items_are_404_to_everybody_but_the_two_sides() -> None:
    mentorship = pair()
    item = held(mentorship, items=[NewItem("startup", "Send the list")]).items.get()
    for person in people(mentorship).values():
        assert client(person).get(reverse("action_items", args=[mentorship.participation_id])).status_code == 404
        assert post(person, "action_item_change", item.pk, "done").status_code == 404
    for person in (founder(mentorship), mentorship.mentor.person):
        assert "Send the list" in page(person, "action_items", mentorship.participation_id)
    item.refresh_from_db()
    assert item.state == "open"


def test_the_mentors_pages_are_404_to_who_is_none() -> None:
    mentorship = pair()
    for name in ("mentoring", "mentor_hours", "mentor_profile"):
        assert client(founder(mentorship)).get(reverse(name)).status_code == 404
        assert client(None).get(reverse(name)).status_code == 302
        page(mentorship.mentor.person, name)


def test_a_mentor_who_lost_the_role_sees_404() -> None:
    mentorship = pair()
    made = session(mentorship)
    mentorship.mentor.person.role_grants.update(ends_on=NOW.date().replace(year=2021))
    for name, args in (
        ("mentoring", []),
        ("mentor_session", [made.pk]),
        ("action_items", [mentorship.participation_id]),
    ):
        assert client(mentorship.mentor.person).get(reverse(name, args=args)).status_code == 404


def test_a_viewer_reads_and_changes_nothing() -> None:
    mentorship = pair()
    made = session(mentorship)
    viewer = factories.user()
    Membership.objects.create(startup=mentorship.participation.startup, person=viewer, role="viewer", joined_at=NOW)
    assert "Evaluations" in page(viewer, "mentor_session", made.pk)
    assert reverse("session_cancel", args=[made.pk]) not in page(viewer, "mentor_session", made.pk)
    assert "only founders and editors" in page(viewer, "booking", mentorship.participation_id)
    assert shows(post(viewer, "session_cancel", made.pk, reason="x"), "not yours to change")
    assert shows(
        post(viewer, "session_reschedule", made.pk, starts_at=slots(mentorship)[0].isoformat()), "not yours to change"
    )
    made.refresh_from_db()
    assert (made.state, made.sequence) == ("booked", 0)


# --- Booking ----------------------------------------------------------------------------------------


def test_booking_shows_hours_by_day_in_the_readers_zone() -> None:
    mentorship = pair()
    by = founder(mentorship)
    assert "9:00\u202fAM" in page(by, "booking", mentorship.participation_id)  # the programme's zone: New York
    User.objects.filter(pk=by.pk).update(timezone="Asia/Kolkata")
    shown = page(by, "booking", mentorship.participation_id)
    assert "6:30\u202fPM" in shown
    assert "Kolkata time" in shown
    assert "Tuesday, May 4, 2027" in shown


def test_booking_books_and_leads_to_the_session() -> None:
    mentorship = pair()
    start = slots(mentorship)[1]
    response = post(
        founder(mentorship), "booking", mentorship.participation_id, starts_at=start.isoformat(), topic="Evaluations"
    )
    made = MentorSession.objects.get()
    assert response["Location"] == reverse("mentor_session", args=[made.pk])
    assert (made.starts_at, made.topic) == (start, "Evaluations")


def test_booking_a_taken_hour_says_so_keeps_the_words_and_shows_what_is_free() -> None:
    mentorship = pair()
    taken, free = slots(mentorship)[:2]
    other = factories.participation()
    factories.grant(mentorship.mentor.person, Role.MENTOR, other.cohort.programme)
    session(pair(other, User.objects.get(pk=mentorship.mentor.person_id)))
    response = post(
        founder(mentorship), "booking", mentorship.participation_id, starts_at=taken.isoformat(), topic=f"Mine {SCRIPT}"
    )
    assert shows(response, "That hour has just been taken.")
    assert shows(response, "Mine &lt;script&gt;")
    assert not shows(response, taken.isoformat())
    assert shows(response, free.isoformat())
    assert MentorSession.objects.count() == 1


@pytest.mark.parametrize(
    "starts_at", ["", "tomorrow", "2027-05-04T13:00:00", "9999-99-99T00:00:00+00:00", "2027-05-04", "\x00", "1" * 5000]
)
def test_booking_what_is_no_hour_is_refused_beside_the_form(starts_at: str) -> None:
    mentorship = pair()
    response = post(founder(mentorship), "booking", mentorship.participation_id, starts_at=starts_at, topic="Words")
    assert response.status_code == 422
    assert shows(response, "Choose")
    assert shows(response, "Words")
    assert not MentorSession.objects.exists()


def test_booking_without_or_with_too_long_a_topic_keeps_the_hour() -> None:
    mentorship = pair()
    start = slots(mentorship)[2].isoformat()
    for topic in ("", "x" * 501):
        response = post(founder(mentorship), "booking", mentorship.participation_id, starts_at=start, topic=topic)
        assert re.search(rf'value="{re.escape(start)}" required checked', response.content.decode())
    assert not MentorSession.objects.exists()


def test_booking_without_a_mentor_or_hours_says_what_happens_next() -> None:
    participation = factories.participation()
    assert "No mentor yet" in page(factories.founder_of(participation.startup), "booking", participation.pk)
    mentorship = pair(hours=False)
    assert "No free hours at the moment" in page(founder(mentorship), "booking", mentorship.participation_id)


def test_booking_the_other_mentor_of_a_startup() -> None:
    first = pair()
    second = pair(first.participation, mentor_person(first.participation, "Second Mentor"))
    by = founder(first)
    assert "Book a session with Max Mentor" in page(by, "booking", first.participation_id)
    assert "Book a session with Second Mentor" in page(
        by, "booking", first.participation_id, query=f"?with={second.pk}"
    )
    start = slots(second)[0].isoformat()
    post(by, "booking", first.participation_id, starts_at=start, topic="Second", **{"with": second.pk})
    assert MentorSession.objects.get().mentorship == second
    stranger = pair()
    assert client(by).get(reverse("booking", args=[first.participation_id]) + f"?with={stranger.pk}").status_code == 404


def test_what_was_written_before_the_login_is_there_after_it() -> None:
    mentorship = pair()
    by, address = founder(mentorship), reverse("booking", args=[mentorship.participation_id])
    visitor = signed_out(by)
    response = visitor.post(address, {"starts_at": slots(mentorship)[0].isoformat(), "topic": "Do not lose me"})
    assert response["Location"].startswith(reverse("account_login"))
    visitor.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Do not lose me" in visitor.get(address).content.decode()


# --- Session pages ----------------------------------------------------------------------------------


def test_session_page_moves_and_cancels_with_consequences() -> None:
    mentorship = pair()
    made = session(mentorship, 3)
    by = founder(mentorship)
    assert "Your mentor" not in page(by, "mentor_session", made.pk)
    assert "Max Mentor gets a mail with your words" in page(by, "session_cancel", made.pk)
    new = slots(mentorship)[5]
    assert post(by, "session_reschedule", made.pk, starts_at=new.isoformat()).status_code == 302
    made.refresh_from_db()
    assert made.starts_at == new
    assert "Moved" in page(by, "mentor_session", made.pk)
    assert post(mentorship.mentor.person, "session_cancel", made.pk, reason=f"Ill {SCRIPT}").status_code == 302
    assert "Ill &lt;script&gt;" in page(by, "mentor_session", made.pk)
    for name in ("session_cancel", "session_reschedule"):
        assert client(by).get(reverse(name, args=[made.pk])).status_code == 302


def test_late_cancelling_asks_why(set_clock: SetClock) -> None:
    made = session()
    by = founder(made.mentorship)
    set_clock(made.late_after + timedelta(minutes=1))
    assert "It counts as cancelled late." in page(by, "session_cancel", made.pk)
    assert shows(post(by, "session_cancel", made.pk, reason=""), "This field is required.")
    made.refresh_from_db()
    assert made.state == "booked"
    post(by, "session_cancel", made.pk, reason="Fire")
    made.refresh_from_db()
    assert made.state == "cancelled_late"


def test_invitation_is_a_file_for_the_calendar() -> None:
    made = session()
    response = client(founder(made.mentorship)).get(reverse("session_invitation", args=[made.pk]))
    assert response["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert response["Content-Disposition"] == f'attachment; filename="session-{made.pk}.ics"'
    assert f"UID:{made.uid}" in response.content.decode()


def log(**changes: Any) -> dict[str, Any]:
    """Give a filled-in log with two items."""
    values = {
        "outcome": "held",
        "minutes": "50",
        "startup_outcome": "late",
        "shared": "Shared words",
        "private": "Private words",
        "items-TOTAL_FORMS": "3",
        "items-INITIAL_FORMS": "0",
        "items-0-text": "Send the list",
        "items-0-side": "startup",
        "items-0-due_on": "2027-05-20",
        "items-1-text": "Introduce them",
        "items-1-side": "mentor",
        "items-1-due_on": "",
        "items-2-text": "",
        "items-2-side": "startup",
        "items-2-due_on": "",
    }
    return values | changes


def test_log_is_filled_in_beforehand_and_kept(set_clock: SetClock) -> None:
    made = session()
    mentor = made.mentorship.mentor.person
    set_clock(made.ends_at + timedelta(minutes=5))
    shown = page(mentor, "session_log", made.pk)
    assert 'name="minutes" value="45"' in shown
    assert "Evaluations" in shown
    assert post(mentor, "session_log", made.pk, **log()).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.minutes) == ("held", 50)
    assert list(made.items.order_by("id").values_list("text", flat=True)) == ["Send the list", "Introduce them"]
    again = page(mentor, "session_log", made.pk)
    assert 'name="minutes" value="50"' in again
    assert "Shared words</textarea>" in again
    assert "Private words</textarea>" in again


def test_log_that_is_wrong_keeps_every_word(set_clock: SetClock) -> None:
    made = session()
    mentor = made.mentorship.mentor.person
    set_clock(made.ends_at)
    wrong: list[dict[str, Any]] = [
        {"minutes": "0"},
        {"minutes": "many"},
        {"shared": "x" * 10_001},
        {"items-0-text": "y" * 301},
        {"items-0-due_on": "soon"},
        {"items-0-side": "programme"},
        {"outcome": "maybe"},
        {"items-TOTAL_FORMS": "999"},
        {"items-TOTAL_FORMS": "x"},
    ]
    for changes in wrong:
        response = post(mentor, "session_log", made.pk, **log(**changes))
        assert response.status_code == 422, changes
        assert shows(response, "Private words")
    made.refresh_from_db()
    assert (made.state, ActionItem.objects.count()) == ("booked", 0)


def test_log_of_who_did_not_come(set_clock: SetClock) -> None:
    made = session()
    mentor = made.mentorship.mentor.person
    set_clock(made.ends_at)
    post(mentor, "session_log", made.pk, **log(outcome="no_show"))
    made.refresh_from_db()
    assert (made.state, made.items.count()) == ("no_show", 0)


def test_log_is_the_mentors_and_only_once_begun(set_clock: SetClock) -> None:
    made = session()
    assert client(founder(made.mentorship)).get(reverse("session_log", args=[made.pk])).status_code == 404
    assert client(made.mentorship.mentor.person).get(reverse("session_log", args=[made.pk])).status_code == 302
    set_clock(made.starts_at)
    page(made.mentorship.mentor.person, "session_log", made.pk)


def test_startup_says_that_the_mentor_did_not_come(set_clock: SetClock) -> None:
    made = session()
    by = founder(made.mentorship)
    assert client(by).get(reverse("session_no_show", args=[made.pk])).status_code == 302
    assert client(made.mentorship.mentor.person).get(reverse("session_no_show", args=[made.pk])).status_code == 404
    set_clock(made.ends_at)
    assert "Max Mentor gets a mail" in page(by, "session_no_show", made.pk)
    assert post(by, "session_no_show", made.pk).status_code == 302
    made.refresh_from_db()
    assert made.state == "no_show"


def test_items_are_ticked_off_where_they_stand() -> None:
    mentorship = pair()
    made = held(mentorship, items=[NewItem("startup", f"Send {SCRIPT}"), NewItem("mentor", "Introduce them")])
    theirs, mine = made.items.order_by("id")
    by = founder(mentorship)
    back = reverse("action_items", args=[mentorship.participation_id])
    response = post(by, "action_item_change", theirs.pk, "done", next=back)
    assert response["Location"] == back
    assert post(by, "action_item_change", theirs.pk, "reopen", next="https://evil.example/")["Location"] == reverse(
        "mentor_session", args=[made.pk]
    )
    assert (
        "not yours to close"
        in client(by).post(reverse("action_item_change", args=[mine.pk, "drop"]), follow=True).content.decode()
    )
    assert post(by, "action_item_change", mine.pk, "explode").status_code == 404
    shown = client(by).get(reverse("action_item_change", args=[theirs.pk, "done"]))
    assert shown["Location"] == reverse("mentor_session", args=[made.pk])
    assert [i.state for i in made.items.order_by("id")] == ["open", "open"]


# --- The mentor's pages -----------------------------------------------------------------------------


def test_mentoring_shows_what_is_next_with_its_context(set_clock: SetClock) -> None:
    mentorship = pair()
    held(mentorship, 0, shared="Gate the releases", items=[NewItem("startup", "Send the list")])
    ahead = session(mentorship, 3, topic="Agents")
    unlogged = session(mentorship, 0)
    set_clock(ahead.starts_at - timedelta(hours=3))
    shown = page(mentorship.mentor.person, "mentoring")
    for words in (
        "Agents",
        "Gate the releases",
        "Send the list",
        "It is your move",
        str(mentorship.participation.startup),
    ):
        assert words in shown
    assert reverse("session_log", args=[unlogged.pk]) in shown


def test_a_new_mentor_is_asked_for_hours_and_profile() -> None:
    person = factories.holder(Role.MENTOR, factories.programme())
    assert "Offer your first hours" in page(person, "mentoring")
    assert client(person).get(reverse("mentor_hours"))["Location"] == reverse("mentor_profile")
    assert not Mentor.objects.filter(person=person).exists()
    details = {
        "headline": "Engineer",
        "skills": SCRIPT,
        "meeting_link": "https://meet.example.org/x",
        "minutes": "30",
        "buffer_minutes": "0",
        "notice_hours": "12",
        "cancel_hours": "6",
        "horizon_days": "14",
    }
    assert post(person, "mentor_profile", **details)["Location"] == reverse("mentor_hours")
    mentor = Mentor.objects.get(person=person)
    assert (mentor.headline, mentor.minutes, mentor.skills) == ("Engineer", 30, SCRIPT)
    for bad in (
        {"meeting_link": "javascript:alert(1)"},
        {"meeting_link": "http://x.org"},
        {"minutes": "5"},
        {"horizon_days": "999"},
    ):
        assert post(person, "mentor_profile", **(details | bad)).status_code == 422
    mentor.refresh_from_db()
    assert (mentor.meeting_link, mentor.minutes) == ("https://meet.example.org/x", 30)


def test_hours_are_added_and_removed_without_a_script() -> None:
    person = factories.holder(Role.MENTOR, factories.programme())
    User.objects.filter(pk=person.pk).update(timezone="Europe/London")
    rule = {
        "add": "rule",
        "rule-weekday": "1",
        "rule-starts": "09:00",
        "rule-ends": "12:00",
        "rule-from_on": "2027-05-01",
    }
    opening = {"add": "opening", "opening-on": "2027-05-08", "opening-starts": "10:00", "opening-ends": "11:00"}
    off = {"add": "off", "off-first_on": "2027-05-10", "off-last_on": "2027-05-11"}
    for form in (rule, opening, off):
        assert post(person, "mentor_hours", **form).status_code == 302
    assert AvailabilityRule.objects.get().zone == "Europe/London"
    shown = page(person, "mentor_hours")
    for words in ("Tuesday", "Saturday, May 8, 2027", "May 10, 2027", "London time"):
        assert words in shown
    assert shows(post(person, "mentor_hours", **rule), "You already offer hours on that weekday at that time.")
    assert shows(post(person, "mentor_hours", **(rule | {"rule-ends": "25:00"})), "Enter a valid time.")
    assert post(person, "mentor_hours", add="nothing").status_code == 404
    rows: list[tuple[str, Any]] = [("rule", AvailabilityRule), ("opening", Opening), ("off", TimeOff)]
    stranger = pair().mentor.person
    for kind, model in rows:
        row = model.objects.filter(mentor__person=person).get()
        assert post(stranger, "mentor_hours_remove", kind, row.pk).status_code == 404
        assert post(person, "mentor_hours_remove", kind, row.pk).status_code == 302
        assert not model.objects.filter(mentor__person=person).exists()
    assert post(person, "mentor_hours_remove", "nothing", 1).status_code == 404


def test_time_off_tells_of_the_sessions_in_it() -> None:
    mentorship = pair()
    session(mentorship)
    person = mentorship.mentor.person
    form = {"add": "off", "off-first_on": "2027-05-04", "off-last_on": "2027-05-04"}
    response = client(person).post(reverse("mentor_hours"), form, follow=True)
    assert shows(response, "1 session is booked on these days and stays booked")


# --- Dashboards, seat, strip ------------------------------------------------------------------------


def test_dashboards_show_each_side_what_is_theirs() -> None:
    mentorship = pair()
    made = session(mentorship)
    shown = page(founder(mentorship), "dashboard")
    assert "Max Mentor" in shown
    assert reverse("booking", args=[mentorship.participation_id]) in shown
    assert reverse("mentor_session", args=[made.pk]) in page(mentorship.mentor.person, "dashboard")
    assert reverse("mentoring") not in page(factories.user(), "dashboard")


def test_the_seat_shows_mentors_sessions_and_the_strip() -> None:
    mentorship = pair()
    held(mentorship, 0)
    session(mentorship, 2)
    shown = page(founder(mentorship), "participation", mentorship.participation_id)
    for words in ("Max Mentor", "Book a session", "1 session held", "1 session booked"):
        assert words in shown
    empty = factories.participation()
    assert "No mentor yet" in page(factories.founder_of(empty.startup), "participation", empty.pk)


def test_strip_counts_sessions_in_the_programmes_months_in_one_query() -> None:
    mentorship = pair()
    held(mentorship, 0)
    actions.cancel(session(mentorship, 0), by=founder(mentorship), at=NOW)
    empty = factories.participation()
    for participations in ([mentorship.participation], [mentorship.participation, empty, pair().participation]):
        with CaptureQueriesContext(connection) as context:
            cells = session_cells(participations, NOW)
        ours = [q for q in context if "mentorship" in q["sql"]]
        assert len(ours) == 1
        request = RequestFactory().get("/")
        pairings.shown(request, participations)
        with CaptureQueriesContext(connection) as context:
            assert session_cells(participations, NOW, request) == cells
        assert len(context) == 0
    months = {
        period: [(c.state, c.label) for c in parts]
        for (seat, period), parts in cells.items()
        if seat == mentorship.participation_id
    }
    first, *rest = mentorship.participation.periods()
    assert months[first] == [("held", "1 session held")]
    assert all(months[period] == [("none", "No session yet")] for period in rest)
    assert not any(seat == empty.pk for seat, _period in cells)


# --- As many queries for many rows ------------------------------------------------------------------


def grow(mentorship: Mentorship, rows: int) -> None:
    """Give a pair as many held sessions, items, and sessions ahead; and the mentor as many startups."""
    mentorship = builders.fetched(mentorship)
    mentor = User.objects.get(pk=mentorship.mentor.person_id)
    Mentor.objects.filter(person=mentor).update(horizon_days=120)
    for nth in range(rows):
        items = [NewItem("startup", f"Item {nth}"), NewItem("mentor", f"Mine {nth}")]
        made = held(builders.fetched(mentorship), shared=f"Words {nth}", items=items)
        actions.complete_action_item(made.items.order_by("id")[0], by=mentor, at=made.ends_at)
        session(builders.fetched(mentorship), 0, topic=f"Ahead {nth}")


MOST_QUERIES = {("dashboard", "founder"): 10, ("participation", "founder"): 10}


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("mentoring", "mentor"),
        ("mentor_hours", "mentor"),
        ("action_items", "mentor"),
        ("action_items", "founder"),
        ("participation", "founder"),
        ("dashboard", "founder"),
        ("dashboard", "mentor"),
        ("booking", "founder"),
    ],
)
def test_pages_take_as_many_queries_for_many_rows_as_for_one(name: str, side: str) -> None:
    counts = []
    for rows in (1, 3, 6):
        mentorship = pair()
        grow(mentorship, rows)
        person = mentorship.mentor.person if side == "mentor" else founder(mentorship)
        args = [mentorship.participation_id] if name in ("action_items", "participation", "booking") else []
        counts.append(queries(person, name, *args))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= MOST_QUERIES.get((name, side), 100), counts


def test_a_session_takes_as_many_queries_for_many_items_as_for_one() -> None:
    counts = []
    for rows in (1, 3, 30):
        made = held(items=[NewItem("startup", f"Item {n}") for n in range(rows)])
        counts.append(queries(founder(made.mentorship), "mentor_session", made.pk))
    assert len(set(counts)) == 1, counts


def test_mentoring_takes_as_many_queries_for_many_startups_as_for_one() -> None:
    counts = []
    for rows in (1, 3, 6):
        first = pair()
        programme, person = first.participation.cohort.programme, User.objects.get(pk=first.mentor.person_id)
        for _ in range(rows - 1):
            seat = factories.participation(factories.submitted(to=factories.cohort(programme)))
            actions.pair(seat, person, by=builders.manager(seat), at=NOW)
        counts.append(queries(person, "mentoring"))
    assert len(set(counts)) == 1, counts


def test_mentoring_takes_as_many_queries_for_many_sessions_as_for_one() -> None:
    counts = []
    for rows in (1, 3, 30):
        mentorship = pair()
        Mentor.objects.filter(pk=mentorship.mentor_id).update(horizon_days=120)
        mentorship = builders.fetched(mentorship)
        for start in slots(mentorship)[:rows]:
            actions.book(mentorship, start, topic="Ahead", by=founder(mentorship), at=NOW)
        counts.append(queries(mentorship.mentor.person, "mentoring"))
    assert len(set(counts)) == 1, counts


# --- Words of others --------------------------------------------------------------------------------


def test_scripts_come_out_escaped_and_long_names_stay(set_clock: SetClock) -> None:
    mentorship = pair()
    startup = mentorship.participation.startup
    startup.name = f"{SCRIPT}{'N' * 80}"
    startup.save()
    User.objects.filter(pk=mentorship.mentor.person_id).update(name=f"M{SCRIPT}")
    Mentor.objects.filter(pk=mentorship.mentor_id).update(headline=SCRIPT, skills=SCRIPT)
    mentorship = builders.fetched(mentorship)
    booked = session(mentorship, topic=SCRIPT)
    actions.log_session(
        booked,
        minutes=5,
        shared=SCRIPT,
        private=SCRIPT,
        items=[NewItem("startup", SCRIPT), NewItem("mentor", SCRIPT)],
        by=mentorship.mentor.person,
        at=booked.ends_at,
    )
    ahead = session(mentorship, 2, topic=SCRIPT)
    set_clock(ahead.starts_at - timedelta(hours=30))
    seat, by, mentor = mentorship.participation_id, founder(mentorship), mentorship.mentor.person
    pages: list[tuple[Any, ...]] = [
        (by, "booking", seat),
        (by, "mentor_session", booked.pk),
        (by, "session_cancel", ahead.pk),
        (by, "session_reschedule", ahead.pk),
        (by, "action_items", seat),
        (by, "dashboard"),
        (by, "participation", seat),
        (mentor, "mentoring"),
        (mentor, "mentor_session", booked.pk),
        (mentor, "session_log", booked.pk),
        (mentor, "mentor_profile"),
        (mentor, "mentor_hours"),
        (mentor, "dashboard"),
    ]
    for person, name, *args in pages:
        assert "<script>alert" not in page(person, name, *args), name


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_carry_no_inline_script_or_style(language: str, set_clock: SetClock) -> None:
    mentorship = pair()
    User.objects.update(language=language)
    booked = held(mentorship, items=[NewItem("startup", "Send the list")])
    ahead = session(builders.fetched(mentorship), 2)
    set_clock(ahead.starts_at - timedelta(hours=30))
    mentor, by = User.objects.get(pk=mentorship.mentor.person_id), founder(mentorship)
    pages: list[tuple[Any, ...]] = [
        (by, "booking", mentorship.participation_id),
        (by, "mentor_session", ahead.pk),
        (mentor, "session_log", booked.pk),
        (mentor, "mentoring"),
        (mentor, "mentor_hours"),
        (by, "session_cancel", ahead.pk),
    ]
    for person, name, *args in pages:
        shown = page(person, name, *args)
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", shown), name


def test_session_page_promises_only_what_will_happen(set_clock: SetClock) -> None:
    booked = session()
    person = founder(booked.mentorship)
    for ahead, reminders, is_late in (
        (timedelta(days=2), "a reminder a day and an hour before", False),
        (timedelta(hours=5), "a reminder an hour before", True),
        (timedelta(minutes=30), "It begins within the hour.", True),
    ):
        set_clock(booked.starts_at - ahead)
        shown = page(person, "mentor_session", booked.pk)
        assert reminders in shown
        assert ("A cancellation now counts as late." in shown, "a cancellation counts as late." in shown) == (
            is_late,
            not is_late,
        )


@pytest.mark.parametrize("name", ["dashboard", "participation"])
def test_a_seat_takes_as_many_queries_for_300_sessions_as_for_one(name: str) -> None:
    counts = []
    for most in (1, 3, 300):
        mentorship = pair()
        by = mentorship.mentor.person
        begins = [NOW + timedelta(days=2, hours=2 * n) for n in range(most)]
        with transaction.atomic():
            acting(by=by, at=NOW)
            MentorSession.objects.bulk_create(
                MentorSession(
                    mentorship=mentorship,
                    starts_at=start,
                    ends_at=start + timedelta(hours=1),
                    late_after=start - timedelta(days=1),
                    booked_by=by,
                    booked_at=NOW,
                    changed_at=NOW,
                )
                for start in begins
            )
        args = [mentorship.participation_id] if name == "participation" else []
        shown = page(founder(mentorship), name, *args)
        assert reverse("mentor_session", args=[mentorship.sessions.order_by("starts_at")[0].pk]) in shown
        counts.append(queries(founder(mentorship), name, *args))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= MOST_QUERIES[name, "founder"]
