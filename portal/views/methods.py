"""Which methods an address answers."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

POSTED_FROM = "posted_from"
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def posted_from(page: str | Callable[..., str]) -> Callable[[View], View]:
    """Let a view that only takes posts answer GET with the page that posts to it, such as after a switch of language.

    :param page: its URL name, of the same arguments, or a function `(request, **arguments)` that returns its address.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            return redirect(page(request, **kwargs) if callable(page) else reverse(page, kwargs=kwargs))

        setattr(answered, POSTED_FROM, page)
        return cast("View", answered)

    return decorate
