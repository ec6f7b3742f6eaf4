"""Bank details: given by a founder, confirmed by a second person, verified by staff, sealed for everybody else."""

import io
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from applications.actions import accept_invitation, invite
from applications.models import Conflict, Membership
from applications.models.startups_laws import NEW_FOR
from payouts import actions
from payouts.bank_details import Details
from payouts.models import PayoutAccount
from portal.laws import act_clock
from portal.laws.transitions import acting, move
from portal.models import Disclosure, OutgoingMail, Role, User
from portal.refusals import Refusal
from portal.sealing.ring import Tampered, key_ring
from tests import factories
from tests.factories import AT, DECIDED
from tests.payouts import money
from tests.payouts.threads import at_once
from tests.races import outcomes

pytestmark = pytest.mark.django_db
LATER = DECIDED + timedelta(days=1)


def staff(account: PayoutAccount, role: str = Role.MANAGER) -> User:
    return factories.holder(role, account.participation.cohort.programme)


def co_founder(account: PayoutAccount, role: str = "founder") -> User:
    person = factories.user("Second Founder")
    Membership.objects.create(startup=account.participation.startup, person=person, role=role, joined_at=AT)
    return person


def in_conflict(account: PayoutAccount, role: str = Role.MANAGER) -> User:
    person = staff(account, role)
    Conflict.objects.create(person=person, startup=account.participation.startup, kind="investor", declared_at=DECIDED)
    return person


# --- Giving -----------------------------------------------------------------------------------------


def test_given_details_are_sealed_and_wait() -> None:
    seat = money.seats(1, cooling_off_days=3)[0]
    account = money.given(seat, holder_name=" Éclair   Ærø 🚀 GmbH ")
    assert (account.version, account.state, account.holder_name) == (1, "pending", "Éclair Ærø 🚀 GmbH")
    assert account.holder_name_ascii == "Eclair Aero GmbH"
    assert (account.last_four, account.routing_number, account.country) == ("6789", money.ROUTING, "US")
    assert account.payable_from == DECIDED + timedelta(days=3)
    assert money.NUMBER.encode() not in bytes(account.sealed)
    assert key_ring().open(account.sealed, account.place).decode() == money.NUMBER


def test_change_replaces_the_details_and_tells_every_founder() -> None:
    first = money.verified()
    second_founder = co_founder(first)
    account = money.given(first.participation, at=LATER, account_number="87654321")
    first.refresh_from_db()
    assert (first.state, account.version, account.state) == ("retired", 2, "pending")
    told = OutgoingMail.objects.filter(kind="payout_account_changed", subject__contains="were changed")
    assert {mail.to_email for mail in told} == {account.changed_by.email, second_founder.email}
    [to_second] = [mail for mail in told if mail.to_email == second_founder.email]
    assert "Look at the details and confirm them" in to_second.text
    assert "ending in 4321" in to_second.text


def test_same_details_again_are_refused() -> None:
    account = money.given()
    with pytest.raises(Refusal, match="we have already"):
        money.given(account.participation)
    assert PayoutAccount.objects.count() == 1


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_only_founders_give_details(role: str) -> None:
    account = money.given()
    person = co_founder(account, role)
    with pytest.raises(Refusal):
        actions.give_account(account.participation, money.details(account_number="7654321"), by=person, at=DECIDED)


def test_details_after_the_end_are_refused() -> None:
    seat = factories.participation()
    move(seat, "ended", by=None, at=DECIDED)
    with pytest.raises(Refusal, match="has ended"):
        money.given(seat)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"routing_number": "021000022"}, "routing_number"),  # one digit mistyped
        ({"routing_number": "000000000"}, "routing_number"),
        ({"routing_number": "990000000"}, "routing_number"),
        ({"routing_number": "02100002"}, "routing_number"),
        ({"account_number": "1" * 18}, "account_number"),
        ({"account_number": "12 34 56"}, "account_number"),
        ({"account_number": "0000"}, "account_number"),
        ({"account_number": ""}, "account_number"),
        ({"holder_name": "🚀"}, "holder_name"),
        ({"account_type": "iban"}, "account_type"),
    ],
)
def test_details_no_bank_would_take_are_refused(fields: dict[str, str], field: str) -> None:
    details = money.details(**fields)
    assert list(details.problems("USD")) == [field]
    seat = factories.participation()
    with pytest.raises(Refusal):
        actions.give_account(seat, details, by=money.founder_of(seat), at=DECIDED)
    assert not PayoutAccount.objects.exists()


