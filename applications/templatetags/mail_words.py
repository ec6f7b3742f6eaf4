"""What the texts of mails need: instants in a programme's zone, and other people's words kept in their place."""

from django import template

from portal.language.dates import day, day_in_zone, in_zone
from portal.language.names import unlinked

register = template.Library()
register.filter(day)
register.filter(in_zone)
register.filter(day_in_zone)


@register.filter
def one_line(words: object) -> str:
    """Keep a name on one line: a line break would end the subject, or start a paragraph. It never becomes a link."""
    return unlinked(text_line(words))


@register.filter
def text_line(words: object) -> str:
    """Keep what somebody wrote on one line, addresses in it as they are."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(words)).split())


@register.filter
def quoted(words: str) -> str:
    """Set somebody's words apart, line by line, so that nothing in them reads as ours."""
    return "\n".join(f"> {text_line(line)}".rstrip() for line in str(words).strip().splitlines())
