"""Acts on people: roles given, confirmed and ended, and a lost second factor taken away (permissions say by whom)."""

from datetime import date, datetime

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts import sessions
from portal.accounts.permissions import roles_given_by
from portal.language.dates import day_of
from portal.laws.transitions import acting, lock
from portal.models import Role, RoleGrant, SecondFactorReset, User
from portal.models.two_people import STANDS, later_than
from portal.outbox.queue import queue_mail
from portal.refusals import Done, Refusal
from portal.registry import registry


@transaction.atomic
def grant_role(
    person: User,
    *,
    role: str,
    scope: models.Model,
    starts_on: date,
    ends_on: date | None = None,
    by: User,
    at: datetime,
) -> RoleGrant:
    """Return a person a role for one programme, from a day until a day (exclusive) or for good.

    A role at the desks ends their sessions that may last longer than those of the desks.

    :raises Refusal: if it is not theirs to give, the person holds it, or the days make no sense.
    """
    _refuse_unless_giver(by, person, role, scope.pk, at)
    if ends_on is not None and ends_on <= starts_on:
        raise Refusal(_("The role would end before it begins."))
    acting(by=by, at=at)
    lock(person)
    held = RoleGrant.objects.filter(person=person, role=role, scope_id=scope.pk)
    if held.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on)).exists():
        raise Refusal(_("%(person)s has this role for this programme already.") % {"person": person})
    grant = RoleGrant.objects.create(
        person=person,
        role=role,
        scope_id=scope.pk,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by=by,
        granted_at=at,
    )
    if role in Role.desk():
        sessions.end_longer(person)
    if role not in Role.finance():
        _tell_of_role(grant, at)
    return grant


@transaction.atomic
def confirm_grant(grant: RoleGrant, *, by: User, at: datetime) -> None:
    """Confirm a finance role that another person gave; from now on it holds.

    :raises Refusal: if it needs no confirmation, or the one who confirms gave it, gets it, or may not.
    """
    lock(grant)
    if grant.confirmed_at is not None:
        raise Done(_("This is done already."))
    if not grant.awaits_confirmation:
        raise Refusal(_("This role waits for no confirmation."))
    if not (by.is_operator or by.holds(Role.MANAGER, at=at, scope_id=grant.scope_id)):
        raise Refusal(_("An operator or a manager of the programme confirms this role."))
    if by.pk in (grant.granted_by_id, grant.person_id):
        raise Refusal(_("A finance role is confirmed by a third person: not who gives it, not who gets it."))
    at = later_than(grant.granted_at, at)
    acting(by=by, at=at)
    grant.confirmed_by, grant.confirmed_at = by, at
    grant.save(update_fields=["confirmed_by", "confirmed_at"])
    _tell_of_role(grant, at)


@transaction.atomic
def end_grant(grant: RoleGrant, *, on: date, by: User, at: datetime) -> None:
    """End a role on a day (it no longer holds on that day); one may give up a role of one's own.

    :raises Refusal: if it ends earlier anyway, or is not theirs to end.
    """
    acting(by=by, at=at)
    lock(grant)
    if by.pk != grant.person_id and grant.role not in roles_given_by(by, at=at, scope_id=grant.scope_id):
        raise Refusal(_("This role is not yours to end."))
    day = max(on, grant.starts_on)
    if grant.ends_on is not None and grant.ends_on <= day:
        raise Refusal(_("This role ends on %(day)s already.") % {"day": grant.ends_on})
    grant.ends_on = day
    grant.save(update_fields=["ends_on"])
    queue_mail("role_ended", to=grant.person, about=grant, at=at, once=day.isoformat())


@transaction.atomic
def ask_second_factor_reset(person: User, *, reason: str, by: User, at: datetime) -> SecondFactorReset:
    """Ask that a lost second factor be taken away; `reason` says how the person was recognised.

    :raises Refusal: if the one who asks may not vouch for the person, or there is nothing to take away.
    """
    _refuse_unless_voucher(by, person)
    lock(person)
    if not Authenticator.objects.filter(user=person).exists():
        raise Refusal(_("%(person)s has no second factor.") % {"person": person})
    waiting = SecondFactorReset.objects.filter(person=person, confirmed_at=None, asked_at__gte=at - STANDS)
    if any(_may_vouch(each.asked_by, person) for each in waiting.select_related("asked_by")):
        raise Refusal(_("This is asked for already, and waits for a second person."))
    acting(by=by, at=at)
    return SecondFactorReset.objects.create(person=person, reason=reason, asked_by=by, asked_at=at)


