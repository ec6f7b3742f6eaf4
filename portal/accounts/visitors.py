"""What is kept of visitors who are not signed in: for a day, and of one network for so many visitors an hour.

Each is a row of the table of sessions, which nobody could stop from growing otherwise: a program without cookies is a new
visitor with every request.
"""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from portal.accounts.sessions import network_of

KEPT_FOR = 24 * 3600  # seconds
COUNTED_FOR = 3600


def may_keep(request: HttpRequest) -> bool:
    """Return whether something may be kept in the session of a request, and let a visitor's session end after a day."""
    if request.user.is_authenticated:
        return True
    if _is_new(request) and not _has_room(request):
        return False
    request.session.set_expiry(KEPT_FOR)
    return True


def _is_new(request: HttpRequest) -> bool:
    return not request.session.keys()


def _has_room(request: HttpRequest) -> bool:
    """Count a new visitor of a network; its address is kept as a keyed hash, for an hour."""
    key = f"visitors:{salted_hmac('portal.accounts.visitors', network_of(request)).hexdigest()}"
    cache.add(key, 0, COUNTED_FOR)
    try:
        return cache.incr(key) <= settings.VISITORS_PER_NETWORK
    except ValueError:  # forgotten between the two
        return True
