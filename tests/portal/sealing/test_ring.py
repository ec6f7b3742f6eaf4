"""Secrets at rest: what opens, what does not, and that nothing tells."""

import base64
import copy
import hashlib
import logging
import os
import pickle
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.test import override_settings

from portal.sealing.files import new_key, new_ring, own_ring
from portal.sealing.ring import (
    KeyRing,
    KeyRingError,
    Place,
    SecretError,
    Tampered,
    Truncated,
    UnknownKey,
    key_ring,
    last_four,
    sealed_with,
)
from tests.waiting import PATIENCE

SECRET = b"000123456789"
PLACE = Place("payouts_payoutaccount", UUID("01890000-0000-7000-8000-000000000001"), "account")
OTHER_ROW = PLACE._replace(row=UUID("01890000-0000-7000-8000-000000000002"))
ROOT = Path(__file__).resolve().parents[3]


def pair(name: str, key: bytes) -> str:
    return f"{name}:{base64.b64encode(key).decode()}"


def ring_text(*names: str) -> str:
    """Make the text of a ring whose keys follow from their names."""
    return "\n".join(pair(name, hashlib.sha3_512(name.encode()).digest()[:32]) for name in (*names, "fingerprint"))


RING = KeyRing.parse(ring_text("one"))


def test_open_gives_what_was_sealed() -> None:
    assert RING.open(RING.seal(SECRET, PLACE), PLACE) == SECRET


@pytest.mark.parametrize("secret", [b"", b"\x00", b"x" * 2_000_000])
def test_open_gives_secrets_of_any_size(secret: bytes) -> None:
    assert RING.open(memoryview(RING.seal(secret, PLACE)), PLACE) == secret


def test_envelope_is_version_key_id_nonce_and_ciphertext() -> None:
    envelope = RING.seal(SECRET, PLACE)

    assert envelope[:1] == b"\x01"
    assert envelope[1:9] == b"one\0\0\0\0\0"
    assert len(envelope) == 1 + 8 + 12 + len(SECRET) + 16
    assert SECRET not in envelope
    assert sealed_with(envelope) == RING.current == "one"


