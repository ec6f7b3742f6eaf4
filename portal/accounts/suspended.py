"""What is posted to a page that first asks who one is: kept until the proof is given, if it is short, and without secrets.

The session is read with every page, and its row stands in backups: of the headers those are kept by which the page judges
who asks and how, never a cookie.
"""

import json
from collections.abc import Callable

from allauth.account.adapter import get_adapter

# allauth has no public way to keep less of a request than all of it.
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.core.exceptions import ReauthenticationRequired
from allauth.core.internal.httpkit import serialize_request
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from portal.accounts.rescued_forms import words_of

MOST = 8_000  # characters: the forms that ask for a proof have a name, an address or a code in them
_KEPT = (
    "CONTENT_TYPE",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_HOST",
    "HTTP_USER_AGENT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "REMOTE_ADDR",
    "REQUEST_METHOD",
    "SERVER_NAME",
    "SERVER_PORT",
)


class SuspendMiddleware:
    """Send people to the proof a page asks for, as allauth does, and keep what they posted only as far as it is short.

    Stands within allauth's own, which would keep all of it. What is not kept is typed again after the proof.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, ReauthenticationRequired):
            return None
        methods = get_adapter().get_reauthentication_methods(request.user)
        if request.method == "POST" and methods:
            _keep(request)
        page = methods[0]["url"] if methods else reverse("account_login")
        return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}")


def _keep(request: HttpRequest) -> None:
    request.session.pop(STATE_SESSION_KEY, None)
    words = words_of(request).urlencode()
    if len(words) > MOST:
        return
    whole = json.loads(serialize_request(request))
    told = {name: value for name, value in whole["META"].items() if name in _KEPT}
    text = json.dumps(whole | {"META": told, "POST": words})
    if len(text) <= MOST:
        request.session[STATE_SESSION_KEY] = {"request": text}
