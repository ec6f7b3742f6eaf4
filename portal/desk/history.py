"""The history of states and the looks at secrets in the admin: rows that name a record by its table and number."""

from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.http import HttpRequest

from portal.accounts.access import person
from portal.desk.records import OPERATOR, ScopedAdmin
from portal.forms import posted_id
from portal.models import Role
from portal.registry import registry


class NamedRecordAdmin(ScopedAdmin):
    """What names a record by table and row: an auditor is told of those whose own pages are theirs to open.

    The rows know no programme. Each record's page does, and hides what it must, so that lists and pages agree.
    """

    viewers = (OPERATOR, Role.AUDITOR)

    def named(self) -> list[type[models.Model]]:
        """Return the models whose tables the rows name."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        told = super().get_queryset(request)
        if person(request).is_operator:
            return told
        mine, tables = Q(pk__in=()), []
        for model in self.named():
            page = self._page_of(request, model._meta.db_table)
            if page is not None:
                tables.append(model._meta.db_table)
                # Asked row by row, newest first: a page needs fifty answers, and IN would read every record there is.
                seen = page.get_queryset(request).order_by().filter(pk=OuterRef("subject_id"))
                is_seen = Subquery(seen.values(there=Value(True))[:1], output_field=models.BooleanField())
                mine |= Q(subject_table=model._meta.db_table) & Q(is_seen)
        return told.filter(mine, subject_table__in=tables)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Ask the page of the one record that the row names, where the list would ask every page."""
        try:
            row = super().get_queryset(request).filter(pk=object_id).first()
        except (ValidationError, ValueError):
            return None
        if row is None or person(request).is_operator:
            return row
        page = self._page_of(request, row.subject_table)
        return row if page and page.get_queryset(request).filter(pk=row.subject_id).exists() else None

    def _page_of(self, request: HttpRequest, table: str) -> ScopedAdmin | None:
        """Return the page of the records of a table, where it is theirs to open."""
        for model in self.named():
            if model._meta.db_table == table and self.admin_site.is_registered(model):
                page = self.admin_site.get_model_admin(model)
                return page if isinstance(page, ScopedAdmin) and page.has_view_permission(request) else None
        return None


class TransitionAdmin(NamedRecordAdmin):
    """The one history of states, as the database wrote it."""

    list_display = ("subject_table", "subject_id", "from_state", "to_state", "actor", "agent", "at")
    list_select_related = ("actor",)
    search_fields = ("subject_table", "=subject_id")
    ordering = ("-id",)

    def named(self) -> list[type[models.Model]]:
        return [model for model in apps.get_models() if hasattr(model, "TRANSITIONS")]

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """Search by any part of a table's name, and by a row's number: the index begins with the table."""
        tables = [model._meta.db_table for model in self.named()]
        for word in search_term.lower().split():
            if (key := posted_id(word)) is not None:
                queryset = queryset.filter(subject_table__in=tables, subject_id=key)
            else:
                queryset = queryset.filter(subject_table__in=[table for table in tables if word in table])
        return queryset, False

    def order_of(self, request: HttpRequest, search_term: str) -> tuple[str, ...]:
        return self.ordering


class DisclosureAdmin(NamedRecordAdmin):
    """Who looked at a secret in clear, when, and what for."""

    list_display = ("person", "subject_table", "subject_id", "purpose", "at")
    list_select_related = ("person",)
    ordering = ("-id",)

    def named(self) -> list[type[models.Model]]:
        return registry.disclosed