def test_seal_twice_gives_two_envelopes() -> None:
    assert len({RING.seal(SECRET, PLACE) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "place",
    [
        OTHER_ROW,
        PLACE._replace(column="tax_number"),
        PLACE._replace(table="applications_startup"),
    ],
)
def test_open_at_another_place_is_refused(place: Place) -> None:
    envelope = RING.seal(SECRET, PLACE)

    with pytest.raises(Tampered, match=f"{place.table}.{place.column}"):
        RING.open(envelope, place)


def test_place_with_a_colon_is_a_bug() -> None:
    with pytest.raises(ValueError, match="letters"):
        RING.seal(SECRET, PLACE._replace(table="a:b"))


def test_open_with_any_changed_bit_is_refused() -> None:
    envelope = RING.seal(SECRET, PLACE)

    for at in range(len(envelope)):
        for bit in (1, 128):
            changed = bytearray(envelope)
            changed[at] ^= bit
            with pytest.raises(SecretError):
                RING.open(bytes(changed), PLACE)


def test_open_cut_short_is_refused() -> None:
    envelope = RING.seal(SECRET, PLACE)

    for size in range(len(envelope)):
        with pytest.raises((Truncated, Tampered)):
            RING.open(envelope[:size], PLACE)
    with pytest.raises(Truncated):
        sealed_with(b"")


def test_open_with_another_ring_is_refused() -> None:
    with pytest.raises(UnknownKey, match="one"):
        KeyRing.parse(ring_text("two")).open(RING.seal(SECRET, PLACE), PLACE)


def test_open_with_another_key_of_the_same_name_is_refused() -> None:
    other = KeyRing.parse("\n".join([pair("one", os.urandom(32)), pair("fingerprint", os.urandom(32))]))

    with pytest.raises(Tampered):
        other.open(RING.seal(SECRET, PLACE), PLACE)


def test_open_after_rotation_still_opens_and_seals_anew() -> None:
    old = RING.seal(SECRET, PLACE)
    rotated = KeyRing.parse(ring_text("two", "one"))
    new = rotated.seal(rotated.open(old, PLACE), PLACE)

    assert (sealed_with(old), sealed_with(new), rotated.current) == ("one", "two", "two")
    assert rotated.open(old, PLACE) == rotated.open(new, PLACE) == SECRET
    assert KeyRing.parse(ring_text("two")).open(new, PLACE) == SECRET


def test_fingerprint_is_equal_for_equal_parts_and_outlives_rotation() -> None:
    account = RING.fingerprint("us_account", "021000021", "123456789")

    assert len(account) == 64
    assert account == KeyRing.parse(ring_text("two", "one")).fingerprint("us_account", "021000021", "123456789")
    assert account != RING.fingerprint("us_account", "021000021", "123456780")
    assert account != RING.fingerprint("us_account", "0210000211", "23456789")
    assert account != RING.fingerprint("tax_number", "021000021", "123456789")
    assert account != KeyRing.parse(new_ring()).fingerprint("us_account", "021000021", "123456789")
    assert account != hashlib.sha256(b"021000021123456789").hexdigest()


@pytest.mark.parametrize(
    ("number", "shown"), [("000123456789", "6789"), ("12345678", "5678"), ("1234", "34"), ("1", ""), ("", "")]
)
def test_last_four_never_shows_more_than_half(number: str, shown: str) -> None:
    assert last_four(number) == shown


def test_nothing_tells_a_key_or_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    envelope = RING.seal(SECRET, PLACE)
    key = ring_text("one").split()[0].partition(":")[2]
    told = [repr(RING), str(RING), f"{RING}", repr(envelope), caplog.text]
    for failing in (
        lambda: RING.open(envelope, OTHER_ROW),
        lambda: RING.open(envelope[:-1], PLACE),
        lambda: KeyRing.parse(ring_text("two")).open(envelope, PLACE),
        lambda: KeyRing.parse(ring_text("one", "one")),
        lambda: KeyRing.parse(ring_text("one").replace("=", "!", 1)),
        lambda: KeyRing.parse(ring_text("one"), secret_keys=(key,)),
    ):
        with pytest.raises(SecretError) as failed:
            failing()
        told += [repr(failed.value), "".join(traceback.format_exception(failed.value))]
        assert failed.value.__context__ is None or failed.value.__suppress_context__

    assert repr(RING) == "<KeyRing current=one keys=1>"
    assert not [text for text in told if SECRET.decode() in text or key in text or key[:8] in text]


def test_ring_is_neither_copied_nor_sent_anywhere() -> None:
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays in its process"):
            leak(RING)
    assert not hasattr(RING, "__dict__")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no pair named fingerprint"),
        ("# nothing but words", "no pair named fingerprint"),
        (ring_text(), "no key to seal with"),
        (ring_text("one").split()[0], "no pair named fingerprint"),
        (ring_text("one", "one"), "already there"),
        (ring_text("UPPER"), "not id:base64"),
        (ring_text("much-too-long"), "not id:base64"),
        ("just-some-text", "not id:base64"),
        ("one:not base64!", "not base64"),
        (ring_text("one").replace("=", "!", 1), "not base64"),
        (pair("one", b"short") + "," + ring_text(), "32 bytes"),
        (pair("one", bytes(32)) + "," + ring_text(), "a pattern"),
        (pair("one", b"ab" * 16) + "," + ring_text(), "a pattern"),
        (ring_text("one") + "\n" + pair("two", hashlib.sha3_512(b"one").digest()[:32]), "same key twice"),
        (pair("one", hashlib.sha3_512(b"fingerprint").digest()[:32]) + "\n" + ring_text(), "same key twice"),
    ],
)
def test_ring_that_is_not_safe_is_refused(text: str, words: str) -> None:
    with pytest.raises(KeyRingError, match=words):
        KeyRing.parse(text)


def test_ring_reads_commas_comments_and_both_alphabets() -> None:
    text = ring_text("two", "one")
    url_safe = text.replace("+", "-").replace("/", "_")

    assert KeyRing.parse(text.replace("\n", ",")).current == "two"
    assert KeyRing.parse(f"# ours, not theirs\n{url_safe} # end").open(RING.seal(SECRET, PLACE), PLACE) == SECRET


DJANGO_SECRET = "9f!kq-r8s7d6f5g4h3j2k1l0-a-long-django-secret-key-of-this-place"


