"""The base of every record page in the admin: read-only unless said otherwise, scoped by grants."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.filters import RelatedFieldListFilter
from django.contrib.admin.utils import flatten, flatten_fieldsets, get_fields_from_path, unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import search
from portal.desk.act_admin import ActAdmin
from portal.desk.inlines import is_to_look_at, tables_of
from portal.desk.paging import KeysetChangeList
from portal.desk.related_records import get_with_related
from portal.desk.site import OPERATOR, may
from portal.models import Transition, User
from portal.once import once
from portal.timeline import event

NAMING = ("cohort", "programme")

__all__ = ["OPERATOR", "ReadOnlyInline", "ScopedAdmin", "visible"]


def visible(model: type[models.Model], user: User) -> models.QuerySet[Any]:
    """Return what the person may see of a model: its `visible_to` where it has one."""
    queryset = model._default_manager.get_queryset()
    return queryset.visible_to(user) if hasattr(queryset, "visible_to") else queryset


class ScopedRelatedFilter(RelatedFieldListFilter):
    """Offer only what the person may see as a filter's choices."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        related = field.related_model
        found = visible(related, person(request)).order_by("pk")
        # A cohort is called by its programme's name, too: without it every choice would ask for it.
        named = [f.name for f in related._meta.fields if f.name in NAMING]
        return [(each.pk, str(each)) for each in (found.select_related(*named) if named else found)[:200]]

    def has_output(self) -> bool:
        """Take part where the address names it, also where there is one choice alone: Django would leave it out."""
        return bool(super().has_output() or self.used_parameters)


class ReadOnlyInline(admin.TabularInline[Any, Any]):
    """Rows that belong to a record, to look at; who may see the record may see them."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Read along who and what is named in the rows; the record they belong to is there already."""
        named = [
            field.name
            for field in self.model._meta.fields
            if field.is_relation and field.name in (self.fields or ()) and field.related_model is not self.parent_model
        ]
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*named) if named else rows

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ScopedAdmin(ActAdmin):
    """Record pages for those who hold a role, for the programmes they hold it for, else 404 (law 15).

    * `viewers` and `editors` are roles (or `OPERATOR`); editors see, too.
    * `scope_path` leads to the programme's id (`"cohort__programme_id"`); without it the model's `visible_to` alone
      decides. An editor changes only what lies in a programme edited.
    * `editable` fields change while the record exists, `once` fields only at its making (with `may_add`); all others
      are read-only. Nothing is ever deleted.
    * `acts` are the verbs (`ActAdmin`): state, money and history change through them alone.
    """

    viewers: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    scope_path = ""
    editable: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    may_add = False

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they would count the whole list for each choice
    list_per_page = 50
    # Lists are cut by key in their own order, which an index holds; any other would sort the whole of it for each page.
    sortable_by = ()
    # The order of what is searched, where it is another than that of the list.
    found_ordering: tuple[str, ...] = ()
    # What the rows of the list show and are called by, where that is much less than all there is of them.
    list_only: tuple[str, ...] = ()
    # Beyond what the record itself refers to: what those are called by.
    page_select_related: tuple[str, ...] = ()
    save_as = False
    object_history_template = "admin/portal/object_history.html"

    # --- Who sees what ------------------------------------------------------------------------------

    def holds(self, request: HttpRequest, roles: tuple[str, ...], obj: models.Model | None = None) -> bool:
        """Return whether the person holds one of the roles: for the object's programme where there is an object."""
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
        if isinstance(self.list_select_related, tuple):  # its own page names the same rows as the list
            queryset = queryset.select_related(*self.list_select_related)
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

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Search by what an index answers: a test holds every place to have one."""
        return self._lookup(request, search_term).filter(queryset), False

    def order_of(self, request: HttpRequest, search_term: str) -> tuple[str, ...]:
        """Return the order of the list, or the one in which what is searched is read."""
        own = tuple(str(name) for name in self.ordering or ("-id",))
        return (self._lookup(request, search_term).order or self.found_ordering or own) if search_term else own

    def _lookup(self, request: HttpRequest, search_term: str) -> search.Lookup:
        """Return what a term means to this list: rows and order are asked for apart, and it is looked up once."""

        def read() -> search.Lookup:
            return search.Lookup(self.model, list(self.get_search_fields(request)), search_term)

        return once(request, ("lookup", self.model, search_term), read)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the record; a page that is only looked at asks for it once, however many of its parts need it."""
        if request.method != "GET" or from_field:
            return super().get_object(request, object_id, from_field)

        def read() -> Any:
            return get_with_related(self.get_queryset(request), object_id, self.page_select_related)

        return once(request, ("record", self.model, object_id), read)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return KeysetChangeList

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

    # --- What was written before the login ----------------------------------------------------------

    @rescued_forms.restored
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, extra_context)

    @rescued_forms.restored
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        words = _words_before_login(request)
        page = super().changeform_view(request, object_id, form_url, extra_context)
        if words:
            messages.warning(request, _("You had been signed out. What you wrote is here again: save it."))
        rescued_forms.forget(request)  # its forms have it
        return page

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        words = _words_before_login(request)
        return partial(form, words) if words else form

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Iterator[Any]:
        """Make forms of the rows that somebody may change; the others are tables."""
        for inline in self.get_inline_instances(request, obj):
            if obj is None or not is_to_look_at(inline, request, obj):
                yield inline.get_formset(request, obj), inline

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        tables = tables_of(self.get_inline_instances(request, obj), request, obj) if obj is not None else ()
        return super().render_change_form(request, {**context, "tables": list(tables)}, *args, **kwargs)

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> dict[str, Any]:
        told = super().get_formset_kwargs(request, obj, inline, prefix)
        words = _words_before_login(request)
        return {**told, "data": words} if words and f"{prefix}-TOTAL_FORMS" in words else told

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
            moves = [event(move, self.model) for move in Transition.objects.of(subject).select_related("actor")]
        return super().history_view(request, object_id, {**(extra_context or {}), "moves": moves})


def _words_before_login(request: HttpRequest) -> QueryDict | None:
    return rescued_forms.look(request) if request.method == "GET" else None
