"""Secrets at rest: bank and tax data and the bytes of payment files, sealed with AES-256-GCM.

An envelope is `version (1 byte) | key id (8) | nonce (12) | ciphertext and tag`. The place it belongs to
(table, row, column) is authenticated with it, so that a sealed value copied into another row does not open
there.

The key ring is a text of `id:base64` pairs, one a line or separated by commas; keys have 32 bytes, ids one
to eight of `a-z 0-9 -`. The first key seals, the others only open what they once sealed. The pair named
`fingerprint` is no sealing key: it makes the fingerprints by which equal values are told without opening
them, and outlives the others.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, NoReturn
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from portal.sealing.files import FINGERPRINT, own_ring, read_ring

VERSION = b"\x01"
ID_WIDTH = 8
NONCE_WIDTH = 12
TAG_WIDTH = 16
KEY_WIDTH = 32
HEAD_WIDTH = len(VERSION) + ID_WIDTH + NONCE_WIDTH
SHORT_CUTS = ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2s", "blake2b")


class SecretError(Exception):
    """A secret cannot be sealed or opened. No text of these errors shows a key or a secret."""


class KeyRingError(SecretError):
    """The key ring is missing, damaged or unsafe."""


class Truncated(SecretError):
    """This is not an envelope, or only a part of one."""


class UnknownKey(SecretError):
    """The envelope was sealed with a key that is not on the ring."""


class Tampered(SecretError):
    """The envelope was changed, belongs to another row, or its key id now names another key."""


class Place(NamedTuple):
    """Where a secret lives, which is sealed with it."""

    table: str
    row: UUID
    column: str

    def aad(self) -> bytes:
        """Return `table:row:column` as bytes.

        :raises ValueError: for a name with a colon, by which one place could pass for another.
        """
        if not (re.fullmatch("[A-Za-z0-9_]+", self.table) and re.fullmatch("[A-Za-z0-9_]+", self.column)):
            raise ValueError("tables and columns are named with letters, digits and underscores")
        return f"{self.table}:{self.row}:{self.column}".encode()


class KeyRing:
    """The keys that seal and open, and the one that makes fingerprints."""

    __slots__ = ("_ciphers", "_fingerprint_key", "current")

    @sensitive_variables()
    def __init__(self, keys: Mapping[str, bytes], fingerprint_key: bytes) -> None:
        """Take the sealing keys by id, the current one first.

        :raises KeyRingError: if there is none, or one is of the wrong length, guessable or used twice.
        """
        everything = [*keys.values(), fingerprint_key]
        if not keys:
            raise KeyRingError("The key ring has no key to seal with.")
        if any(len(key) != KEY_WIDTH for key in everything):
            raise KeyRingError(f"Every key has {KEY_WIDTH} bytes, written as base64.")
        if len(set(everything)) < len(everything):
            raise KeyRingError("The key ring has the same key twice.")
        if any(len(set(key)) < 8 for key in everything):
            raise KeyRingError("A key on the ring is a pattern, not chance.")
        self._ciphers = {_wide(key_id): AESGCM(key) for key_id, key in keys.items()}
        self._fingerprint_key = fingerprint_key
        self.current = next(iter(keys))

    @classmethod
    @sensitive_variables()
    def parse(cls, text: str, *, secret_keys: tuple[str, ...] = ()) -> "KeyRing":
        """Read a ring from its text.

        :raises KeyRingError: if it is damaged, or a key on it is one of `secret_keys` or plainly made from it.
        """
        pairs: dict[str, bytes] = {}
        for number, (key_id, encoded) in enumerate(_pairs(text), start=1):
            if key_id in pairs:
                raise KeyRingError(f"Pair {number} of the key ring has an id already there.")
            pairs[key_id] = _decoded(encoded, number)
            if any(_is_made_from(secret, encoded, pairs[key_id]) for secret in secret_keys):
                raise KeyRingError(f"Pair {number} of the key ring is Django's SECRET_KEY, or made from it.")
        fingerprint_key = pairs.pop(FINGERPRINT, None)
        if fingerprint_key is None:
            raise KeyRingError("The key ring has no pair named fingerprint.")
        return cls(pairs, fingerprint_key)

    @sensitive_variables()
    def seal(self, secret: bytes, place: Place) -> bytes:
        """Seal a secret with the current key for its place. Every call gives another envelope."""
        key_id = _wide(self.current)
        nonce = os.urandom(NONCE_WIDTH)
        return VERSION + key_id + nonce + self._ciphers[key_id].encrypt(nonce, secret, place.aad())

    @sensitive_variables()
    def open(self, envelope: bytes | memoryview, place: Place) -> bytes:
        """Open an envelope found at this place. The caller logs who looked.

        :raises Truncated: if it is not a whole envelope.
        :raises UnknownKey: if its key is not on the ring.
        :raises Tampered: if it was changed or moved.
        """
        key_id, nonce, ciphertext = _parts(envelope)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKey(f"No key named {_narrow(key_id)!r} is on the ring.")
        try:
            return cipher.decrypt(nonce, ciphertext, place.aad())
        except InvalidTag:
            where = f"{place.table}.{place.column} of row {place.row}"
            raise Tampered(f"What is sealed in {where} does not open.") from None

    @sensitive_variables()
    def seal_anew(self, envelope: bytes | memoryview, place: Place) -> bytes:
        """Seal with the current key what another one sealed; nobody sees the secret.

        :raises SecretError: as `open` does.
        """
        return self.seal(self.open(envelope, place), place)

    @property
    def current_id(self) -> bytes:
        """Return the id of the key that seals, as it stands in an envelope."""
        return _wide(self.current)

    def key_ids(self) -> list[str]:
        """Return the ids of the keys that open, the one that seals first."""
        return [_narrow(key_id) for key_id in self._ciphers]

    @sensitive_variables()
    def fingerprint(self, *parts: str) -> str:
        """Return 64 hexadecimal digits, equal for equal parts; without the key they tell nothing.

        The first part names the kind: `fingerprint("us_account", routing, account)`. Bring the others into one
        spelling before.
        """
        message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.digest(self._fingerprint_key, message, hashlib.sha256).hex()

    def __repr__(self) -> str:
        return f"<KeyRing current={self.current} keys={len(self._ciphers)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key ring stays in its process.")


def sealed_with(envelope: bytes | memoryview) -> str:
    """Name the key an envelope was sealed with: where it is not the ring's current one, seal anew.

    :raises Truncated: if it is not a whole envelope.
    """
    return _narrow(_parts(envelope)[0])


def last_four(number: str) -> str:
    """Return the end of a number that may be shown: four characters, and never more than half of it."""
    shown = min(4, len(number) // 2)
    return number[len(number) - shown :]


def key_ring() -> KeyRing:
    """Return the ring of the settings: `TREMPLIN_KEYS`, else `TREMPLIN_KEYS_FILE`, else one of our own.

    The last is the embedded default: made once under `VAR_DIR`, and lost with it.

    :raises KeyRingError: if it cannot be read, or is not safe to use.
    """
    secret_keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return _load(settings.TREMPLIN_KEYS, settings.TREMPLIN_KEYS_FILE, Path(settings.VAR_DIR), secret_keys)


@lru_cache(maxsize=4)
@sensitive_variables()
def _load(text: str, file: str, var_dir: Path, secret_keys: tuple[str, ...]) -> KeyRing:
    try:
        if not text:
            text = read_ring(Path(file)) if file else own_ring(var_dir / "keys" / "ring")
    except OSError as error:
        raise KeyRingError(f"No key ring: {error.strerror} ({error.filename}).") from None
    return KeyRing.parse(text, secret_keys=secret_keys)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    lines = (line.partition("#")[0] for line in text.splitlines())
    for number, pair in enumerate(re.findall(r"[^\s,]+", "\n".join(lines)), start=1):
        name, colon, encoded = pair.partition(":")
        if not colon or not (name == FINGERPRINT or re.fullmatch(rf"[a-z0-9-]{{1,{ID_WIDTH}}}", name)):
            raise KeyRingError(f"Pair {number} of the key ring is not id:base64, the id short and simple.")
        yield name, encoded


def _decoded(encoded: str, number: int) -> bytes:
    try:
        return base64.b64decode(encoded.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except binascii.Error:
        raise KeyRingError(f"Pair {number} of the key ring is not base64.") from None


def _is_made_from(secret: str, encoded: str, key: bytes) -> bool:
    """Return whether a key is Django's secret, or what a short-cut makes of it."""
    if encoded in secret or key.hex() in secret:
        return True
    raw = secret.encode()
    digests = [hashlib.new(name, raw) for name in SHORT_CUTS]
    seeds = [raw, raw[::-1], *(d.digest() for d in digests), *(d.hexdigest().encode() for d in digests)]
    return any(key in (seed[:KEY_WIDTH], seed[-KEY_WIDTH:], seed.ljust(KEY_WIDTH, b"\0")) for seed in seeds)


def _parts(envelope: bytes | memoryview) -> tuple[bytes, bytes, bytes]:
    data = bytes(envelope)
    if len(data) < HEAD_WIDTH + TAG_WIDTH or not data.startswith(VERSION):
        raise Truncated("This is not a whole envelope of a version we know.")
    start = len(VERSION)
    return data[start : start + ID_WIDTH], data[start + ID_WIDTH : HEAD_WIDTH], data[HEAD_WIDTH:]


def _wide(key_id: str) -> bytes:
    return key_id.encode().ljust(ID_WIDTH, b"\0")


def _narrow(key_id: bytes) -> str:
    return key_id.rstrip(b"\0").decode("ascii", "replace")
