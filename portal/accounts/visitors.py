"""What is kept of visitors who are not signed in: for a day, and of one network for so many visitors an hour.

Each is a row of the table of sessions, which nobody could stop from growing otherwise: a program without cookies is a new
visitor with every request. Of what is no form, such as a word for the next page or what was asked of a passkey, as many
are kept again, for an hour; a login that waits for its next step is counted where it is posted to.
"""

# allauth has no public way to ask whether a login is begun.
from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from portal.accounts import devices, limits
from portal.accounts.sessions import network_of

COUNTED_FOR = 3600
_COUNTED = "visitor_is_counted"  # the attribute of the request


def may_keep(request: HttpRequest) -> bool:
    """Return whether something may be kept in the session of a request, and let a visitor's session end after a day."""
    if request.user.is_authenticated:
        return True
    is_new = not request.session.keys()
    visitors = limits.Limit(settings.VISITORS_PER_NETWORK, COUNTED_FOR), f"visitors:{network_of(request)}"
    if is_new and not limits.allowed(visitors):
        return False
    setattr(request, _COUNTED, True)
    request.session.set_expiry(settings.VISITOR_SESSION[1])
    return True


def may_begin(request: HttpRequest) -> bool:
    """Return whether a visitor may have a session, and count it if it is new; a known device has a count of its person's."""
    session = request.session
    if SESSION_KEY in session or session.session_key or hasattr(request, _COUNTED):
        return True
    setattr(request, _COUNTED, True)
    if limits.allowed((limits.Limit(settings.VISITORS_PER_NETWORK, COUNTED_FOR), f"begun:{network_of(request)}")):
        return True
    whom = devices.anybody(request)
    by_person = limits.Limit(settings.PER_DEVICE, settings.LIMITED_FOR)
    return whom is not None and limits.allowed((by_person, f"begun:known:{whom.pk}"))


def drop_unless_counted(request: HttpRequest) -> None:
    """Keep nothing of a visitor whose network has begun as many sessions as it may within an hour."""
    session = request.session
    is_written = session.modified and not session.is_empty() and LOGIN_SESSION_KEY not in session
    if is_written and not may_begin(request):
        session.clear()
