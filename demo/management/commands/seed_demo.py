"""`manage.py seed_demo`: fill an empty database with the demo, and with `--startups N` add a crowd to it."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from demo import applications
from demo.applications import crowd as applicants
from demo.applications import people
from demo.mentorship import crowd as pairs
from demo.mentorship import mentors
from demo.payouts import crowd as money
from demo.payouts import funding
from portal import clock
from portal.operations import jobs

# What each app adds, in order: applications come first, money and mentors need them.
DEMO = (applications.build, funding.build, mentors.build)
CROWD = (applicants.build, money.build, pairs.build, applicants.finish)


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

        parser.add_argument("--accounts", action="store_true", help="only list the demo's accounts, one a line")

    def handle(self, *, startups: int = 0, accounts: bool = False, **_: Any) -> None:
        """Build all of the demo, or none of it.

        :raises CommandError: in production; for a crowd smaller than one of each kind.
        """
        if not settings.DEMO:
            raise CommandError("The demo belongs to demo mode; production refuses it.")
        if accounts:
            for person in people.CAST:
                self.stdout.write(f"{person.label:20} {person.email:32} {people.PASSWORD}")
            return
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
        for build in DEMO:
            build(at)
        self.stdout.write(f"The demo is there, with {len(people.CAST)} accounts.")

    def _add(self, startups: int, at: datetime) -> None:
        """Add the crowd, all of it or none."""
        try:
            for build in CROWD:
                build(startups, at)
        except LookupError as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"A crowd of {startups} startups is there.")
