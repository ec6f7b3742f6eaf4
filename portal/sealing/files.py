"""Key rings in files: the text of a new one, and the one the embedded default makes for itself."""

import base64
import errno
import os
import secrets
from pathlib import Path

FINGERPRINT = "fingerprint"
KEY_WIDTH = 32


def new_ring() -> str:
    """Make the text of a ring with one new key and a new fingerprint key."""
    return (
        "# The keys to bank and tax data: without this file they cannot be read again.\n"
        "# The first key seals; put a new one above it and keep the old ones until all is sealed anew.\n"
        f"{new_key()}\n"
        f"{FINGERPRINT}:{_random()}\n"
    )


def new_key() -> str:
    """Make one `id:base64` pair, to be put first on a ring."""
    return f"{secrets.token_hex(4)}:{_random()}"


def read_ring(path: Path) -> str:
    """Return the text of a ring.

    :raises OSError: if the file cannot be read.
    """
    return path.read_bytes().decode("ascii", "replace")


def own_ring(path: Path) -> str:
    """Return the text of the ring at this path, making one if there is none; of several processes one makes it.

    :raises OSError: if it cannot be made or read, or if others may read it.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise PermissionError(errno.EACCES, "others may read it, chmod 600 it", str(path))
    return read_ring(path)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        _write(draft, new_ring())
        # A link appears whole or not at all, and never in the place of another process's ring.
        os.link(draft, path)
        _sync(path.parent)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _random() -> str:
    return base64.b64encode(os.urandom(KEY_WIDTH)).decode()
