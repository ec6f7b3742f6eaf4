"""The pairing desk and the records of mentorship in the admin."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Conflict, Participation
from mentorship import actions
from mentorship.desks.pairing import unpaired
from mentorship.models import Mentorship
from portal.desk.counts import count
from portal.models import Role, User
from tests import factories
from tests.laws import acting_as
from tests.mentorship import builders
from tests.mentorship.builders import NOW, held, mentor_person, pair, session

pytestmark = pytest.mark.usefixtures("set_clock")
DESK = "admin:desk_pairing"


def client(person: User) -> Client:
    made = Client()
    made.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made


def get(person: User, name: str, *args: object, query: str = "") -> HttpResponse:
    return cast("HttpResponse", client(person).get(reverse(name, args=args) + query))


def page(person: User, name: str, *args: object, query: str = "") -> str:
    response = get(person, name, *args, query=query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def post(person: User, name: str, *args: object, **data: Any) -> HttpResponse:
    return cast("HttpResponse", client(person).post(reverse(name, args=args), data))


def seat(of: Participation | None = None) -> Participation:
    """Make a seat, in the programme of another one if told."""
    cohort = factories.cohort(of.cohort.programme) if of else None
    return factories.participation(factories.submitted(to=cohort))


def test_desk_shows_who_waits_for_a_mentor_and_the_mentors_load() -> None:
    paired = pair()
    waiting = seat(paired.participation)
    session(paired)
    actions.save_profile(paired.mentor, headline="Evaluations", skills="Agents", by=paired.mentor.person, at=NOW)
    mentor_person(waiting, "Idle Mentor")
    manager = builders.manager(waiting)
    shown = page(manager, DESK)
    assert str(waiting.startup) in shown
    assert f">{paired.participation.startup}<" not in shown
    for words in (
        "Max Mentor",
        "Evaluations",
        "Agents",
        "1 startup ·",
        "1 session in 30 days",
        "Idle Mentor",
        "Without a mentor (1)",
    ):
        assert words in shown, words
    shown = page(manager, DESK, query="?show=paired")
    assert str(paired.participation.startup) in shown
    assert f">{waiting.startup}<" not in shown


def test_desk_and_mentor_see_the_strip_of_each_startup() -> None:
    paired = pair()
    waiting = seat(paired.participation)
    manager = builders.manager(waiting)
    assert page(manager, DESK).count('<ol class="strip-mini">') == 1
    assert page(manager, DESK, query="?show=paired").count('<ol class="strip-mini">') == 1
    assert page(paired.mentor.person, "mentoring").count('<ol class="strip-mini">') == 1


def test_startups_without_a_mentor_wait_for_who_pairs_them() -> None:
    paired = pair()
    waiting = seat(paired.participation)
    auditor = factories.holder(Role.AUDITOR, waiting.cohort.programme)
    manager = builders.manager(waiting)
    assert (count(manager, {"": unpaired(manager, NOW)}), unpaired(auditor, NOW)) == ({"": 1}, [])


def test_desk_searches_by_folded_name() -> None:
    first = seat()
    first.startup.name = "Élan Santé"
    first.startup.save()
    other = seat(first)
    manager = builders.manager(first)
    shown = page(manager, DESK, query="?q=ELAN")
    assert "Élan Santé" in shown
    assert f">{other.startup}<" not in shown
    page(manager, DESK, query="?q=%00&after=abc&show=%27")


def test_desk_is_scoped_to_ones_programmes() -> None:
    ours, theirs = seat(), pair()
    shown = page(builders.manager(ours), DESK)
    assert f">{theirs.participation.startup}<" not in shown
    assert "Max Mentor" not in shown
    manager = builders.manager(ours)
    assert get(manager, "admin:desk_pairing_pair", theirs.participation_id).status_code == 404
    for name in ("admin:desk_pairing_end", "admin:desk_pairing_first"):
        assert get(manager, name, theirs.pk).status_code == 404
        assert post(manager, name, theirs.pk).status_code == 404


def test_desk_is_read_by_auditors_and_404_to_others() -> None:
    paired = pair()
    waiting = seat(paired.participation)
    programme = waiting.cohort.programme
    auditor = factories.holder(Role.AUDITOR, programme)
    assert "Pair with a mentor" not in page(auditor, DESK)
    assert "/end/" not in page(auditor, DESK, query="?show=paired")
    others = [
        factories.holder(role, programme)
        for role in (Role.REVIEWER, Role.MENTOR, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
    ]
    for person in (*others, factories.user(), factories.founder_of(waiting.startup)):
        assert get(person, DESK).status_code == 404
    for person in (auditor, *others):
        assert get(person, "admin:desk_pairing_pair", waiting.pk).status_code == 404
        assert post(person, "admin:desk_pairing_pair", waiting.pk, mentor=paired.mentor.person_id).status_code == 404
        assert post(person, "admin:desk_pairing_end", paired.pk).status_code == 404
    assert Mentorship.objects.active().count() == 1


def test_desk_pairs_after_saying_what_that_means() -> None:
    waiting = seat()
    person, manager = mentor_person(waiting), builders.manager(waiting)
    shown = page(manager, "admin:desk_pairing_pair", waiting.pk)
    assert "The mentor approves nothing of this startup from now on" in shown
    response = post(manager, "admin:desk_pairing_pair", waiting.pk, mentor=person.pk, is_primary="on")
    assert response["Location"] == reverse(DESK)
    made = Mentorship.objects.get()
    assert (made.participation, made.mentor.person, made.is_primary, made.paired_by) == (waiting, person, True, manager)


def test_desk_shows_the_refusal_of_a_pairing() -> None:
    waiting = seat()
    person, manager = mentor_person(waiting, "Ivy Investor"), builders.manager(waiting)
    Conflict.objects.create(person=person, startup=waiting.startup, kind="investor", declared_at=NOW)
    assert "Ivy Investor (conflict of interest)" in page(manager, "admin:desk_pairing_pair", waiting.pk)
    response = post(manager, "admin:desk_pairing_pair", waiting.pk, mentor=person.pk)
    assert "a conflict of interest is noted (has money in it)" in response.content.decode()
    for nobody in (factories.user().pk, 0, "x", ""):
        assert post(manager, "admin:desk_pairing_pair", waiting.pk, mentor=nobody).status_code == 422
    assert not Mentorship.objects.exists()


def test_desk_ends_a_pairing_and_changes_the_first() -> None:
    first = pair()
    second = pair(first.participation, mentor_person(first.participation, "Second Mentor"))
    session(first)
    manager = builders.manager(first.participation)
    assert "1 booked session is cancelled." in page(manager, "admin:desk_pairing_end", first.pk)
    page(manager, "admin:desk_pairing_first", second.pk)
    post(manager, "admin:desk_pairing_first", second.pk)
    second.refresh_from_db()
    assert second.is_primary
    assert post(manager, "admin:desk_pairing_end", first.pk, reason="She left").status_code == 302
    first.refresh_from_db()
    assert first.state == "ended"
    assert get(manager, "admin:desk_pairing_end", first.pk)["Location"] == reverse(DESK)  # it is over


def test_desk_takes_as_many_queries_for_many_rows_as_for_one() -> None:
    counts = []
    for seats, mentors in ((1, 1), (3, 3), (6, 30)):
        first = pair()
        for _ in range(seats):
            seat(first.participation)
        for number in range(mentors):
            mentor_person(first.participation, f"Mentor {number}")
        made = client(builders.manager(first.participation))
        made.get(reverse(DESK))
        with CaptureQueriesContext(connection) as context:
            made.get(reverse(DESK))
        counts.append(sum("portal_democlock" not in query["sql"] for query in context))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 20


def test_desk_pages_by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mentorship.desks.pairing_table.SeatTable.size", 1)
    first = seat()
    second = seat(first)
    manager = builders.manager(first)
    shown = page(manager, DESK)
    assert str(first.startup) in shown
    assert f"?after={first.pk}" in shown
    shown = page(manager, DESK, query=f"?after={first.pk}")
    assert str(second.startup) in shown
    assert 'rel="next"' not in shown
    assert f"?before={second.pk}" in shown


def test_desk_shows_some_mentors_beside_and_all_by_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in ("pairing.BESIDE", "mentor_table.MentorTable.size"):
        monkeypatch.setattr(f"mentorship.desks.{setting}", 1)
    first = seat()
    for name in ("Ada Mentor", "Bea Mentor"):
        mentor_person(first, name)
    manager = builders.manager(first)
    shown = page(manager, DESK)
    assert ("Ada Mentor" in shown, "Bea Mentor" in shown, 'href="?show=mentors"' in shown) == (True, False, True)
    shown = page(manager, DESK, query="?show=mentors")
    assert ("Ada Mentor" in shown, "Bea Mentor" in shown, 'rel="next"' in shown) == (True, False, True)
    after = shown.split('<a class="btn btn-outline btn-sm" href="?show=mentors&amp;after=')[1].split('"')[0]
    shown = page(manager, DESK, query=f"?show=mentors&after={after}")
    assert ("Ada Mentor" in shown, "Bea Mentor" in shown, 'rel="next"' in shown) == (False, True, False)


def test_mentors_are_found_by_name_and_stay_on_their_tab() -> None:
    paired = pair()
    mentor_person(paired.participation, "Idle Mentor")
    manager = builders.manager(paired.participation)
    shown = page(manager, DESK, query="?show=mentors&q=idl")
    assert ("Max Mentor" in shown, "Idle Mentor" in shown, "No profile yet" in shown) == (False, True, True)
    assert '<input type="hidden" name="show" value="mentors">' in shown
    assert f"{reverse('admin:desk_export', args=['mentors', 0])}?show=mentors&amp;q=idl" in shown


def test_file_of_mentors_has_their_load() -> None:
    paired = pair()
    session(paired)
    mentor_person(paired.participation, "Idle Mentor")
    manager = builders.manager(paired.participation)
    response = client(manager).post(reverse("admin:desk_export", args=["mentors", 0]), {"format": "csv"})
    assert response.content.decode("utf-8-sig").splitlines() == [
        "Mentor,In one line,Can help with,Startups,Sessions in 30 days,Offers hours",
        "Idle Mentor,,,,,",
        "Max Mentor,,,1,1,Yes",
    ]


# --- Records ----------------------------------------------------------------------------------------

RECORDS = ("mentor", "mentorship", "mentorsession", "actionitem")


def test_records_are_read_by_managers_and_auditors_of_the_programme_alone() -> None:
    made = held(items=[actions.NewItem("startup", "Send the list")])
    programme = made.mentorship.participation.cohort.programme
    keys = dict(
        zip(RECORDS, (made.mentorship.mentor_id, made.mentorship_id, made.pk, made.items.get().pk), strict=True)
    )
    for model, key in keys.items():
        for role in (Role.MANAGER, Role.AUDITOR):
            person = factories.holder(role, programme)
            assert page(person, f"admin:mentorship_{model}_changelist")
            assert page(person, f"admin:mentorship_{model}_change", key)
            assert page(person, f"admin:mentorship_{model}_history", key)
            assert get(person, f"admin:mentorship_{model}_add").status_code == 404
            assert post(person, f"admin:mentorship_{model}_change", key, state="held").status_code == 404
            assert get(person, f"admin:mentorship_{model}_delete", key).status_code == 404
        strangers = [
            factories.holder(Role.MANAGER, factories.programme()),
            factories.holder(Role.FINANCE_PREPARER, programme),
            factories.holder(Role.MENTOR, programme),
        ]
        for person in strangers:
            assert get(person, f"admin:mentorship_{model}_change", key).status_code == 404


def test_a_session_shows_its_history_and_shared_notes() -> None:
    made = held(shared="Shared words", private="Private words")
    person = builders.manager(made.mentorship.participation)
    shown = page(person, "admin:mentorship_mentorsession_change", made.pk)
    assert "Shared words" in shown
    assert "Private words" not in shown
    assert "booked" in page(person, "admin:mentorship_mentorsession_history", made.pk)


def test_sessions_are_narrowed_to_a_month_in_the_readers_time() -> None:
    first = pair()
    acting_as()
    # New York is four hours behind: the last evening of May is June already in UTC.
    for day in (datetime(2027, 5, 14, 15, tzinfo=UTC), datetime(2027, 6, 1, 3, tzinfo=UTC)):
        builders.book_by_sql(first, day)
    builders.book_by_sql(first, datetime(2027, 7, 1, 15, tzinfo=UTC))
    person = builders.manager(first.participation)
    User.objects.filter(pk=person.pk).update(timezone="America/New_York")
    shown = page(person, "admin:mentorship_mentorsession_changelist")
    assert [f"month=2027-0{n}" in shown for n in (5, 6, 7, 8)] == [True, True, True, False]
    found = [
        shown.count('class="field-starts_at')
        for n in (5, 6, 7, 8)
        if (shown := page(person, "admin:mentorship_mentorsession_changelist", query=f"?month=2027-0{n}"))
    ]
    assert found == [2, 0, 1, 3]  # of no month: all of them


def test_a_manager_cancels_for_the_programme() -> None:
    made = session()
    manager = builders.manager(made.mentorship.participation)
    auditor = factories.holder(Role.AUDITOR, made.mentorship.participation.cohort.programme)
    assert get(auditor, "admin:mentorship_mentorsession_act", made.pk, "cancel").status_code == 404
    assert "the session leaves both calendars" in page(manager, "admin:mentorship_mentorsession_act", made.pk, "cancel")
    assert post(manager, "admin:mentorship_mentorsession_act", made.pk, "cancel", reason="Fair week").status_code == 302
    made.refresh_from_db()
    assert (made.state, made.cancelled_side, made.cancel_reason) == ("cancelled", "programme", "Fair week")
    response = post(manager, "admin:mentorship_mentorsession_act", made.pk, "cancel", reason="Again")
    assert "You have already done this." in response.content.decode()


@pytest.mark.parametrize("model", RECORDS)
def test_lists_take_as_many_queries_for_many_rows_as_for_one(model: str) -> None:
    counts = []
    for rows in (1, 3, 9):
        first = pair()
        for number in range(rows):
            actions.log_session(
                (made := session(builders.fetched(first), 0)),
                minutes=45,
                items=[actions.NewItem("startup", f"Item {number}")],
                by=User.objects.get(pk=first.mentor.person_id),
                at=made.ends_at + timedelta(minutes=1),
            )
            pair(first.participation, mentor_person(first.participation), hours=False)
        made_client = client(builders.manager(first.participation))
        made_client.get(reverse(f"admin:mentorship_{model}_changelist"))
        with CaptureQueriesContext(connection) as context:
            made_client.get(reverse(f"admin:mentorship_{model}_changelist"))
        counts.append(sum("portal_democlock" not in query["sql"] for query in context))
    assert len(set(counts)) == 1, counts


def test_admin_desk_of_scripts_is_escaped() -> None:
    first = pair()
    first.participation.startup.name = "<script>alert(1)</script>"
    first.participation.startup.save()
    actions.save_profile(
        first.mentor,
        headline="<script>alert(2)</script>",
        skills="<script>alert(3)</script>",
        by=first.mentor.person,
        at=NOW,
    )
    shown = page(builders.manager(first.participation), DESK, query="?show=paired&q=<script>")
    assert "<script>alert" not in shown


def test_of_many_mentors_the_least_busy_are_offered_and_others_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mentorship.forms.pairings.OFFERED", 2)
    paired = pair()
    waiting = seat(paired.participation)
    manager, people = builders.manager(waiting), [mentor_person(waiting, f"Idle {n}") for n in range(3)]
    shown = page(manager, "admin:desk_pairing_pair", waiting.pk)
    assert [name for name in ("Idle 0", "Idle 1", "Idle 2", "Max Mentor") if name in shown] == ["Idle 0", "Idle 1"]
    found = page(manager, "admin:desk_pairing_pair", waiting.pk, query="?q=idle+2")
    assert ["Idle 2" in found, "Idle 1" in found] == [True, False]
    chosen = page(manager, "admin:desk_pairing_pair", waiting.pk, query=f"?mentor={people[2].pk}")
    assert f'<option value="{people[2].pk}" selected>Idle 2' in chosen
    assert post(manager, "admin:desk_pairing_pair", waiting.pk, mentor=people[2].pk).status_code == 302
    assert waiting.mentorships.get().mentor.person == people[2]
