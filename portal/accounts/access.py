"""Who may open a page: what one may not see answers 404 (law 15)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from portal.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def requires(*roles: str) -> Callable[[View[P]], View[P]]:
    """Admit those who hold one of the roles for some programme; the view narrows to the right one by `visible_to`.

    Strangers get 404, visitors the login page.
    """

    def decorate(view: View[P]) -> View[P]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            user = person(request)
            if not user.holds(*roles, at=user.seen_at):
                raise Http404
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorate


def person(request: HttpRequest) -> User:
    """Return who is signed in.

    :raises Http404: for a visitor, where `login_required` was forgotten.
    """
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user
