"""The seam of a rail: a small one, registered for the test alone, is walked from the form of bank details to the return."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from applications.models import Participation
from payouts import actions
from payouts.desks.ready_table import ReadyTable
from payouts.forms.accounts import AccountForm
from payouts.models import PaymentBatch, PaymentSource, PayoutAccount
from payouts.rails import RAILS, Rail, scheme_for, scheme_of
from payouts.rails.aba import ABA
from payouts.rails.entries import Entry, Originator
from payouts.rails.iban import IBAN
from portal.models import OutgoingMail, Role
from tests import factories
from tests.payouts import money
from tests.payouts.money import DUE

NUMBER = "FR7630006000011234567890189"
LATER = DUE + timedelta(days=2)


def write(
    originator: Originator,
    entries: Sequence[Entry],
    *,
    created_at: datetime,
    effective_on: date,
    nth_of_day: int,
    batch_number: int,
    offset_sequence: int | None,
) -> bytes:
    lines = [f"{originator.origin_name} {effective_on} {batch_number} {nth_of_day}"]
    lines += [f"{entry.individual_id} {entry.amount} {entry.account} {entry.name}" for entry in entries]
    return "\n".join(lines).encode()


GIRO = Rail(
    code="giro",
    label="Giro",
    currencies=("EUR",),
    accounts=replace(IBAN, number_label="Giro number"),
    name_width=8,
    check_originator=lambda _originator: None,
    write=write,
    file_name=lambda stem, nth_of_day: f"{stem}-{nth_of_day}.giro",
    trace=lambda _bank, sequence: f"G{sequence}",
    example_code="AC01",
    meanings={"AC01": "the giro number is wrong"},
    codes_of_wrong_account=frozenset({"AC01"}),
    codes_of_duplicate=frozenset({"AM05"}),
)


@pytest.fixture
def giro(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RAILS, GIRO.code, GIRO)


def seat_in_euros() -> Participation:
    [seat] = money.seats(1, currency="EUR")
    money.source(seat.cohort.programme, rail=GIRO.code, currency="EUR")
    return seat


def sent(seat: Participation) -> PaymentBatch:
    month = money.ready(seat, account_number=NUMBER, account_type="iban", routing_number="")
    return money.sent(month)


@pytest.mark.parametrize("rail", RAILS.values(), ids=RAILS)
def test_every_rail_fits_what_is_kept_of_it(rail: Rail) -> None:
    assert RAILS[rail.code] is rail
    assert len(rail.code) <= (PaymentSource._meta.get_field("rail").max_length or 0)
    assert {*rail.accounts.types} <= {*PayoutAccount.Type.values}
    assert all(scheme_for(currency) is rail.accounts for currency in rail.currencies)
    assert rail.codes_of_wrong_account | rail.codes_of_duplicate <= {*rail.meanings}


def test_every_type_of_account_has_a_scheme() -> None:
    assert {kind: scheme_of(kind) for kind in PayoutAccount.Type.values} == {
        "checking": ABA,
        "savings": ABA,
        "iban": IBAN,
    }


def test_currency_that_no_rail_carries_yet_is_asked_for_an_iban() -> None:
    assert (scheme_for("USD"), scheme_for("EUR")) == (ABA, IBAN)


@pytest.mark.usefixtures("giro")
def test_form_asks_for_what_the_rail_of_the_currency_names() -> None:
    fields = AccountForm(currency="EUR").fields
    assert list(fields) == ["holder_name", "account_number", "account_number_again"]
    assert fields["account_number"].label == "Giro number"
    form = AccountForm(
        {"holder_name": "Loomwork SAS", "account_number": "FR76", "account_number_again": "FR76"}, currency="EUR"
    )
    assert list(form.errors) == ["account_number"]


@pytest.mark.django_db
@pytest.mark.usefixtures("giro")
def test_file_of_a_batch_is_written_by_the_rail_of_its_source() -> None:
    seat = seat_in_euros()
    batch = sent(seat)
    payment = batch.payments.get()
    assert (batch.rail, batch.get_rail_display()) == ("giro", "Giro")
    assert batch.file_name == f"{batch.programme.slug}-20270503-1.giro"
    assert actions.release_batch(batch, by=money.approver(batch), at=LATER).decode().splitlines() == [
        f"EXAMPLE FOUNDATION {batch.effective_on} {batch.number} 1",
        f"{payment.end_to_end_id} {payment.amount_minor} {NUMBER} Loomwork",
    ]
    assert payment.trace == f"G{payment.trace_sequence}"


@pytest.mark.django_db
@pytest.mark.usefixtures("giro")
def test_return_is_read_by_the_codes_of_the_rail() -> None:
    batch = sent(seat_in_euros())
    payment = batch.payments.get()
    actions.return_payment(payment, code="AC01", by=None, at=LATER)
    payment.account.refresh_from_db()
    assert (payment.account.state, payment.return_meaning) == ("rejected", "the giro number is wrong")
    mail = OutgoingMail.objects.filter(kind="payment_returned").first()
    assert mail is not None
    assert "the giro number is wrong" in mail.text


@pytest.mark.django_db
@pytest.mark.usefixtures("giro")
@pytest.mark.parametrize(("code", "alarms"), [("AM05", True), ("R24", False)])  # R24 is the word of another rail
def test_duplicate_alarms_by_the_codes_of_the_rail(code: str, alarms: bool) -> None:
    payment = sent(seat_in_euros()).payments.get()
    actions.return_payment(payment, code=code, by=None, at=LATER)
    assert OutgoingMail.objects.filter(kind="payment_alarm").exists() is alarms
    assert payment.account.is_current


@pytest.mark.django_db
@pytest.mark.usefixtures("giro")
def test_desk_shows_the_name_as_the_rails_file_holds_it() -> None:
    seat = seat_in_euros()
    money.ready(seat, account_number=NUMBER, account_type="iban", routing_number="")
    programme = seat.cohort.programme
    table = ReadyTable(factories.holder(Role.FINANCE_PREPARER, programme), programme.pk, DUE)
    assert [month.payee_name for month in table.queryset()] == ["Loomwork"]
