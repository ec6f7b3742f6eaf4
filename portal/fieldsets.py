"""The fieldsets of the admin's record pages, as Django's own template writes them, without its hundred small questions."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe

from portal.drawing import escaped

# Of `django.contrib.admin.helpers`, whose published types leave out what its templates read.
Fieldset: TypeAlias = Any
Fieldline: TypeAlias = Any
Field: TypeAlias = Any


def drawn(fieldset: Fieldset, key: str, level: int = 2) -> SafeString:
    """Give a fieldset as HTML.

    :param key: names it on its page.
    :param level: of its heading, 2 for `<h2>`.
    """
    return mark_safe("".join(_parts(fieldset, escaped(key), level)))  # noqa: S308  # every value is escaped below


def _parts(fieldset: Fieldset, key: str, level: int) -> Iterator[str]:
    is_folded = fieldset.name and fieldset.is_collapsible
    named = f' aria-labelledby="{key}-heading"' if fieldset.name else ""
    yield f'<fieldset class="module aligned {escaped(fieldset.classes)}"{named}>'
    yield "<details><summary>" if is_folded else ""
    if fieldset.name:
        yield f'<h{level} id="{key}-heading" class="fieldset-heading">{_words(fieldset.name)}</h{level}>'
    yield "</summary>" if is_folded else ""
    if fieldset.description:
        yield f'<div class="description">{fieldset.description}</div>'  # HTML by Django's rule
    for line in fieldset:
        yield from _line(line)
    yield "</details>" if is_folded else ""
    yield "</fieldset>"


def _line(line: Fieldline) -> Iterator[str]:
    fields = list(line)
    is_alone = len(line.fields) == 1
    errors = line.errors() if is_alone else ""
    css = ["form-row", "errors" if errors else "", "" if line.has_visible_field else "hidden", *map(css_of, fields)]
    yield f'<div class="{" ".join(filter(None, css))}">'
    yield errors if is_alone else '<div class="flex-container form-multiline">'
    for field in fields:
        yield from _field(field, is_alone=is_alone)
    yield "</div>" if is_alone else "</div></div>"


def _field(field: Field, *, is_alone: bool) -> Iterator[str]:
    bound = field.field
    is_hidden = known_of(bound, "is_hidden")
    errors = "" if is_alone or field.is_readonly else field.errors()
    css = ["flex-container"]
    if not is_alone:
        css += ["fieldBox", css_of(field), "errors" if errors else "", "hidden" if is_hidden else ""]
    css += ["checkbox-row"] if field.is_checkbox else []
    yield f'<div>{errors}<div class="{" ".join(filter(None, css))}">'
    if field.is_readonly:
        yield f'{field.label_tag()}<div class="readonly">{field.contents()}</div>'
    elif field.is_checkbox:
        yield f"{bound}{field.label_tag()}"
    else:
        yield f"{field.label_tag()}{bound}"
    yield "</div>"
    if said := known_of(bound, "help_text"):
        key = known_of(bound, "id_for_label")
        named = f' id="{escaped(key)}_helptext"' if key else ""
        yield f'<div class="help{" hidden" if is_hidden else ""}"{named}><div>{said}</div></div>'  # HTML, too
    yield "</div>"


def css_of(field: Field) -> str:
    """Give the class of a field: it is named, or said by a function."""
    name = known_of(field.field, "name")
    return f"field-{escaped(name)}" if name else ""


def known_of(bound: Any, name: str) -> Any:
    """Give what is known of a form's field, or of what looks a little like one and is a mapping."""
    return bound.get(name, "") if isinstance(bound, dict) else getattr(bound, name)


def _words(value: Any) -> str:
    return escaped(localize(value))
