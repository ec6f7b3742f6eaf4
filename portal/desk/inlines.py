"""What belongs to a record and is only looked at, shown as plain tables (`admin/portal/_table.html`).

Django would make a form of every row, with its hidden fields and an empty one to add another, and show none of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.utils import display_for_field, flatten, label_for_field, lookup_field, quote
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.template.defaultfilters import capfirst
from django.urls import NoReverseMatch, reverse

Inline = InlineModelAdmin[Any, Any]
STACKED = "admin/edit_inline/stacked.html"


@dataclass(frozen=True, slots=True)
class RelatedValue:
    """One value of a row: the class it is styled by, its label, its words, and the page of the record it names."""

    css: str
    label: str
    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """One row: what it is called, where its own page is, and its cells."""

    label: str
    url: str
    cells: list[RelatedValue]


@dataclass(frozen=True, slots=True)
class RelatedTable:
    """The rows of one kind: in columns, or stacked where they are long."""

    key: str
    title: str
    is_stacked: bool
    labels: list[tuple[str, str]]
    lines: list[RelatedRow]


def is_to_look_at(inline: Inline, request: HttpRequest, record: models.Model) -> bool:
    """Return whether nobody can change anything in the rows: then they need no forms."""
    return not (
        inline.has_add_permission(request, record)
        or inline.has_change_permission(request, record)
        or inline.has_delete_permission(request, record)
    )


def tables_of(inlines: Sequence[Inline], request: HttpRequest, record: models.Model) -> Iterator[RelatedTable]:
    """Yield the tables of a record, in the order of its inlines."""
    for inline in inlines:
        if is_to_look_at(inline, request, record):
            yield _table(inline, request, record)


def _table(inline: Inline, request: HttpRequest, record: models.Model) -> RelatedTable:
    fields: list[Any] = flatten(inline.get_fields(request, record))
    labels = [(_css(name), capfirst(str(label_for_field(name, inline.model, inline)))) for name in fields]
    owner = _owner(inline, record)
    lines = []
    for row in _rows(inline, request, record, owner):
        if not owner.is_cached(row):
            setattr(row, owner.name, record)
        cells = [
            RelatedValue(css, label, *_words(inline, name, row))
            for name, (css, label) in zip(fields, labels, strict=True)
        ]
        lines.append(RelatedRow(str(row), _page_of(row) if inline.show_change_link else "", cells))
    is_one = isinstance(owner, models.OneToOneField)
    title = inline.opts.verbose_name if is_one else inline.opts.verbose_name_plural
    return RelatedTable(
        inline.model._meta.model_name or "", capfirst(str(title)), inline.template == STACKED, labels, lines
    )


def _owner(inline: Inline, record: models.Model) -> models.ForeignKey[Any, Any]:
    """Return the foreign key by which the rows belong to the record: Django's checks see to it that there is one."""
    return next(
        field
        for field in inline.model._meta.fields
        if isinstance(field, models.ForeignKey)
        and isinstance(record, field.related_model)
        and inline.fk_name in (None, field.name)
    )


def _rows(inline: Inline, request: HttpRequest, record: models.Model, owner: models.ForeignKey[Any, Any]) -> Any:
    """Return the rows of a record: those its page has read along, where the inline says so; else the inline's own."""
    if getattr(inline, "is_read_along", False):  # never by chance: an inline may show fewer rows than there are
        return getattr(record, owner.remote_field.get_accessor_name() or "").all()
    rows = inline.get_queryset(request).filter(**{owner.name: record})
    return rows if rows.ordered else rows.order_by("pk")


def _css(name: Any) -> str:
    """Return the class of a column: it is named, or said by a function."""
    return str(getattr(name, "__name__", name))


def _words(inline: Inline, name: Any, row: models.Model) -> tuple[str, str]:
    """Return what a cell says and the page it links to, as a record's own read-only fields do."""
    empty = inline.get_empty_value_display()
    try:
        field, _said, value = lookup_field(name, row, inline)
    except (AttributeError, ValueError, ObjectDoesNotExist):
        return empty, ""
    if field is None:
        return value if hasattr(value, "__html__") else str(value), ""
    if field.is_relation and value is not None:
        return str(value), _page_of(value)
    return str(display_for_field(value, field, empty)), ""


def _page_of(row: models.Model) -> str:
    """Return the address of a record's page, where it has one."""
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])
    except NoReverseMatch:
        return ""
