"""What somebody wrote when their session had ended: kept through the login and shown again in the form.

It is kept for who signed in last in that browser, as its pages are theirs, and forgotten when another signs in there; of a
browser in which nobody did nothing is kept. A page whose form comes back is marked `restored`; of what is posted to any
other nothing is kept, and nothing promised.
Of one visitor the last few pages are kept, and as much as anybody writes: a session is read with every request. Of one
network so many visitors are kept an hour, each for a day (`portal.accounts.visitors`).
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.accounts import devices
from portal.accounts.visitors import may_keep
from portal.models import User

MOST = 500_000  # characters of a visitor, as forms are sent: an hour of writing in any script fits
PAGES = 5  # of a visitor
_PREFIX = "kept:"
_OF = "words_of"  # in the session: whose they are
_NEVER = ("csrfmiddlewaretoken", "password", "account_number", "routing_number", "iban")
_NO_WORDS = ("action", "seen", "shown")  # which button, and what its page showed: nothing that anybody wrote
_MARK = "restores_words"

View = TypeVar("View", bound=Callable[..., Any])


def restored(view: View) -> View:
    """Mark a view whose page shows again, after the login, what was written to it."""
    setattr(view, _MARK, True)
    return view


def is_restored(view: Callable[..., Any]) -> bool:
    """Return whether a view is marked so."""
    return hasattr(view, _MARK)


class KeepTextMiddleware:
    """Keep a visitor's form in the session when a page sends them to the login; the login preserves the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and not request.user.is_authenticated and _to_login(response):
            if request.resolver_match is not None and is_restored(request.resolver_match.func):
                _keep(request)
            if request.headers.get("HX-Request"):
                response = HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
        return response


@receiver(user_logged_in)
def forget_unreachable(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Forget what somebody else wrote before the login, and what was written to desks and records by who has none."""
    if request.session.pop(_OF, None) != user.pk:
        _forget_all(request)
    if user.is_staff:
        return
    desks = _key(reverse("admin:index"))
    for name in _kept(request):
        if name == desks or name.startswith(f"{desks}/"):
            del request.session[name]


def written(request: HttpRequest) -> QueryDict | None:
    """Return what fills the form of a page: what is posted, or else what was written to it before the login."""
    return request.POST if request.method == "POST" else take(request)


def take(request: HttpRequest, path: str = "") -> QueryDict | None:
    """Give, once, what was written before the login to this page, or to the one at `path`."""
    text = request.session.pop(_key(path or request.path), None)
    return QueryDict(text) if text else None


def look(request: HttpRequest) -> QueryDict | None:
    """Return what was written to this page before the login, again and again until it is forgotten."""
    text = request.session.get(_key(request.path))
    return QueryDict(text) if text else None


def forget(request: HttpRequest) -> None:
    """Forget what was written to this page before the login: it is saved now."""
    request.session.pop(_key(request.path), None)


def words_of(request: HttpRequest) -> QueryDict:
    """Return what was posted, without what is never shown again."""
    words = request.POST.copy()
    for name in list(words):
        if any(secret in name.lower() for secret in _NEVER):
            del words[name]
    return words


def _keep(request: HttpRequest) -> None:
    words = words_of(request)
    text = words.urlencode()
    if not any(value for name, value in words.items() if name not in _NO_WORDS) or len(text) > MOST:
        return
    whose = devices.last_person(request)
    if whose is None or not may_keep(request):
        return
    if request.session.get(_OF) != whose:
        _forget_all(request)
    request.session[_OF] = whose
    kept, page = _kept(request), _key(request.path)
    if page in kept:
        del request.session[page]  # what was written last comes last
    elif len(kept) < PAGES:  # the promise is a row of the session, too
        messages.info(
            request, _("You were signed out meanwhile. What you wrote is kept: sign in, and it is there again.")
        )
    request.session[page] = text
    _drop_oldest(request)


def _forget_all(request: HttpRequest) -> None:
    for name in _kept(request):
        del request.session[name]


def _drop_oldest(request: HttpRequest) -> None:
    kept = _kept(request)
    while len(kept) > PAGES or sum(map(len, kept.values())) > MOST:
        oldest = next(iter(kept))
        del kept[oldest], request.session[oldest]


def _kept(request: HttpRequest) -> dict[str, str]:
    """Return what is kept of a visitor, by its page, the oldest first."""
    return {name: text for name, text in request.session.items() if name.startswith(_PREFIX)}


def _key(path: str) -> str:
    return _PREFIX + _page(path)


def _page(path: str) -> str:
    """Return the page to which a form, or one field of it saved by itself, belongs."""
    return path.split("/save/")[0].rstrip("/")


def _to_login(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(resolve_url(settings.LOGIN_URL))
