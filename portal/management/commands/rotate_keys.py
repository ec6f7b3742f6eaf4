"""Seal anew what older keys of the ring sealed: `manage.py rotate_keys`, after a new key was put first."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.registry import registry
from portal.sealing.ring import KeyRing, KeyRingError, key_ring
from portal.sealing.rotate import rotate

SHOWN = 20


class Command(BaseCommand):
    help = "Seal every secret anew with the current key of the ring; may be killed and run again, beside all else."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            ring = key_ring()
        except KeyRingError as error:
            raise CommandError(str(error)) from error
        refused, used = 0, Counter[str]()
        for sealed in registry.sealed:
            done = rotate(sealed, ring)
            keys = sealed.keys()
            self.stdout.write(f"{sealed.name:<36} {done.anew:>7} sealed anew, {keys.total():>7} in all")
            for row, why in list(done.refused.items())[:SHOWN]:
                self.stdout.write(f"  row {row}: {why}")
            refused += len(done.refused)
            used += keys
        self._tell(ring, used)
        if refused:
            raise CommandError(f"{refused} secrets do not open and are left as they were.")

    def _tell(self, ring: KeyRing, used: Counter[str]) -> None:
        unused = [key for key in ring.key_ids() if not used[key] and key != ring.current]
        for key, count in sorted(used.items()):
            if key != ring.current:
                self.stdout.write(f"Key {key} still seals {count}: run this again once no process seals with it.")
        if unused:
            self.stdout.write(f"No row uses these keys any more: {', '.join(unused)}.")
        self.stdout.write(f"Key {ring.current} seals {used[ring.current]}.")
