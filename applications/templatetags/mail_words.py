"""What the texts of mails need: instants in a programme's zone, and other people's words kept in their place."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_location
from django import template
from django.template.defaultfilters import date as date_filter
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def in_zone(moment: datetime, zone: str) -> str:
    """Write an instant by a zone's clocks, and name the zone: "Friday, March 5, 2027, 5:00 PM (New York time)"."""
    here, locale = moment.astimezone(ZoneInfo(zone or "UTC")), _locale()
    words = {"day": format_date(here, "full", locale=locale), "time": format_time(here.time(), "short", locale=locale)}
    if zone in ("", "UTC"):
        return _("%(day)s, %(time)s (UTC)") % words
    place = get_timezone_location(zone, locale=locale, return_city=True)
    return _("%(day)s, %(time)s (%(place)s time)") % {**words, "place": place}


@register.filter
def day_in_zone(moment: datetime, zone: str) -> str:
    """Write the day of an instant as a zone's calendar has it: "March 5, 2027"."""
    return format_date(moment.astimezone(ZoneInfo(zone or "UTC")), "long", locale=_locale())


@register.filter
def day(on: date) -> str:
    """Write a day as the reader's language writes days: "Nov. 5, 2027"."""
    return _day(on, get_language())


@lru_cache(maxsize=512)  # the mails of a batch name one and the same
def _day(on: date, _language: str | None) -> str:
    return str(date_filter(on, "DATE_FORMAT"))


@register.filter
def one_line(words: object) -> str:
    """Keep names and other single lines on one line: a line break would end the subject, or start a paragraph."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(words)).split())


@register.filter
def quoted(words: str) -> str:
    """Set somebody's words apart, line by line, so that nothing in them reads as ours."""
    return "\n".join(f"> {one_line(line)}".rstrip() for line in str(words).strip().splitlines())


def _locale() -> str:
    return to_locale(get_language() or "en")
