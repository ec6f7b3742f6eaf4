"""WSGI entry point."""

import codecs
import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler
from django.utils.http import parse_header_parameters

# How a body may be written: as browsers do, or in what nobody's decoding fails at.
_WRITINGS = {"utf-8", "ascii", "iso8859-1", "cp1252"}
_REFUSED = b"The request's Content-Type cannot be read.\n"


class Application(WSGIHandler):
    """Django, behind a look at the kind of a request's body: there are some at which it fails before any page is asked."""

    def __call__(self, request: dict[str, Any], start_response: Any) -> Any:
        if is_readable(request.get("CONTENT_TYPE", "")):
            return super().__call__(request, start_response)
        start_response("400 Bad Request", [("Content-Type", "text/plain"), ("Content-Length", str(len(_REFUSED)))])
        return [_REFUSED]


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
