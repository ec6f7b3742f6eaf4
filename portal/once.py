"""What one request reads once, however many parts of its page ask for it."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.http import HttpRequest

KEPT = "read_once"  # the attribute of the request

T = TypeVar("T")


def once(request: HttpRequest, key: Hashable, read: Callable[[], T]) -> T:
    """Return what `read` gives, kept on the request: all who ask have the same objects, from one query.

    :param key: what is read, and of which rows; all apps share a request, so keys begin with a word.
    """
    known: dict[Hashable, Any] | None = getattr(request, KEPT, None)
    if known is None:
        known = {}
        setattr(request, KEPT, known)
    if key not in known:
        known[key] = read()
    found: T = known[key]
    return found
