"""Rotation of the key ring: everything is sealed anew, nothing else changes, and the old key is not needed any more."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, models, transaction

from payouts import actions
from payouts.models import BatchFile, PaymentBatch, PaymentSource, PayoutAccount
from portal.models import Disclosure, Transition
from portal.registry import registry
from portal.sealing.files import new_key, read_ring
from portal.sealing.ring import KeyRing, key_ring, sealed_with
from portal.sealing.rotate import Sealed, rotate
from tests.laws import sql
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.threads import at_once
from tests.portal.operations.test_grant_serving import serving
from tests.waiting import PATIENCE, somebody_waits, until

pytestmark = pytest.mark.django_db
TOTP_SECRET = "JBSWY3DPEHPK3PXP"
OWN = "000987654"


@pytest.fixture
def old(settings: LazySettings) -> str:
    """Give the text of the ring that sealed everything so far."""
    key_ring()  # made by the first who asks
    return read_ring(Path(settings.VAR_DIR) / "keys" / "ring")


def without_key(ring: str, key: str) -> str:
    """Take a key off a ring."""
    return "\n".join(line for line in ring.splitlines() if not line.startswith(f"{key}:"))


def rotated() -> str:
    said = StringIO()
    call_command("rotate_keys", stdout=said)
    return re.sub(" +", " ", said.getvalue())


def everything() -> PaymentBatch:
    """Seal one of each: account, own account, file, authenticator, recovery codes. Give the frozen batch."""
    batch = money.frozen()
    approver = money.approver(batch)
    money.balance(batch.source, OWN)
    TOTP.activate(approver, TOTP_SECRET)
    RecoveryCodes.activate(approver)
    return batch


def stands(row: models.Model, but: str) -> dict[str, Any]:
    """Give a row as it stands in the database, but for one column."""
    return (
        type(row)
        ._base_manager.filter(pk=row.pk)
        .values(*(field.attname for field in row._meta.concrete_fields if field.attname != but))[0]
    )


def test_everything_is_sealed_anew_and_opens_without_the_old_key(settings: LazySettings, old: str) -> None:
    before = KeyRing.parse(old).current
    batch = everything()
    account = PayoutAccount.objects.get()
    approver = Authenticator.objects.filter(type="totp").get().user
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()
    frozen = actions.release_batch(batch, by=money.approver(batch), at=DUE)
    stood = [(row, but, stands(row, but)) for row, but in ((account, "sealed"), (batch.file, "sealed"), (batch, "id"))]
    looks, moves = Disclosure.objects.count(), Transition.objects.count()

    settings.TREMPLIN_KEYS = f"{new_key()}\n{old}"
    current = key_ring().current
    assert rotated() == (
        "mfa_authenticator.data.secret 1 sealed anew, 1 in all\n"
        "mfa_authenticator.data.seed 1 sealed anew, 1 in all\n"
        "portal_stepup.sealed 0 sealed anew, 0 in all\n"
        "payouts_payoutaccount.sealed 1 sealed anew, 1 in all\n"
        "payouts_paymentsource.offset_sealed 1 sealed anew, 1 in all\n"
        "payouts_sourcechange.offset_sealed 1 sealed anew, 1 in all\n"
        "payouts_batchfile.sealed 1 sealed anew, 1 in all\n"
        f"No row uses these keys any more: {before}.\n"
        f"Key {current} seals 6.\n"
    )
    settings.TREMPLIN_KEYS = without_key(settings.TREMPLIN_KEYS, before)
    assert [(row, but, stands(row, but)) for row, but, _ in stood] == stood
    assert (Disclosure.objects.count(), Transition.objects.count()) == (looks, moves)

    account.refresh_from_db()
    assert sealed_with(account.sealed) == current
    assert actions.open_numbers([account], purpose="test", by=None, at=DUE)[account.pk] == money.NUMBER
    batch = PaymentBatch.objects.get(pk=batch.pk)
    assert actions.release_batch(batch, by=money.approver(batch), at=DUE) == frozen
    source = PaymentSource.objects.get(pk=batch.source_id)
    assert source.offset_sealed is not None
    assert key_ring().open(source.offset_sealed, source.place).decode() == OWN
    totp = Authenticator.objects.get(user=approver, type="totp")
    assert get_adapter().decrypt(totp.data["secret"]) == TOTP_SECRET
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes() == codes
    assert "0 sealed anew, 1 in all" in rotated()


def test_every_sealed_column_is_known_to_the_rotation() -> None:
    known = {(sealed.model, sealed.column) for sealed in registry.sealed}
    ours = ("portal", "applications", "payouts", "mentorship")
    assert {
        (model, field.attname)
        for model in apps.get_models()
        if model._meta.app_label in ours
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField)
    } <= known


def test_rotation_needs_no_more_than_the_serving_role_has(settings: LazySettings, old: str) -> None:
    everything()
    settings.TREMPLIN_KEYS = f"{new_key()}\n{old}"
    with serving():
        assert f"Key {key_ring().current} seals 6." in rotated()


ACCOUNTS = Sealed(PayoutAccount, "sealed", lambda account: account.place, at_once=2)


def several(n: int) -> list[PayoutAccount]:
    return [money.given(seat) for seat in money.seats(n)]


@pytest.mark.django_db(transaction=True)
def test_rotation_killed_half_way_goes_on_where_it_stopped(
    settings: LazySettings, old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(3)
    settings.TREMPLIN_KEYS = f"{new_key()}\n{old}"
    current, before = key_ring().current, KeyRing.parse(old).current
    seal_anew, calls = KeyRing.seal_anew, iter(range(100))

    def killed(*args: Any) -> bytes:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return seal_anew(*args)

    with monkeypatch.context() as patch:
        patch.setattr(KeyRing, "seal_anew", killed)
        with pytest.raises(KeyboardInterrupt):
            rotate(ACCOUNTS, key_ring())
    assert ACCOUNTS.keys() == {current: 2, before: 1}
    assert rotate(ACCOUNTS, key_ring()).anew == 1
    assert ACCOUNTS.keys() == {current: 3}


@pytest.mark.django_db(transaction=True)
def test_row_that_an_act_holds_is_waited_for_at_the_end(settings: LazySettings, old: str) -> None:
    held = several(3)[0]
    settings.TREMPLIN_KEYS = f"{new_key()}\n{old}"
    current = key_ring().current

    def act() -> None:
        with transaction.atomic():
            PayoutAccount.objects.select_for_update(no_key=True).get(pk=held.pk)
            is_held.set()
            until(somebody_waits, "the rotation waits for the row")
            seen.append(dict(ACCOUNTS.keys()))

    def rotation() -> None:
        assert is_held.wait(PATIENCE)
        rotate(ACCOUNTS, key_ring())

    seen: list[dict[str, int]] = []
    is_held = Event()
    assert at_once(act, rotation) == [None, None]
    assert seen == [{current: 2, KeyRing.parse(old).current: 1}]
    assert ACCOUNTS.keys() == {current: 3}


def test_secrets_of_a_key_that_is_not_there_are_left_and_named(settings: LazySettings, old: str) -> None:
    account = several(1)[0]
    before = KeyRing.parse(old).current
    settings.TREMPLIN_KEYS = without_key(f"{new_key()}\n{old}", before)
    said = StringIO()
    with pytest.raises(CommandError, match="1 secrets do not open and are left as they were"):
        call_command("rotate_keys", stdout=said)
    assert f"row {account.pk}: No key named '{before}' is on the ring." in said.getvalue()
    assert f"Key {before} still seals 1" in said.getvalue()
    assert bytes(PayoutAccount.objects.get().sealed) == bytes(account.sealed)


def test_another_key_of_the_same_name_changes_nothing(settings: LazySettings, old: str) -> None:
    account = several(1)[0]
    before = KeyRing.parse(old).current
    other = f"{before}:{new_key().partition(':')[2]}"
    settings.TREMPLIN_KEYS = f"{new_key()}\n{other}\n{without_key(old, before)}"
    with pytest.raises(CommandError, match="do not open"):
        call_command("rotate_keys", stdout=StringIO())
    assert bytes(PayoutAccount.objects.get().sealed) == bytes(account.sealed)


def test_damaged_row_does_not_stop_the_others(settings: LazySettings, old: str) -> None:
    first, second = several(2)
    money.without("payout_account_sealed_anew_alone", "payouts_payoutaccount")
    sql("UPDATE payouts_payoutaccount SET sealed = %s WHERE id = %s", bytes(second.sealed), first.pk)
    settings.TREMPLIN_KEYS = f"{new_key()}\n{old}"
    done = rotate(ACCOUNTS, key_ring())
    assert (done.anew, list(done.refused)) == (1, [first.pk])


def test_ring_that_cannot_be_read_is_said_without_a_key(settings: LazySettings) -> None:
    settings.TREMPLIN_KEYS = "not-a-ring"
    with pytest.raises(CommandError, match="Pair 1 of the key ring"):
        call_command("rotate_keys")


# --- By raw SQL: the ciphertext and the key's id, and nothing else --------------------------------------


def anew(envelope: bytes) -> bytes:
    """Give what an envelope looks like under another key."""
    return envelope[:1] + b"another\0" + envelope[9:]


@contextmanager
def refused(law: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        yield


@pytest.mark.parametrize("kind", ["account", "file"])
def test_sealed_bytes_change_with_their_key_alone(kind: str) -> None:
    row: PayoutAccount | BatchFile
    if kind == "account":
        row, law = money.verified(), "payout_account_sealed_anew_alone"
    else:
        row, law = money.frozen().file, "file_stands_as_written"
    table, held = row._meta.db_table, bytes(row.sealed)
    for wrong in (
        held[:-1] + bytes([held[-1] ^ 1]),  # other bytes under the same key
        anew(held) + b"\0",  # another length
        b"\x02" + anew(held)[1:],  # another version
        b"",
    ):
        with refused(law):
            sql(f"UPDATE {table} SET sealed = %s WHERE id = %s", wrong, row.pk)
    sql(f"UPDATE {table} SET sealed = %s WHERE id = %s", anew(held), row.pk)
    row.refresh_from_db()
    assert bytes(row.sealed) == anew(held)


def test_nothing_else_changes_along_with_the_sealed_bytes() -> None:
    account, file = money.verified(), money.frozen(money.ready(money.seats(1)[0])).file
    with refused("payout_account_stands_as_given"):
        sql(
            "UPDATE payouts_payoutaccount SET sealed = %s, last_four = '0000' WHERE id = %s",
            anew(bytes(account.sealed)),
            account.pk,
        )
    with refused("file_stands_as_written"):
        sql("UPDATE payouts_batchfile SET sealed = %s, id = id + 1 WHERE id = %s", anew(bytes(file.sealed)), file.pk)