def test_euro_programme_takes_an_iban() -> None:
    seat = money.seats(1, currency="EUR", timezone="Europe/Paris", banking_calendar="XECB")[0]
    account = money.given(
        seat, account_number="fr76 3000 6000 0112 3456 7890 189", account_type="iban", routing_number=""
    )
    assert (account.account_type, account.currency, account.country) == ("iban", "EUR", "FR")
    assert (account.routing_number, account.last_four) == ("AGRIFRPPXXX", "0189")
    numbers = actions.open_numbers([account], purpose="test", by=None, at=DECIDED)
    assert numbers == {account.pk: "FR7630006000011234567890189"}


@pytest.mark.parametrize("iban", ["FR7630006000011234567890188", "FR76", "021000021", ""])
def test_mistyped_iban_is_refused(iban: str) -> None:
    details = Details.of(holder_name="Loomwork SAS", account_number=iban, account_type="iban")
    assert list(details.problems("EUR")) == ["account_number"]


def test_dollar_account_for_euros_is_refused() -> None:
    assert list(money.details().problems("EUR")) == ["account_type"]


# --- Confirming -------------------------------------------------------------------------------------


def test_second_founder_confirms() -> None:
    account = money.given()
    second = co_founder(account)
    actions.confirm_account(account, by=second, at=LATER)
    assert (account.state, account.confirmed_by, account.confirmed_at) == ("confirmed", second, LATER)


def test_staff_confirms_with_evidence_where_there_is_no_second_founder() -> None:
    account = money.given()
    by = staff(account)
    with pytest.raises(Refusal, match="Say how"):
        actions.confirm_account(account, evidence=" ", by=by, at=LATER)
    actions.confirm_account(account, evidence="Called +1 555 0100", by=by, at=LATER)
    assert (account.state, account.confirmed_evidence) == ("confirmed", "Called +1 555 0100")


CONFIRMERS: dict[str, tuple[Callable[[PayoutAccount], User], str]] = {
    "giver": (lambda account: account.changed_by, "yourself"),
    "viewer": (lambda account: co_founder(account, "viewer"), "another role"),
    "stranger": (lambda account: factories.user(), "another role"),
    "auditor": (lambda account: staff(account, Role.AUDITOR), "another role"),
    "elsewhere": (lambda account: factories.holder(Role.MANAGER, factories.programme()), "another role"),
    "in conflict": (in_conflict, "conflict of interest"),
}


@pytest.mark.parametrize("who", CONFIRMERS)
def test_others_do_not_confirm(who: str) -> None:
    make, words = CONFIRMERS[who]
    account = money.given()
    with pytest.raises(Refusal, match=words):
        actions.confirm_account(account, evidence="Called", by=make(account), at=LATER)
    account.refresh_from_db()
    assert account.state == "pending"


def newcomer(account: PayoutAccount, at: datetime) -> User:
    """Invite a founder, who joins at an instant."""
    startup = account.participation.startup
    invitation = invite(startup, "new@example.org", "founder", by=account.changed_by, at=at)
    person = factories.user("New Founder", email="new@example.org")
    accept_invitation(invitation, by=person, at=at)
    return person


def test_founder_who_joined_lately_neither_confirms_nor_gives_and_is_told_from_when() -> None:
    account = money.given()
    person = newcomer(account, DECIDED)
    early, in_time = DECIDED + NEW_FOR - timedelta(seconds=1), DECIDED + NEW_FOR
    others = money.details(account_number="7654321")
    with pytest.raises(Refusal, match=r"You joined this startup lately.+ from Apr 15, 2027"):
        actions.confirm_account(account, by=person, at=early)
    with pytest.raises(Refusal, match=r"You joined this startup lately.+ from Apr 15, 2027"):
        actions.give_account(account.participation, others, by=person, at=early)
    actions.confirm_account(account, by=person, at=in_time)
    assert (account.state, account.confirmed_by) == ("confirmed", person)
    assert actions.give_account(account.participation, others, by=person, at=in_time).version == 2


def test_staff_stays_the_second_person_while_the_only_other_founder_is_new() -> None:
    account = money.given()
    newcomer(account, DECIDED)
    actions.confirm_account(account, evidence="Called +1 555 0100", by=staff(account), at=LATER)
    assert account.state == "confirmed"


def test_who_made_the_startup_gives_its_details_the_same_day() -> None:
    seat = factories.participation()
    assert list(seat.startup.trusted_founders(seat.startup.created_at)) == [money.founder_of(seat)]


