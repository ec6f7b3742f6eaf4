"""What is kept of visitors who are not signed in: for a day, and of one network for so many visitors an hour.

Each is a row of the table of sessions, which nobody could stop from growing otherwise: a program without cookies is a new
visitor with every request.
"""

from django.conf import settings
from django.http import HttpRequest

from portal.accounts import limits
from portal.accounts.sessions import network_of

COUNTED_FOR = 3600


def may_keep(request: HttpRequest) -> bool:
    """Return whether something may be kept in the session of a request, and let a visitor's session end after a day."""
    if request.user.is_authenticated:
        return True
    is_new = not request.session.keys()
    visitors = limits.Limit(settings.VISITORS_PER_NETWORK, COUNTED_FOR), f"visitors:{network_of(request)}"
    if is_new and not limits.allowed(visitors):
        return False
    request.session.set_expiry(settings.VISITOR_SESSION[1])
    return True
