"""Payment sources: the debited account and the ids at the bank, which two people of finance change."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from payouts import actions
from payouts.models import PaymentBatch, PaymentSource, SourceChange
from payouts.models.source_changes_laws import IDS
from portal import clock
from portal.laws import act_clock
from portal.laws.transitions import acting
from portal.models import Disclosure, OutgoingMail, Role, RoleGrant, Transition, User
from portal.refusals import Refusal
from portal.sealing.files import new_key, read_ring
from portal.sealing.ring import Tampered, key_ring
from tests import factories
from tests.payouts import money
from tests.payouts.money import DUE
from tests.races import outcomes, race

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LATER = DUE + timedelta(hours=1)
NUMBER = "55512345678"
OWN: dict[str, Any] = {"routing_number": money.ROUTING, "account_number": NUMBER, "account_type": "checking"}
OTHER = "021000021"  # another routing number


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


def people(source: PaymentSource) -> tuple[User, User]:
    """Give who approves payments of a source's programme, and who prepares them."""
    approver = factories.holder(Role.FINANCE_APPROVER, source.programme, "Ada")
    return approver, factories.holder(Role.FINANCE_PREPARER, source.programme, "Priya")


def asked(**told: Any) -> tuple[SourceChange, User, User]:
    """Ask for another account of a source that a batch was prepared with; give who asked and a colleague."""
    source = money.draft().source
    approver, preparer = people(source)
    return money.ask_change(source, by=approver, **(told or OWN)), approver, preparer


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def record(found: Any, act: str = "") -> str:
    name = f"admin:payouts_{found._meta.model_name}_{'act' if act else 'change'}"
    return reverse(name, args=[found.pk, act] if act else [found.pk])


# --- The acts -------------------------------------------------------------------------------------------


def test_account_is_debited_once_a_second_person_confirms_it() -> None:
    change, approver, preparer = asked()
    source = PaymentSource.objects.get(pk=change.source_id)
    assert (source.is_balanced, source.offset_sealed) == (False, None)
    told = set(OutgoingMail.objects.filter(kind="source_change_asked").values_list("recipient", flat=True))
    finance = set(RoleGrant.objects.filter(role__in=Role.finance()).values_list("person", flat=True))
    assert told == finance - {approver.pk}
    assert preparer.pk in told
    with pytest.raises(Refusal, match="A colleague must confirm"):
        actions.confirm_source_change(change, by=approver, at=LATER)
    actions.confirm_source_change(change, by=preparer, at=LATER)
    source.refresh_from_db()
    assert (source.offset_routing, source.offset_account_type, source.offset_last_four) == (
        money.ROUTING,
        "checking",
        "5678",
    )
    assert key_ring().open(source.offset_sealed or b"", source.place).decode() == NUMBER
    assert change.source.is_balanced  # the object in hand, too
    assert approver.pk in OutgoingMail.objects.filter(kind="source_change_confirmed").values_list(
        "recipient", flat=True
    )
    assert [move.to_state for move in Transition.objects.of(change)] == ["asked", "confirmed"]
    assert Disclosure.objects.count() == 0


def test_number_stays_sealed_and_is_shown_by_its_last_four() -> None:
    change, _approver, _preparer = asked()
    assert NUMBER.encode() not in bytes(change.offset_sealed or b"")
    assert list(map(str, change.differences)) == [f"Debited account: none → {money.ROUTING} …5678 (checking)"]
    mails = OutgoingMail.objects.filter(kind="source_change_asked")
    assert mails
    for mail in mails:
        assert (NUMBER in mail.text, "…5678" in mail.text, "> A new bank" in mail.text) == (False, True, True)
        assert mail.subject == f"Your move: confirm a change of the payment source of {change.source.programme}"


def test_ids_change_and_the_account_stays() -> None:
    source = money.draft().source
    money.balance(source, NUMBER)
    sealed = bytes(source.offset_sealed or b"")
    approver, preparer = people(source)
    change = money.ask_change(source, by=approver, odfi=OTHER, at=LATER)
    assert list(map(str, change.differences)) == [f"Routing number of the originating bank: 122105155 → {OTHER}"]
    actions.confirm_source_change(change, by=preparer, at=LATER + timedelta(minutes=1))
    source.refresh_from_db()
    assert (source.odfi, source.offset_last_four, bytes(source.offset_sealed or b"")) == (OTHER, "5678", sealed)


