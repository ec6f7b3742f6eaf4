"""The words of pages and mails: `manage.py messages extract`, `compile` or `check`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.language import catalogues


class Command(BaseCommand):
    help = "Collect the words of the pages, compile the catalogues, or check that every translation is complete."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["extract", "compile", "check"])

    def handle(self, *args: Any, **options: Any) -> None:
        {"extract": self.extract, "compile": self.compile, "check": self.examine}[options["what"]]()

    def extract(self) -> None:
        """Bring the catalogues up to date with the sources, and compile them."""
        words = catalogues.collect(Path(settings.BASE_DIR))
        for language in catalogues.translations():
            catalogue = catalogues.update(language, words)
            empty = sum(not all(catalogues.forms(message.string)) for message in catalogue if message.id)
            self.stdout.write(f"{language}: {len(catalogue)} messages, {empty} to be translated")
        self.compile()

    def compile(self) -> None:
        """Compile the catalogues that changed."""
        for language in catalogues.compile_stale():
            self.stdout.write(f"{language}: compiled")

    def examine(self) -> None:
        """Fail unless every word is collected, and every catalogue complete and up to date.

        :raises CommandError: naming each fault.
        """
        root = Path(settings.BASE_DIR)
        words = catalogues.collect(root)
        found = catalogues.uncollected(root)
        found += [fault for language in catalogues.translations() for fault in catalogues.problems(language, words)]
        if found:
            raise CommandError("\n".join([*found, f"{len(found)} faults in the words or their translations."]))
        self.stdout.write(f"{len(words)} messages, complete in {', '.join(catalogues.translations())}.")
