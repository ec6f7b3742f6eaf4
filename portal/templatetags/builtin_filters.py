"""The project's template filters and tags."""

from typing import Any

from django import template

from portal.language import names
from portal.language.dates import month, month_short
from portal.language.fields import pick
from portal.money import Money

register = template.Library()
register.filter(month)
register.filter(month_short)


@register.filter
def unlinked(name: object) -> str:
    """Write a name in a mail so that no program makes a link of it."""
    return names.unlinked(str(name))


@register.filter
def money(amount: Money | None) -> str:
    """Write an amount in the reader's language."""
    return amount.format() if amount is not None else ""


@register.filter
def money_short(amount: Money | None) -> str:
    """Write an amount without `.00` where it is whole."""
    return amount.format(short=True) if amount is not None else ""


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look a key up in a mapping."""
    return mapping.get(key) if mapping else None


@register.filter
def local(words: dict[str, str] | None) -> str:
    """Write words of programme data in the reader's language."""
    return pick(words)
