"""Ask the live database whether the laws of the record hold: one line a law, and what breaks it.

The answers are kept in place of the day's earlier ones, so that an alarm ends when what broke a law is mended.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import clock
from portal.operations import jobs, law_checks
from portal.registry import registry


class Command(BaseCommand):
    help = "Check every law on the live database and keep the answers; exit 1 if one is broken."

    def handle(self, *args: Any, **options: Any) -> None:
        with jobs.alone(law_checks.SWEEP, waits=True):
            at = clock.now()
            verdicts = law_checks.check(registry.law_questions, at)
            law_checks.keep(verdicts, at)
        for verdict in verdicts:
            self.stdout.write(f"{verdict.law:>2}  {verdict.count:>6}  {verdict.title}")
            for row in verdict.rows:
                self.stdout.write(f"{'':10}  {row}")
        if broken := [verdict for verdict in verdicts if verdict.count]:
            raise CommandError(f"{sum(v.count for v in broken)} violations of {len(broken)} laws.")
