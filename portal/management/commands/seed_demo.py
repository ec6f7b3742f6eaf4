"""`manage.py seed_demo`: fill an empty database with the demo, and with `--startups N` add a crowd to it."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import clock, jobs
from portal.registry import registry


class Command(BaseCommand):
    """Fill an empty database with the demo of every app; on any other database do nothing."""

    help = "Fills an empty database with the demo; does nothing where a programme exists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--startups",
            type=int,
            default=0,
            metavar="N",
            help="add a programme with N startups in every state, by bulk: to measure, or to see full lists",
        )

    def handle(self, *, startups: int = 0, **_: Any) -> None:
        """Build all of the demo, or none of it.

        :raises CommandError: in production; for a crowd smaller than one of each kind.
        """
        if not settings.DEMO:
            raise CommandError("The demo belongs to demo mode; production refuses it.")
        at = clock.now()
        with jobs.alone("seed_demo") as is_ours:
            if not is_ours or apps.get_model(settings.ROLE_SCOPE_MODEL)._default_manager.exists():
                self.stdout.write("There is a programme already: nothing was changed.")
            else:
                self._build(at)
        if startups:
            with jobs.alone("seed_demo") as is_ours:
                self._add(startups, at) if is_ours else self.stdout.write("Somebody else is at it.")

    def _build(self, at: datetime) -> None:
        for _order, build in sorted(registry.demo_builders, key=lambda builder: builder[0]):
            build(at)
        self.stdout.write(f"The demo is there, with {len(registry.demo_accounts)} accounts.")

    def _add(self, startups: int, at: datetime) -> None:
        """Add the crowd, all of it or none."""
        try:
            for _order, build in sorted(registry.crowd_builders, key=lambda builder: builder[0]):
                build(startups, at)
        except LookupError as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"A crowd of {startups} startups is there.")