def test_withdrawn_change_leaves_everything_and_makes_room() -> None:
    change, approver, preparer = asked()
    actions.withdraw_source_change(change, by=preparer, at=LATER)
    with pytest.raises(Refusal):
        actions.confirm_source_change(change, by=preparer, at=LATER)
    change.source.refresh_from_db()
    assert not change.source.is_balanced
    money.ask_change(change.source, by=approver, at=LATER, **OWN)


@pytest.mark.parametrize("how", ["role", "account", "time"])
def test_change_is_not_confirmed_once_who_asked_may_no_longer_or_it_is_old(how: str) -> None:
    change, approver, preparer = asked()
    at = factories.takes_leave(approver, how, change.asked_at)
    change = SourceChange.objects.get()
    with pytest.raises(Refusal, match="Withdraw it and request it again"):
        actions.confirm_source_change(change, by=preparer, at=at)
    acting(by=preparer, at=at)
    told = {"state": "confirmed", "confirmed_by": preparer, "confirmed_at": at}
    with pytest.raises(IntegrityError, match="source_change_confirmed_by_who_acts"), transaction.atomic():
        SourceChange.objects.update(**told)
    actions.withdraw_source_change(change, by=preparer, at=at)


def test_refusals_of_asking() -> None:
    source = money.draft().source
    approver, preparer = people(source)
    refused: list[tuple[str, User, dict[str, Any]]] = [
        ("Say why", approver, {"reason": " "}),
        ("another role", preparer, OWN),
        ("another role", factories.holder(Role.MANAGER, source.programme), OWN),
        ("another role", factories.holder(Role.FINANCE_APPROVER, factories.programme()), OWN),
        ("Nothing would change", approver, {}),
        ("Enter the account number", approver, {"routing_number": OTHER}),
        (".", approver, {"odfi": "122105154"}),
        (".", approver, OWN | {"routing_number": "021000022"}),
        (".", approver, OWN | {"account_number": "1" * 18}),
    ]
    for words, by, told in refused:
        with pytest.raises(Refusal, match=words):
            money.ask_change(source, by=by, **told)
    assert SourceChange.objects.count() == 0
    change = money.ask_change(source, by=approver, **OWN)
    with pytest.raises(Refusal, match="already waits for a colleague"):
        money.ask_change(source, by=approver, odfi=OTHER)
    for act in (actions.confirm_source_change, actions.withdraw_source_change):
        for stranger in (
            factories.holder(Role.MANAGER, source.programme),
            factories.holder(Role.FINANCE_PREPARER, factories.programme()),
        ):
            with pytest.raises(Refusal, match="another role"):
                act(change, by=stranger, at=LATER)


def test_role_that_nobody_confirmed_confirms_nothing() -> None:
    change, _approver, _preparer = asked()
    fresh = factories.user()
    unconfirmed = {"confirmed_by": None, "confirmed_at": None}
    factories.grant(fresh, Role.FINANCE_PREPARER, change.source.programme, **unconfirmed)
    with pytest.raises(Refusal, match="another role"):
        actions.confirm_source_change(change, by=fresh, at=LATER)
    acting(by=fresh, at=LATER)
    with pytest.raises(IntegrityError, match="source_change_confirmed_by_who_acts"), transaction.atomic():
        SourceChange.objects.filter(pk=change.pk).update(state="confirmed", confirmed_by=fresh, confirmed_at=LATER)


def test_source_edited_meanwhile_is_asked_for_anew() -> None:
    source = money.source(factories.programme())
    approver, preparer = people(source)
    change = money.ask_change(source, by=approver, **OWN)
    PaymentSource.objects.filter(pk=source.pk).update(company_id="9999999999")  # no batch yet: the ids are free
    with pytest.raises(Refusal, match="has changed since"):
        actions.confirm_source_change(change, by=preparer, at=LATER)


