"""Spans of time in words, in the reader's language."""

from datetime import date, datetime, timedelta

from babel.dates import format_timedelta
from django.utils import timezone
from django.utils.translation import gettext as _

from portal import clock
from portal.language import dates


def ago(moment: datetime | date | None) -> str:
    """Say how long ago, or how soon, by the one clock: "4 days ago", "in 2 hours"."""
    if not isinstance(moment, date):
        return ""
    if not isinstance(moment, datetime):
        days = (moment - timezone.localdate(clock.now())).days
        return _("today") if days == 0 else _passed(timedelta(days=days))
    passed = moment - clock.now()
    if abs(passed) < timedelta(minutes=1):
        return _("just now")
    return _passed(passed)


def _passed(span: timedelta) -> str:
    # Babel would call ten days "one week": up to two months are told in days.
    days = abs(span) // timedelta(days=1)
    if 1 <= days <= 60:
        return format_timedelta(span, "day", threshold=days, add_direction=True, locale=dates.locale())
    return format_timedelta(span, add_direction=True, locale=dates.locale())
