"""`manage.py rehearse`: play a whole programme on a database of its own, and say whether the laws held."""

import gc
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from django.utils import timezone

from portal.models import DemoClock
from rehearsal import scratch
from rehearsal.play import Play
from rehearsal.report import Report
from rehearsal.run import rehearse

SHOWN = 40


class Command(BaseCommand):
    """Play a programme from the first application to the last payment; exit 1 if a law was broken."""

    help = "Plays a whole programme through the real acts, on a database of its own, and checks the laws at every step."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--startups", type=int, default=40, metavar="N", help="how many apply")
        parser.add_argument("--months", type=int, default=6, metavar="N", help="how many months the programme pays")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed tells the same story")
        parser.add_argument("--faults", action="store_true", help="let things go wrong, too")
        parser.add_argument(
            "--out", type=Path, metavar="DIR", help="keep the story, payment files and bank's answers here"
        )
        parser.add_argument(
            "--keep", action="store_true", help="keep the database, and say how to run the portal on it"
        )

    def handle(self, *, startups: int, months: int, seed: int, faults: bool, keep: bool, **options: Any) -> None:
        """Play, and print one line of JSON at the end.

        :raises CommandError: when a law was broken, with the step, the seed and the rows.
        """
        if startups < 1 or months < 1:
            raise CommandError("A programme has at least one startup and one month.")
        if keep and settings.PRODUCTION:
            raise CommandError(
                "The people of a kept rehearsal have a password that everybody knows: production keeps none."
            )
        out = options["out"]
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        try:
            scratch.create(name_of(seed))
        except ProgrammingError as error:
            raise CommandError(
                f"This account may not make databases ({error}): rehearse on a server of your own."
            ) from error
        database = name_of(seed)
        report = None
        gc.freeze()  # what is loaded stays loaded: no need to look through it again and again
        gc.set_threshold(50_000)  # nor so often through what acts leave, which seldom holds on to itself
        started = time.monotonic()
        try:
            scratch.lay(database)
            play = Play(startups=startups, months=months, seed=seed, faulty=faults, out=out)
            with click.progressbar(
                length=1, label="Rehearsing", file=sys.stderr, hidden=not sys.stderr.isatty()
            ) as bar:
                report = rehearse(play, database=database, keeps_documents=keep, told=_moving(bar))
                report.seconds = time.monotonic() - started
        finally:
            if not keep or report is None:
                scratch.drop(database)
        if keep and report.ended_at:
            self._say_how_to_run(database, report.ended_at)
        self._end(report)

    def _end(self, report: Report) -> None:
        if report.violations:
            rows = "\n".join(f"  {row}" for row in report.violations[:SHOWN])
            self.stderr.write(f"Seed {report.play.seed}, after the step\n  {report.broken_at}\n{rows}")
        self.stdout.write(report.line())
        if report.violations:
            raise CommandError(f"{len(report.violations)} violations.")

    def _say_how_to_run(self, database: str, ended_at: datetime) -> None:
        """Set the kept database's clock to the rehearsal's end, and print how to look around."""
        with scratch.connected(database):
            ahead = max(ended_at, timezone.now()) - timezone.now()
            DemoClock.objects.update_or_create(pk=1, defaults={"ahead": ahead})
        scratch.keep(database)
        self.stderr.write(f"Kept. To click through it: DATABASE_NAME={database} make run")


def name_of(seed: int) -> str:
    """Name a database beside the real one, another for every process."""
    return f"{settings.DATABASES['default']['NAME']}_rehearsal_{seed}_{os.getpid()}"


def _moving(bar: Any) -> Callable[[int, int], None]:
    def told(day: int, days: int) -> None:
        bar.length = max(days, day)
        bar.update(day - bar.pos)

    return told
