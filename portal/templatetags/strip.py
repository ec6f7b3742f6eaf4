"""The strip in a list: its squares, and the signs that they point to."""

from django import template

from portal.strip import SIGNS, squares

register = template.Library()
register.filter(squares)


@register.inclusion_tag("components/_strip_signs.html")
def strip_signs() -> dict[str, list[str]]:
    """Draw the signs that the squares of the page point to."""
    return {"signs": sorted(SIGNS)}
