"""What the components need to draw themselves: icons, the look of a state, words for instants and sizes."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline

from portal.language import dates
from portal.language.text import file_size
from portal.spans import ago
from portal.state_looks import Look, look_of

register = template.Library()
for written in (dates.month_name, dates.day, dates.day_short, dates.day_of_year, dates.weekday, dates.instant):
    register.filter(written)
register.filter(file_size)
register.filter(ago)

OF_SIZE = {20: heroicon_mini, 16: heroicon_micro}


@lru_cache(maxsize=512)
def _svg(name: str, size: int, css: str) -> str:
    draw = OF_SIZE.get(size, heroicon_outline)
    return draw(name, size=size, **{"class": f"icon {css}".strip(), "focusable": "false"})


@register.simple_tag
def icon(name: str, size: int = 20, css: str = "") -> str:
    """Draw an icon: 24 in outline, 20 filled, 16 small; always beside words, so hidden from screen readers."""
    return _svg(str(name), size, str(css))


@lru_cache(maxsize=1024)  # the rows of a list have the same few
def _badge(key: str, label: str, kind: str, size: str) -> SafeString:
    return render_to_string("portal/_badge.html", {"look": look_of(key, kind), "label": label or key, "size": size})


@register.simple_tag
def badge(state: Any, label: Any = "", kind: str = "", size: str = "") -> SafeString:
    """Draw a state as a badge: colour, sign and words; long lists call this, others include `_state.html`."""
    return _badge(str(getattr(state, "value", state) or ""), str(label or ""), str(kind or ""), str(size or ""))


@register.filter
def look(state: Any, kind: str = "") -> Look:
    """Return family and icon of a state: `{% with look=cell.state|look:cell.kind %}`."""
    return look_of(state, kind)


@register.filter
def is_date(value: Any) -> bool:
    """Tell a day or an instant from words."""
    return isinstance(value, date)


@register.filter
def initials(name: str) -> str:
    """Return the first letters of the first and last word of a name."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"


@register.filter
def strip_columns(months: Sequence[Any]) -> int:
    """Return how many months stand in a row: all of them up to six, else two even rows."""
    return len(months) if len(months) <= 6 else -(-len(months) // 2)


@register.filter
def field_errors(form: Any) -> list[tuple[Any, str]]:
    """List what is wrong with a form, field by field, each with the first thing to mend."""
    return [(form[name], errors[0]) for name, errors in form.errors.items() if name in form.fields]


@register.filter
def is_within(path: str, url: str) -> bool:
    """Return whether a page belongs to a line of the navigation; the home page owns only itself."""
    return path == url or (url != "/" and path.startswith(url))


@register.filter
def button_class(tags: Sequence[str] | None) -> str:
    """Turn what django-allauth says of a button into its look."""
    tags = tags or ()
    small = " btn-sm" if "tool" in tags else ""
    wide = " btn-wide" if "prominent" in tags else ""
    if "link" in tags:
        return f"btn-ghost{small}"
    if "tool" in tags or "outline" in tags or "secondary" in tags:
        return f"btn-outline{small}{wide}"
    return ("btn-danger" if "danger" in tags else "btn-primary") + wide
