"""The request's id for the logs, the reader's language and hours, and the second factor of those who need one."""

import re
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus
from zoneinfo import ZoneInfo

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import is_valid_path, reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found

from portal import clock
from portal.accounts import second_factor
from portal.language.zones import zone_or
from portal.models import User
from portal.operations import logs
from portal.refusals import Done
from portal.views.errors import method_not_allowed

GetResponse = Callable[[HttpRequest], HttpResponse]
METHODS = ("GET", "HEAD", "POST")  # of every address there is
PROBES = ("/healthz", "/readyz", "/metrics")  # asked by programs, also while the database is away
_SAFE_ID = re.compile(r"[A-Za-z0-9-]{8,40}")


class RequestIdMiddleware:
    """Give each request an id, or keep the proxy's, answer with it, and leave the request's line in the log.

    The id stays until the request is over (`logs.drop_request_id`), for what Django logs after this. Static files
    leave no line.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        logs.request_id.set(given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex)
        response = self.get_response(request)
        response["X-Request-ID"] = logs.request_id.get()
        if not request.path.startswith(settings.STATIC_URL):
            logs.note(request, response, seconds=time.perf_counter() - started)
        return response


class LanguageMiddleware:
    """Speak the language the person chose, then that of the cookie, then the browser's; tell time in their zone."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "") or translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        timezone.activate(ZoneInfo(zone_or(getattr(request.user, "timezone", ""), settings.TIME_ZONE)))
        try:
            response = self.get_response(request)
        finally:
            translation.activate(settings.LANGUAGE_CODE)
            timezone.deactivate()
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class SeenAtMiddleware:
    """Tell who is signed in at what instant they look: whatever a page shows of their roles is as of then."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            request.user.seen_at = clock.now()
        return self.get_response(request)


class SecondFactorMiddleware:
    """Let who works in the admin do nothing but set up, or give, their second factor until it is given."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and not _is_open(request.path) and second_factor.missing(request, user):
            messages.info(request, _("Your role needs a second factor. Set it up, or give it, to go on."))
            return redirect(second_factor.way_to_it(request, user))
        return self.get_response(request)


class DoneMiddleware:
    """Tell who asked for something that is done already that it is done, on the page as it is now.

    It was done by a click before, or by somebody else at the same moment; GET leads on from a page whose act is done.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Done):
            return None
        messages.info(request, str(exception))
        return redirect(request.get_full_path())


class PolicyMiddleware(CSPMiddleware):
    """Send the Content-Security-Policy with every page, in the demo with what is not found, too.

    django-csp leaves it out of Django's debug pages, of which the demo shows one alone, for errors (500).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code == HTTPStatus.NOT_FOUND and HEADER not in response.headers:
            response.headers[HEADER] = build_policy()
        return super().process_response(request, response)


class NotFoundMiddleware:
    """Show what people see where nothing is, instead of Django's debug page: the demo's visitors build no addresses.

    Stands innermost, where every 404 is an `Http404` of a view or of the addresses; errors keep their debug page.
    """

    def __init__(self, get_response: GetResponse) -> None:
        if not settings.DEBUG:
            raise MiddlewareNotUsed  # Django shows the page by itself
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return page_not_found(request, Http404()) if response.status_code == 404 else response


class MethodMiddleware:
    """Answer our own page where an address does not take a method; none takes PUT, PATCH or DELETE.

    Stands innermost, so that the page is in the reader's language, and before a view is asked for its token.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS and is_valid_path(request.path_info):
            return method_not_allowed(request, METHODS)
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not request.path_info.startswith(PROBES):
            return method_not_allowed(request, response.headers["Allow"].split(", "))
        return response


def _is_open(path: str) -> bool:
    """Return whether a page is reached without a second factor: those that lead to it, and those that tell nothing."""
    return path.startswith(("/account/", settings.STATIC_URL, reverse("set_language"), *PROBES))
