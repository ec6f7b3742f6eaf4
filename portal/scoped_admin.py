"""The base of every record page in the admin: read-only unless said otherwise, scoped by grants, with acts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import flatten, flatten_fieldsets, get_fields_from_path, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portal import clock
from portal.access import person
from portal.admin_site import OPERATOR, may
from portal.models import Transition, User
from portal.refusals import Refusal

__all__ = ["OPERATOR", "Act", "ActForm", "ReadOnlyInline", "ScopedAdmin", "visible"]


class ActForm(forms.Form):
    """What an act needs to be told. Knows who acts (`by`) and on what (`subject`), to narrow its choices."""

    def __init__(self, *args: Any, by: User, subject: models.Model | None = None, **kwargs: Any) -> None:
        self.by, self.subject = by, subject
        super().__init__(*args, **kwargs)


@dataclass(frozen=True, slots=True)
class Act:
    """One business act offered on a record's page, or above the list (`on_list`); a page asks before it is done.

    `run` is the function of `actions.py`: `run(subject, by=…, at=…, **form.cleaned_data)`, without subject for a
    list. `bulk` offers it for many chosen rows at once too. Its Refusal is shown; nothing else is caught.
    """

    name: str
    label: Any
    run: Callable[..., object]
    roles: tuple[str, ...]
    words: Any = ""
    form: type[ActForm] = ActForm
    offered: Callable[[Any], bool] = lambda subject: True
    done: Any = ""
    on_list: bool = False
    bulk: bool = False


def visible(model: type[models.Model], user: User) -> models.QuerySet[Any]:
    """Give what the person may see of a model: its `visible_to` where it has one."""
    queryset = model._default_manager.get_queryset()
    return queryset.visible_to(user) if hasattr(queryset, "visible_to") else queryset


class ScopedRelatedFilter(RelatedFieldListFilter):
    """Offer only what the person may see as a filter's choices."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        related = field.related_model
        return [(each.pk, str(each)) for each in visible(related, person(request)).order_by("pk")[:200]]


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Rows that belong to a record, to look at; who may see the record may see them."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ScopedAdmin(admin.ModelAdmin[Any]):
    """Record pages for those who hold a role, for the programmes they hold it for, else 404 (law 15).

    * `viewers` and `editors` are roles (or `OPERATOR`); editors see, too.
    * `scope_path` leads to the programme's id (`"cohort__programme_id"`); without it the model's `visible_to` alone
      decides. An editor changes only what lies in a programme edited.
    * `editable` fields change while the record exists, `once` fields only at its making (with `may_add`); all others
      are read-only. Nothing is ever deleted.
    * `acts` are the verbs: state, money and history change through them alone.
    """

    viewers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    scope_path = ""
    editable: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    may_add = False
    acts: tuple[Act, ...] = ()

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they would count the whole list for each choice
    list_per_page = 50
    save_as = False
    change_form_template = "admin/portal/change_form.html"
    change_list_template = "admin/portal/change_list.html"
    object_history_template = "admin/portal/object_history.html"

    # --- Who sees what ------------------------------------------------------------------------------

    def holds(self, request: HttpRequest, roles: tuple[str, ...], obj: models.Model | None = None) -> bool:
        """Say whether the person holds one of the roles: for the object's programme where there is an object."""
        user = request.user
        if not isinstance(user, User) or not may(user, roles):
            return False
        if obj is None or not self.scope_path or (OPERATOR in roles and user.is_operator):
            return True
        return self._scope_of(obj) in user.scopes(*roles)

    def _scope_of(self, obj: models.Model) -> Any:
        found: Any = obj
        for part in self.scope_path.split("__"):
            found = getattr(found, part, None)
        return found

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        user, queryset = person(request), super().get_queryset(request)
        if hasattr(queryset, "visible_to"):
            queryset = queryset.visible_to(user)
        roles = (*self.viewers, *self.editors)
        if self.scope_path and not (OPERATOR in roles and user.is_operator):
            queryset = queryset.filter(**{f"{self.scope_path}__in": user.scopes(*roles)})
        return queryset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.holds(request, (*self.viewers, *self.editors), obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable) and self.holds(request, self.editors, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and self.holds(request, self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        raise Http404  # Django would tell that nothing has this id; strangers shall not learn even that

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Admit only the filters offered: any other would let one search in what is not shown."""
        offered = [f[0] if isinstance(f, tuple) else f for f in (*self.get_list_filter(request), self.date_hierarchy)]
        names = [getattr(name, "parameter_name", name) for name in offered if name]
        known = any(lookup == name or lookup.startswith(f"{name}__") for name in names)
        return known and super().lookup_allowed(lookup, value, request)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [self._scoped_filter(item) for item in super().get_list_filter(request)]

    def _scoped_filter(self, item: Any) -> Any:
        if isinstance(item, str) and get_fields_from_path(self.model, item)[-1].is_relation:
            return (item, ScopedRelatedFilter)
        return item

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        chosen: models.QuerySet[Any] | None = super().get_field_queryset(db, db_field, request)
        queryset = db_field.remote_field.model._default_manager.all() if chosen is None else chosen
        return queryset.visible_to(person(request)) if hasattr(queryset, "visible_to") else queryset

    # --- What changes -------------------------------------------------------------------------------

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.fields:
            return self.fields
        return [*(f.name for f in self.opts.fields if not f.primary_key), *self.readonly_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        shown = flatten_fieldsets(self.fieldsets) if self.fieldsets else flatten(self.get_fields(request, obj))
        free = {*self.editable, *(self.once if obj is None else ())}
        return [name for name in shown if name not in free]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not self.holds(request, self.editors, obj):
            raise PermissionDenied  # a form filled for a programme that is not theirs
        super().save_model(request, obj, form, change)

    # --- Acts ---------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view(self.act_view)
        return [
            path("act/<slug:act>/", view, name=f"{name}_list_act"),
            path("<path:object_id>/act/<slug:act>/", view, name=f"{name}_act"),
            *super().get_urls(),
        ]

    def act_view(self, request: HttpRequest, act: str, object_id: str | None = None) -> HttpResponse:
        """Ask before an act, do it on POST, and show its refusal."""
        chosen = next((a for a in self.acts if a.name == act and a.on_list == (object_id is None)), None)
        subject = self.get_object(request, unquote(object_id)) if object_id is not None else None
        if chosen is None or (object_id is not None and subject is None):
            raise Http404
        if not self.holds(request, chosen.roles, subject):
            raise Http404
        told = request.POST if request.method == "POST" else None
        form = chosen.form(told, by=person(request), subject=subject)
        if request.method == "POST" and form.is_valid():
            try:
                self._do(request, chosen, subject, form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, chosen.done or _("Done: %(act)s.") % {"act": chosen.label})
                return redirect(self._address(subject))
        context = {
            **self.admin_site.each_context(request),
            "title": chosen.label,
            "opts": self.opts,
            "original": subject,
            "act": chosen,
            "form": form,
            "back": self._address(subject),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/portal/act.html", context)

    @transaction.atomic
    def _do(self, request: HttpRequest, act: Act, subject: models.Model | None, told: dict[str, Any]) -> None:
        subjects = () if subject is None else (subject,)
        act.run(*subjects, by=person(request), at=clock.now(), **told)
        if subject is not None:
            self.log_change(request, subject, str(act.label))

    def _address(self, subject: models.Model | None) -> str:
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return reverse(f"{page}_changelist") if subject is None else reverse(f"{page}_change", args=[subject.pk])

    def offered_acts(self, request: HttpRequest, subject: models.Model | None) -> list[dict[str, Any]]:
        """Give the acts for the buttons of a record's page, or of the list."""
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}"
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
            and (subject is None or act.offered(subject))
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        subject = self.get_object(request, unquote(object_id)) if self.acts else None
        acts = self.offered_acts(request, subject) if subject is not None else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "acts": acts})

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"acts": self.offered_acts(request, None), "title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        bulk = {a.name: (_bulk(a), a.name, a.label) for a in self.acts if a.bulk and self.holds(request, a.roles)}
        return {**super().get_actions(request), **bulk}

    # --- History ------------------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the one history of states (law 1) above Django's log of edits."""
        subject = self.get_object(request, unquote(object_id))
        if subject is None:
            raise Http404
        moves = []
        if hasattr(self.model, "TRANSITIONS"):
            moves = _worded(self.model, Transition.objects.of(subject).select_related("actor"))
        return super().history_view(request, object_id, {**(extra_context or {}), "moves": moves})


def _worded(model: type[models.Model], moves: models.QuerySet[Transition]) -> list[dict[str, Any]]:
    labels = dict(cast("models.Field[Any, Any]", model._meta.get_field("state")).flatchoices)
    return [
        {
            "at": move.at,
            "who": str(move.actor) if move.actor else _("the system"),
            "before": labels.get(move.from_state, move.from_state),
            "after": labels.get(move.to_state, move.to_state),
            "reason": move.reason,
        }
        for move in moves
    ]


def _bulk(act: Act) -> Callable[[Any, HttpRequest, models.QuerySet[Any]], None]:
    """Make Django's action of an act: each chosen row by itself, so that one refusal leaves the others done."""

    def run(model_admin: ScopedAdmin, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        done = 0
        for subject in queryset.order_by("pk"):
            if not model_admin.holds(request, act.roles, subject):
                continue
            try:
                model_admin._do(request, act, subject, {})
                done += 1
            except Refusal as refusal:
                messages.error(request, f"{subject}: {refusal}")
        if done:
            messages.success(request, _("%(act)s: done for %(count)d.") % {"act": act.label, "count": done})

    return run
