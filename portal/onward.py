"""Where to go on to: the one judge of addresses that a request names."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 2000  # characters: more is no page of ours, and no browser follows it


def is_ours(request: HttpRequest, address: str) -> bool:
    """Return whether an address is a path of this site, to which anybody may be sent."""
    return (
        address.startswith("/")
        and len(address) <= LONGEST
        and address.isprintable()
        and url_has_allowed_host_and_scheme(address, None, require_https=request.is_secure())
        and not urlsplit(address).netloc
    )


def onward(request: HttpRequest, address: str | None, otherwise: str) -> str:
    """Return the address that a request names as the next, or another where that is no path of this site."""
    return address if address and is_ours(request, address) else otherwise
