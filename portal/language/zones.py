"""Time zones, named as people name them."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel.dates import get_timezone_location
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _


@cache
def zone_names() -> tuple[str, ...]:
    """Return the names of all time zones: the library would read its whole folder each time.

    Not the machine's own, which some systems list among them: the database has none of that name.
    """
    return tuple(sorted(available_timezones() - {"localtime"}))


def known_zone(name: str) -> None:
    """Refuse a zone without rules.

    :raises ValidationError: for a name that no zone bears.
    """
    if name not in zone_names():
        raise ValidationError(gettext_lazy("Give a zone by its name, such as America/New_York or Europe/Paris."))


def zone_or(name: str, fallback: str = "UTC") -> str:
    """Return a zone's name if there is such a zone, else the fallback."""
    try:
        return ZoneInfo(name).key if name else fallback
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return fallback


def zone_in_words(name: str = "") -> str:
    """Name a zone, the page's own unless told otherwise: "New York time", "UTC"."""
    zone = name or timezone.get_current_timezone_name()
    if zone in ("UTC", "Etc/UTC", ""):
        return "UTC"
    return _("%(place)s time") % {"place": _place(zone, get_language() or "en")}


@cache
def _place(zone: str, language: str) -> str:
    """Look up where a zone is named after; a page with hours asks dozens of times."""
    return get_timezone_location(zone, locale=to_locale(language), return_city=True)