@pytest.mark.parametrize(
    "made",
    [
        lambda secret: secret[:32],
        lambda secret: secret[-32:],
        lambda secret: hashlib.sha256(secret).digest(),
        lambda secret: hashlib.sha512(secret).digest()[:32],
        lambda secret: hashlib.blake2s(secret).digest(),
        lambda secret: hashlib.sha256(secret).hexdigest()[:32].encode(),
        lambda secret: hashlib.md5(secret).hexdigest().encode(),
        lambda secret: hashlib.sha1(secret).digest().ljust(32, b"\0"),
    ],
)
@pytest.mark.parametrize("name", ["one", "fingerprint"])
def test_ring_made_from_djangos_secret_is_refused(made: Callable[[bytes], bytes], name: str) -> None:
    text = "\n".join(
        pair(n, made(DJANGO_SECRET.encode()) if n == name else os.urandom(32)) for n in ("one", "fingerprint")
    )

    with pytest.raises(KeyRingError, match="SECRET_KEY"):
        KeyRing.parse(text, secret_keys=("another", DJANGO_SECRET))
    assert KeyRing.parse(text, secret_keys=("another",)).current == "one"


@pytest.mark.parametrize("written", [lambda key: base64.b64encode(key).decode(), lambda key: key.hex()])
def test_ring_whose_key_is_djangos_secret_is_refused(written: Callable[[bytes], str]) -> None:
    key = os.urandom(32)
    text = "\n".join([pair("one", key), pair("fingerprint", os.urandom(32))])

    with pytest.raises(KeyRingError, match="SECRET_KEY"):
        KeyRing.parse(text, secret_keys=(written(key),))


def test_key_ring_reads_the_setting_then_the_file_then_makes_its_own(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(ring_text("file"))

    with override_settings(TREMPLIN_KEYS=ring_text("env"), TREMPLIN_KEYS_FILE=str(file), VAR_DIR=tmp_path):
        assert key_ring().current == "env"
    with override_settings(TREMPLIN_KEYS="", TREMPLIN_KEYS_FILE=str(file), VAR_DIR=tmp_path):
        assert key_ring().current == "file"
        assert key_ring() is key_ring()
    assert not (tmp_path / "keys").exists()
    with override_settings(TREMPLIN_KEYS="", TREMPLIN_KEYS_FILE="", VAR_DIR=tmp_path):
        envelope = key_ring().seal(SECRET, PLACE)
    again = KeyRing.parse((tmp_path / "keys" / "ring").read_text())
    assert again.open(envelope, PLACE) == SECRET


def test_key_ring_made_from_djangos_secret_or_a_former_one_is_refused(tmp_path: Path) -> None:
    text = "\n".join([pair("one", hashlib.sha256(b"former").digest()), pair("fingerprint", os.urandom(32))])

    with (
        override_settings(TREMPLIN_KEYS=text, TREMPLIN_KEYS_FILE="", VAR_DIR=tmp_path, SECRET_KEY_FALLBACKS=["former"]),
        pytest.raises(KeyRingError, match="SECRET_KEY"),
    ):
        key_ring()


def test_key_ring_whose_file_is_missing_is_refused_and_none_is_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    with (
        override_settings(TREMPLIN_KEYS="", TREMPLIN_KEYS_FILE=str(missing), VAR_DIR=tmp_path),
        pytest.raises(KeyRingError, match="missing"),
    ):
        key_ring()
    assert list(tmp_path.iterdir()) == []


def test_new_key_put_first_rotates_a_ring() -> None:
    text = new_ring()
    envelope = KeyRing.parse(text).seal(SECRET, PLACE)
    rotated = KeyRing.parse(f"{new_key()}\n{text}")

    assert rotated.current != sealed_with(envelope)
    assert rotated.open(envelope, PLACE) == SECRET


def test_own_ring_is_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "var" / "keys" / "ring"

    first = own_ring(path)

    assert own_ring(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_own_ring_changes_no_folder_that_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o750)

    own_ring(folder / "ring")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o750


def test_own_ring_that_others_may_read_is_refused(tmp_path: Path) -> None:
    own_ring(tmp_path / "keys" / "ring")
    (tmp_path / "keys" / "ring").chmod(0o640)

    with (
        override_settings(TREMPLIN_KEYS="", TREMPLIN_KEYS_FILE="", VAR_DIR=tmp_path),
        pytest.raises(KeyRingError, match="chmod 600"),
    ):
        key_ring()


def test_own_ring_made_by_many_processes_at_once_is_one(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ring"
    program = (
        "import sys; from pathlib import Path; from portal.sealing.files import own_ring;"
        "print('ready', flush=True); sys.stdin.readline(); print(own_ring(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    texts = {process.communicate(timeout=PATIENCE)[0].strip() for process in processes}

    assert texts == {path.read_text().strip()}
    assert [process.returncode for process in processes] == [0] * 8
    assert list(path.parent.iterdir()) == [path]
