"""The rows of a record list, as Django draws them, with what is the same for every row asked for once."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any, cast

from django import template
from django.contrib.admin.templatetags import admin_list
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field, quote
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from portal import fieldsets, tabulars
from portal.desk import inlines
from portal.desk.paging import KeysetChangeList
from portal.drawing import escaped as conditional_escape

register = template.Library()

NOWRAP = (models.DateField, models.TimeField, models.ForeignKey)
CHECKBOX = "action_checkbox"


class FieldColumn:
    """A column of the table: its words are kept by value where there are few values, as of a state."""

    def __init__(self, field: models.Field[Any, Any], empty: str) -> None:
        self._field, self._empty, self._known = field, empty, dict[Any, str]()
        self._is_few = bool(field.flatchoices) or isinstance(field, models.BooleanField)
        self._css = f"field-{field.name}{' nowrap' if isinstance(field, NOWRAP) else ''}"

    def of(self, row: Any) -> tuple[str, str]:
        """Give the classes of the cell and its words, escaped."""
        value = getattr(row, self._field.name)
        if isinstance(self._field, models.ForeignKey):
            return self._css, conditional_escape(self._empty if value is None else value)
        if not self._is_few:
            return self._css, conditional_escape(self._words(value))
        if value not in self._known:
            self._known[value] = conditional_escape(self._words(value))
        return self._css, self._known[value]

    def _words(self, value: Any) -> str:
        shown = "" if isinstance(value, str) and not value.strip() else value
        return display_for_field(shown, self._field, self._empty, avoid_link=True)


class SaidColumn:
    """A column that the page, or the record itself, says: a method or a property."""

    def __init__(self, name: str, page: Any, empty: str) -> None:
        self._name, self._page, self._empty = name, page, empty
        said: Callable[[Any], Any] | None = getattr(page, name, None) if name != "__str__" else None
        self._said = said
        self._css = "action-checkbox" if name == CHECKBOX else f"field-{name}"

    def of(self, row: Any) -> tuple[str, str]:
        """Give the classes of the cell and its words, escaped."""
        attr: Any
        if self._said is not None:
            attr, value = self._said, self._said(row)
        else:
            _field, attr, value = lookup_field(self._name, row, self._page)
        if isinstance(value, str) and not value.strip():
            value = ""
        getter = attr.fget if isinstance(attr, property) else attr
        empty = getattr(attr, "empty_value_display", self._empty)
        words = display_for_value(value, empty, bool(getattr(getter, "boolean", False)))
        is_time = isinstance(value, (datetime.date, datetime.time))
        return f"{self._css} nowrap" if is_time else self._css, conditional_escape(words)


def _column(cl: KeysetChangeList, name: str) -> FieldColumn | SaidColumn:
    empty = cl.model_admin.get_empty_value_display()
    try:
        field = cast("models.Field[Any, Any]", cl.lookup_opts.get_field(name))  # no list shows a reverse relation
    except FieldDoesNotExist:
        return SaidColumn(name, cl.model_admin, empty)
    return FieldColumn(field, empty)


def rows(cl: KeysetChangeList) -> Iterator[list[SafeString]]:
    """Give each row's cells as one piece: the record's page is linked from its first column."""
    columns = [_column(cl, str(name)) for name in cl.list_display]
    head = next(number for number, name in enumerate(cl.list_display) if name != CHECKBOX)
    opts = cl.opts
    before, after = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=("0",)).rsplit("0", 1)
    if cl.preserved_filters:
        after = conditional_escape(f"{after}?{cl.preserved_filters}")
    for row in cl.result_list:
        cells = []
        for number, column in enumerate(columns):
            css, words = column.of(row)
            if number == head:
                link = f'<a href="{before}{quote(row.pk)}{after}">{words}</a>'
                cells.append(f'<th class="{css}">{link}</th>')
            else:
                cells.append(f'<td class="{css}">{words}</td>')
        yield [mark_safe("".join(cells))]  # noqa: S308  # every piece is escaped above


@register.inclusion_tag("admin/change_list_results.html")
def record_list(cl: KeysetChangeList) -> dict[str, Any]:
    """Draw the heads and rows of a list."""
    return {
        "result_headers": list(admin_list.result_headers(cl)),
        "results": list(rows(cl)),
    }


@register.simple_tag
def sidebar_rows(app: dict[str, Any], add: str, path: str) -> SafeString:
    """Draw the lists of an app beside every page.

    :param add: how the way to a new record is called.
    :param path: of the page.
    """
    rows = (_sidebar_row(app["app_label"], model, add, path) for model in app["models"])
    return mark_safe("".join(rows))  # noqa: S308  # every piece is escaped below


def _sidebar_row(app: str, model: dict[str, Any], add: str, path: str) -> str:
    key, name, address = f"{app}-{model['key']}", str(conditional_escape(model["name"])), model["admin_url"]
    is_current = address and path.startswith(address)
    row, page = (" current-model", ' aria-current="page"') if is_current else ("", "")
    if address:
        name = f'<a href="{conditional_escape(address)}"{page}>{name}</a>'
    more = model["add_url"]
    if more:
        more = f'<a href="{conditional_escape(more)}" class="addlink" aria-describedby="{key}">{conditional_escape(add)}</a>'
    return f'<tr class="model-{model["key"]}{row}"><th scope="row" id="{key}">{name}</th><td>{more or ""}</td></tr>'


@register.simple_tag(takes_context=True)
def fieldset_drawn(context: template.Context) -> SafeString:
    """Draw the fieldset of a record's page that Django's template would draw, from the same names of the context."""
    key = "-".join(str(context.get(name, "")) for name in ("prefix", "id_prefix", "id_suffix"))
    return fieldsets.drawn(context["fieldset"], key, context.get("heading_level") or 2)


@register.simple_tag(takes_context=True)
def tabular_drawn(context: template.Context) -> SafeString:
    """Draw the rows that Django's template of rows in columns would draw, from the same names of the context."""
    return tabulars.drawn(context["inline_admin_formset"], is_last=context["forloop"]["last"])


@register.simple_tag
def tables_drawn(tables: list[inlines.Table]) -> SafeString:
    """Draw what belongs to a record and is only looked at."""
    return mark_safe("".join(map(inlines.drawn, tables)))  # noqa: S308  # every piece is escaped there
