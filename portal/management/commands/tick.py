"""Run sweeps by hand, as beat would: `manage.py tick --all` or `manage.py tick mail`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import clock
from portal.operations.jobs import run_sweep
from portal.registry import registry


class Command(BaseCommand):
    help = "Run one sweep, or all of them, for what is due now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="the sweep to run")
        parser.add_argument("--all", action="store_true", help="run every sweep once")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = registry.sweeps_in_order() if options["all"] else [options["name"]]
        if options["all"] == bool(options["name"]):
            raise CommandError("Name one sweep or say --all.")
        if unknown := [name for name in chosen if name not in registry.sweeps]:
            raise CommandError(f"No sweep is called {unknown[0]}; there are: {', '.join(sorted(registry.sweeps))}.")
        at = clock.now()
        runs = [run_sweep(name, at) for name in chosen]
        for run in runs:
            said = f"failed: {run.error.strip().splitlines()[-1]}" if run.error else f"acted on {run.acted}"
            self.stdout.write(f"{run.name:<24} {said}")
        if any(run.error for run in runs):
            raise CommandError("At least one sweep failed; its JobRun tells why.")
