"""What happens at the door: written down for operators, told to its owner, and what follows from it for other sessions."""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.dispatch import receiver
from django.http import HttpRequest

from portal import clock
from portal.accounts import devices, limits, sessions
from portal.models import AccountEvent, User

log = logging.getLogger(__name__)

Kind = AccountEvent.Kind
_WARN = (Kind.REFUSED, Kind.FACTOR_REFUSED, Kind.LIMITED)


def note(kind: AccountEvent.Kind, request: HttpRequest, person: User | None) -> None:
    """Write an event down: a row that operators see, and a line of the log without an address."""
    network = sessions.network_of(request)
    AccountEvent.objects.create(
        person_id=person.pk if person else None,
        kind=kind,
        network=network,
        device=request.headers.get("User-Agent", "")[:200],
        at=clock.now(),
    )
    log.log(
        logging.WARNING if kind in _WARN else logging.INFO,
        "Account of %s: %s, from %s",
        person.pk if person else "nobody",
        kind.value,
        network or "nowhere",
    )


def note_limited(request: HttpRequest, person: User | None, about: str) -> None:
    """Write down that a limit was reached, once for all that run into it meanwhile."""
    if limits.allowed((limits.Limit(1, limits.GUESSES.seconds), f"told:{about}:{sessions.network_of(request)}")):
        note(Kind.LIMITED, request, person)


def secure(request: HttpRequest, person: User, kind: AccountEvent.Kind) -> None:
    """Note that somebody changed how they come in, and end what was begun elsewhere by the old way."""
    note(kind, request, person)
    is_theirs = request.user.pk == person.pk
    sessions.end_all(person, but=request.session.session_key if is_theirs else None)
    if is_theirs:
        request.user.devices_since = person.devices_since  # type: ignore[union-attr]  # it is they
        devices.remember(request, person)


@receiver([account.password_changed, account.password_set, account.password_reset])
def on_password(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """End other sessions once the password is another; whoever guessed at the old one starts anew."""
    limits.forget(f"password:{user.email.lower()}", f"reset:mailbox:{limits.mailbox(user.email)}")
    secure(request, user, Kind.PASSWORD)


@receiver(account.email_changed)
def on_address(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    secure(request, user, Kind.ADDRESS)


@receiver(mfa.authenticator_added)
def on_factor_added(sender: Any, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Use the code up that set an authenticator app up, and end other sessions."""
    if authenticator.type == Authenticator.Type.TOTP:
        authenticator.wrap().validate_code(request.POST.get("code", ""))
    secure(request, user, Kind.FACTOR_ADDED)


@receiver(mfa.authenticator_reset)
def on_codes_renewed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    secure(request, user, Kind.FACTOR_ADDED)


@receiver(mfa.authenticator_removed)
def on_factor_removed(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    secure(request, user, Kind.FACTOR_REMOVED)


@receiver(mfa.authentication_failed)
def on_factor_refused(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    note(Kind.FACTOR_REFUSED, request, user)