@transaction.atomic
def confirm_second_factor_reset(reset: SecondFactorReset, *, by: User, at: datetime) -> None:
    """Take the second factor away, as the second person; its owner is told.

    :raises Refusal: if it is done, the same person asked, or may not vouch for its owner.
    """
    lock(reset)
    if reset.confirmed_at is not None:
        raise Done(_("This is done already."))
    if by.pk == reset.asked_by_id:
        raise Refusal(_("Somebody else than who asked confirms this."))
    _refuse_unless_voucher(by, reset.person)
    if at > reset.asked_at + STANDS or not _may_vouch(reset.asked_by, reset.person):
        raise Refusal(_("This was asked for long ago, or by somebody who may no longer do so. Ask for it again."))
    at = later_than(reset.asked_at, at)
    acting(by=by, at=at)
    reset.confirmed_by, reset.confirmed_at = by, at
    reset.save(update_fields=["confirmed_by", "confirmed_at"])
    Authenticator.objects.filter(user_id=reset.person_id).delete()
    sessions.end_all(reset.person)
    queue_mail("second_factor_reset", to=reset.person, about=reset, at=at, context={"login_url": _login_url()})


@transaction.atomic
def close_account(person: User, *, by: User, at: datetime) -> None:
    """Keep a person from signing in, end their roles, and let every app end what they left open; what they did stays.

    :raises Refusal: for one's own account, which would lock the door from inside.
    """
    if by.pk == person.pk:
        raise Refusal(_("Nobody closes their own account here."))
    _set_active(person, False, by=by, at=at)
    for grant in person.role_grants.select_related("scope").select_for_update(of=("self",)).order_by("pk"):
        day = max(day_of(at, zone=grant.scope.timezone), grant.starts_on)
        if grant.ends_on is None or grant.ends_on > day:
            grant.ends_on = day
            grant.save(update_fields=["ends_on"])
    registry.emit("account_closed", person=person, at=at)


@transaction.atomic
def reopen_account(person: User, *, by: User, at: datetime) -> None:
    """Let a person sign in again; their roles ended with the account, and are given anew."""
    _set_active(person, True, by=by, at=at)


def _set_active(person: User, active: bool, *, by: User, at: datetime) -> None:
    if not by.is_operator:
        raise Refusal(_("Operators open and close accounts."))
    acting(by=by, at=at)
    lock(person)
    person.is_active = active
    person.save(update_fields=["is_active"])
    if not active:
        sessions.end_all(person)


def _refuse_unless_giver(by: User, person: User, role: str, scope_id: int, at: datetime) -> None:
    if role not in roles_given_by(by, at=at, scope_id=scope_id):
        raise Refusal(_("This role is not yours to give."))
    if by.pk == person.pk:
        raise Refusal(_("Nobody gives a role to themselves."))


def _may_vouch(by: User, person: User) -> bool:
    try:
        _refuse_unless_voucher(by, person)
    except Refusal:
        return False
    return by.is_active


def _refuse_unless_voucher(by: User, person: User) -> None:
    """Let operators vouch for anybody, and managers for the people of their programmes who are no operators."""
    if by.pk == person.pk:
        raise Refusal(_("Nobody vouches for themselves."))
    if by.is_operator:
        return
    ours = by.scopes(Role.MANAGER)
    if person.is_operator or not RoleGrant.objects.filter(person=person, scope_id__in=ours).exists():
        raise Refusal(_("An operator, or a manager of the person's programme, vouches for them."))


def _tell_of_role(grant: RoleGrant, at: datetime) -> None:
    needs = grant.role in Role.desk()
    context = {"needs_second_factor": needs, "login_url": _login_url()}
    queue_mail("role_granted", to=grant.person, about=grant, at=at, context=context)


def _login_url() -> str:
    return settings.SITE_URL + reverse("account_login")
