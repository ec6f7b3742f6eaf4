"""Structured logs: every line names the request or task run it belongs to, and every request leaves one line."""

import logging
import re
from contextvars import ContextVar

from django.core.signals import request_finished
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from pythonjsonlogger.json import JsonFormatter

NOBODY = "-"
# The log must open no door (law 14): what an address says after these names is a secret, unless it is a number, and so is
# whatever looks like one. Told by shape, since an address that lacks its last slash, or leads nowhere, has no route.
_SECRET = re.compile(r"(/(?:invitations|setup|confirm-email|key)/+)(?!\d+(?:[/\s\"']|$))[^/\s\"']+", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"(?<=/)(?=[^/]*[A-Z:])[^/]{20,}")

# What Django tells with a traceback, each as a fault of its own: what somebody asked oddly is none of ours.
_ASKED_ODDLY = {
    f"django.security.{name}"
    for name in (
        "DisallowedHost",
        "RequestDataTooBig",
        "SuspiciousMultipartForm",
        "TooManyFieldsSent",
        "TooManyFilesSent",
    )
}
_LONGEST = 300  # characters of what is told of it

request_id: ContextVar[str] = ContextVar("request_id", default=NOBODY)
log = logging.getLogger("portal.requests")


class RequestIdFilter(logging.Filter):
    """Put the current request id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class QuietFilter(logging.Filter):
    """Leave one short line of what somebody asked oddly; the request's own line says that it was refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name in _ASKED_ODDLY:
            record.msg, record.args = record.getMessage()[:_LONGEST], None
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
            record.exc_info = record.exc_text = None
        return True


class Plain(logging.Formatter):
    """Write a line for people, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class Json(JsonFormatter):
    """Write a line for programs, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def masked(text: str) -> str:
    """Return text without the secrets of addresses in it."""
    return _SECRET.sub(r"\1***", text)


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
    path = masked(escape_uri_path(request.path))  # escaped: no line of its own making
    return _LOOKS_SECRET.sub("***", path)


def _user_id(request: HttpRequest) -> str:
    try:
        return str(getattr(getattr(request, "user", None), "pk", None) or NOBODY)
    except DatabaseError:
        return NOBODY  # the request failed for want of the database; its line shall not