@pytest.mark.parametrize("act", ["give", "confirm"])
def test_newcomer_is_kept_out_by_the_database_as_well(act: str) -> None:
    """By raw SQL, as the role that serves; a membership cannot tell an older day either, nor become a founder's."""
    account = money.given()
    person = newcomer(account, DECIDED)
    acting(by=person, at=LATER)
    statements = {
        "give": (
            "UPDATE payouts_payoutaccount SET state = 'retired' WHERE id = %(account)s",
            """INSERT INTO payouts_payoutaccount (uuid, participation_id, version, holder_name, holder_name_ascii,
                routing_number, account_type, sealed, last_four, fingerprint, country, currency, state, changed_by_id,
                created_at, payable_from, confirmed_evidence, evidence)
            SELECT gen_random_uuid(), participation_id, 2, holder_name, holder_name_ascii, routing_number, account_type,
                sealed, last_four, fingerprint, country, currency, 'pending', %(person)s, %(at)s,
                %(at)s + interval '90 days', '', ''
            FROM payouts_payoutaccount WHERE id = %(account)s""",
        ),
        "confirm": (
            """UPDATE payouts_payoutaccount SET state = 'confirmed', confirmed_by_id = %(person)s, confirmed_at = %(at)s
            WHERE id = %(account)s""",
        ),
    }
    told: dict[str, Any] = {"account": account.pk, "person": person.pk, "at": LATER}
    law = "payout_account_given_by_no_newcomer" if act == "give" else "payout_account_confirmed_by_no_newcomer"
    with connection.cursor() as cursor:
        for statement in ("joined_at = joined_at - interval '1 year'", "role = 'editor'"):
            with pytest.raises(IntegrityError, match="membership_stands"), transaction.atomic():
                cursor.execute(f"UPDATE applications_membership SET {statement} WHERE person_id = %s", [person.pk])
        *before, last = statements[act]
        for statement in before:
            cursor.execute(statement, told)
        with pytest.raises(IntegrityError, match=law), transaction.atomic():
            cursor.execute(last, told)


def test_staff_leaves_it_to_the_second_founder() -> None:
    account = money.given()
    co_founder(account)
    with pytest.raises(Refusal, match="Second Founder can confirm"):
        actions.confirm_account(account, evidence="Called", by=staff(account), at=LATER)


# --- Verifying and turning down ---------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER])
def test_staff_verifies_with_evidence(role: str) -> None:
    account = money.confirmed()
    by = staff(account, role)
    actions.verify_account(account, evidence="Voided cheque of 9 April", by=by, at=LATER)
    assert (account.state, account.verified_by, account.evidence) == ("verified", by, "Voided cheque of 9 April")
    assert OutgoingMail.objects.filter(kind="payout_account_verified").count() == 1
    assert account.is_payable(LATER)


def test_verifying_without_evidence_is_refused() -> None:
    account = money.confirmed()
    with pytest.raises(Refusal, match="Name the evidence"):
        actions.verify_account(account, evidence="\n", by=staff(account), at=LATER)


def test_verifying_before_confirmation_is_refused() -> None:
    account = money.given()
    with pytest.raises(Refusal, match="confirm these details first"):
        actions.verify_account(account, evidence="Letter", by=staff(account), at=LATER)


def test_who_confirmed_does_not_verify() -> None:
    account = money.confirmed()
    assert account.confirmed_by is not None
    with pytest.raises(Refusal, match="Somebody else verifies"):
        actions.verify_account(account, evidence="Letter", by=account.confirmed_by, at=LATER)


@pytest.mark.parametrize("make", [in_conflict, partial(staff, role=Role.AUDITOR), lambda account: account.changed_by])
def test_others_do_not_verify(make: Callable[[PayoutAccount], User]) -> None:
    account = money.confirmed()
    with pytest.raises(Refusal):
        actions.verify_account(account, evidence="Letter", by=make(account), at=LATER)
    account.refresh_from_db()
    assert account.state == "confirmed"


def test_verifying_what_was_replaced_meanwhile_is_refused() -> None:
    stale = money.confirmed()
    money.given(stale.participation, account_number="7654321", at=LATER)
    with pytest.raises(Refusal, match="cannot become"):
        actions.verify_account(stale, evidence="Letter", by=staff(stale), at=LATER)


def test_turning_down_needs_a_reason_and_tells_it() -> None:
    account = money.confirmed()
    with pytest.raises(Refusal, match="Say why"):
        actions.reject_account(account, reason="", by=staff(account), at=LATER)
    actions.reject_account(account, reason="The name is another", by=staff(account), at=LATER)
    assert account.state == "rejected"
    assert "> The name is another" in OutgoingMail.objects.get(kind="payout_account_rejected").text


# --- Secrecy ----------------------------------------------------------------------------------------


def test_every_look_is_logged() -> None:
    account = money.given()
    by = staff(account)
    assert actions.open_numbers([account], purpose="compare", by=by, at=LATER) == {account.pk: money.NUMBER}
    look = Disclosure.objects.get()
    assert (look.person, look.subject_table, look.subject_id, look.purpose, look.at) == (
        by,
        "payouts_payoutaccount",
        account.pk,
        "compare",
        LATER,
    )


def test_sealed_number_moved_to_another_row_does_not_open() -> None:
    mine, other = money.given(), money.given(account_number="7654321")
    mine.sealed = other.sealed
    with pytest.raises(Tampered):
        actions.open_numbers([mine], purpose="test", by=None, at=LATER)


