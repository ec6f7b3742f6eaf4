"""The admin's site: for those who work at a desk, with a second factor, and 404 for everybody else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial, wraps
from typing import Any, TypeVar, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.accounts import second_factor
from portal.accounts.access import person
from portal.desk.counts import Counted, count
from portal.models import User
from portal.onward import onward
from portal.registry import Desk, registry

OPERATOR = "operator"
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def may(user: User, roles: tuple[str, ...]) -> bool:
    """Return whether the person holds one of the roles somewhere; `OPERATOR` stands for the operators."""
    return (OPERATOR in roles and user.is_operator and user.is_active) or user.holds(*roles, at=user.seen_at)


def desks_of(user: User) -> list[Desk]:
    """Return the desks of the person, whose path needs no argument."""
    return [desk for desk in registry.desks if "<" not in desk.path and may(user, desk.roles)]


@dataclass(frozen=True, slots=True)
class DeskTile:
    """A desk as its person finds it: with what waits there for them, None where they only look."""

    desk: Desk
    waiting: int | None

    @property
    def words(self) -> str:
        """Say how much waits, as far as it is counted."""
        if self.waiting is None:
            return ""
        if not self.waiting:
            return gettext("Nothing to do")
        return str(Counted(self.waiting, self.desk.counted))


def desk_tiles(user: User, at: datetime) -> list[DeskTile]:
    """Return the desks of the person, each with what waits there: one statement counts for all of them."""
    desks = desks_of(user)
    waiting = {desk.name: rows for desk in desks if desk.waiting and (rows := desk.waiting(user, at))}
    counts = count(user, waiting)
    return [DeskTile(desk, counts.get(desk.name)) for desk in desks]


class TremplinAdminSite(admin.AdminSite):
    """Django's admin behind our roles and the second factor, with the desks beside the records."""

    site_title = _("Tremplin workspace")
    site_header = _("Tremplin")
    index_title = _("Workspace")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and user.is_staff and not second_factor.missing(request, user)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Answer 404 where Django would answer 403 or tell a stranger where the login is."""

        @wraps(view)
        def hidden(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                response: HttpResponseBase = view(request, *args, **kwargs)
                return response
            except PermissionDenied as refused:
                raise Http404 from refused

        inner = super().admin_view(hidden, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return self._turned_away(request) or inner(request, *args, **kwargs)

        return cast("View", guarded)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the one login there is: the portal's."""
        goal = onward(request, request.GET.get("next"), reverse("admin:index", current_app=self.name))
        if request.user.is_authenticated:
            return self._turned_away(request) or redirect(goal)
        return redirect_to_login(goal)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # Django's draw pages
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # as above
        return redirect("account_change_password")

    def _turned_away(self, request: HttpRequest) -> HttpResponse | None:
        """Send a visitor to the login and who lacks the second factor to it; a stranger learns nothing."""
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path())
        if not user.is_staff:
            raise Http404
        if second_factor.missing(request, user):
            return redirect(second_factor.way_to_it(request, user))
        return None

    def get_urls(self) -> list[URLPattern | URLResolver]:
        desks = [path(f"desks/{desk.path}", self._desk(desk), name=desk.name) for desk in registry.desks]
        return [*desks, *super().get_urls()]

    def _desk(self, desk: Desk) -> Callable[..., Any]:
        @wraps(desk.view)
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (isinstance(request.user, User) and may(request.user, desk.roles)):
                raise Http404
            response: HttpResponseBase = desk.view(request, *args, **kwargs)
            return response

        return self.admin_view(opened)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps, put together only where a page shows them: the context of every desk has them, too."""
        return SimpleLazyObject(partial(self._app_list, request, app_label))  # type: ignore[return-value]  # is read as a list

    def _app_list(self, request: HttpRequest, app_label: str | None) -> list[Any]:
        """Return the apps in the order in which a programme meets them, the system last."""
        order = [config.label for config in apps.get_app_configs() if config.label != "portal"]
        found = super().get_app_list(request, app_label)
        return sorted(found, key=lambda app: order.index(app["app_label"]) if app["app_label"] in order else len(order))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        user = request.user
        desks = desks_of(user) if isinstance(user, User) else []
        return {
            **super().each_context(request),
            "desks": [(reverse(f"admin:{desk.name}"), desk.label) for desk in desks],
        }

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the desks with what waits at each, and the records."""
        tiles = desk_tiles(person(request), clock.now())
        return super().index(request, {"tiles": tiles, **(extra_context or {})})
