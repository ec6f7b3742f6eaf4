"""Check all documents, or copy them: `manage.py documents --to /backups/documents`."""

from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from applications.documents import archive
from portal.external import Unavailable

SHOWN = 20


class Command(BaseCommand):
    help = "Compare every document with its row, or copy all to or from a folder; exit 1 if one is missing or damaged."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--to", type=Path, metavar="FOLDER", help="copy from the storage of the settings into it")
        where.add_argument(
            "--from", type=Path, metavar="FOLDER", help="copy out of it into the storage of the settings"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self._act(options["to"], options["from"])
        except Unavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{found.right} documents are right; {found.copied} of them were copied now.")
        for words, keys in (("missing", found.missing), ("damaged", found.damaged)):
            for key in keys[:SHOWN]:
                self.stdout.write(f"{words}: {key}")
        if not found.is_whole:
            raise CommandError(f"{len(found.missing)} documents are missing, {len(found.damaged)} are damaged.")

    def _act(self, to: Path | None, from_: Path | None) -> archive.Findings:
        if to:
            return archive.copy(default_storage, archive.folder(to))
        if from_ and not from_.is_dir():
            raise CommandError(f"There is no folder {from_}.")
        return archive.copy(archive.folder(from_), default_storage) if from_ else archive.check()
