"""What is answered when something broke or does not fit; while the database is away, that it will pass."""

import sys
from collections.abc import Sequence
from http import HTTPStatus

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.views import defaults

from portal.accounts.rescued_forms import words_of

BACK_IN = 5  # seconds, for those who ask again by themselves

# SQLSTATE of a server that is gone or is going: connection exceptions, and its shutdown.
_AWAY = ("08", "57P")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database is away, so that a proxy or a program asks again, and 500 for a fault of ours."""
    return _back_soon() if lost_the_database(sys.exc_info()[1]) else defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400; but 503 where a session could not be saved because the database went away, of which Django says 400."""
    return _back_soon() if lost_the_database(exception) else defaults.bad_request(request, exception)


def method_not_allowed(request: HttpRequest, allowed: Sequence[str]) -> HttpResponse:
    """Answer 405 with a page that leads on."""
    page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
    page["Allow"] = ", ".join(allowed)
    return page


def too_many(request: HttpRequest, *, again: str = "") -> HttpResponse:
    """Answer 429 with a page that gives back what was typed, but for passwords: its button sends it again.

    :param again: where to try again, if not here.
    """
    typed = [(name, value) for name, values in words_of(request).lists() for value in values if len(value) <= 500]
    page = render(request, "429.html", {"typed": typed[:20], "again": again}, status=HTTPStatus.TOO_MANY_REQUESTS)
    page["Retry-After"] = str(settings.LIMITED_FOR)
    return page


def lost_the_database(error: BaseException | None) -> bool:
    """Return whether an error, or one that it came of, says that the database is away."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            state = getattr(error.__cause__, "sqlstate", None)
            # Without a state there was no server to give one.
            return state is None or state.startswith(_AWAY)
        error = error.__cause__ or error.__context__
    return False


def _back_soon() -> HttpResponse:
    page = loader.get_template("503.html").render()
    return HttpResponse(page, status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": str(BACK_IN)})
