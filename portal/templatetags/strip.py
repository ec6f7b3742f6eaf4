"""The strip: a month of it in full, and in a list, where many squares are of few kinds and each kind is drawn once."""

from datetime import date
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.drawing import escaped
from portal.language.dates import month, month_name
from portal.looks import LOOKS, look_of
from portal.registry import Cell
from portal.strip import Month
from portal.templatetags.components import icon

register = template.Library()
CURRENT = mark_safe(' aria-current="date"')  # words of our own


@register.simple_tag
def strip_month(of: Month) -> SafeString:
    """Draw one month of the strip: its money, and below it sessions and check-in."""
    period, cells = of["period"], of["cells"]
    money: Cell | None = cells.get("money")
    state = money.state if money else ""
    look = look_of(state, "money")
    words_now, words_money, no_money = escaped(_("Now")), escaped(_("Money:")), _("Nothing planned")
    now = f'<span class="strip-now">{words_now}</span>' if of["is_current"] else ""
    count = _("Month %(n)s · %(year)s") % {"n": of["n"], "year": period.year}
    head = (
        f'<li class="strip-month family-{look.family}" data-state="{escaped(state)}"{CURRENT if now else ""}>'
        f'<div class="strip-head"><time class="strip-period" datetime="{period:%Y-%m}">{escaped(month_name(period))}</time>'
        f'{now}<span class="strip-n">{escaped(count)}</span></div>'
        f'<div class="strip-money"><span class="strip-sign">{icon(look.icon if money else "minus", 20)}</span>'
        f'<p class="strip-words"><span class="visually-hidden">{words_money}</span> '
        f"<strong>{_label(money, no_money)}</strong>{_detail(money)}</p></div>"
    )
    sessions = _part(cells.get("sessions"), "sessions", _("Sessions:"), _("No session"))
    check_in = _part(cells.get("check_in"), "check_in", _("Check-in:"), _("No check-in"))
    return mark_safe(f'{head}<ul class="strip-rest">{sessions}{check_in}</ul></li>')  # noqa: S308  # every value is escaped


def _part(cell: Cell | None, kind: str, name: str, nothing: str) -> str:
    look = look_of(cell.state, kind) if cell else None
    return (
        f'<li class="strip-part ink-{look.family if look else "plain"}">{icon(look.icon if look else "minus", 16)}'
        f'<span><span class="visually-hidden">{escaped(name)}</span> {_label(cell, nothing)}{_detail(cell)}</span></li>'
    )


def _label(cell: Cell | None, nothing: str) -> str:
    label = escaped(cell.label if cell else nothing)
    return f'<a href="{escaped(cell.href)}">{label}</a>' if cell and cell.href else label


def _detail(cell: Cell | None) -> str:
    return f' <span class="strip-detail">{escaped(cell.detail)}</span>' if cell and cell.detail else ""


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


def _sign(name: str) -> str:
    if name not in SIGNS:
        return icon(name, 16)
    drawn = (
        '<svg class="icon" width="16" height="16" fill="currentColor" aria-hidden="true"><use href="#sign-{}"/></svg>'
    )
    return format_html(drawn, name)
