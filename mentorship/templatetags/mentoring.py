"""Words for the hours of a day."""

from datetime import datetime, time

from babel.dates import format_time, get_timezone_location
from django import template
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def hour(moment: datetime | time | None) -> str:
    """Write a time of day as the reader's language does, in the page's zone: "2:30 PM", "14:30"."""
    if moment is None:
        return ""
    local = timezone.localtime(moment).time() if isinstance(moment, datetime) else moment
    return format_time(local, "short", locale=_locale())


@register.simple_tag
def zone_in_words(name: str = "") -> str:
    """Name a zone, the page's own unless told otherwise: "New York time", "UTC"."""
    zone = name or timezone.get_current_timezone_name()
    if zone in ("UTC", "Etc/UTC", ""):
        return "UTC"
    place = get_timezone_location(zone, locale=_locale(), return_city=True)
    return _("%(place)s time") % {"place": place}


def _locale() -> str:
    return to_locale(get_language() or "en")
