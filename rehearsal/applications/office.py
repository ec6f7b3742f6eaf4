"""The operator of a rehearsal: stands-in get a role and lose it again, accounts are closed and opened."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from portal.accounts import actions
from portal.models import Role, RoleGrant, User
from rehearsal.applications.scenery import cohort, member, person
from rehearsal.play import Play, Step

STAND_IN, STANDS_IN_FOR, CLOSED, OPENED = 0.06, 0.2, 0.05, 0.3


def day(play: Play) -> Iterator[Step]:
    """Yield what the operator does today, and the manager who confirms it."""
    yield from _stands_in(play)
    yield from _accounts(play)


def _stands_in(play: Play) -> Iterator[Step]:
    """Let a reviewer prepare payments for some days: finance roles need a second person's word."""
    people, at = play.memory["reviewers"], play.instant(9, "role", within=2)
    grant = RoleGrant.objects.filter(person__in=people, role=Role.FINANCE_PREPARER, ends_on=None).first()
    if grant is None:
        if play.chance(STAND_IN, "stand-in", play.today):
            pk = play.dice("stand-in", play.today).choice(people)
            yield Step(at, "operator", "gives a role", f"to {pk}", _grant(play, pk))
    elif grant.confirmed_at is None:
        yield Step(at, "second manager", "confirms a role", f"of {grant.person_id}", _confirm(play, grant.pk))
    elif play.chance(STANDS_IN_FOR, "stands in", play.today):
        yield Step(at, "operator", "ends a role", f"of {grant.person_id}", _end(play, grant.pk))


def _grant(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        programme, by = cohort(play).programme, member(play, "operator")
        actions.grant_role(person(pk), role=Role.FINANCE_PREPARER, scope=programme, starts_on=play.today, by=by, at=at)

    return act


def _confirm(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.confirm_grant(RoleGrant.objects.get(pk=pk), by=member(play, "manager2"), at=at)

    return act


def _end(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        tomorrow = play.today + timedelta(days=1)
        actions.end_grant(RoleGrant.objects.get(pk=pk), on=tomorrow, by=member(play, "operator"), at=at)

    return act


def _accounts(play: Play) -> Iterator[Step]:
    people, at = play.memory["reviewers"], play.instant(10, "account", within=2)
    closed = User.objects.filter(pk__in=people, is_active=False).values_list("pk", flat=True).first()
    if closed is None and play.chance(CLOSED, "closed", play.today):
        pk = play.dice("closed", play.today).choice(people)
        yield Step(at, "operator", "closes an account", f"of {pk}", _close(play, pk))
    elif closed is not None and play.chance(OPENED, "opened", play.today):
        yield Step(at, "operator", "opens an account again", f"of {closed}", _open(play, closed))


def _close(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        actions.close_account(person(pk), by=member(play, "operator"), at=at)

    return act


def _open(play: Play, pk: int) -> Any:
    def act(at: datetime) -> None:
        by, programme = member(play, "operator"), cohort(play).programme
        actions.reopen_account(person(pk), by=by, at=at)
        actions.grant_role(person(pk), role=Role.REVIEWER, scope=programme, starts_on=play.today, by=by, at=at)

    return act
