"""Move the demo's clock ahead: `manage.py clock +7d`, `+36h`, `2027-01-04`, `show`, `reset`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal import clock
from portal.bounds import LAST
from portal.models import DemoClock

UNITS = {"d": "days", "h": "hours", "m": "minutes", "w": "weeks"}


class Command(BaseCommand):
    help = "Move the demo's clock ahead, so that a newcomer lives through six months in an evening."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", nargs="?", default="show", help="+7d, +36h, 2027-01-04, show or reset")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Production's clock is not moved.")
        clock.forget()
        to: str = options["to"]
        if to == "reset":
            self._set(timedelta())
            self.stderr.write("What happened in the demo's future stays in its history, with later dates than today's.")
        elif to != "show":
            ahead = _ahead(to, clock.offset())
            if (timezone.now() + ahead).date() > LAST:
                raise CommandError(f"The clock goes no further than {LAST}.")
            self._set(ahead)
            self.stdout.write("Beat acts on it within a minute; `manage.py tick --all` does at once.")
        self.stdout.write(f"The demo's clock shows {clock.now():%Y-%m-%d %H:%M} UTC.")

    def _set(self, ahead: timedelta) -> None:
        DemoClock.objects.update_or_create(pk=1, defaults={"ahead": ahead})
        clock.forget()


def _ahead(to: str, now_ahead: timedelta) -> timedelta:
    """Return the new offset.

    :raises CommandError: for what is no time, or would turn the clock back and the order of the history with it.
    """
    if step := re.fullmatch(r"\+(\d{1,5})([dhmw])", to):
        return now_ahead + timedelta(**{UNITS[step[2]]: int(step[1])})
    try:
        day = datetime.fromisoformat(to)
    except ValueError:
        raise CommandError(f"“{to}” is no time: say +7d, +36h, 2027-01-04, show or reset.") from None
    # A day begins at nine, when people come to their desks; an instant is taken as it is, in UTC.
    instant = (day.replace(hour=9) if len(to) == 10 else day).replace(tzinfo=day.tzinfo or UTC)
    ahead = instant - timezone.now()
    if ahead < now_ahead:
        raise CommandError("The clock only goes ahead. `manage.py clock reset` brings it back to today.")
    return ahead
