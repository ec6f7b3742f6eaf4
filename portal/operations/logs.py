"""Structured logs: every line names the request or task run it belongs to, and every request leaves one line."""

import logging
from contextvars import ContextVar

from django.core.signals import request_finished
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

NOBODY = "-"
# What the addresses of invitations, set-ups and resets call their secret: the log must open no door (law 14).
_SECRETS = ("token", "key")

request_id: ContextVar[str] = ContextVar("request_id", default=NOBODY)
log = logging.getLogger("portal.requests")


class RequestIdFilter(logging.Filter):
    """Put the current request id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


@receiver(request_finished)
def drop_request_id(**_: object) -> None:
    """Forget the request once it is over: Django logs what it refused after the last middleware is left."""
    request_id.set(NOBODY)


def note(request: HttpRequest, response: HttpResponse, *, seconds: float) -> None:
    """Leave the one line that tells who asked for what, how it ended and how long it took."""
    about = {
        "method": request.method,
        "path": _path(request),
        "status": response.status_code,
        "ms": round(seconds * 1000),
        "user_id": _user_id(request),
    }
    level = logging.INFO if response.status_code < 400 else logging.WARNING
    log.log(level, "%(method)s %(path)s %(status)s in %(ms)s ms for %(user_id)s", about, extra=about)


def _path(request: HttpRequest) -> str:
    path = escape_uri_path(request.path)  # no line of its own making
    for name, value in (request.resolver_match.kwargs if request.resolver_match else {}).items():
        if name in _SECRETS and isinstance(value, str):
            path = path.replace(escape_uri_path(value), "***")
    return path


def _user_id(request: HttpRequest) -> str:
    try:
        return str(getattr(getattr(request, "user", None), "pk", None) or NOBODY)
    except DatabaseError:
        return NOBODY  # the request failed for want of the database; its line shall not
