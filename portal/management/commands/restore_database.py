"""Bring a dump back into an empty database: `manage.py restore_database /backups/tremplin-….dump`, as its owner."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import clock
from portal.operations import dumps
from portal.outbox import deliver


class Command(BaseCommand):
    help = (
        "Bring a dump back into an empty database. Mails that were due by now are not sent: they may have been already."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dump", type=Path)
        parser.add_argument(
            "--send-due-mails",
            action="store_true",
            help="everything was stopped before the dump was made, so what was due was never sent",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            dumps.restore(options["dump"])
        except dumps.DumpError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The database is back.")
        if not options["send_due_mails"]:
            stopped = deliver.stop_due(clock.now())
            self.stdout.write(f"{stopped} mails were due and are not sent: look at them under Outgoing mails.")
