"""Dump the database into a folder: `manage.py dump_database /backups --keep 14`, as the owner of the tables."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from portal.operations import dumps


class Command(BaseCommand):
    help = "Dump the database into a new file of a folder. Documents and the key ring are backed up apart."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, help="delete all but so many of the newest dumps there")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("Keep one dump at least.")
        try:
            path = dumps.dump(options["folder"], timezone.now())
        except dumps.DumpError as error:
            raise CommandError(str(error)) from error
        if options["keep"]:
            for old in dumps.forget_old(options["folder"], options["keep"]):
                self.stdout.write(f"deleted {old}")
        self.stdout.write(str(path))
