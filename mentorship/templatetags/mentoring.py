"""Words for the hours of a day."""

from datetime import datetime, time

from babel.dates import format_time
from django import template
from django.utils import timezone

from portal.language.dates import locale
from portal.language.zones import zone_in_words

register = template.Library()
register.simple_tag(zone_in_words)


@register.filter
def hour(moment: datetime | time | None) -> str:
    """Write a time of day as the reader's language does, in the page's zone: "2:30 PM", "14:30"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment).time() if isinstance(moment, datetime) else moment
    return format_time(local, "short", locale=locale())
