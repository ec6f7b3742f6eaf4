"""Business acts on the record pages of the admin: buttons, the page that asks, and actions for many rows."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal.accounts import rescued_forms
from portal.desk import acts, frame
from portal.desk.acts import Act
from portal.desk.versions import SEEN_AS, mark, read_marks


class ActAdmin(admin.ModelAdmin[Any]):
    """Offer acts on a record's page and above its list; who may do one is for `ScopedAdmin` to say."""

    acts: tuple[Act, ...] = ()
    change_form_template = "admin/portal/change_form.html"
    change_list_template = "admin/portal/change_list.html"

    def holds(self, request: HttpRequest, roles: tuple[str, ...], obj: models.Model | None = None) -> bool:
        """Return whether the person may act in one of the roles: on the object where there is one."""
        raise NotImplementedError

    @property
    def table_name(self) -> str:
        """Return the name of its list as a table, with which its URL names begin."""
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def get_urls(self) -> list[URLPattern]:
        name = self.table_name
        view = self.admin_site.admin_view(self.act_view)
        return [
            path("act/<slug:act>/", view, name=f"{name}_list_act"),
            path("<path:object_id>/act/<slug:act>/", view, name=f"{name}_act"),
            *super().get_urls(),
        ]

    @rescued_forms.restored
    def act_view(self, request: HttpRequest, act: str, object_id: str | None = None) -> HttpResponse:
        """Ask before an act of a record, or of the list."""
        chosen = next((a for a in self.acts if a.name == act and a.on_list == (object_id is None)), None)
        subject = self.get_object(request, unquote(object_id)) if object_id is not None else None
        if chosen is None or (object_id is not None and subject is None):
            raise Http404
        if not self.holds(request, chosen.roles, subject):
            raise Http404
        crumbs = [frame.Crumb(capfirst(self.opts.verbose_name_plural), self._address(None))]
        if subject is not None:
            crumbs.append(frame.Crumb(subject, self._address(subject)))
        return acts.ask(
            request,
            chosen,
            subject,
            back=self._address(subject),
            crumbs=crumbs,
            about=subject or "",
            refusal=self.why_not(request, chosen, subject),
            run=partial(self.do, request, chosen),
        )

    def why_not(self, request: HttpRequest, act: Act, subject: Any) -> str:
        """Return why a person cannot do an act that others can; nothing where they can."""
        return ""

    @transaction.atomic
    def do(self, request: HttpRequest, act: Act, *subjects: models.Model, **told: Any) -> Any:
        """Do the act, and write it into Django's log of edits."""
        result = act.run(*subjects, **told)
        for subject in subjects:
            self.log_change(request, subject, str(act.label))
        return result

    def _address(self, subject: models.Model | None) -> str:
        page = f"admin:{self.table_name}"
        return reverse(f"{page}_changelist") if subject is None else reverse(f"{page}_change", args=[subject.pk])

    def offered_acts(self, request: HttpRequest, subject: models.Model | None) -> list[dict[str, Any]]:
        """Return the acts for the buttons of a record's page, or of the list."""
        page = f"admin:{self.table_name}"
        return [
            {
                "label": act.label,
                "href": reverse(f"{page}_list_act", args=[act.name])
                if subject is None
                else reverse(f"{page}_act", args=[subject.pk, act.name]),
            }
            for act in self.acts
            if act.on_list == (subject is None)
            and self.holds(request, act.roles, subject)
            and (subject is None or act.is_possible(subject))
            and not self.why_not(request, act, subject)
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        subject = self.get_object(request, unquote(object_id)) if self.acts else None
        offered = self.offered_acts(request, subject) if subject is not None else []
        context = {"acts": offered, "title": capfirst(self.opts.verbose_name), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list; where a parameter is none of its filters, or has no such value, say so and show no row."""
        context = {"acts": self.offered_acts(request, None), "title": capfirst(self.opts.verbose_name_plural)}
        if ERROR_FLAG in request.GET and request.method == "GET":
            messages.error(request, _("A filter isn't valid. Open the list without it to see rows."))
        try:
            return super().changelist_view(request, {**context, **(extra_context or {})})
        except DisallowedModelAdminLookup:
            return redirect(f"{self._address(None)}?{ERROR_FLAG}=1")  # as Django does for a value that is none

    @property
    def has_bulk_acts(self) -> bool:
        """Return whether rows of its list can be chosen for an act."""
        return any(act.bulk for act in self.acts)

    def action_checkbox(self, obj: models.Model) -> SafeString:
        """Return the box that chooses a row, and beside it what is shown of the row."""
        box = super().action_checkbox(obj)
        version = getattr(obj, SEEN_AS, "")
        return format_html('{}<input type="hidden" name="{}" value="{}">', box, SEEN_AS, mark(obj.pk, version))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        bulk = {a.name: (_bulk(a), a.name, a.label) for a in self.acts if a.bulk and self.holds(request, a.roles)}
        return {**super().get_actions(request), **bulk}


def _bulk(act: Act) -> Callable[[Any, HttpRequest, models.QuerySet[Any]], HttpResponse]:
    """Make Django's action of an act: it leads to the page that asks before it is done with the chosen rows."""

    def run(model_admin: ActAdmin, request: HttpRequest, queryset: models.QuerySet[Any]) -> HttpResponse:
        seen = read_marks(request.POST.getlist(SEEN_AS))
        keys = queryset.order_by("pk").values_list("pk", flat=True)
        chosen = [("row", mark(key, seen.get(key, ""))) for key in keys]
        address = reverse("admin:desk_bulk", args=[model_admin.table_name, 0, act.name])
        return redirect(f"{address}?{urlencode(chosen)}")

    return run
