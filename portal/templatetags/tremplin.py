"""The project's template filters and tags."""

from datetime import date
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_skeleton
from django import template
from django.utils.translation import get_language, to_locale

from portal.language.fields import pick
from portal.money import Money

register = template.Library()


@register.filter
def money(amount: Money | None) -> str:
    """Write an amount in the reader's language."""
    return amount.format() if amount is not None else ""


@register.filter
def money_short(amount: Money | None) -> str:
    """Write an amount without `.00` where it is whole."""
    return amount.format(short=True) if amount is not None else ""


@register.filter
def month(day: date | None) -> str:
    """Write a period as month and year: "March 2027"."""
    return _month_and_year(day, to_locale(get_language() or "en")) if day else ""


@lru_cache(maxsize=512)  # of months there are few, and a list writes them over and over
def _month_and_year(day: date, locale: str) -> str:
    return format_skeleton("yMMMM", day, locale=locale)


@register.filter
def month_short(day: date | None) -> str:
    """Write a period as a short month: "Mar"."""
    return format_date(day, "LLL", locale=to_locale(get_language() or "en")) if day else ""


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look a key up in a mapping."""
    return mapping.get(key) if mapping else None


@register.filter
def local(words: dict[str, str] | None) -> str:
    """Write words of programme data in the reader's language."""
    return pick(words)


@register.simple_tag
def transition_label(obj: Any, state: str) -> str:
    """Write a state of an object's history in the reader's language."""
    return str(dict(obj._meta.get_field("state").flatchoices).get(state, state))
