"""Rows that are written on their owner's record page, as Django's own template writes them, without its many questions."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.contrib.admin.templatetags.admin_modify import cell_count
from django.contrib.admin.utils import quote
from django.forms import BaseInlineFormSet
from django.template.defaultfilters import capfirst, striptags
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import localize
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from portal.drawing import escaped
from portal.fieldsets import css_of, known_of

# Of `django.contrib.admin.helpers`, whose published types leave out what its templates read.
Formset: TypeAlias = Any
Row: TypeAlias = Any


class RowsFormSet(BaseInlineFormSet[Any, Any, Any]):
    """Rows of a record page: the form of a row to come is made once, where Django makes it for every question about it."""

    @cached_property
    def empty_form(self) -> Any:
        """Give the form from which the browser makes new rows."""
        return super().empty_form


def drawn(formset: Formset, *, is_last: bool) -> SafeString:
    """Give the rows as HTML.

    :param is_last: whether no other rows follow on the page.
    """
    return mark_safe("".join(_parts(formset, is_last=is_last)))  # noqa: S308  # every value is escaped below


def _parts(formset: Formset, *, is_last: bool) -> Iterator[str]:
    forms, opts, key = formset.formset, formset.opts, escaped(formset.formset.prefix)
    title = opts.verbose_name if forms.max_num == 1 else opts.verbose_name_plural
    heading = f'<h2 id="{key}-heading" class="inline-heading">{_words(capfirst(title))}</h2>'
    yield (
        f'<div class="js-inline-admin-formset inline-group" id="{key}-group" data-inline-type="tabular"'
        f' data-inline-formset="{escaped(formset.inline_formset_data())}">'
        f'<div class="tabular inline-related{" last-related" if is_last else ""}">{forms.management_form}'
        f'<fieldset class="module {escaped(formset.classes)}" aria-labelledby="{key}-heading">'
    )
    yield f"<details><summary>{heading}</summary>" if formset.is_collapsible else heading
    yield f'{formset.non_form_errors()}<table><thead><tr><th class="original"></th>'
    yield from map(_head, formset.fields())
    can_delete = forms.can_delete and formset.has_delete_permission
    asked = escaped(_("Delete?")) if can_delete else ""
    yield f"<th>{asked}</th></tr></thead><tbody>"
    rows = list(formset)
    for number, row in enumerate(rows):
        is_empty = formset.has_add_permission and number == len(rows) - 1
        yield from _row(formset, row, f"{key}-{'empty' if is_empty else number}", is_empty=is_empty)
    yield f"</tbody></table>{'</details>' if formset.is_collapsible else ''}</fieldset></div></div>"


def _head(field: dict[str, Any]) -> str:
    widget = field["widget"]
    is_hidden = widget["is_hidden"] if isinstance(widget, dict) else widget.is_hidden
    css = f"{' required' if field['required'] else ''}{' hidden' if is_hidden else ''}"
    told = ""
    if field["help_text"]:
        words = escaped(striptags(field["help_text"]))
        icon = escaped(static("admin/img/icon-unknown.svg"))
        told = f'<img src="{icon}" class="help help-tooltip" width="10" height="10" alt="({words})" title="{words}">'
    return f'<th class="column-{escaped(field["name"])}{css}">{_words(capfirst(field["label"]))}{told}</th>'


def _row(formset: Formset, row: Row, key: str, *, is_empty: bool) -> Iterator[str]:
    if wrong := row.form.non_field_errors():
        yield f'<tr class="row-form-errors"><td colspan="{cell_count(row)}">{wrong}</td></tr>'
    has_original = row.original or row.show_url
    css = f"form-row{' has_original' if has_original else ''}{' empty-form' if is_empty else ''}"
    yield f'<tr class="{css}" id="{key}"><td class="original">'
    yield f"<p>{_named(formset, row)}</p>" if has_original else ""
    yield str(row.pk_field().field) if row.needs_explicit_pk_field() else ""
    fk = row.fk_field()
    yield f"{fk.field if fk else ''}</td>"
    for field in (field for fieldset in row for line in fieldset for field in line):
        hidden = " hidden" if known_of(field.field, "is_hidden") else ""
        said = f"<p>{field.contents()}</p>" if field.is_readonly else f"{field.field.errors.as_ul()}{field.field}"
        yield f'<td class="{css_of(field)}{hidden}">{said}</td>'
    can_delete = formset.formset.can_delete and formset.has_delete_permission and row.original
    yield f'<td class="delete">{row.deletion_field().field if can_delete else ""}</td></tr>'


def _named(formset: Formset, row: Row) -> str:
    """Name a row, and give the way to its own page and to what others see of it."""
    parts = [escaped(str(row.original))] if row.original else []
    inline = row.model_admin
    if row.original and inline.show_change_link and inline.has_registered_model:
        opts = inline.opts
        url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(row.original.pk)])
        css, way = ("change", _("Change")) if formset.has_change_permission else ("view", _("View"))
        parts.append(f'<a href="{escaped(url)}" class="inline{css}link">{escaped(way)}</a>')
    if row.show_url:
        seen = escaped(_("View on site"))
        parts.append(f'<a href="{escaped(row.absolute_url)}">{seen}</a>')
    return " ".join(parts)


def _words(value: Any) -> str:
    return escaped(localize(value))
