"""Form controls drawn without templates: the plain ones, letter for letter as Django's own templates write them.

A control costs Django three templates, a long list one more for every line. All others are drawn as ever.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]


def escaped(value: Any) -> str:
    """Give words as HTML, unless they are HTML: Django's `conditional_escape`, which first asks of all whether it is lazy."""
    return SafeString(escape(value)) if type(value) is str else conditional_escape(value)


def in_lines(words: str) -> str:
    """Give words as HTML with a `<br>` for every line they begin, as Django's `linebreaksbr`."""
    return SafeString(escaped(words).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>"))


def _attributes(widget: Widget) -> str:
    given = ((name, value) for name, value in widget["attrs"].items() if value is not False)
    return "".join(
        f" {escaped(name)}" if value is True else f' {escaped(name)}="{escaped(value)}"' for name, value in given
    )


def _input(widget: Widget) -> str:
    value = widget["value"]
    said = "" if value is None else f' value="{escaped(value)}"'
    return f'<input type="{escaped(widget["type"])}" name="{escaped(widget["name"])}"{said}{_attributes(widget)}>'


def _choice(widget: Widget) -> str:
    if not widget.get("wrap_label"):
        return _input(widget)
    key = widget["attrs"].get("id")
    opened = f'<label for="{escaped(key)}">' if key else "<label>"
    return f"{opened}{_input(widget)}\n {escaped(localize(widget['label']))}</label>"


def _textarea(widget: Widget) -> str:
    value = escaped(widget["value"]) if widget["value"] else ""
    return f'<textarea name="{escaped(widget["name"])}"{_attributes(widget)}>\n{value}</textarea>'


def _option(widget: Widget) -> str:
    return (
        f'<option value="{escaped(widget["value"])}"{_attributes(widget)}>{escaped(localize(widget["label"]))}</option>'
    )


def _select(widget: Widget) -> str:
    parts = [f'<select name="{escaped(widget["name"])}"{_attributes(widget)}>']
    for name, options, _index in widget["optgroups"]:
        parts += [f'\n  <optgroup label="{escaped(localize(name))}">'] if name else []
        parts += [f"\n  {_option(option)}\n" for option in options]
        parts += ["\n  </optgroup>"] if name else []
    return "".join([*parts, "\n</select>"])


def _local_text(widget: Widget) -> str:
    """Draw words in every language, one box each."""
    boxes = "".join(
        f'<div class="local-text-box"><span aria-hidden="true">{escaped(box["attrs"]["lang"])}</span>'
        f"{DRAWN[box['template_name']](box)}</div>"
        for box in widget["subwidgets"]
    )
    return f'<div class="local-text">{boxes}</div>'


def _label(given: Mapping[str, Any]) -> str:
    if not given["use_tag"]:
        return escaped(localize(given["label"]))
    attrs = _attributes({"attrs": given["attrs"] or {}})
    return f"<{given['tag']}{attrs}>{escaped(localize(given['label']))}</{given['tag']}>"


PLACE = "django/forms/widgets/"
INPUTS = ("text", "number", "email", "url", "password", "hidden", "date", "datetime", "time", "file", "checkbox")
DRAWN: Mapping[str, Callable[[Widget], str]] = {
    **{f"{PLACE}{name}.html": _input for name in ("input", *INPUTS)},
    **{f"{PLACE}{name}.html": _choice for name in ("input_option", "radio_option", "checkbox_option")},
    f"{PLACE}textarea.html": _textarea,
    f"{PLACE}select.html": _select,
    "portal/widgets/local_text.html": _local_text,
}
LABEL = "django/forms/label.html"
ERRORS = ("django/forms/errors/list/default.html", "django/forms/errors/list/ul.html")


class Renderer(DjangoTemplates):
    """Draws plain controls by itself, and everything else by its template."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> SafeString:
        """Give the control, its label or its errors as HTML."""
        if draw := DRAWN.get(template_name):
            return mark_safe(draw(context["widget"]))  # noqa: S308  # every value is escaped above
        if template_name == LABEL:
            return mark_safe(_label(context))  # noqa: S308  # as above
        if template_name in ERRORS and not context["errors"]:
            return mark_safe("")
        return mark_safe(super().render(template_name, context, request))  # noqa: S308  # by Django's template
