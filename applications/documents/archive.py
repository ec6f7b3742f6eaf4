"""All documents at once: compared with their rows, copied to a folder and back, and rid of what was never bound."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.core.cache import cache
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.utils import timezone

from applications.documents import storage
from applications.models import Document

# An upload is bound within its request. The rest of the time is for whoever brought back an older database by mistake.
UNBOUND_KEPT = timedelta(days=7)
AT_ONCE = 1000


@dataclass
class Findings:
    """How many documents are right, which were copied, and which keys are missing or hold other bytes."""

    right: int = 0
    copied: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.damaged)


def folder(path: Path) -> Storage:
    """Return a folder of this machine as a storage, for its owner's eyes alone."""
    return FileSystemStorage(location=path, file_permissions_mode=0o600, directory_permissions_mode=0o700)


def check(kept_in: Storage = default_storage) -> Findings:
    """Compare the bytes of every document with its row.

    :raises Unavailable: if the storage does not answer.
    """
    found = Findings()
    for key, sha256, _size in _documents():
        _judge(kept_in, key, sha256, found)
    return found


def copy(source: Storage, target: Storage) -> Findings:
    """Copy every document that the target does not have in its full size; what is damaged is not copied.

    Rows are the list, so that what has no row is left behind; it may be killed and run again.

    :raises Unavailable: if a storage does not answer.
    """
    found = Findings()
    for key, sha256, size in _documents():
        if target.exists(key):
            if target.size(key) == size:
                found.right += 1
                continue
            target.delete(key)  # a copy that was cut short
        if _judge(source, key, sha256, found):
            with source.open(key) as bytes_:
                target.save(key, bytes_)
            found.copied += 1
    return found


def forget_unbound_daily() -> int:
    """Forget what is unbound, once a day when all goes well. Instants are the machine's own, as the files' are."""
    done = f"unbound-uploads:{timezone.now().date()}"
    if cache.get(done):
        return 0
    forgotten = forget_unbound()
    cache.set(done, True, timeout=2 * 24 * 3600)
    return forgotten


def forget_unbound() -> int:
    """Delete stored uploads that no document names and that are old enough; give how many.

    They come of a process killed between storing and binding. Nothing of it happens in a transaction (law 14).
    """
    before = timezone.now() - UNBOUND_KEPT
    count = 0
    for key in _unbound():
        if default_storage.get_modified_time(key) < before:
            default_storage.delete(key)
            count += 1
    return count


def _documents() -> Iterator[tuple[str, str, int]]:
    yield from Document.objects.order_by("id").values_list("stored_as", "sha256", "size").iterator()


def _unbound() -> Iterator[str]:
    try:
        _folders, files = default_storage.listdir(storage.FOLDER)
    except FileNotFoundError:
        return
    for start in range(0, len(files), AT_ONCE):
        keys = [f"{storage.FOLDER}/{name}" for name in files[start : start + AT_ONCE]]
        bound = set(Document.objects.filter(stored_as__in=keys).values_list("stored_as", flat=True))
        yield from (key for key in keys if key not in bound)


def _judge(kept_in: Storage, key: str, sha256: str, found: Findings) -> bool:
    try:
        with kept_in.open(key) as bytes_:
            is_right = storage.digest_of(bytes_) == sha256
    except FileNotFoundError:
        found.missing.append(key)
        return False
    if is_right:
        found.right += 1
    else:
        found.damaged.append(key)
    return is_right
