"""What belongs to a record and is only looked at, drawn as plain tables.

Django would make a form of every row, with its hidden fields and an empty one to add another, and show none of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.utils import display_for_field, flatten, label_for_field, lookup_field, quote
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.forms.models import _get_foreign_key
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from portal.drawing import escaped, in_lines

Inline = InlineModelAdmin[Any, Any]
STACKED = "admin/edit_inline/stacked.html"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is called, where its own page is, and its cells: class, label, words."""

    label: str
    url: str
    cells: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind: in columns, or stacked where they are long."""

    key: str
    title: str
    is_stacked: bool
    labels: list[tuple[str, str]]
    lines: list[Line]


def is_to_look_at(inline: Inline, request: HttpRequest, record: models.Model) -> bool:
    """Say whether nobody can change anything in the rows: then they need no forms."""
    return not (
        inline.has_add_permission(request, record)
        or inline.has_change_permission(request, record)
        or inline.has_delete_permission(request, record)
    )


def tables_of(inlines: Sequence[Inline], request: HttpRequest, record: models.Model) -> Iterator[Table]:
    """Give the tables of a record, in the order of its inlines."""
    for inline in inlines:
        if is_to_look_at(inline, request, record):
            yield _table(inline, request, record)


def drawn(table: Table) -> str:
    """Give a table as HTML: in columns, or row under row."""
    key, title = escaped(table.key), escaped(table.title)
    heading = f'<h2 id="{key}-heading" class="inline-heading">{title}</h2>'
    rows = "".join(map(_stacked if table.is_stacked else _in_columns, table.lines))
    if not table.is_stacked:
        heads = "".join(f'<th class="column-{escaped(css)}">{escaped(label)}</th>' for css, label in table.labels)
        rows = f'<table><thead><tr><th class="original"></th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    framed = f'<fieldset class="module" aria-labelledby="{key}-heading">{heading}{rows}</fieldset>'
    framed = framed if table.is_stacked else f'<div class="tabular inline-related">{framed}</div>'
    return f'<div class="inline-group" id="{key}-group">{framed}</div>'


def _stacked(line: Line) -> str:
    cells = "".join(
        f'<div class="form-row field-{escaped(css)}"><div class="flex-container">'
        f'<label>{escaped(label)}:</label><div class="readonly">{escaped(words)}</div></div></div>'
        for css, label, words in line.cells
    )
    named = f'<h3><span class="inline_label">{escaped(line.label)}</span>{_link(line)}</h3>'
    return f'<div class="inline-related">{named}<fieldset class="module aligned">{cells}</fieldset></div>'


def _in_columns(line: Line) -> str:
    cells = "".join(
        f'<td class="field-{escaped(css)}"><p>{escaped(words)}</p></td>' for css, _label, words in line.cells
    )
    named = f'<td class="original"><p>{escaped(line.label)}{_link(line)}</p></td>'
    return f'<tr class="form-row has_original">{named}{cells}</tr>'


def _link(line: Line) -> str:
    look = escaped(_("Look"))
    return f' <a href="{escaped(line.url)}" class="inlineviewlink">{look}</a>' if line.url else ""


def _table(inline: Inline, request: HttpRequest, record: models.Model) -> Table:
    fields: list[Any] = flatten(inline.get_fields(request, record))
    labels = [(_css(name), _upper(label_for_field(name, inline.model, inline))) for name in fields]
    owner = _get_foreign_key(type(record), inline.model, fk_name=inline.fk_name)
    lines = []
    for row in _rows(inline, request, record, owner):
        if not owner.is_cached(row):
            setattr(row, owner.name, record)
        cells = [(css, label, _words(inline, name, row)) for name, (css, label) in zip(fields, labels, strict=True)]
        lines.append(Line(str(row), _page_of(row) if inline.show_change_link else "", cells))
    is_one = isinstance(owner, models.OneToOneField)
    title = inline.opts.verbose_name if is_one else inline.opts.verbose_name_plural
    return Table(inline.model._meta.model_name or "", _upper(title), inline.template == STACKED, labels, lines)


def _rows(inline: Inline, request: HttpRequest, record: models.Model, owner: models.ForeignKey[Any, Any]) -> Any:
    """Give the rows of a record: those its page has read along, where the inline says so, or else what the inline gives."""
    if getattr(inline, "is_read_along", False):  # never by chance: an inline may show fewer rows than there are
        return getattr(record, owner.remote_field.get_accessor_name() or "").all()
    rows = inline.get_queryset(request).filter(**{owner.name: record})
    return rows if rows.ordered else rows.order_by("pk")


def _css(name: Any) -> str:
    """Give the class of a column: it is named, or said by a function."""
    return str(getattr(name, "__name__", name))


def _words(inline: Inline, name: Any, row: models.Model) -> str:
    """Write a cell as a record's own read-only fields are written."""
    empty = inline.get_empty_value_display()
    try:
        field, _said, value = lookup_field(name, row, inline)
    except (AttributeError, ValueError, ObjectDoesNotExist):
        return empty
    if field is None:
        return escaped(value) if hasattr(value, "__html__") else in_lines(str(value))
    if field.is_relation and value is not None:
        url = _page_of(value)
        return format_html('<a href="{}">{}</a>', url, value) if url else escaped(value)
    return in_lines(str(display_for_field(value, field, empty)))


def _page_of(row: models.Model) -> str:
    """Give the address of a record's page, where it has one."""
    before, after = _pages_of(type(row))
    return f"{before}{quote(row.pk)}{after}" if before else ""


@cache
def _pages_of(model: type[models.Model]) -> tuple[str, str]:
    """Give what stands before and after the key in the addresses of a model's pages; nothing where it has none."""
    try:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=["0"])
    except NoReverseMatch:
        return "", ""
    before, _key, after = address.rpartition("0")
    return before, after


def _upper(words: Any) -> str:
    text = str(words)
    return text[:1].upper() + text[1:]
