"""What the tiles of the desks of money say to each person."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from payouts import actions
from payouts.desks import counts
from portal.desk.site import desk_tiles
from portal.models import Role, User
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE

pytestmark = pytest.mark.django_db


def said(user: User) -> dict[str, str]:
    return {tile.desk.name: tile.words for tile in desk_tiles(user, DUE)}


def test_ready_money_waits_for_the_preparer_and_then_for_the_approver() -> None:
    months = money.ready_months(3)
    programme = months[0].award.cohort.programme
    preparer = factories.holder(Role.FINANCE_PREPARER, programme)
    approver = factories.holder(Role.FINANCE_APPROVER, programme)
    assert (counts.batches(preparer, DUE), counts.batches(approver, DUE)) == (1, 0)
    batch = actions.prepare_batch(programme, by=preparer, at=DUE)
    assert (counts.batches(preparer, DUE), counts.batches(approver, DUE)) == (0, 1)
    actions.cancel_batch(batch, reason="No.", by=approver, at=DUE)
    assert (counts.batches(preparer, DUE), counts.batches(approver, DUE)) == (1, 0)


def test_accounts_wait_for_who_may_confirm_or_verify_them() -> None:
    given = money.given(factories.participation())
    programme = given.participation.cohort.programme
    first, second = factories.holder(Role.MANAGER, programme), factories.holder(Role.FINANCE_PREPARER, programme)
    assert (counts.accounts(first, DUE), counts.accounts(second, DUE)) == (1, 1)  # the startup has one founder
    actions.confirm_account(given, evidence="A call.", by=first, at=DECIDED)
    assert (counts.accounts(first, DUE), counts.accounts(second, DUE)) == (0, 1)
    actions.verify_account(given, evidence="A letter.", by=second, at=DECIDED)
    assert (counts.accounts(first, DUE), counts.accounts(second, DUE)) == (0, 0)


def test_hold_waits_from_the_day_of_its_review() -> None:
    seat = money.verified().participation
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(seat, reason="report", notice="Wait.", review_on=date(2027, 4, 20), by=by, at=DECIDED)
    assert (counts.holds(by, DECIDED), counts.holds(by, DUE)) == (0, 1)


def test_day_of_review_begins_where_the_programme_is() -> None:
    seat = money.verified().participation
    assert seat.cohort.programme.timezone == "America/New_York"
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(seat, reason="report", notice="Wait.", review_on=date(2027, 4, 20), by=by, at=DECIDED)
    evening, morning = datetime(2027, 4, 20, 3, tzinfo=UTC), datetime(2027, 4, 20, 4, tzinfo=UTC)
    assert (counts.holds(by, evening), counts.holds(by, morning)) == (0, 1)


def test_auditor_is_told_of_nothing_and_others_in_words() -> None:
    programme = money.ready().award.cohort.programme
    assert set(said(factories.holder(Role.AUDITOR, programme)).values()) == {""}
    assert said(factories.holder(Role.FINANCE_PREPARER, programme)) == {
        "desk_batches": "1 batch waits", "desk_accounts": "Nothing waits", "desk_holds": "Nothing waits", "desk_money": "",
    }  # fmt: skip


def test_dashboard_and_admin_say_what_waits() -> None:
    person = factories.holder(Role.FINANCE_PREPARER, money.ready().award.cohort.programme)
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name in ("dashboard", "admin:index"):
        assert "Nothing waits" in client.get(reverse(name)).content.decode()


def test_no_two_desks_of_a_person_share_a_sign() -> None:
    manager = factories.holder(Role.MANAGER, factories.programme())
    icons = [tile.desk.icon for tile in desk_tiles(manager, DUE)]
    assert len(icons) == len(set(icons)) == 7
