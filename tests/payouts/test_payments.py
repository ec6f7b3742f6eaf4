"""What becomes of a sent payment: it arrives, by hand or by time; it comes back, early or late."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from applications.models import Conflict
from payouts import actions, ledger
from payouts.actions import settle_due
from payouts.models import Award, Disbursement, LedgerAccount, Payment, PaymentBatch, PayoutAccount, Transfer
from portal.models import OutgoingMail, Role, Transition, User
from portal.refusals import Refusal
from tests import factories
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.test_batches import by_kind
from tests.payouts.threads import at_once
from tests.races import outcomes

pytestmark = pytest.mark.django_db
CAP = 600_000
SETTLES = datetime(2027, 5, 6, 4, 0, tzinfo=UTC)  # the sixth of May begins in New York


def sent_payment() -> Payment:
    return money.sent().payments.get()


def finance(payment: Payment) -> User:
    return factories.holder(Role.FINANCE_PREPARER, payment.batch.programme)


def story(payment: Payment) -> list[object]:
    """Give what is told of a payment and its month, but for who acted."""
    payment.refresh_from_db()
    month = payment.disbursement
    month.refresh_from_db()
    moves = [(t.to_state, t.at) for row in (payment, month) for t in Transition.objects.of(row)]
    booked = list(Transfer.objects.about(payment).values_list("event", "amount_minor", "booked_at"))
    mails = OutgoingMail.objects.filter(kind="payment_settled", key__contains=f":{payment.pk}:").count()
    return [payment.state, payment.settled_at, month.state, moves, booked, mails]


# --- Arriving ---------------------------------------------------------------------------------------


def test_arrived_money_is_paid_and_told() -> None:
    payment = sent_payment()
    actions.settle(payment, reference=" BK-77 ", by=finance(payment), at=SETTLES)
    payment.refresh_from_db()
    assert (payment.state, payment.settled_at, payment.bank_reference) == ("settled", SETTLES, "BK-77")
    assert Disbursement.objects.get(n=1).state == "paid"
    assert payment.batch.state == "closed"
    assert by_kind() == {"committed": 5 * CAP, "disbursed": CAP}
    assert "$6,000.00" in OutgoingMail.objects.get(kind="payment_settled").subject


def test_settling_a_batch_is_settling_each() -> None:
    batch = money.sent(*money.ready_months(3))
    alone, *others = batch.payments.order_by("pk")
    actions.settle(alone, by=None, at=SETTLES)
    batch.refresh_from_db()
    assert batch.state == "sent"
    assert actions.settle_batch(batch, by=None, at=SETTLES) == 2
    assert batch.state == "closed"
    assert len({repr(story(payment)) for payment in (alone, *others)}) == 1


def test_payments_settle_by_themselves_on_their_day() -> None:
    batch = money.sent(*money.ready_months(2))
    assert settle_due(SETTLES - timedelta(seconds=1)) == 0
    assert settle_due(SETTLES) == 2
    assert settle_due(SETTLES) == 0
    batch.refresh_from_db()
    assert batch.state == "closed"
    assert by_kind() == {"committed": 10 * CAP, "disbursed": 2 * CAP}


def test_sweep_leaves_what_came_back() -> None:
    batch = money.sent(*money.ready_months(2))
    returned, other = batch.payments.order_by("pk")
    actions.return_payment(returned, code="R03", by=None, at=DUE)
    assert settle_due(SETTLES) == 1
    other.refresh_from_db()
    returned.refresh_from_db()
    assert (returned.state, other.state) == ("returned", "settled")


def test_days_without_a_tick_are_caught_up_once() -> None:
    money.sent(*money.ready_months(2))
    assert settle_due(SETTLES + timedelta(days=3)) == 2
    assert OutgoingMail.objects.filter(kind="payment_settled").count() == 2


def test_settling_twice_is_refused() -> None:
    payment = sent_payment()
    stale = Payment.objects.get(pk=payment.pk)
    actions.settle(payment, by=None, at=SETTLES)
    with pytest.raises(Refusal, match="already been done"):
        actions.settle(stale, by=None, at=SETTLES)
    assert Transfer.objects.filter(event="settle").count() == 1


def test_what_was_not_sent_does_not_settle() -> None:
    payment = money.frozen().payments.get()
    with pytest.raises(Refusal, match="cannot become"):
        actions.settle(payment, by=None, at=SETTLES)


ACTS: dict[str, Callable[..., object]] = {
    "settle": actions.settle,
    "return": partial(actions.return_payment, code="R03"),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR, Role.REVIEWER])
def test_only_finance_speaks_for_the_bank(act: str, role: str) -> None:
    payment = sent_payment()
    with pytest.raises(Refusal, match="another role"):
        ACTS[act](payment, by=factories.holder(role, payment.batch.programme), at=SETTLES)
    with pytest.raises(Refusal, match="another role"):
        actions.settle_batch(payment.batch, by=factories.holder(role, payment.batch.programme), at=SETTLES)


# --- Coming back ------------------------------------------------------------------------------------


def test_returned_money_is_payable_again() -> None:
    payment = sent_payment()
    actions.return_payment(payment, code=" r06 ", by=finance(payment), at=SETTLES)
    month = Disbursement.objects.get(n=1)
    assert (payment.state, payment.return_code, payment.returned_at) == ("returned", "R06", SETTLES)
    assert (month.state, month.payee, month.amount_minor) == ("ready", None, CAP)
    assert by_kind() == {"committed": 5 * CAP, "payable": CAP}
    assert payment.batch.state == "closed"
    assert "our bank asked for it back (R06)" in OutgoingMail.objects.get(kind="payment_returned").text


def test_second_attempt_pays_the_same_money_once() -> None:
    payment = sent_payment()
    month = payment.disbursement
    actions.return_payment(payment, code="R06", by=None, at=SETTLES)
    batch = money.sent(Disbursement.objects.get(pk=month.pk), at=SETTLES)
    again = batch.payments.get()
    assert (again.end_to_end_id, again.attempt) == (f"D{month.pk}-2", 2)
    assert again.trace_number > payment.trace_number
    assert by_kind() == {"committed": 5 * CAP, "in_transit": CAP}
    actions.settle(again, by=None, at=SETTLES + timedelta(days=3))
    assert by_kind() == {"committed": 5 * CAP, "disbursed": CAP}
    assert Transfer.objects.filter(event="approve").count() == 1
    assert ledger.discrepancies() == []


def test_late_return_takes_what_was_paid_back() -> None:
    payment = money.settled().payments.get()
    actions.return_payment(payment, code="R16", by=None, at=SETTLES + timedelta(days=20))
    assert Disbursement.objects.get(n=1).state == "ready"
    assert by_kind() == {"committed": 5 * CAP, "payable": CAP}
    assert Transfer.objects.about(payment).order_by("id").last().event == "late_return"
    assert payment.batch.state == "closed"


def test_return_twice_is_refused() -> None:
    payment = sent_payment()
    stale = Payment.objects.get(pk=payment.pk)
    actions.return_payment(payment, code="R03", by=None, at=SETTLES)
    with pytest.raises(Refusal, match="already been done"):
        actions.return_payment(stale, code="R03", by=None, at=SETTLES)
    assert by_kind() == {"committed": 5 * CAP, "payable": CAP}


def test_return_without_a_reason_is_refused() -> None:
    with pytest.raises(Refusal, match="bank's reason"):
        actions.return_payment(sent_payment(), code=" ", by=None, at=SETTLES)


@pytest.mark.parametrize(
    ("code", "state"),
    [
        *((code, "rejected") for code in ("R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R20", "R23")),
        *((code, "verified") for code in ("R06", "R17", "R24", "R99")),
    ],
)
def test_reason_decides_about_the_account(code: str, state: str) -> None:
    payment = sent_payment()
    actions.return_payment(payment, code=code, by=None, at=SETTLES)
    assert PayoutAccount.objects.get().state == state
    assert OutgoingMail.objects.filter(kind="payout_account_rejected").exists() == (state == "rejected")


@pytest.mark.parametrize(
    "code", ["R3", " r-03 ", "R 03", "03", "3", "R03 no account", "(R03)", "R\uff10\uff13", "R03\u00a0"]
)
def test_reason_is_kept_in_one_spelling_and_stops_the_account(code: str) -> None:
    payment = sent_payment()
    actions.return_payment(payment, code=code, by=finance(payment), at=SETTLES)
    payment.refresh_from_db()
    assert (payment.return_code, PayoutAccount.objects.get().state) == ("R03", "rejected")
    assert Transition.objects.of(payment).last().reason == "R03"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        *((f"C{number:02}", "notice of change") for number in range(1, 15)),
        *((code, "notice of change") for code in ("c2", "C 02", "c-02", "C02 wrong routing number")),
        *((f"R{number}", "message between banks") for number in range(61, 78)),
        *((code, "message between banks") for code in ("61", "r 71", "R68 untimely")),
        *((code, "not a bank's reason") for code in ("R00", "0", "R033", "R003", "R03 R04", "R03/04", "RO3", "AC04")),
        *((code, "not a bank's reason") for code in ("no account", "2 payments", "X99", "-", "R", "R03no account")),
    ],
)
def test_what_is_no_return_makes_no_month_payable_again(code: str, words: str) -> None:
    payment = sent_payment()
    with pytest.raises(Refusal, match=words):
        actions.return_payment(payment, code=code, by=finance(payment), at=SETTLES)
    payment.refresh_from_db()
    assert (payment.state, payment.return_code, payment.account.state) == ("sent", "", "verified")
    assert Disbursement.objects.get(n=1).state == "approved"
    assert by_kind() == {"committed": 5 * CAP, "in_transit": CAP}


@pytest.mark.parametrize("code", ["R03", "R23"])
def test_nothing_is_paid_to_details_that_came_back_wrong(code: str) -> None:
    payment = sent_payment()
    actions.return_payment(payment, code=code, by=None, at=SETTLES)
    programme = payment.batch.programme
    with pytest.raises(Refusal, match="No month is ready"):
        actions.prepare_batch(programme, by=factories.holder(Role.FINANCE_PREPARER, programme), at=SETTLES)
    seat = payment.account.participation
    money.verified(seat, account_number="87654321", at=SETTLES)
    again = money.draft(payment.disbursement, at=SETTLES).payments.get()
    assert again.account.last_four == "4321"


def test_return_after_the_details_changed_leaves_the_new_ones() -> None:
    payment = sent_payment()
    newer = money.verified(payment.account.participation, account_number="87654321")
    actions.return_payment(payment, code="R03", by=None, at=SETTLES)
    newer.refresh_from_db()
    assert newer.state == "verified"


def test_duplicate_raises_an_alarm() -> None:
    payment = sent_payment()
    programme = payment.batch.programme
    manager = factories.holder(Role.MANAGER, programme)
    stranger = factories.holder(Role.MANAGER, factories.programme())
    actions.return_payment(payment, code="R24", by=None, at=SETTLES)
    told = set(OutgoingMail.objects.filter(kind="payment_alarm").values_list("to_email", flat=True))
    assert manager.email in told
    assert payment.batch.prepared_by.email in told
    assert stranger.email not in told


# --- At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_beats_settle_each_payment_once() -> None:
    money.sent(*money.ready_months(3))
    results = at_once(*[partial(settle_due, SETTLES) for _ in range(3)])
    assert sum(results) == 3
    assert Transfer.objects.filter(event="settle").count() == 3
    assert OutgoingMail.objects.filter(kind="payment_settled").count() == 3
    assert by_kind() == {"committed": 15 * CAP, "disbursed": 3 * CAP}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_arrival_and_return_at_once_book_what_happened(attempt: int) -> None:
    payment = sent_payment()
    first, second = (Payment.objects.get(pk=payment.pk) for _ in range(2))
    at_once(
        partial(actions.settle, first, by=None, at=SETTLES),
        partial(actions.return_payment, second, code="R06", by=None, at=SETTLES),
    )
    payment.refresh_from_db()
    assert payment.state == "returned"  # from sent, or late
    assert by_kind() == {"committed": 5 * CAP, "payable": CAP}
    assert ledger.discrepancies() == []
    assert PaymentBatch.objects.get().state == "closed"


@pytest.mark.django_db(transaction=True)
def test_the_same_return_five_times_at_once_books_once() -> None:
    payment = sent_payment()
    copies = [Payment.objects.get(pk=payment.pk) for _ in range(5)]
    results = at_once(*[partial(actions.return_payment, copy, code="R03", by=None, at=SETTLES) for copy in copies])
    assert outcomes(results) == ["NoneType", *4 * ["Refusal"]]
    assert by_kind() == {"committed": 5 * CAP, "payable": CAP}


def test_worker_killed_between_settling_and_booking_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    money.sent(*money.ready_months(2))

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("payouts.actions.payments.ledger.book_many", die)
    with pytest.raises(KeyboardInterrupt):
        settle_due(SETTLES)
    monkeypatch.undo()
    assert set(Payment.objects.values_list("state", flat=True)) == {"sent"}
    assert settle_due(SETTLES) == 2
    assert by_kind() == {"committed": 10 * CAP, "disbursed": 2 * CAP}


def test_six_months_add_up_to_the_award() -> None:
    account = money.verified()
    programme = account.participation.cohort.programme
    money.source(programme)
    for n in range(1, 7):
        at = datetime(2027, 4 + n, 4, 14, tzinfo=UTC)
        actions.open_months(at)
        money.settled(Disbursement.objects.get(n=n), at=at)
    award = Award.objects.get()
    accounts = LedgerAccount.objects.filter(award=award)
    assert {k: v for k, v in ledger.balances(accounts).items() if v} == {"disbursed": 6 * CAP}
    assert set(award.disbursements.values_list("state", flat=True)) == {"paid"}
    assert ledger.discrepancies() == []


# --- Who is in conflict ---------------------------------------------------------------------------------


def in_conflict(payment: Payment, role: str = Role.FINANCE_PREPARER) -> User:
    person = factories.holder(role, payment.batch.programme)
    startup = payment.disbursement.award.startup
    Conflict.objects.create(person=person, startup=startup, kind="family", declared_at=factories.DECIDED)
    return person


@pytest.mark.parametrize(
    "say",
    [
        lambda payment, by: actions.settle(payment, by=by, at=money.DUE),
        lambda payment, by: actions.settle_batch(payment.batch, by=by, at=money.DUE),
        lambda payment, by: actions.return_payment(payment, code="R03", by=by, at=money.DUE),
    ],
    ids=["settle", "settle all", "return"],
)
def test_who_is_in_conflict_says_nothing_of_a_payment(say: Callable[[Payment, User], object]) -> None:
    payment = sent_payment()
    before = story(payment)
    with pytest.raises(Refusal, match="You have a conflict of interest with"):
        say(payment, in_conflict(payment))
    assert story(payment) == before
    say(payment, finance(payment))  # somebody else does


def test_who_is_in_conflict_does_not_mark_as_sent() -> None:
    payment = money.frozen().payments.get()
    actions.release_batch(payment.batch, by=money.approver(payment.batch), at=money.DUE)
    payment.batch.refresh_from_db()
    with pytest.raises(Refusal, match="You have a conflict of interest with"):
        actions.mark_sent(payment.batch, by=in_conflict(payment, Role.FINANCE_APPROVER), at=money.DUE)
    payment.batch.refresh_from_db()
    assert payment.batch.state == "frozen"
    actions.mark_sent(payment.batch, by=money.approver(payment.batch), at=money.DUE)


def test_payments_beside_that_of_a_conflict_are_settled_one_by_one() -> None:
    batch = money.sent(*money.ready_months(2))
    mine, other = batch.payments.order_by("pk")
    person = in_conflict(mine)
    with pytest.raises(Refusal, match="You have a conflict of interest with"):
        actions.settle_batch(batch, by=person, at=money.DUE)
    actions.settle(other, by=person, at=money.DUE)
    assert sorted(batch.payments.values_list("state", flat=True)) == ["sent", "settled"]
    assert actions.settle_batch(batch, by=None, at=money.DUE) == 1  # the clock has no conflict