def test_another_number_sealed_in_place_does_not_pass() -> None:
    account = money.given()
    account.sealed = key_ring().seal(b"666", account.place)
    with pytest.raises(Tampered, match="is not what was given"):
        actions.open_numbers([account], purpose="test", by=None, at=LATER)
    assert not Disclosure.objects.exists()


def test_number_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    money.settled(money.ready(account_number="918273645546"))
    assert "918273645546" not in caplog.text
    account = PayoutAccount.objects.get()
    details = replace(money.details(), account_number="918273645546")
    for text in (repr(account), str(account), repr(details), repr(vars(account))):
        assert "918273645546" not in text
    assert "918273645546" not in dump()


def dump() -> str:
    """Give every row of the database as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        text = io.StringIO()
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text.writelines(row for (row,) in cursor.fetchall())
    assert "payouts_paymentbatch" in tables
    return text.getvalue()


# --- At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_give_details_at_once_leave_one_current() -> None:
    seat = factories.participation()
    numbers = ("1111111", "2222222")
    results = at_once(*[partial(money.given, seat, account_number=number) for number in numbers])
    assert all(isinstance(result, PayoutAccount) for result in results)
    assert PayoutAccount.objects.current().count() == 1
    assert sorted(PayoutAccount.objects.values_list("version", "state")) == [(1, "retired"), (2, "pending")]


@pytest.mark.django_db(transaction=True)
def test_two_who_verify_at_once_verify_once() -> None:
    account = money.confirmed()
    copies = [PayoutAccount.objects.get(pk=account.pk) for _ in range(2)]
    people = [staff(account), staff(account)]
    results = at_once(
        *[
            partial(actions.verify_account, copy, evidence="Letter", by=by, at=LATER)
            for copy, by in zip(copies, people, strict=True)
        ]
    )
    assert outcomes(results) == ["NoneType", "Refusal"]
    assert OutgoingMail.objects.filter(kind="payout_account_verified").count() == 1


@pytest.mark.django_db(transaction=True)
def test_change_and_verification_at_once_never_verify_what_is_not_current() -> None:
    account = money.confirmed()
    verify = partial(actions.verify_account, account, evidence="Letter", by=staff(account), at=LATER)
    at_once(verify, partial(money.given, account.participation, at=LATER, account_number="7654321"))
    states = list(PayoutAccount.objects.order_by("version").values_list("state", flat=True))
    assert states == ["retired", "pending"]


# --- Instants that raw SQL makes up -----------------------------------------------------------------


def retired() -> PayoutAccount:
    """Make bank details that leave room for others, in a programme where those cool off."""
    account = money.given(money.seats(1, cooling_off_days=3)[0])
    move(account, PayoutAccount.State.RETIRED, by=None, at=DECIDED)
    return account


def insert(account: PayoutAccount, *, act_at: str, given_at: datetime, then_at: str = "") -> None:
    """Insert other details by raw SQL as given at an instant, payable three days later; `then_at` is told afterwards."""
    told: dict[str, Any] = {
        "uuid": uuid4(),
        "version": 2,
        "state": "pending",
        "created_at": given_at,
        "payable_from": given_at + timedelta(days=3),
    }
    columns = [str(field.column) for field in PayoutAccount._meta.concrete_fields if not field.primary_key]
    chosen = ", ".join("%s" if column in told else column for column in columns)
    values = [told[column] for column in columns if column in told]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('tremplin.actor', 'system', true), set_config('tremplin.at', %s, true)", [act_at]
        )
        cursor.execute(
            f"INSERT INTO payouts_payoutaccount ({', '.join(columns)})"
            f" SELECT {chosen} FROM payouts_payoutaccount WHERE id = %s"
            " RETURNING set_config('tremplin.at', %s, true)",
            [*values, account.pk, then_at or act_at],
        )


def test_details_of_days_ago_are_not_given_now() -> None:
    account, week_ago = retired(), DECIDED - timedelta(days=7)
    for act_at in (DECIDED.isoformat(), ""):
        with pytest.raises(IntegrityError, match="payout_account_cools_off"), transaction.atomic():
            insert(account, act_at=act_at, given_at=week_ago)
    insert(account, act_at=DECIDED.isoformat(), given_at=DECIDED)


def test_details_of_days_ago_are_not_given_by_an_act_of_days_ago() -> None:
    account, now = retired(), timezone.now()
    act_clock.set_free(connection, False)
    week_ago = now - timedelta(days=7)
    # The history, which comes after the rows, would be told an instant of now.
    with pytest.raises(IntegrityError, match="payout_account_cools_off"), transaction.atomic():
        insert(account, act_at=week_ago.isoformat(), given_at=week_ago, then_at=now.isoformat())
    insert(account, act_at=now.isoformat(), given_at=now)
