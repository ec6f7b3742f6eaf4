"""Note that a backup is whole: `manage.py note_backup --began 2026-11-23T02:15:00Z`, the last line of docker/backup.sh."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.operations import jobs


class Command(BaseCommand):
    help = "Note that a backup is whole, for /metrics and the job runs. It holds what there was when it began."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--began", required=True, help="when its dump began, as date and time with a zone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            began = datetime.fromisoformat(options["began"])
        except ValueError as error:
            raise CommandError(f"{options['began']} is no date and time.") from error
        now = timezone.now()
        if began.tzinfo is None or began > now:
            raise CommandError(f"{options['began']} has no zone, or is to come.")
        jobs.note_backup(began, now)
