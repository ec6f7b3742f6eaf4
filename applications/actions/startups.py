"""Startups and their people."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from applications.models import Invitation, Membership, Startup
from applications.permissions import require_editor, require_founder
from portal.accounts import limits
from portal.language.names import plain_name
from portal.laws.transitions import acting, lock
from portal.models import User
from portal.outbox.queue import queue_mail
from portal.refusals import Done, Refusal

INVITATION_DAYS = 14
TWO_CLICKS = timedelta(seconds=30)


@transaction.atomic
def create_startup(*, by: User, at: datetime, **details: Any) -> Startup:
    """Create a startup with its first founder, or give the one of this name that they created a moment ago.

    :param details: name, country (ISO 3166 alpha-2) and whatever else of the model is known.
    :raises Refusal: for a name that holds a web address or invisible characters.
    """
    _require_plain(details)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # two clicks, one startup
    same = Startup.objects.filter(created_by=by, name=details.get("name"), created_at__gt=at - TWO_CLICKS)
    if startup := same.order_by("id").first():
        return startup
    startup = Startup.objects.create(created_by=by, created_at=at, **details)
    Membership.objects.create(startup=startup, person=by, role=Membership.Role.FOUNDER, joined_at=at)
    return startup


@transaction.atomic
def describe_startup(startup: Startup, *, by: User, at: datetime, **details: Any) -> None:
    """Change what a startup says of itself; what is not given stays as somebody else may have left it.

    :raises Refusal: by who may not edit, or for a name that holds a web address or invisible characters.
    """
    require_editor(startup, by)
    _require_plain(details)
    if not details:
        return
    lock(startup)
    for name, value in details.items():
        setattr(startup, name, value)
    startup.save(update_fields=[*details, "name_folded"])


def _require_plain(details: dict[str, Any]) -> None:
    """Hold names to what may stand in a mail to a stranger."""
    for name in ("name", "legal_name"):
        try:
            plain_name(details.get(name) or "")
        except ValidationError as odd:
            raise Refusal(odd.messages[0]) from odd


@transaction.atomic
def invite(startup: Startup, email: str, role: str, *, by: User, at: datetime) -> Invitation:
    """Ask somebody to join a startup; the mail carries a link that is never stored.

    :raises Refusal: by who is no founder, for who belongs to it already, or is already invited; and where the person
        has sent as many within a day, the startup has as many open ones, or the mailbox got as many, as the settings allow.
    """
    email = check_invited(startup, email, by=by, at=at)
    # An invitation that ran out makes room for a new one.
    startup.invitations.open().filter(email__iexact=email, expires_at__lte=at).update(withdrawn_at=at)
    _require_few(startup, email, by, at)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                startup=startup,
                email=email,
                role=role,
                invited_by=by,
                invited_at=at,
                expires_at=at + timedelta(days=INVITATION_DAYS),
            )
    except IntegrityError as error:
        raise Refusal(_("%(email)s is already invited.") % {"email": email}) from error
    # Nobody knows yet what they read; who invites them most likely does.
    queue_mail("invitation", to=email, about=invitation, at=at, secret=True, language=by.language)
    return invitation


def check_invited(startup: Startup, email: str, *, by: User, at: datetime) -> str:
    """Return the address as it is kept, if it can be invited.

    :raises Refusal: by who is no founder, for who belongs to the startup already, or is already invited.
    """
    require_founder(startup, by)
    email = email.strip().lower()
    if startup.members().filter(email__iexact=email).exists():
        raise Refusal(_("%(email)s already belongs to this startup.") % {"email": email})
    if startup.invitations.waiting_for(email, at).exists():
        raise Refusal(_("%(email)s is already invited.") % {"email": email})
    return email


def _require_few(startup: Startup, email: str, by: User, at: datetime) -> None:
    """Hold invitations to a number that people need: each is a mail to a stranger, under our name."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # counted one after the other
    if Invitation.objects.of_last_day(by, at).count() >= settings.INVITATIONS_A_DAY:
        words = _("You have sent %(n)d invitations within a day. Send the next one tomorrow.")
        raise Refusal(words % {"n": settings.INVITATIONS_A_DAY})
    lock(startup, fields=["name"])
    if startup.invitations.open().filter(expires_at__gt=at).count() >= settings.INVITATIONS_OPEN:
        words = _("%(n)d invitations to this startup are still open. Withdraw one before you send another.")
        raise Refusal(words % {"n": settings.INVITATIONS_OPEN})
    # Its counter is locked until this transaction ends, and forgets what is refused: two at once are two.
    to_one = limits.Limit(settings.INVITATIONS_TO_ONE, limits.DAY)
    if not limits.allowed((to_one, f"invited:{limits.mailbox(email)}")):
        words = _("At most %(n)d invitations go to one address within a day. Invite %(email)s again tomorrow.")
        raise Refusal(words % {"n": settings.INVITATIONS_TO_ONE, "email": email})


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User, at: datetime) -> None:
    """Make an open invitation void.

    :raises Refusal: by who is no founder, or once it is accepted.
    """
    require_founder(invitation.startup, by)
    lock(invitation)
    if invitation.accepted_at:
        raise Refusal(_("This invitation was accepted already."))
    invitation.withdrawn_at = invitation.withdrawn_at or at
    invitation.save(update_fields=["withdrawn_at"])


def withdraw_invitations(*, person: User, at: datetime) -> None:
    """Make every open invitation of a person void: their account was closed."""
    Invitation.objects.open().filter(invited_by=person).update(withdrawn_at=at)


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User, at: datetime) -> Membership:
    """Join the startup; of a new founder every other one is told, who may know that nobody invited them.

    :raises Refusal: if it ran out, was withdrawn or used, was meant for another address, or the account of who sent it is
        closed; `Done` by who has joined by it.
    """
    lock(invitation)
    if by.email.lower() != invitation.email.lower():
        raise Refusal(_("This invitation was sent to another address. Sign in with that one."))
    if invitation.accepted_by_id == by.pk and invitation.startup.memberships.current().filter(person=by).exists():
        raise Done(_("You have already accepted this invitation."))
    is_open = not invitation.accepted_at and not invitation.withdrawn_at and invitation.expires_at > at
    if not is_open or not invitation.invited_by.is_active:
        raise Refusal(_("This invitation is no longer valid. Ask for a new one."))
    invitation.accepted_by, invitation.accepted_at = by, at
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    acting(by=by, at=at)
    membership, is_new = Membership.objects.get_or_create(
        startup=invitation.startup, person=by, ended_at=None, defaults={"role": invitation.role, "joined_at": at}
    )
    if is_new and membership.role == Membership.Role.FOUNDER:
        for founder in invitation.startup.founders().exclude(pk=by.pk):
            queue_mail("founder_joined", to=founder, about=membership, at=at, context={"invitation": invitation})
    return membership
