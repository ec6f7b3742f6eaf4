"""`manage.py seed_demo`: fill an empty database with the demo."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal import clock, jobs
from portal.registry import registry


class Command(BaseCommand):
    """Fill an empty database with the demo of every app; on any other database do nothing."""

    help = "Fills an empty database with the demo; does nothing where a programme exists."

    def handle(self, **_: Any) -> None:
        """Build all of the demo, or none of it.

        :raises CommandError: in production.
        """
        if not settings.DEMO:
            raise CommandError("The demo belongs to demo mode; production refuses it.")
        with jobs.alone("seed_demo") as is_ours:
            if not is_ours or apps.get_model(settings.ROLE_SCOPE_MODEL)._default_manager.exists():
                self.stdout.write("There is a programme already: nothing was changed.")
                return
            at = clock.now()
            for _order, build in sorted(registry.demo_builders, key=lambda builder: builder[0]):
                build(at)
        self.stdout.write(f"The demo is there, with {len(registry.demo_accounts)} accounts.")
