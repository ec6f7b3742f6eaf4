"""What somebody wrote when their session had ended: kept through the login and shown again in the form."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url

_MOST = 200_000  # characters
_PREFIX = "kept:"
_NEVER = ("csrfmiddlewaretoken", "password", "account_number", "iban")


class KeepTextMiddleware:
    """Keep a visitor's form in the session when a page sends them to the login; the login preserves the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and not request.user.is_authenticated and _to_login(response):
            _keep(request)
            if request.headers.get("HX-Request"):
                response = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        return response


def take(request: HttpRequest) -> QueryDict | None:
    """Give, once, what was written to this page before the login."""
    text = request.session.pop(_PREFIX + _page(request.path), None)
    return QueryDict(text) if text else None


def _keep(request: HttpRequest) -> None:
    words = request.POST.copy()
    for name in list(words):
        if any(secret in name.lower() for secret in _NEVER):
            del words[name]
    text = words.urlencode()
    if len(text) <= _MOST:
        request.session[_PREFIX + _page(request.path)] = text


def _page(path: str) -> str:
    """Give the page to which a form, or one field of it saved by itself, belongs."""
    return path.split("/save/")[0].rstrip("/")


def _to_login(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(resolve_url(settings.LOGIN_URL))
