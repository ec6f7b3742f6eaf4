"""What the tiles of the desks of money say to each person."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db.models import OuterRef
from django.test import Client
from django.urls import reverse

from applications.models import Cohort, Programme
from payouts import actions
from payouts.desks import counts
from portal.desk.counts import OfEach, Rows, count, of
from portal.desk.site import desk_tiles
from portal.language.dates import day_of
from portal.language.day_in import DayIn
from portal.models import Role, User
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE

pytestmark = pytest.mark.django_db


def waiting(rows: Callable[[User, datetime], Rows], user: User, at: datetime) -> int:
    return count(user, {"": rows(user, at)})[""]


def said(user: User) -> dict[str, str]:
    return {tile.desk.name: tile.words for tile in desk_tiles(user, DUE)}


def test_ready_money_waits_for_the_preparer_and_then_for_the_approver() -> None:
    months = money.ready_months(3)
    programme = months[0].award.cohort.programme
    preparer = factories.holder(Role.FINANCE_PREPARER, programme)
    approver = factories.holder(Role.FINANCE_APPROVER, programme)
    assert (waiting(counts.batches, preparer, DUE), waiting(counts.batches, approver, DUE)) == (1, 0)
    batch = actions.prepare_batch(programme, by=preparer, at=DUE)
    assert (waiting(counts.batches, preparer, DUE), waiting(counts.batches, approver, DUE)) == (0, 1)
    actions.cancel_batch(batch, reason="No.", by=approver, at=DUE)
    assert (waiting(counts.batches, preparer, DUE), waiting(counts.batches, approver, DUE)) == (1, 0)


def test_accounts_wait_for_who_may_confirm_or_verify_them() -> None:
    given = money.given(factories.participation())
    programme = given.participation.cohort.programme
    first, second = factories.holder(Role.MANAGER, programme), factories.holder(Role.FINANCE_PREPARER, programme)
    assert (waiting(counts.accounts, first, DUE), waiting(counts.accounts, second, DUE)) == (
        1,
        1,
    )  # the startup has one founder
    actions.confirm_account(given, evidence="A call.", by=first, at=DECIDED)
    assert (waiting(counts.accounts, first, DUE), waiting(counts.accounts, second, DUE)) == (0, 1)
    actions.verify_account(given, evidence="A letter.", by=second, at=DECIDED)
    assert (waiting(counts.accounts, first, DUE), waiting(counts.accounts, second, DUE)) == (0, 0)


def test_hold_waits_from_the_day_of_its_review() -> None:
    seat = money.verified().participation
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(seat, reason="report", notice="Wait.", review_on=date(2027, 4, 20), by=by, at=DECIDED)
    assert (waiting(counts.holds, by, DECIDED), waiting(counts.holds, by, DUE)) == (0, 1)


def test_day_of_review_begins_where_the_programme_is() -> None:
    seat = money.verified().participation
    assert seat.cohort.programme.timezone == "America/New_York"
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(seat, reason="report", notice="Wait.", review_on=date(2027, 4, 20), by=by, at=DECIDED)
    evening, morning = datetime(2027, 4, 20, 3, tzinfo=UTC), datetime(2027, 4, 20, 4, tzinfo=UTC)
    assert (waiting(counts.holds, by, evening), waiting(counts.holds, by, morning)) == (0, 1)


def test_auditor_is_told_of_nothing_and_others_in_words() -> None:
    programme = money.ready().award.cohort.programme
    assert set(said(factories.holder(Role.AUDITOR, programme)).values()) == {""}
    assert said(factories.holder(Role.FINANCE_PREPARER, programme)) == {
        "desk_batches": "1 batch to process",
        "desk_accounts": "Nothing to do",
        "desk_holds": "Nothing to do",
        "desk_money": "",
        "desk_exports": "",
    }


def test_dashboard_and_admin_say_what_waits() -> None:
    person = factories.holder(Role.FINANCE_PREPARER, money.ready().award.cohort.programme)
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name in ("dashboard", "admin:index"):
        assert "Nothing to do" in client.get(reverse(name)).content.decode()


def test_no_two_desks_of_a_person_share_a_sign() -> None:
    manager = factories.holder(Role.MANAGER, factories.programme())
    icons = [tile.desk.icon for tile in desk_tiles(manager, DUE)]
    assert len(icons) == len(set(icons)) == 8


def test_tiles_of_all_desks_are_one_statement() -> None:
    programme = money.ready().award.cohort.programme
    person = factories.holder(Role.MANAGER, programme)
    for role in (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER):
        factories.grant(person, role, programme)
    person = User.objects.get(pk=person.pk)
    assert len([tile for tile in desk_tiles(person, DUE) if tile.waiting is not None]) == 6
    assert money.queries(lambda: desk_tiles(person, DUE)) == 1


def test_counts_stop_at_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.desk.counts.MOST", 2)
    user = factories.user()
    for _ in range(3):
        factories.user()
    people = User.objects.all()
    assert count(user, {"few": [people.filter(pk=user.pk)], "many": [people], "none": [people.none()]}) == {
        "few": 1,
        "many": 3,
        "none": 0,
    }


def test_counts_of_each_stop_at_the_most_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.desk.counts.MOST", 2)
    user = factories.user()
    made = [factories.programme() for _ in range(3)]
    for programme, n in zip(made, (4, 0, 1), strict=True):
        for _ in range(n):
            factories.cohort(programme)
    programmes = Programme.objects.filter(pk__in=[programme.pk for programme in made])
    cohorts = OfEach(programmes, Cohort.objects.filter(programme=OuterRef("pk")))
    counts = count(user, {"cohorts": cohorts, "programmes": [programmes]})
    assert [counts.pop(of("cohorts", programme.pk)) for programme in made] == [3, 0, 1]
    assert counts == {"programmes": 3}


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Asia/Tokyo", "Pacific/Kiritimati", "UTC"])
def test_day_of_an_instant_is_the_same_in_sql(zone: str) -> None:
    user = factories.user()
    User.objects.filter(pk=user.pk).update(timezone=zone)
    for hour in range(24):
        at = datetime(2027, 3, 14, hour, 30, tzinfo=UTC)  # the clocks of New York go forward on this day
        assert User.objects.filter(pk=user.pk).values_list(DayIn("timezone", at)).get() == (day_of(at, zone=zone),)
