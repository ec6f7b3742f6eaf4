"""A mistaken “paid” or “returned” is put right by two people: payment, month, batch, ledger and account go back together."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from applications.models import Conflict
from payouts import actions, ledger
from payouts.actions import settle_due
from payouts.desks import counts
from payouts.models import Correction, Disbursement, Payment, PaymentBatch, PayoutAccount, Transfer
from portal import clock
from portal.desk.counts import count
from portal.laws.transitions import acting
from portal.models import DemoClock, OutgoingMail, Role, Transition, User
from portal.operations import law_checks
from portal.refusals import Refusal
from portal.registry import registry
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.test_batches import by_kind, hold
from tests.payouts.test_payments import CAP, SETTLES, finance, sent_payment
from tests.payouts.threads import at_once
from tests.races import outcomes

pytestmark = pytest.mark.django_db
LATER = SETTLES + timedelta(days=1)
Mistake = Callable[[Payment], None]


def marked_paid(payment: Payment) -> None:
    actions.settle(payment, reference="BK-1", by=finance(payment), at=SETTLES)


def marked_returned(payment: Payment, code: str = "R06") -> None:
    actions.return_payment(payment, code=code, by=finance(payment), at=SETTLES)


def marked_returned_late(payment: Payment) -> None:
    marked_paid(payment)
    marked_returned(payment)


MISTAKES = [marked_paid, marked_returned, marked_returned_late]


def asked(payment: Payment, *, by: User | None = None) -> Correction:
    return actions.ask_correction(payment, reason="The wrong row", by=by or finance(payment), at=LATER)


def put_right(payment: Payment) -> Correction:
    correction = asked(payment)
    actions.confirm_correction(correction, by=money.approver(payment.batch), at=LATER)
    payment.refresh_from_db()
    return correction


def standing(payment: Payment) -> list[Any]:
    """Give how a payment stands, with its month, its batch and the money."""
    payment = Payment.objects.get(pk=payment.pk)
    month, batch = payment.disbursement, payment.batch
    said = [payment.settled_at, payment.bank_reference, payment.returned_at, payment.return_code]
    return [payment.state, *said, month.state, month.payee_id, batch.state, batch.settles_on, by_kind()]


def broken_laws() -> list[str]:
    return [row for verdict in law_checks.check(registry.law_questions, LATER) for row in verdict.rows]


# --- What goes back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mistake", MISTAKES)
def test_everything_goes_back_together_once_a_second_person_confirms(mistake: Mistake) -> None:
    payment = sent_payment()
    before = standing(payment)
    mistake(payment)
    wrong = standing(payment)
    correction = asked(payment)
    assert standing(payment) == wrong != before
    approver = money.approver(payment.batch)
    at = LATER + timedelta(minutes=1)
    actions.confirm_correction(correction, by=approver, at=at)
    assert standing(payment) == before
    assert (correction.state, correction.confirmed_by, correction.confirmed_at) == ("confirmed", approver, at)
    assert [*ledger.discrepancies(), *broken_laws()] == []
    last = Transition.objects.of(payment).last()
    assert (last.to_state, last.actor, last.reason) == ("sent", approver, "The wrong row")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_ledger_only_grows_and_every_mistaken_transfer_is_reversed(mistake: Mistake) -> None:
    payment = sent_payment()
    mistake(payment)
    booked = list(Transfer.objects.about(payment).values_list("pk", "event"))
    put_right(payment)
    after = Transfer.objects.about(payment)
    assert list(after.values_list("pk", "event"))[: len(booked)] == booked
    assert set(after.unreversed().values_list("event", flat=True)) == {"approve", "send"}


def test_what_the_bank_says_after_a_correction_is_booked_and_told_again() -> None:
    payment = sent_payment()
    for _ in range(2):
        marked_paid(payment)
        put_right(payment)
    marked_returned(payment)
    put_right(payment)
    marked_returned(payment)
    assert by_kind() == {"committed": 5 * CAP, "payable": CAP}
    kinds = OutgoingMail.objects.filter(kind__startswith="payment_").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [
        "payment_sent",
        *2 * ["payment_settled", "payment_corrected"],
        *["payment_returned", "payment_corrected", "payment_returned"],
    ]
    assert [*ledger.discrepancies(), *broken_laws()] == []


def test_month_is_paid_once_after_a_corrected_return() -> None:
    payment = sent_payment()
    marked_returned(payment)
    put_right(payment)
    assert settle_due(LATER) == 1
    assert by_kind() == {"committed": 5 * CAP, "disbursed": CAP}
    programme = payment.batch.programme
    with pytest.raises(Refusal, match="No month is ready"):
        actions.prepare_batch(programme, by=factories.holder(Role.FINANCE_PREPARER, programme), at=LATER)


def test_corrected_paid_waits_for_a_person_however_late() -> None:
    payment = sent_payment()
    marked_paid(payment)
    put_right(payment)
    assert settle_due(LATER) == 0
    assert actions.settle_batch(payment.batch, by=finance(payment), at=LATER) == 1
    assert by_kind() == {"committed": 5 * CAP, "disbursed": CAP}


def test_others_of_the_batch_stay_as_they_are() -> None:
    batch = money.settled(*money.ready_months(3))
    payment, *others = batch.payments.order_by("pk")
    before = [standing(other)[:7] for other in others]
    put_right(payment)
    assert [standing(other)[:7] for other in others] == before
    assert by_kind() == {"committed": 15 * CAP, "in_transit": CAP, "disbursed": 2 * CAP}
    assert broken_laws() == []


def test_hold_does_not_keep_a_mistake() -> None:
    payment = sent_payment()
    marked_returned(payment)
    hold(payment.disbursement)
    put_right(payment)
    assert payment.state == "sent"
    assert broken_laws() == []


def test_founders_are_told() -> None:
    payment = sent_payment()
    marked_paid(payment)
    put_right(payment)
    mail = OutgoingMail.objects.get(kind="payment_corrected")
    assert mail.to_email == factories.founder_of(payment.disbursement.award.startup).email
    assert "$6,000.00 for May 2027 is still on its way" in mail.subject
    assert "valid again" not in mail.text


def test_death_in_the_middle_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    correction, wrong = asked(payment), standing(payment)

    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("payouts.actions.corrections.ledger.take_back", die)
    with pytest.raises(KeyboardInterrupt):
        actions.confirm_correction(correction, by=money.approver(payment.batch), at=LATER)
    assert standing(payment) == wrong
    assert Correction.objects.get().state == "asked"


# --- Bank details -----------------------------------------------------------------------------------


def test_details_that_only_the_mistake_turned_down_stand_again() -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    put_right(payment)
    assert payment.account.state == "verified"
    assert payment.account.is_payable(LATER)
    assert "are valid again" in OutgoingMail.objects.get(kind="payment_corrected").text
    assert broken_laws() == []


def test_details_stay_turned_down_where_the_founders_gave_others() -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    newer = money.given(payment.account.participation, account_number="87654321", at=SETTLES)
    put_right(payment)
    newer.refresh_from_db()
    assert (payment.account.state, newer.state) == ("rejected", "pending")


def test_details_stay_turned_down_where_others_that_were_given_do_not_count_any_more() -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    newer = money.given(payment.account.participation, account_number="87654321", at=SETTLES)
    actions.reject_account(newer, reason="Another name", by=finance(payment), at=SETTLES)
    put_right(payment)
    assert payment.account.state == "rejected"


@pytest.mark.parametrize("order", [1, -1])
def test_details_stand_again_once_no_return_speaks_against_them(order: int) -> None:
    first = sent_payment()
    actions.open_months(DUE + timedelta(days=40))
    second = money.sent(Disbursement.objects.get(n=2), at=DUE + timedelta(days=40)).payments.get()
    for payment in (first, second):
        marked_returned(payment, "R03")
    one, other = (first, second)[::order]
    put_right(one)
    assert one.account.state == "rejected"
    put_right(other)
    assert other.account.state == "verified"


@pytest.mark.parametrize("order", [1, -1])
def test_details_that_a_person_turned_down_stay_so_even_at_the_same_instant(order: int) -> None:
    payment = sent_payment()
    reject = partial(actions.reject_account, reason="Fraud", by=finance(payment), at=SETTLES)
    code = "R03" if order < 0 else "R06"
    acts: list[Callable[[], None]] = [lambda: marked_returned(payment, code), lambda: reject(payment.account)]
    for act in acts[::order]:
        act()
    put_right(payment)
    assert payment.account.state == "rejected"


def test_turned_down_details_are_not_verified_by_hand() -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    account = PayoutAccount.objects.get()
    with pytest.raises(Refusal, match="“rejected” and cannot become “verified”"):
        actions.verify_account(account, evidence="A letter", by=finance(payment), at=LATER)


# --- Refusals ---------------------------------------------------------------------------------------


def test_nobody_confirms_their_own_correction() -> None:
    payment = sent_payment()
    marked_paid(payment)
    by = money.approver(payment.batch)
    with pytest.raises(Refusal, match="Another person must confirm"):
        actions.confirm_correction(asked(payment, by=by), by=by, at=LATER)
    assert standing(payment)[0] == "settled"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_only_finance_corrects(role: Role) -> None:
    payment = sent_payment()
    marked_paid(payment)
    correction, other = asked(payment), factories.holder(role, payment.batch.programme)
    for act in (
        partial(actions.ask_correction, payment, reason="Why"),
        partial(actions.confirm_correction, correction),
        partial(actions.withdraw_correction, correction),
    ):
        with pytest.raises(Refusal, match="another role"):
            act(by=other, at=LATER)


def test_who_is_in_conflict_touches_no_correction() -> None:
    payment = sent_payment()
    marked_paid(payment)
    correction, friend = asked(payment), money.approver(payment.batch)
    startup = payment.disbursement.award.startup
    Conflict.objects.create(person=friend, startup=startup, kind="investor", declared_at=DECIDED)
    for act in (
        partial(actions.ask_correction, payment, reason="Why"),
        partial(actions.confirm_correction, correction),
        partial(actions.withdraw_correction, correction),
    ):
        with pytest.raises(Refusal, match="conflict of interest"):
            act(by=friend, at=LATER)


def test_correction_that_somebody_in_conflict_requested_is_requested_again() -> None:
    payment = sent_payment()
    marked_paid(payment)
    friend, other = finance(payment), money.approver(payment.batch)
    correction = asked(payment, by=friend)
    startup = payment.disbursement.award.startup
    Conflict.objects.create(person=friend, startup=startup, kind="investor", declared_at=DECIDED)
    with pytest.raises(Refusal, match="Who requested this has a conflict of interest by now"):
        actions.confirm_correction(correction, by=other, at=LATER)
    acting(by=other, at=LATER)
    told = {"state": "confirmed", "confirmed_by": other, "confirmed_at": LATER}
    with pytest.raises(IntegrityError, match="correction_people_free_of_conflict"), transaction.atomic():
        Correction.objects.filter(pk=correction.pk).update(**told)
    actions.withdraw_correction(correction, by=other, at=LATER)
    actions.confirm_correction(asked(payment), by=other, at=LATER)


@pytest.mark.parametrize("how", ["role", "account", "time"])
def test_correction_is_not_confirmed_once_who_asked_may_no_longer_or_it_is_old(how: str) -> None:
    payment = sent_payment()
    marked_paid(payment)
    first, other = finance(payment), money.approver(payment.batch)
    at = factories.takes_leave(first, how, asked(payment, by=first).asked_at)
    correction = Correction.objects.get()
    with pytest.raises(Refusal, match="Withdraw it and request it again"):
        actions.confirm_correction(correction, by=other, at=at)
    acting(by=other, at=at)
    told = {"state": "confirmed", "confirmed_by": other, "confirmed_at": at}
    with pytest.raises(IntegrityError, match="correction_confirmed_by_who_acts"), transaction.atomic():
        Correction.objects.update(**told)
    actions.withdraw_correction(correction, by=other, at=at)


def test_only_what_is_marked_as_paid_or_returned_is_corrected() -> None:
    payment = sent_payment()
    with pytest.raises(Refusal, match="Only a payment that is marked"):
        asked(payment)
    marked_paid(payment)
    with pytest.raises(Refusal, match="Say why"):
        actions.ask_correction(payment, reason=" ", by=finance(payment), at=LATER)
    asked(payment)
    with pytest.raises(Refusal, match="requested already"):
        asked(payment)


def test_return_is_not_corrected_once_its_money_goes_out_again() -> None:
    payment = sent_payment()
    marked_returned(payment)
    correction = asked(payment)
    again = money.draft(payment.disbursement, at=LATER)
    for act in (partial(asked, payment), partial(actions.confirm_correction, correction)):
        with pytest.raises(Refusal, match="in another batch"):
            act(by=money.approver(again), **({} if act.func is asked else {"at": LATER}))
    actions.take_out(again.payments.get(), by=money.approver(again), at=LATER)
    actions.confirm_correction(correction, by=money.approver(again), at=LATER)
    assert standing(payment)[0] == "sent"
    assert broken_laws() == []


def test_return_of_a_month_that_was_cancelled_since_is_not_corrected() -> None:
    payment = sent_payment()
    marked_returned(payment)
    seat = payment.disbursement.award.participation
    assert seat is not None
    actions.end_award(seat, by=finance(payment), at=LATER)
    with pytest.raises(Refusal, match="“cancelled” by now"):
        asked(payment)


def test_true_return_withdraws_what_was_asked_before() -> None:
    payment = sent_payment()
    marked_paid(payment)
    correction = asked(payment)
    marked_returned(payment)
    correction.refresh_from_db()
    assert correction.state == "withdrawn"
    with pytest.raises(Refusal, match="“withdrawn” and cannot become"):
        actions.confirm_correction(correction, by=money.approver(payment.batch), at=LATER)


def test_withdrawn_correction_changes_nothing_and_may_be_asked_again() -> None:
    payment = sent_payment()
    marked_paid(payment)
    correction = asked(payment)
    actions.withdraw_correction(correction, by=finance(payment), at=LATER)
    assert (correction.state, standing(payment)[0]) == ("withdrawn", "settled")
    put_right(payment)
    assert standing(payment)[0] == "sent"


def test_closed_batch_is_not_marked_as_sent_by_hand() -> None:
    batch = money.settled()
    with pytest.raises(Refusal, match="“closed” and cannot become “sent”"):
        actions.mark_sent(batch, by=money.approver(batch), at=LATER)


# --- At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_sessions_confirm_once() -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    correction, by = asked(payment), money.approver(payment.batch)
    copies = [Correction.objects.get(pk=correction.pk) for _ in range(4)]
    results = at_once(*[partial(actions.confirm_correction, copy, by=by, at=LATER) for copy in copies])
    assert outcomes(results) == ["NoneType", *3 * ["Refusal"]]
    assert standing(payment)[0] == "sent"
    assert OutgoingMail.objects.filter(kind="payment_corrected").count() == 1
    assert [*ledger.discrepancies(), *broken_laws()] == []


@pytest.mark.django_db(transaction=True)
def test_two_sessions_ask_once() -> None:
    payment = sent_payment()
    marked_paid(payment)
    copies = [Payment.objects.get(pk=payment.pk) for _ in range(4)]
    results = at_once(*[partial(asked, copy, by=by) for copy, by in zip(copies, 4 * [finance(payment)], strict=True)])
    assert outcomes(results) == ["Correction", *3 * ["Refusal"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_correction_beside_a_new_batch_never_pays_twice(attempt: int) -> None:
    payment = sent_payment()
    marked_returned(payment)
    correction, by, programme = asked(payment), money.approver(payment.batch), payment.batch.programme
    results = at_once(
        partial(actions.confirm_correction, correction, by=by, at=LATER),
        partial(actions.prepare_batch, programme, by=factories.holder(Role.FINANCE_PREPARER, programme), at=LATER),
    )
    assert outcomes(results) in (["NoneType", "Refusal"], ["PaymentBatch", "Refusal"])
    assert Payment.objects.live().count() == 1
    assert broken_laws() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_correction_beside_new_details_leaves_one_account(attempt: int) -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    correction, by, seat = asked(payment), money.approver(payment.batch), payment.account.participation
    founder = money.founder_of(seat)
    results = at_once(
        partial(actions.confirm_correction, correction, by=by, at=LATER),
        partial(actions.give_account, seat, money.details(account_number="87654321"), by=founder, at=LATER),
    )
    assert outcomes(results) == ["NoneType", "PayoutAccount"]
    assert PayoutAccount.objects.current().get().version == 2
    assert broken_laws() == []


@pytest.mark.django_db(transaction=True)
def test_correction_beside_the_sweep_is_not_undone() -> None:
    payment = sent_payment()
    marked_paid(payment)
    correction, by = asked(payment), money.approver(payment.batch)
    at_once(partial(actions.confirm_correction, correction, by=by, at=LATER), *2 * [partial(settle_due, LATER)])
    assert standing(payment)[0] == "sent"
    assert PaymentBatch.objects.get().state == "sent"


# --- The desk ---------------------------------------------------------------------------------------


@pytest.fixture
def _today() -> None:
    """Let the site's clock stand in the tests' time."""
    DemoClock.objects.update_or_create(pk=1, defaults={"ahead": LATER - clock.now()})
    clock.forget()


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def page(client: Client, name: str, *args: Any, **told: Any) -> str:
    """Post a form, or open a page where nothing is told; give the page it leads to."""
    address = reverse(f"admin:{name}", args=args)
    response = client.post(address, told, follow=True) if told else client.get(address)
    return str(response.content.decode())


@pytest.mark.usefixtures("_today")
def test_mistake_is_put_right_at_the_desk_by_two() -> None:
    payment = sent_payment()
    marked_returned(payment, "R03")
    first, second = finance(payment), money.approver(payment.batch)
    one, other = browser(first), browser(second)
    batch = payment.batch_id
    assert "Request correction" in page(one, "desk_batch", batch)
    told = {"reason": "The wrong row"}
    assert "Requested. Another person must confirm" in page(one, "desk_payment_act", payment.pk, "correct", **told)
    assert "You have already done this." in page(one, "desk_payment_act", payment.pk, "correct", reason="")
    assert "You requested this correction" in page(one, "desk_batches")
    correction = Correction.objects.get()
    address = ("desk_correction_act", correction.pk, "confirm")
    assert "You requested this correction" in page(one, *address)
    assert "Another person must confirm it." in page(one, *address, shown="")
    assert "Corrections to confirm" in page(other, "desk_batches")
    text = page(other, *address)
    assert "Bank details that only this return rejected are valid again" in text
    assert "The wrong row" in text
    assert "Corrected. The payment is on its way again" in page(other, *address, csrfmiddlewaretoken="x")
    assert "You have already done this." in page(other, *address, csrfmiddlewaretoken="x")
    text = page(other, "desk_batch", batch)
    assert "marked as returned by mistake" in text
    assert f"confirmed by {second}" in text
    assert standing(payment)[0] == "sent"
    assert "Corrections to confirm" not in page(other, "desk_batches")


@pytest.mark.usefixtures("_today")
def test_correction_is_withdrawn_at_the_desk() -> None:
    payment = sent_payment()
    marked_paid(payment)
    correction, client = asked(payment), browser(money.approver(payment.batch))
    text = page(client, "desk_correction_act", correction.pk, "withdraw", csrfmiddlewaretoken="x")
    assert "Withdrawn. The payment stays as it is marked." in text
    assert standing(payment)[0] == "settled"


@pytest.mark.usefixtures("_today")
def test_desk_offers_no_act_that_can_only_refuse() -> None:
    payment = sent_payment()
    marked_returned(payment)
    correction, friend = asked(payment), money.approver(payment.batch)
    assert "Request correction" not in page(browser(friend), "desk_batch", payment.batch_id)
    confirm = reverse("admin:desk_correction_act", args=[correction.pk, "confirm"])
    manager = browser(factories.holder(Role.MANAGER, payment.batch.programme))
    assert confirm not in page(manager, "desk_batches")
    assert manager.get(confirm).status_code == 404
    assert browser(factories.holder(Role.FINANCE_APPROVER, factories.programme())).get(confirm).status_code == 404
    startup = payment.disbursement.award.startup
    Conflict.objects.create(person=friend, startup=startup, kind="investor", declared_at=DECIDED)
    text = page(browser(friend), "desk_batches")
    assert confirm not in text
    assert "You have a conflict of interest" in text
    money.draft(payment.disbursement, at=LATER)
    text = page(browser(money.approver(payment.batch)), "desk_batches")
    assert confirm not in text
    assert "can no longer be corrected" in text


def test_tile_counts_what_waits_for_another_person() -> None:
    payment = sent_payment()
    marked_paid(payment)
    first, second = finance(payment), money.approver(payment.batch)
    asked(payment, by=first)
    waiting = [count(user, {"": counts.batches(user, LATER)})[""] for user in (first, second)]
    assert waiting == [0, 1]
    manager = factories.holder(Role.MANAGER, payment.batch.programme)
    assert list(counts.batches(manager, LATER)) == []


@pytest.mark.usefixtures("_today")
def test_desk_takes_as_many_queries_for_three_corrections_as_for_one() -> None:
    batch = money.settled(*money.ready_months(3))
    first, *others = batch.payments.order_by("pk")
    client = browser(money.approver(batch))
    asked(first)
    used = [
        money.queries(partial(page, client, name, *args))
        for name, args in (("desk_batches", ()), ("desk_batch", (batch.pk,)))
    ]
    for payment in others:
        asked(payment)
    again = [
        money.queries(partial(page, client, name, *args))
        for name, args in (("desk_batches", ()), ("desk_batch", (batch.pk,)))
    ]
    assert again == used
