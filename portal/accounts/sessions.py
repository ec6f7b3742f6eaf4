"""Sessions of people: begun at the login, listed and ended by their owner, ended elsewhere when a factor changes."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import devices
from portal.accounts.session_store import SIGNED_IN
from portal.models import Role, RoleGrant, Session, User

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is signed in, as their page shows it."""

    handle: uuid.UUID
    device: str
    network: str
    started_at: datetime
    seen_at: datetime
    is_here: bool


@receiver(user_logged_in)
def begin(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note in a new session whose it is, from where, and how long it may last."""
    idle, longest = settings.STAFF_SESSION if _has_a_desk(user) else settings.SESSION
    request.session.set_expiry(None)  # what a visitor's was kept for
    request.session[SIGNED_IN] = {
        "handle": uuid.uuid4().hex,
        "at": timezone.now().timestamp(),
        "idle": idle,
        "longest": longest,
        "network": network_of(request),
        "device": request.headers.get("User-Agent", "")[:200],
    }


def places(user: User, session_key: str | None) -> list[Place]:
    """Return where a person is signed in, this browser first."""
    columns = ("handle", "device", "network", "started_at", "seen_at", "session_key")
    rows = Session.objects.of(user).filter(expire_date__gt=timezone.now()).values_list(*columns)
    found = [
        Place(handle, device_name(device), network, started_at, seen_at, is_here=key == session_key)
        for handle, device, network, started_at, seen_at, key in rows
    ]
    return sorted(found, key=lambda place: not place.is_here)


def end(user: User, handle: uuid.UUID) -> int:
    """End one of a person's sessions, know its browser no more, and return whether it was there."""
    rows = Session.objects.of(user).filter(handle=handle)
    for row in rows:
        devices.make_stranger(user, row.get_decoded().get(SIGNED_IN, {}))
    ended, _each = rows.delete()
    return ended


def end_longer(user: User) -> int:
    """End those of a person's sessions that were begun for longer than who works at the desks may stay."""
    idle, longest = settings.STAFF_SESSION
    told = {row.pk: row.get_decoded().get(SIGNED_IN, {}) for row in Session.objects.of(user)}
    longer = [pk for pk, noted in told.items() if noted.get("idle", 0) > idle or noted.get("longest", 0) > longest]
    ended, _each = Session.objects.filter(pk__in=longer).delete()
    return ended


def end_all(user: User, *, but: str | None = None) -> int:
    """End all of a person's sessions but one, and forget the devices they have signed in with."""
    ended, _each = Session.objects.elsewhere(user, but).delete()
    user.devices_since = timezone.now()
    User.objects.filter(pk=user.pk).update(devices_since=user.devices_since)
    return ended


def _has_a_desk(user: User) -> bool:
    """Return whether a person works at a desk, or will by a role that is given already: a session may be there before it."""
    yesterday = timezone.now().date() - timedelta(days=1)  # days begin in the programme's zone
    ahead = RoleGrant.objects.filter(Q(ends_on=None) | Q(ends_on__gt=yesterday), person=user, role__in=Role.desk())
    return user.is_operator or ahead.exists()


def network_of(request: HttpRequest) -> str:
    """Return the network's address of a request; nothing where there is none, as in a test.

    Of IPv6 that is the first half of the address: a line is given all of the other.
    """
    try:
        address = ip_address(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))


def device_name(agent: str) -> str:
    """Return what people call a device: its browser and system, as far as its browser tells."""
    browser = next((name for mark, name in _BROWSERS if re.search(rf"\b{mark}", agent)), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")
