"""Days, months and instants: how they are counted, and how they are written for people. No database, no clock.

A month is named by its first day.
"""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_timezone_location
from django.utils import timezone
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _


def day_of(at: datetime, *, zone: str) -> date:
    """Return the day that an instant belongs to in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def first_of_month(day: date) -> date:
    """Return the month that a day belongs to."""
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """Return the month that comes so many after that of a day; before it if the count is negative."""
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def months_from(first: date, count: int) -> list[date]:
    """Return so many months in a row, from that of a day on."""
    return [add_months(first, n) for n in range(count)]


def locale() -> str:
    """Return the locale of the reader's language, as Babel names it."""
    return to_locale(get_language() or "en")


# --- Months ---------------------------------------------------------------------------------------------


def month(period: date | None) -> str:
    """Return a period as month and year: "March 2027"."""
    return _day_in_words(period, "yMMMM", locale()) if period else ""


def month_short(period: date | None) -> str:
    """Return a period as a short month: "Mar"."""
    return format_date(period, "LLL", locale=locale()) if period else ""


def month_name(period: date | None) -> str:
    """Return the month of a period alone: "March"."""
    return format_date(period, "LLLL", locale=locale()) if period else ""


# --- Days -----------------------------------------------------------------------------------------------


def day(moment: date | datetime | None) -> str:
    """Return a day in words, of an instant that of the current zone: "March 9, 2027"; text passes through."""
    return _in_words(moment, "long") if isinstance(moment, date) else str(moment or "")


def day_short(moment: date | datetime | None) -> str:
    """Return a day shortly: "Mar 9, 2027"."""
    return _in_words(moment, "medium") if isinstance(moment, date) else str(moment or "")


def day_of_year(moment: date) -> str:
    """Return a day where its year is plain: "Mar 9"."""
    return _in_words(moment, "MMMd")


def weekday(moment: date | datetime | None) -> str:
    """Return a day with its name: "Tuesday, March 9, 2027"."""
    return _in_words(moment, "full") if isinstance(moment, date) else str(moment or "")


def day_in_zone(moment: datetime, zone: str) -> str:
    """Return the day of an instant as a zone's calendar has it: "March 5, 2027"."""
    return _day_in_words(day_of(moment, zone=zone or "UTC"), "long", locale())


def _in_words(moment: date, form: str) -> str:
    there = local(moment)
    return _day_in_words(date(there.year, there.month, there.day), form, locale())


@lru_cache(maxsize=4096)  # of days there are few, and a page writes them over and over
def _day_in_words(of: date, form: str, of_locale: str) -> str:
    if form in ("medium", "long", "full"):
        return _with_first(format_date(of, form, locale=of_locale), of, of_locale)
    return _with_first(format_skeleton(form, of, locale=of_locale), of, of_locale)


_ONE = re.compile(r"\b1(?=\s[^\W\d])")  # before the name of its month


def _with_first(words: str, of: date, of_locale: str) -> str:
    """Write the first of a month as French alone does: "1er décembre"; Babel knows only "1 décembre"."""
    return _ONE.sub("1er", words, count=1) if of.day == 1 and of_locale.startswith("fr") else words


# --- Instants -------------------------------------------------------------------------------------------


def instant(moment: date | None) -> str:
    """Return day and time in the current zone: "Mar 9, 2027, 2:30 PM"; a bare day stays a day."""
    if not isinstance(moment, datetime):
        return day_short(moment)
    here = local(moment)
    words = format_datetime(here, "medium", locale=locale()).replace(f":{here:%S}", "", 1)
    return _with_first(words, here, locale())


def in_zone(moment: datetime, zone: str) -> str:
    """Return an instant by a zone's clocks, and name the zone: "Friday, March 5, 2027, 5:00 PM (New York time)"."""
    here = moment.astimezone(ZoneInfo(zone or "UTC"))
    words = {
        "day": _day_in_words(here.date(), "full", locale()),
        "time": format_time(here.time(), "short", locale=locale()),
    }
    if zone in ("", "UTC"):
        return _("%(day)s, %(time)s (UTC)") % words
    place = get_timezone_location(zone, locale=locale(), return_city=True)
    return _("%(day)s, %(time)s (%(place)s time)") % {**words, "place": place}


def local(moment: date) -> Any:
    """Return an instant by the clocks of the current zone; a day, or an instant without zone, as it is."""
    return timezone.localtime(moment) if isinstance(moment, datetime) and timezone.is_aware(moment) else moment
