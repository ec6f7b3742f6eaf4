"""A private note is read by its author and by nobody else: no page, mail, calendar, record, history or dashboard."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications.models import Membership
from mentorship import actions
from mentorship.actions import NewItem, remind_of_sessions
from mentorship.models import MentorSession, SessionNote
from portal.models import OutgoingMail, Role, Session, Transition, User
from tests import factories
from tests.mentorship import builders
from tests.mentorship.builders import NOW, founder, held, mentor_person, pair, session

pytestmark = pytest.mark.usefixtures("set_clock")
SECRET = "Xylophone misgivings"


def told() -> MentorSession:
    """Make a pair with everything around one private note, in two versions."""
    mentorship = pair()
    made = held(mentorship, private=f"{SECRET} one", shared="Shared words", items=[NewItem("startup", "Send the list")])
    mentor = mentorship.mentor.person
    actions.log_session(made, minutes=45, shared="Shared words", private=f"{SECRET} two", by=mentor, at=made.ends_at)
    ahead = session(builders.fetched(mentorship), 3)
    remind_of_sessions(ahead.starts_at - timedelta(hours=1))
    return made


def readers(made: MentorSession) -> dict[str, User]:
    """Give everybody but the author who sees anything of the session, of its startup or of the admin."""
    seat = made.mentorship.participation
    viewer, other = factories.user(), mentor_person(seat, "Other Mentor")
    Membership.objects.create(startup=seat.startup, person=viewer, role="viewer", joined_at=NOW)
    actions.pair(seat, other, by=builders.manager(seat), at=NOW)
    return {
        "founder": founder(made.mentorship),
        "viewer": viewer,
        "second mentor": other,
        "manager": builders.manager(seat),
        "auditor": factories.holder(Role.AUDITOR, seat.cohort.programme),
        "operator": factories.user(is_operator=True),
    }


def addresses(made: MentorSession) -> Iterator[str]:
    """Give every address at which anything of a session could be read."""
    for name in ("mentor_session", "session_invitation", "session_log", "session_cancel", "session_reschedule"):
        yield reverse(name, args=[made.pk])
    seat = made.mentorship.participation_id
    for name in ("participation", "booking", "action_items"):
        yield reverse(name, args=[seat])
    for name in ("dashboard", "mentoring", "mentor_hours", "admin:index", "admin:desk_pairing"):
        yield reverse(name)
    for model in admin.site._registry:
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{page}_changelist")
        keys = model._base_manager.order_by("-pk").values_list("pk", flat=True)
        for key in keys[: 10 if model._meta.app_label == "mentorship" else 3]:
            yield reverse(f"{page}_change", args=[key])
            yield reverse(f"{page}_history", args=[key])
    yield reverse("admin:mentorship_mentorsession_changelist") + "?q=Xylophone"
    yield reverse("admin:mentorship_mentorsession_changelist") + "?notes__kind=private"


@pytest.mark.usefixtures("bare_refusals")
def test_no_page_shows_a_private_note_to_anybody_but_its_author() -> None:
    made = told()
    everywhere = sorted(set(addresses(made)))
    assert len(everywhere) > 50
    for who, person in readers(made).items():
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        for address in everywhere:
            response = client.get(address)
            assert SECRET.encode() not in response.content, (who, address)


def test_the_author_reads_it_and_its_versions() -> None:
    made = told()
    client = Client()
    client.force_login(made.mentorship.mentor.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = client.get(reverse("mentor_session", args=[made.pk])).content.decode()
    assert f"{SECRET} one" in shown
    assert f"{SECRET} two" in shown


def test_a_founder_who_became_the_mentors_colleague_still_reads_the_shared_part_only() -> None:
    made = told()
    by = founder(made.mentorship)
    factories.grant(by, Role.MENTOR, made.mentorship.participation.cohort.programme)
    client = Client()
    client.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = client.get(reverse("mentor_session", args=[made.pk])).content.decode()
    assert "Shared words" in shown
    assert SECRET not in shown


def test_no_mail_calendar_history_or_log_carries_it() -> None:
    told()
    for mail in OutgoingMail.objects.all():
        assert SECRET not in mail.subject + mail.text + mail.calendar + mail.error
    assert not Transition.objects.filter(reason__contains=SECRET).exists()
    assert not LogEntry.objects.filter(change_message__contains=SECRET).exists()
    assert all(SECRET not in str(session.get_decoded()) for session in Session.objects.all())


def test_it_stands_in_one_table_alone() -> None:
    """Every text column of the database is searched."""
    told()
    columns = _rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type IN ('text', 'character varying', 'jsonb', 'json')"
    )
    found = {
        (table, column)
        for table, column in columns
        if _rows(f'SELECT 1 FROM "{table}" WHERE "{column}"::text LIKE %s LIMIT 1', f"%{SECRET}%")
    }
    assert found == {("mentorship_sessionnote", "text")}


def _rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_no_desk_fetches_private_notes() -> None:
    made = told()
    seat = made.mentorship.participation
    for role in Role.values:
        seen = SessionNote.objects.visible_to(factories.holder(role, seat.cohort.programme))
        assert not seen.filter(kind="private").exists()
    assert SessionNote.objects.visible_to(builders.manager(seat)).filter(kind="shared").count() == 1
    assert SessionNote not in admin.site._registry


def test_a_kind_is_decided_before_the_first_word() -> None:
    made = told()
    assert {n.kind for n in made.notes.all()} == {"shared", "private"}
    assert [n.number for n in made.notes.filter(kind="private").order_by("number")] == [1, 2]
