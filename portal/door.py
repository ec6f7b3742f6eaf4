"""What every request passes at the door: limits on the way in; on the way out, what browsers keep and forget."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.accounts import devices, limits, visitors
from portal.accounts.sessions import network_of
from portal.views.errors import too_many

GetResponse = Callable[[HttpRequest], HttpResponse]
# What addresses call the part of them that opens a page to whoever bears it.
SECRETS = {"token", "key"}


class DoorMiddleware:
    """Note when somebody was here; let browsers store no page of theirs, and forget all of it when they leave."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_in = SESSION_KEY in request.session
        if was_in:
            request.session.note_seen(timezone.now(), network=network_of(request))  # type: ignore[attr-defined]  # ours
        response = self.get_response(request)
        is_in = SESSION_KEY in request.session
        if not was_in and not is_in:
            visitors.drop_unless_counted(request)
        if (was_in or is_in or _holds_a_secret(request, response)) and "no-store" not in response.headers.get(
            "Cache-Control", ""
        ):
            response.headers["Cache-Control"] = "private, no-store"
        if was_in and not is_in:
            # Cookies stay: the session is gone, and the language and the known device serve the next login.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        devices.write(request, response)
        return response


def _holds_a_secret(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether an address is one that only its bearer knows, or may be: one that lacks its last slash."""
    match = request.resolver_match
    is_secret = match is not None and not SECRETS.isdisjoint(match.kwargs)
    return is_secret or response.status_code == HTTPStatus.MOVED_PERMANENTLY


class LimitsMiddleware:
    """Answer 429 where an address is posted to more often than its limit (`settings.LIMITS`) allows.

    A known device signs in also where its network has used its limit up: neighbours lock nobody out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.method != "POST" or name not in settings.LIMITS:
            return None
        per, most = settings.LIMITS[name]
        whom = network_of(request) if per == "network" else str(request.user.pk)
        asked = limits.Limit(most, settings.LIMITED_FOR), f"{name}:{per}:{whom}"
        if limits.allowed(asked) or (per == "network" and _passes(request, name)):
            return None
        return too_many(request)


def _passes(request: HttpRequest, name: str) -> bool:
    """Return whether somebody's known device lets them on; all of a person's are counted together, however many they make."""
    whom = devices.anybody(request) if name in settings.DEVICES_PASS else None
    if whom is None:
        return False
    return limits.allowed((limits.Limit(settings.PER_DEVICE, settings.LIMITED_FOR), f"{name}:known:{whom.pk}"))