@pytest.mark.django_db(transaction=True)
def test_confirmed_and_withdrawn_at_once_is_one_of_both() -> None:
    change, _approver, preparer = asked()
    stale = SourceChange.objects.select_related("source__programme").get(pk=change.pk)
    results = race(
        lambda: actions.confirm_source_change(change, by=preparer, at=LATER),
        lambda: actions.withdraw_source_change(stale, by=preparer, at=LATER),
    )
    assert outcomes(results) == ["NoneType", "Refusal"]
    state = SourceChange.objects.values_list("state", flat=True).get(pk=change.pk)
    assert PaymentSource.objects.get(pk=change.source_id).is_balanced == (state == "confirmed")


# --- What the database takes ----------------------------------------------------------------------------


@pytest.mark.parametrize("column", IDS)
def test_ids_are_free_until_a_batch_is_prepared(column: str) -> None:
    unused, used = money.source(factories.programme()), money.draft().source
    PaymentSource.objects.filter(pk=unused.pk).update(**{column: OTHER})
    with pytest.raises(IntegrityError, match="source_bank_set_by_two"), transaction.atomic():
        PaymentSource.objects.filter(pk=used.pk).update(**{column: OTHER})
    PaymentSource.objects.filter(pk=used.pk).update(reference="OURS")  # everything else does


def test_account_takes_two_from_the_first_time_on() -> None:
    source = money.source(factories.programme())
    sealed = key_ring().seal(NUMBER.encode(), source.place)
    told = {
        "offset_routing": OTHER,
        "offset_account_type": "checking",
        "offset_sealed": sealed,
        "offset_last_four": "5678",
    }
    with pytest.raises(IntegrityError, match="source_bank_set_by_two"), transaction.atomic():
        PaymentSource.objects.filter(pk=source.pk).update(**told)
    money.balance(source, NUMBER)
    for column, other in (told | {"offset_account_type": "savings", "offset_last_four": "1111"}).items():
        if column != "offset_routing":
            with pytest.raises(IntegrityError, match="source_bank_set_by_two"), transaction.atomic():
                PaymentSource.objects.filter(pk=source.pk).update(**{column: other})


def test_change_is_confirmed_by_no_act_of_another_person_or_day() -> None:
    change, approver, preparer = asked()
    told = {"state": "confirmed", "confirmed_by": preparer, "confirmed_at": LATER}
    for by, at, confirmed_at in (
        (approver, LATER, LATER),  # in another's name
        (None, LATER, LATER),
        (preparer, LATER, LATER - timedelta(minutes=1)),  # at an instant of the row's own
        (preparer, DUE, DUE),  # in the act that asked
    ):
        acting(by=by, at=at)
        with pytest.raises(IntegrityError, match="source_change_confirmed_by_who_acts"), transaction.atomic():
            SourceChange.objects.filter(pk=change.pk).update(**told | {"confirmed_at": confirmed_at})
    act_clock.set_free(connection, False)
    acting(by=preparer, at=LATER)  # years from now
    with pytest.raises(IntegrityError, match="source_change_confirmed_by_who_acts"), transaction.atomic():
        SourceChange.objects.filter(pk=change.pk).update(**told)


def test_another_number_sealed_in_its_place_opens_to_no_file(settings: LazySettings) -> None:
    batch = money.approved()
    money.balance(batch.source, NUMBER, at=DUE)
    key_ring()  # made by the first who asks
    ring = read_ring(Path(settings.VAR_DIR) / "keys" / "ring")
    settings.TREMPLIN_KEYS = f"{new_key()}\n{ring}"
    # What the database cannot tell from a rotation of keys.
    PaymentSource.objects.filter(pk=batch.source_id).update(
        offset_sealed=key_ring().seal(NUMBER[::-1].encode(), batch.source.place)
    )
    with pytest.raises(Tampered, match="not what two people set"):
        actions.freeze_batch(PaymentBatch.objects.get(pk=batch.pk), by=money.approver(batch), at=LATER)
    with pytest.raises(IntegrityError, match="source_bank_set_by_two"), transaction.atomic():
        PaymentSource.objects.filter(pk=batch.source_id).update(offset_fingerprint="0" * 64)


