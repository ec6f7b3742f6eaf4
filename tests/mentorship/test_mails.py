"""The mails of mentorship: who gets which, what each says, and that nobody's words become ours."""

import re
from datetime import date, timedelta

import pytest

from mentorship import actions
from mentorship.actions import NewItem, remind_of_sessions
from mentorship.actions.notices import tell_pair
from portal.models import OutgoingMail, User
from portal.outbox.queue import words_of
from tests.arranged import past_laws
from tests.mentorship import builders
from tests.mentorship.builders import NOW, fetched, founder, held, manager, pair, session, slots

pytestmark = pytest.mark.django_db

KINDS = {
    "mentor_paired",
    "pairing_ended",
    "session_booked",
    "session_moved",
    "session_cancelled",
    "session_reminder",
    "session_logged",
    "session_no_show",
}
EVIL = "Eve\r\nBcc: spy@example.org\r\n\r\nhttp://localhost:8000/evil <b>bold</b> {{ 7 }}"


def one_of_each(name: str = "", language: str = "en") -> None:
    """Let a pair live through every kind of mail."""
    mentorship = pair()
    people = [mentorship.mentor.person, founder(mentorship)]
    if name:
        User.objects.filter(pk__in=[p.pk for p in people]).update(name=name)
        type(mentorship.participation.startup).objects.filter(pk=mentorship.participation.startup_id).update(
            name=name[:120]
        )
        actions.save_profile(mentorship.mentor, headline=name, skills=name, by=mentorship.mentor.person, at=NOW)
    with past_laws():
        OutgoingMail.objects.all().delete()
    User.objects.filter(pk__in=[p.pk for p in people]).update(language=language)
    mentorship = fetched(mentorship)
    by = founder(mentorship)
    tell_pair("mentor_paired", mentorship, at=NOW)
    made = session(mentorship, 3, topic=name or "Evaluations")
    actions.reschedule(made, slots(mentorship)[4], by=by, at=NOW)
    remind_of_sessions(made.starts_at - timedelta(hours=1))
    actions.cancel(made, reason=name or "Ill", by=by, at=NOW)
    items = [NewItem("startup", (name or "Send the list")[:300], date(2027, 6, 1))]
    held(fetched(mentorship), shared=name or "Words", items=items)
    gone = session(fetched(mentorship), 0)
    actions.mark_no_show(gone, by=mentorship.mentor.person, at=gone.ends_at)
    actions.end_pairing(
        fetched(mentorship), reason=name or "Moved on", by=manager(mentorship.participation), at=gone.ends_at
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_is_whole_and_leads_to_a_page(language: str) -> None:
    one_of_each(language=language)
    mails = list(OutgoingMail.objects.filter(kind__in=KINDS))
    assert {m.kind for m in mails} == KINDS
    for mail in mails:
        assert mail.language == language
        assert mail.subject.strip()
        assert "\n" not in mail.subject
        assert not re.search(r"{{|}}|{%|%}|%\(|None|\(\)", mail.subject + mail.text), mail.text
        assert re.search(r"http://localhost:\d+/(sessions|participations|mentoring)/", mail.text), mail.text
        assert words_of(mail).html.count("<a ") >= 1


def test_other_peoples_words_stay_theirs() -> None:
    one_of_each(name=EVIL)
    for mail in OutgoingMail.objects.filter(kind__in=KINDS):
        assert "\n" not in mail.subject
        assert "\r" not in mail.subject
        assert not re.search(r"^Bcc:", mail.text, re.MULTILINE), mail.text
        assert "<b>bold</b>" not in words_of(mail).html
        assert "{{ 7 }}" in mail.text or mail.kind == "session_reminder"
        assert 'href="http://localhost:8000/evil' not in words_of(mail).html, words_of(mail).html


def test_both_sides_are_named_to_each_other() -> None:
    mentorship = pair()
    session(mentorship)
    texts = {m.to_email: (m.subject, m.text) for m in OutgoingMail.objects.filter(kind="session_booked")}
    by, mentor = founder(mentorship), mentorship.mentor.person
    subject, text = texts[mentor.email]
    assert subject == f"Session with {mentorship.participation.startup}: Tuesday, May 4, 2027, 9:00 AM (New York time)"
    assert f"{by} booked a session with you for {mentorship.participation.startup}." in text
    subject, text = texts[by.email]
    assert subject.startswith("Session with Max Mentor")
    assert "You booked a session with Max Mentor." in text
    assert "> Evaluations" in text


def test_a_mentor_is_told_what_pairing_means() -> None:
    mentorship = pair()
    mails = {m.to_email: m.text for m in OutgoingMail.objects.filter(kind="mentor_paired")}
    assert "you approve none of their payments" in mails[mentorship.mentor.person.email]
    assert "Book a first session:" in mails[founder(mentorship).email]


def test_people_who_left_get_nothing() -> None:
    mentorship = pair()
    User.objects.filter(pk=mentorship.mentor.person_id).update(is_active=False)
    session(builders.fetched(mentorship))
    assert [m.to_email for m in OutgoingMail.objects.filter(kind="session_booked")] == [founder(mentorship).email]
