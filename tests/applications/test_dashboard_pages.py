"""The dashboard: for each person what waits for them, and nothing of anybody else's."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.models import Application
from portal.models import Role, User
from tests import factories as f
from tests.applications import pages
from tests.applications.pages import LONG, SCRIPT, member, signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("present")]
present = pages.present
URL = "/dashboard/"


def test_visitor_finds_the_login() -> None:
    assert Client().get(URL)["Location"] == f"{reverse('account_login')}?next={URL}"


def test_newcomer_is_shown_where_to_apply() -> None:
    cohort = f.cohort()
    page = text(signed_in(f.user("Ada Lovelace")).get(URL))
    assert "Hello Ada" in page
    assert "Where you can apply" in page
    assert reverse("programme", args=[cohort.programme.slug]) in page


def test_newcomer_without_an_open_call_is_told_so() -> None:
    page = text(signed_in(f.user()).get(URL))
    assert "No application yet" in page
    assert "No call is open at this moment." in page


def test_founder_sees_own_moves_first_then_what_waits_then_what_ended() -> None:
    founder = f.user()
    waiting = f.submitted(f.startup(founder))
    ended = f.submitted(f.startup(founder))
    actions.withdraw(ended, by=founder, at=f.AT)
    draft = f.draft(f.startup(founder))
    response = signed_in(founder).get(URL)
    panel = next(panel for template, panel in response.context["panels"] if template.endswith("applications.html"))
    assert [row.application for row in panel["running"]] == [draft, waiting]
    assert [row.application for row in panel["ended"]] == [ended]
    page = text(response)
    for said in (
        "Continue",
        "Waiting for the review team",
        "Earlier applications",
        "You withdrew this application",
    ):
        assert said in page, said


def test_deadline_that_passed_ends_a_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    draft = f.draft()
    pages.set_clock(monkeypatch, draft.cohort.closes_at)
    page = text(signed_in(f.founder_of(draft.startup)).get(URL))
    assert "The deadline has passed" in page
    assert "Continue" not in page


def test_viewer_is_not_told_that_it_is_their_move() -> None:
    draft = f.draft()
    page = text(signed_in(member(draft.startup, "viewer")).get(URL))
    assert "Waiting for your founders and editors" in page
    assert "Continue" not in page


def test_nobody_sees_anybody_elses() -> None:
    draft = f.draft(f.startup(name="Secret Labs"))
    f.participation()
    page = text(signed_in(f.user()).get(URL))
    assert "Secret Labs" not in page
    assert draft.reference not in page
    assert "Your startups" not in page


def test_seat_shows_its_strip_and_before_the_signature_whose_move_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pages.set_clock(monkeypatch, f.DECIDED)
    made = f.offer()
    founder = f.founder_of(made.application.startup)
    client = signed_in(founder)
    assert "You are chosen: answer the offer" in text(client.get(URL))
    actions.accept_offer(made, by=founder, at=f.DECIDED)
    assert "Sign the agreement" in text(client.get(URL))
    f.sign(made)
    page = text(client.get(URL))
    assert 'class="strip"' in page
    assert "Your applications" not in page


def test_names_of_any_kind_are_shown_as_they_are() -> None:
    founder = f.user(SCRIPT)
    f.draft(f.startup(founder, name=SCRIPT))
    f.draft(f.startup(founder, name=LONG))
    page = text(signed_in(founder).get(URL))
    assert SCRIPT not in page
    assert LONG in page


def test_reviewer_sees_how_much_waits() -> None:
    made = f.submitted()
    programme = made.cohort.programme
    reviewer = f.holder(Role.REVIEWER, programme)
    assert "Nothing to do" in text(signed_in(reviewer).get(URL))
    manager = f.holder(Role.MANAGER, programme)
    actions.assign_reviewer(made, reviewer, made.cohort.phases.get(), by=manager, at=f.AT)
    assert "1 application to review." in text(signed_in(reviewer).get(URL))


def test_manager_finds_their_desks_and_nobody_else_does() -> None:
    programme = f.programme()
    page = text(signed_in(f.holder(Role.MANAGER, programme)).get(URL))
    assert "Workspace" in page
    assert reverse("admin:desk_decisions") in page
    other = text(signed_in(f.holder(Role.REVIEWER, programme)).get(URL))
    assert "Workspace" not in other


def rows(founder: User, n: int) -> None:
    """Give a founder n applications of each kind the dashboard tells apart."""
    for _n in range(n):
        f.draft(f.startup(founder))
        f.submitted(f.startup(founder))
        returned = f.submitted(f.startup(founder))
        manager = f.holder(Role.MANAGER, returned.cohort.programme)
        actions.return_for_information(returned, "Which model?", by=manager, at=f.AT)


def test_dashboard_asks_the_same_of_the_database_for_1_3_and_30_applications() -> None:
    founder = f.user()
    client = signed_in(founder)
    cohort = f.cohort()
    counted = []
    for most in (1, 3, 30):
        while Application.objects.of_member(founder).count() < most:
            f.submitted(f.startup(founder), cohort)
        counted.append(pages.queries(client, URL))
    assert counted[0] == counted[1] == counted[2]
    assert counted[0] <= 9


def test_dashboard_asks_the_same_of_the_database_whatever_the_states(monkeypatch: pytest.MonkeyPatch) -> None:
    pages.set_clock(monkeypatch, f.DECIDED + timedelta(hours=1))
    one, many = f.user(), f.user()
    rows(one, 1)
    rows(many, 3)
    for founder, n in ((one, 1), (many, 3)):
        for _n in range(n):
            f.offer(f.submitted(f.startup(founder)))
            f.participation(f.submitted(f.startup(founder)))
            f.participation(f.submitted(f.startup(founder)), signed=False)
    assert pages.queries(signed_in(one), URL) == pages.queries(signed_in(many), URL)
