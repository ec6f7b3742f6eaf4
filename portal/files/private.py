"""Private files at rest: kept under a key of our own, known by their digest, never served by address."""

import hashlib
import logging

from django.core.files.base import File
from django.core.files.storage import default_storage

from portal.external import Unavailable

log = logging.getLogger(__name__)


def store(key: str, file: "File[bytes]") -> str:
    """Write a file and return the key it is stored under. Never inside a transaction (law 14).

    :raises Unavailable: if the storage does not take it; what it took of it is discarded.
    """
    try:
        return default_storage.save(key, file)
    except OSError as error:
        discard(key)  # a disk that ran full keeps the beginning
        raise Unavailable(str(error)) from error


def read(stored_as: str, sha256: str) -> "File[bytes]":
    """Open a stored file, all of it at hand and just as it came.

    :raises Unavailable: if the storage does not answer.
    :raises FileNotFoundError: if the file is lost.
    :raises RuntimeError: if the bytes are not the ones that were stored.
    """
    try:
        kept = default_storage.open(stored_as)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unavailable(str(error)) from error
    if digest_of(kept) != sha256:
        kept.close()
        raise RuntimeError(f"{stored_as} is not what was stored.")
    return kept


def discard(stored_as: str) -> bool:
    """Delete a stored file; return whether it is gone."""
    try:
        default_storage.delete(stored_as)
    except (Unavailable, OSError):
        log.warning("%s could not be forgotten", stored_as, exc_info=True)
        return False
    return True


def digest_of(file: "File[bytes]") -> str:
    """Return the SHA-256 of a file, and leave it at its beginning."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
