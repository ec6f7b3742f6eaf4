"""The strip in a list: many squares of few kinds, each kind drawn once."""

from datetime import date
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from portal.registry import Cell
from portal.strip import Month
from portal.templatetags.components import LOOKS, icon, look_of
from portal.templatetags.tremplin import month

register = template.Library()
CURRENT = mark_safe(' aria-current="date"')  # words of our own


# A list has hundreds of squares and ten signs: each is written once in a page, and every square points to it.
SIGNS = {
    LOOKS[state].icon
    for state in ("scheduled", "ready", "approved", "on_its_way", "paid", "held", "returned", "lapsed", "cancelled")
} | {"minus"}


@register.simple_tag
def strip_signs() -> SafeString:
    """Write the signs that the squares of the page point to."""
    return _symbols()


@lru_cache(maxsize=1)
def _symbols() -> SafeString:
    symbols = [
        mark_safe(f'<symbol id="sign-{name}" viewBox="0 0 16 16">{_drawing(name)}</symbol>')  # noqa: S308  # our icons
        for name in sorted(SIGNS)
    ]
    return mark_safe(f'<svg class="strip-signs" aria-hidden="true">{"".join(symbols)}</svg>')  # noqa: S308  # as above


def _drawing(name: str) -> str:
    """Give what stands within the frame of an icon."""
    return icon(name, 16).split(">", 1)[1].rsplit("</svg>", 1)[0].strip()


@register.simple_tag
def strip_square(of: Month) -> SafeString:
    """Draw one month of the strip in a list: its money as a sign, with its words on hover and for screen readers."""
    return _square(of["cells"]["money"], of["period"], bool(of["is_current"]), get_language() or "")


@lru_cache(maxsize=4096)
def _square(cell: Cell | None, period: date, is_current: bool, _language: str) -> SafeString:
    state = cell.state if cell else ""
    words = (str(cell.label) if cell else "") or "–"
    words = f"{month(period)}: {words}" + (f" · {cell.detail}" if cell and cell.detail else "")
    look = look_of(state)
    return format_html(
        '<li class="family-{}" data-state="{}" title="{}"{}>{}<span class="visually-hidden">{}</span></li>',
        look.family,
        state,
        words,
        CURRENT if is_current else "",
        _sign(look.icon if cell else "minus"),
        words,
    )


def _sign(name: str) -> SafeString:
    if name not in SIGNS:
        return icon(name, 16)
    drawn = (
        '<svg class="icon" width="16" height="16" fill="currentColor" aria-hidden="true"><use href="#sign-{}"/></svg>'
    )
    return format_html(drawn, name)
