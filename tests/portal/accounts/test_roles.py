"""Who gives which role, and that a finance role takes three people."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from applications.models import Programme
from portal.accounts import actions
from portal.models import OutgoingMail, Role, RoleGrant, User
from portal.refusals import Done, Refusal
from tests import factories
from tests.factories import AT

pytestmark = pytest.mark.django_db
TODAY = AT.date()


def operator() -> User:
    return factories.user("Operator", is_operator=True)


def give(person: User, role: str, scope: Programme, by: User, **days: Any) -> RoleGrant:
    return actions.grant_role(person, role=role, scope=scope, by=by, at=AT, **({"starts_on": TODAY} | days))


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


@pytest.mark.parametrize("role", [r for r in Role.values if r not in Role.finance()])
def test_operator_gives_any_role_and_its_holder_is_told(role: str) -> None:
    ada, scope, by = factories.user(), factories.programme(), operator()
    grant = give(ada, role, scope, by)
    assert (grant.person, grant.role, grant.scope, grant.granted_by, grant.granted_at) == (ada, role, scope, by, AT)
    row = OutgoingMail.objects.get()
    assert (row.kind, row.recipient) == ("role_granted", ada)
    assert ("second factor" in row.text) is (role in Role.desk())


@pytest.mark.parametrize("role", Role.values)
def test_manager_gives_reviewers_and_mentors_of_the_own_programme_alone(role: str) -> None:
    scope = factories.programme()
    by, ada = factories.holder(Role.MANAGER, scope), factories.user()
    with pytest.raises(Refusal):
        give(ada, role, factories.programme(), by)
    if role in (Role.REVIEWER, Role.MENTOR):
        assert give(ada, role, scope, by).granted_by == by
    else:
        with pytest.raises(Refusal, match="not yours to give"):
            give(ada, role, scope, by)


@pytest.mark.parametrize("role", [r for r in Role.values if r != Role.MANAGER])
def test_other_roles_give_nothing(role: str) -> None:
    scope = factories.programme()
    with pytest.raises(Refusal):
        give(factories.user(), Role.REVIEWER, scope, factories.holder(role, scope))


@pytest.mark.parametrize("role", Role.values)
def test_nobody_gives_a_role_to_themselves(role: str) -> None:
    by = operator()
    with pytest.raises(Refusal, match="themselves"):
        give(by, role, factories.programme(), by)


@pytest.mark.parametrize("role", Role.finance())
def test_finance_role_holds_once_a_third_person_confirmed_it(role: str) -> None:
    ada, one, two, scope = factories.user(), operator(), operator(), factories.programme()
    grant = give(ada, role, scope, one)
    assert not OutgoingMail.objects.exists()
    assert not RoleGrant.objects.effective(AT).filter(pk=grant.pk).exists()
    for by in (ada, one, factories.user(), factories.holder(Role.MANAGER, factories.programme())):
        with pytest.raises(Refusal):
            actions.confirm_grant(grant, by=by, at=AT)
    actions.confirm_grant(grant, by=two, at=AT)
    assert RoleGrant.objects.effective(AT).filter(pk=grant.pk).exists()
    assert OutgoingMail.objects.get().recipient == ada
    with pytest.raises(Done, match="done already"):
        actions.confirm_grant(grant, by=two, at=AT)


def test_manager_of_the_programme_confirms_finance() -> None:
    scope = factories.programme()
    grant = give(factories.user(), Role.FINANCE_PREPARER, scope, operator())
    actions.confirm_grant(grant, by=factories.holder(Role.MANAGER, scope), at=AT)
    assert not grant.awaits_confirmation


def test_role_without_need_of_confirmation_takes_none() -> None:
    grant = give(factories.user(), Role.REVIEWER, factories.programme(), operator())
    with pytest.raises(Refusal):
        actions.confirm_grant(grant, by=operator(), at=AT)


def test_same_role_is_not_held_twice() -> None:
    ada, by, scope = factories.user(), operator(), factories.programme()
    grant = give(ada, Role.REVIEWER, scope, by, ends_on=TODAY + timedelta(days=30))
    with pytest.raises(Refusal, match="already"):
        give(ada, Role.REVIEWER, scope, by)
    give(ada, Role.MENTOR, scope, by)
    give(ada, Role.REVIEWER, factories.programme(), by)
    give(ada, Role.REVIEWER, scope, by, starts_on=grant.ends_on)


def test_role_ends_after_it_begins() -> None:
    with pytest.raises(Refusal, match="before it begins"):
        give(factories.user(), Role.REVIEWER, factories.programme(), operator(), ends_on=TODAY)


def test_role_holds_from_its_first_day_until_before_its_last() -> None:
    ada, scope = factories.user(), factories.programme()
    give(ada, Role.REVIEWER, scope, operator(), starts_on=date(2027, 3, 5), ends_on=date(2027, 3, 7))
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    held = [day for day in range(9) if RoleGrant.objects.effective(noon + timedelta(days=day)).exists()]
    assert held == [4, 5]


def test_ended_role_no_longer_holds_that_day_and_its_holder_is_told() -> None:
    ada, by, scope = factories.user(), operator(), factories.programme()
    grant = give(ada, Role.REVIEWER, scope, by, starts_on=date(2027, 1, 1))
    actions.end_grant(grant, on=TODAY, by=by, at=AT)
    assert not RoleGrant.objects.effective(AT).exists()
    assert RoleGrant.objects.effective(AT - timedelta(days=1)).exists()
    assert OutgoingMail.objects.filter(kind="role_ended", recipient=ada).exists()
    with pytest.raises(Refusal, match="already"):
        actions.end_grant(grant, on=TODAY + timedelta(days=9), by=by, at=AT)


def test_role_not_begun_ends_on_its_first_day() -> None:
    by = operator()
    grant = give(factories.user(), Role.REVIEWER, factories.programme(), by, starts_on=TODAY + timedelta(days=9))
    actions.end_grant(grant, on=TODAY, by=by, at=AT)
    assert grant.ends_on == grant.starts_on


def test_who_ends_a_role() -> None:
    ada, scope = factories.user(), factories.programme()
    manager = factories.holder(Role.MANAGER, scope)
    auditor = give(ada, Role.AUDITOR, scope, operator())
    for by in (manager, factories.user(), factories.holder(Role.REVIEWER, scope)):
        with pytest.raises(Refusal, match="not yours to end"):
            actions.end_grant(auditor, on=TODAY, by=by, at=AT)
    actions.end_grant(auditor, on=TODAY, by=ada, at=AT)  # one may give up a role
    actions.end_grant(give(ada, Role.MENTOR, scope, manager), on=TODAY, by=manager, at=AT)


def test_stale_copy_ends_nothing_twice() -> None:
    by = operator()
    grant = give(factories.user(), Role.REVIEWER, factories.programme(), by)
    stale = RoleGrant.objects.get(pk=grant.pk)
    actions.end_grant(grant, on=TODAY, by=by, at=AT)
    with pytest.raises(Refusal):
        actions.end_grant(stale, on=TODAY, by=by, at=AT)


@pytest.mark.parametrize(("field", "value"), [("role", "manager"), ("starts_on", date(2020, 1, 1)), ("ends_on", None)])
def test_grant_stays_what_it_is_by_any_way(field: str, value: object) -> None:
    grant = give(factories.user(), Role.REVIEWER, factories.programme(), operator(), ends_on=TODAY + timedelta(days=5))
    with pytest.raises(DatabaseError), transaction.atomic():
        RoleGrant.objects.filter(pk=grant.pk).update(**{field: value})


def test_account_is_closed_and_opened_by_operators_alone() -> None:
    ada, by = factories.user(), operator()
    with pytest.raises(Refusal):
        actions.close_account(by, by=by, at=AT)
    with pytest.raises(Refusal):
        actions.close_account(ada, by=factories.holder(Role.MANAGER, factories.programme()), at=AT)
    actions.close_account(ada, by=by, at=AT)
    assert fresh(ada).is_active is False
    actions.reopen_account(ada, by=by, at=AT)
    assert fresh(ada).is_active is True


def test_closing_ends_every_role_and_reopening_brings_none_back() -> None:
    ada, by, scope = factories.user(), operator(), factories.programme(timezone="Pacific/Auckland")
    begun = give(ada, Role.MANAGER, scope, by, starts_on=TODAY - timedelta(days=9))
    ahead = give(ada, Role.REVIEWER, scope, by, starts_on=TODAY + timedelta(days=9))
    over = give(ada, Role.AUDITOR, scope, by, starts_on=TODAY - timedelta(days=9), ends_on=TODAY - timedelta(days=5))
    actions.close_account(ada, by=by, at=AT)
    there = TODAY + timedelta(days=1)  # it is tomorrow in Auckland
    ends = dict(RoleGrant.objects.filter(person=ada).values_list("pk", "ends_on"))
    assert ends == {begun.pk: there, ahead.pk: ahead.starts_on, over.pk: over.ends_on}
    assert fresh(ada).grants(AT) == {}
    actions.reopen_account(ada, by=by, at=AT)
    assert not fresh(ada).holds(Role.MANAGER, Role.REVIEWER, at=AT + timedelta(days=20))


def test_closed_account_holds_no_role_whatever_its_grants_say() -> None:
    ada, scope = factories.user(), factories.programme()
    factories.grant(ada, Role.MANAGER, scope)
    assert fresh(ada).holds(Role.MANAGER, at=AT)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert not fresh(ada).holds(Role.MANAGER, at=AT)
    assert fresh(ada).scopes(Role.MANAGER, at=AT) == set()
