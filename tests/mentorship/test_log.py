"""What came of a session: attendance, notes with their versions, items, and what each act refuses."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from mentorship import actions
from mentorship.actions import NewItem
from mentorship.models import ActionItem, MentorSession, SessionNote
from portal.models import OutgoingMail, Transition, User
from portal.refusals import Refusal
from tests import factories
from tests.mentorship import builders
from tests.mentorship.builders import NOW, founder, held, session

pytestmark = pytest.mark.django_db


def outcomes(of: MentorSession) -> list[str]:
    """Give the attendance of the mentor, then of the startup."""
    return list(of.attendances.order_by("person_id").values_list("outcome", flat=True))


def notes(of: MentorSession) -> list[tuple[str, int, str]]:
    return list(of.notes.order_by("kind", "number").values_list("kind", "number", "text"))


def test_log_holds_the_session_writes_notes_and_items_and_tells_the_startup() -> None:
    made = session()
    mentor, at = made.mentorship.mentor.person, made.ends_at
    actions.log_session(
        made,
        minutes=50,
        startup_outcome="late",
        shared=" We looked at evaluations. ",
        private="They are tired.",
        items=[NewItem("startup", "Send the list", date(2027, 5, 10)), NewItem("mentor", " Introduce them ")],
        by=mentor,
        at=at,
    )
    assert (made.state, made.minutes, made.logged_by, made.logged_at) == ("held", 50, mentor, at)
    assert outcomes(made) == ["present", "late"]
    assert notes(made) == [("private", 1, "They are tired."), ("shared", 1, "We looked at evaluations.")]
    items = list(made.items.order_by("id").values_list("side", "text", "due_on", "state"))
    assert items == [
        ("startup", "Send the list", date(2027, 5, 10), "open"),
        ("mentor", "Introduce them", None, "open"),
    ]
    [mail] = OutgoingMail.objects.filter(kind="session_logged")
    assert mail.to_email == founder(made.mentorship).email
    assert "- Send the list (by May 10, 2027)" in mail.text
    assert "Introduce them" not in mail.text
    assert all(a.is_active for a in made.attendances.all())


def test_a_second_log_mends_the_first_and_keeps_its_versions() -> None:
    made = held(shared="First", private="Mine", items=[NewItem("startup", "Send the list")])
    logged_at, mentor = made.logged_at, made.mentorship.mentor.person
    again = [NewItem("startup", "Send the list"), NewItem("startup", "Read the paper")]
    actions.log_session(
        made, minutes=30, shared="Second", private="Mine", items=again, by=mentor, at=made.ends_at + timedelta(days=1)
    )
    assert (made.minutes, made.logged_at) == (30, logged_at)
    assert notes(made) == [("private", 1, "Mine"), ("shared", 1, "First"), ("shared", 2, "Second")]
    assert list(made.items.order_by("id").values_list("text", flat=True)) == ["Send the list", "Read the paper"]
    assert OutgoingMail.objects.filter(kind="session_logged").count() == 1
    assert Transition.objects.of(made).count() == 2


def test_the_same_log_twice_changes_nothing() -> None:
    made = session()
    for _ in range(2):
        actions.log_session(
            made,
            minutes=45,
            shared="Once",
            items=[NewItem("startup", "Once")],
            by=made.mentorship.mentor.person,
            at=made.ends_at,
        )
    assert (SessionNote.objects.count(), ActionItem.objects.count()) == (1, 1)


def test_emptied_words_are_a_version_too() -> None:
    made = held(shared="Said too much")
    actions.log_session(made, minutes=45, shared="", by=made.mentorship.mentor.person, at=made.ends_at)
    assert notes(made) == [("shared", 1, "Said too much"), ("shared", 2, "")]


def test_log_is_refused_to_others_too_early_and_once_cancelled() -> None:
    made = session()
    for person in (founder(made.mentorship), factories.user(), builders.manager(made.mentorship.participation)):
        with pytest.raises(Refusal, match="Only the mentor logs a session"):
            actions.log_session(made, minutes=45, by=person, at=made.ends_at)
    mentor = made.mentorship.mentor.person
    with pytest.raises(Refusal, match="has not begun yet"):
        actions.log_session(made, minutes=45, by=mentor, at=made.starts_at - timedelta(seconds=1))
    for minutes in (0, 481):
        with pytest.raises(Refusal, match="1 to 480"):
            actions.log_session(made, minutes=minutes, by=mentor, at=made.ends_at)
    actions.cancel(made, by=founder(made.mentorship), at=NOW)
    with pytest.raises(Refusal, match="was cancelled"):
        actions.log_session(made, minutes=45, by=mentor, at=made.ends_at)
    assert (SessionNote.objects.count(), OutgoingMail.objects.filter(kind="session_logged").count()) == (0, 0)


def test_a_stale_copy_logs_what_stands_in_the_database() -> None:
    made = session()
    stale = MentorSession.objects.get(pk=made.pk)
    actions.log_session(made, minutes=45, shared="One", by=made.mentorship.mentor.person, at=made.ends_at)
    actions.log_session(stale, minutes=50, shared="Two", by=made.mentorship.mentor.person, at=made.ends_at)
    assert notes(made) == [("shared", 1, "One"), ("shared", 2, "Two")]
    assert Transition.objects.of(made).count() == 2


# --- Nobody came ------------------------------------------------------------------------------------


def test_mentor_marks_that_the_startup_did_not_come() -> None:
    made = session()
    mentor = made.mentorship.mentor.person
    actions.mark_no_show(made, private="Third time", by=mentor, at=made.starts_at + timedelta(minutes=20))
    assert (made.state, made.minutes, made.logged_by) == ("no_show", None, mentor)
    assert made.attendances.get(startup__isnull=False).outcome == "absent"
    assert notes(made) == [("private", 1, "Third time")]
    [mail] = OutgoingMail.objects.filter(kind="session_no_show")
    assert mail.to_email == founder(made.mentorship).email
    assert not any(a.is_active for a in made.attendances.all())


def test_startup_marks_that_the_mentor_did_not_come() -> None:
    made = session()
    actions.mark_no_show(made, private="ignored", by=founder(made.mentorship), at=made.ends_at)
    assert made.attendances.get(person__isnull=False).outcome == "absent"
    assert made.attendances.get(startup__isnull=False).outcome == "present"
    [mail] = OutgoingMail.objects.filter(kind="session_no_show")
    assert mail.to_email == made.mentorship.mentor.person.email
    assert notes(made) == []


def test_what_nobody_came_to_may_still_be_logged_as_held() -> None:
    made = session()
    mentor = made.mentorship.mentor.person
    actions.mark_no_show(made, by=mentor, at=made.ends_at)
    actions.log_session(made, minutes=40, by=mentor, at=made.ends_at)
    assert (made.state, made.minutes) == ("held", 40)
    assert all(a.is_active for a in made.attendances.all())


def test_no_show_is_refused_before_the_beginning_twice_and_to_strangers() -> None:
    made = session()
    mentor = made.mentorship.mentor.person
    with pytest.raises(Refusal, match="has not begun yet"):
        actions.mark_no_show(made, by=mentor, at=NOW)
    with pytest.raises(Refusal, match="not yours"):
        actions.mark_no_show(made, by=factories.user(), at=made.ends_at)
    actions.mark_no_show(made, by=mentor, at=made.ends_at)
    with pytest.raises(Refusal, match="already been done"):
        actions.mark_no_show(made, by=founder(made.mentorship), at=made.ends_at)
    assert OutgoingMail.objects.filter(kind="session_no_show").count() == 1


# --- Items ------------------------------------------------------------------------------------------


def item(side: str = "startup") -> ActionItem:
    return held(items=[NewItem(side, "Send the list")]).items.get()


def test_items_are_closed_and_opened_again() -> None:
    made = item()
    by = founder(made.session.mentorship)
    actions.complete_action_item(made, by=by, at=NOW)
    assert (made.state, made.closed_by, made.closed_at) == ("done", by, NOW)
    actions.reopen_action_item(made, by=by, at=NOW)
    assert (made.state, made.closed_by, made.closed_at) == ("open", None, None)
    actions.drop_action_item(made, by=made.session.mentorship.mentor.person, at=NOW)
    assert made.state == "dropped"
    assert [t.to_state for t in Transition.objects.of(made)] == ["open", "done", "open", "dropped"]


@pytest.mark.parametrize(
    ("side", "who", "may"),
    [
        ("startup", "founder", True),
        ("startup", "mentor", True),
        ("mentor", "mentor", True),
        ("mentor", "founder", False),
        ("startup", "manager", False),
        ("startup", "stranger", False),
    ],
)
def test_items_are_closed_by_who_owes_them_or_the_mentor(side: str, who: str, may: bool) -> None:
    made = item(side)
    mentorship = made.session.mentorship
    people: dict[str, Callable[[], User]] = {
        "founder": lambda: founder(mentorship),
        "mentor": lambda: mentorship.mentor.person,
        "manager": lambda: builders.manager(mentorship.participation),
        "stranger": factories.user,
    }
    by = people[who]()
    if may:
        actions.complete_action_item(made, by=by, at=NOW)
    else:
        with pytest.raises(Refusal, match="not yours to close"):
            actions.complete_action_item(made, by=by, at=NOW)
    made.refresh_from_db()
    assert made.state == ("done" if may else "open")


def test_an_item_closed_meanwhile_is_refused_in_words() -> None:
    made = item()
    stale = ActionItem.objects.get(pk=made.pk)
    actions.complete_action_item(made, by=founder(made.session.mentorship), at=NOW)
    with pytest.raises(Refusal, match="Somebody may have been quicker"):
        actions.drop_action_item(stale, by=founder(made.session.mentorship), at=NOW)
