"""WSGI entry point."""

import codecs
import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler
from django.utils.http import parse_header_parameters

# How a body may be written: as browsers do, or in what nobody's decoding fails at.
_WRITINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"}
_UNREADABLE = b"The request's Content-Type cannot be read.\n"
# Characters of an address: pages repeat theirs, for the way back. The rows that are selected on a page of a desk fit.
LONGEST = 16_000
_TOO_LONG = b"The address is too long.\n"


class Application(WSGIHandler):
    """Django, behind a look at a request's address and at the kind of its body.

    There are kinds at which it fails before any page is asked, and nothing of ours has an address without an end.
    """

    def __call__(self, request: dict[str, Any], start_response: Any) -> Any:
        if len(request.get("PATH_INFO", "")) + len(request.get("QUERY_STRING", "")) > LONGEST:
            return _refuse(start_response, "414 URI Too Long", _TOO_LONG)
        if not is_readable(request.get("CONTENT_TYPE", "")):
            return _refuse(start_response, "400 Bad Request", _UNREADABLE)
        return super().__call__(request, start_response)


def _refuse(start_response: Any, status: str, why: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(why)))])
    return [why]


def is_readable(content_type: str) -> bool:
    """Return whether a body's kind can be read, and its letters too: of “hex”, “idna” or “undefined” Django makes an error."""
    try:
        _kind, params = parse_header_parameters(content_type)
        return codecs.lookup(params.get("charset") or "utf-8").name in _WRITINGS
    except (LookupError, ValueError):
        return False


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup(set_prefix=False)
application = Application()