def test_accounts_from_before_are_proven_by_the_upgrade() -> None:
    change, _approver, preparer = asked()
    actions.confirm_source_change(change, by=preparer, at=LATER)
    source = PaymentSource.objects.get(pk=change.source_id)
    proof = source.offset_fingerprint
    waiting = money.ask_change(source, odfi=OTHER, at=LATER)
    money.without("source_bank_set_by_two", "payouts_paymentsource")
    money.without("source_change_stands_as_asked", "payouts_sourcechange")
    PaymentSource.objects.update(offset_fingerprint="1" * 64)
    SourceChange.objects.filter(pk=change.pk).update(offset_fingerprint="1" * 64)
    SourceChange.objects.filter(pk=waiting.pk).update(offset_fingerprint="1" * 64, offset_fingerprint_before="1" * 64)
    upgrade = import_module("payouts.migrations.0009_own_acts").prove_own_accounts
    upgrade(apps, None)
    proofs = SourceChange.objects.order_by("pk").values_list("offset_fingerprint", "offset_fingerprint_before")
    assert PaymentSource.objects.get().offset_fingerprint == proof
    assert list(proofs) == [(proof, ""), (proof, proof)]
    SourceChange.objects.filter(pk=waiting.pk).update(offset_sealed=b"no envelope")
    upgrade(apps, None)
    assert SourceChange.objects.get(pk=waiting.pk).offset_fingerprint == "0" * 64


# --- The pages ------------------------------------------------------------------------------------------


def test_page_of_a_source_leads_to_its_change() -> None:
    source = money.draft().source
    approver, _preparer = people(source)
    client = signed_in(approver)
    page = client.get(record(source)).content.decode()
    assert ('name="odfi"' in page, 'name="reference"' in page, record(source, "bank") in page) == (False, True, True)
    asking = client.get(record(source, "bank"))
    assert asking.context["form"]["odfi"].value() == "122105155"
    told = {**asking.context["hidden"], **money.ids_of(source), **OWN, "reason": "A new bank"}
    refused = client.post(record(source, "bank"), told | {"routing_number": "021000022"})
    assert (refused.status_code, SourceChange.objects.count()) == (422, 0)
    done = client.post(record(source, "bank"), told, follow=True).content.decode()
    assert "Requested. A colleague must confirm the change." in done
    assert (SourceChange.objects.get().offset_last_four, NUMBER in done) == ("5678", False)
    assert record(source, "bank") not in client.get(record(source)).content.decode()


def test_page_of_a_source_says_which_change_waits_and_leads_there() -> None:
    change, approver, preparer = asked()
    page = signed_in(preparer).get(record(change.source)).content.decode()
    assert f"{approver} asked for a change on" in page
    assert f"Debited account: none → {money.ROUTING} …5678 (checking)" in page
    assert (f'href="{record(change)}"' in page, NUMBER in page) == (True, False)
    actions.withdraw_source_change(change, by=preparer, at=LATER)
    assert signed_in(preparer).get(record(change.source)).context["waiting"] is None


def test_new_source_is_set_up_by_one_but_for_its_account() -> None:
    source = money.source(factories.programme())
    approver, _preparer = people(source)
    page = signed_in(approver).get(record(source)).content.decode()
    assert ('name="odfi"' in page, 'name="offset_routing"' in page, record(source, "bank") in page) == (
        True,
        False,
        True,
    )


def test_second_person_confirms_on_the_record_and_who_asked_does_not() -> None:
    change, approver, preparer = asked()
    mine, theirs = signed_in(approver), signed_in(preparer)
    assert record(change, "confirm") not in mine.get(record(change)).content.decode()
    refused = mine.get(record(change, "confirm"))
    assert refused.context["refusal"] == "You asked for this change. A colleague must confirm it."
    page = theirs.get(record(change, "confirm"))
    assert page.context["consequences"][0] == f"Debited account: none → {money.ROUTING} …5678 (checking)"
    done = theirs.post(record(change, "confirm"), page.context["hidden"], follow=True)
    assert "Confirmed. The change is in force." in done.content.decode()
    assert PaymentSource.objects.get(pk=change.source_id).is_balanced
