"""Founders' pages of money: bank details, the money of their startup, the strip, whose move it is."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from applications.models import Membership, Participation
from payouts import actions
from payouts.actions.accounts import turn_down
from payouts.models import Disbursement, PayoutAccount
from payouts.pages.dashboard import cohort_money, money_cells
from payouts.pages.money import money_of_seats, shown
from portal import clock
from portal.accounts import step_up
from portal.models import DemoClock, Role, StepUp, User
from portal.money import Money
from portal.registry import Cell, registry
from tests import factories
from tests.applications.pages import signed_out
from tests.factories import AT, DECIDED
from tests.payouts import money
from tests.payouts.money import DUE

pytestmark = pytest.mark.django_db
FORM = {
    "holder_name": "Loomwork Inc.",
    "account_type": "checking",
    "routing_number": money.ROUTING,
    "account_number": money.NUMBER,
    "account_number_again": money.NUMBER,
}


@pytest.fixture(autouse=True)
def _today() -> None:
    """Let the site's clock stand in the tests' time."""
    DemoClock.objects.update_or_create(pk=1, defaults={"ahead": DUE - clock.now()})
    clock.forget()


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def give(client: Client, seat: Participation, **fields: str) -> Any:
    """Give bank details, with the code that is mailed."""
    asked = client.post(page(seat), FORM | fields)
    return client.post(asked["Location"], {"code": step_up.code_for(StepUp.objects.latest("pk").uuid)}, follow=True)


def confirm(client: Client, seat: Participation, version: int = 1) -> Any:
    """Confirm a co-founder's details, with the code that is mailed."""
    asked = client.post(reverse("payout_account_confirm", args=[seat.pk, version]))
    return client.post(asked["Location"], {"code": step_up.code_for(StepUp.objects.latest("pk").uuid)}, follow=True)


def page(seat: Participation) -> str:
    return reverse("payout_account", args=[seat.pk])


def co_founder(seat: Participation, role: str = "founder", joined_at: datetime = AT) -> User:
    person = factories.user("Second Founder")
    Membership.objects.create(startup=seat.startup, person=person, role=role, joined_at=joined_at)
    return person


# --- Giving details ---------------------------------------------------------------------------------


def test_founder_gives_details_and_sees_the_last_four() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    assert "Give your bank details" in client.get(page(seat)).content.decode()
    response = give(client, seat)
    assert response.redirect_chain == [(page(seat), 302)]
    text = response.content.decode()
    assert "ending in 6789" in text
    assert money.NUMBER not in text
    assert PayoutAccount.objects.get().changed_by == money.founder_of(seat)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"routing_number": "021000022"}, "one of them is mistyped"),
        ({"routing_number": "990000000"}, "starts with these two digits"),
        ({"routing_number": ""}, "This field is required"),
        ({"account_number_again": "000123456780"}, "not the number you typed above"),
        ({"account_number": "9" * 18, "account_number_again": "9" * 18}, "at most 17 characters"),
        ({"account_number": "9" * 99, "account_number_again": "9" * 99}, "at most 50 characters"),
        ({"holder_name": "🚀🚀"}, "cannot be written in the letters of a bank file"),
        ({"account_type": "iban"}, "not one of the available choices"),
    ],
)
def test_wrong_details_say_what_is_wrong_and_echo_no_number(fields: dict[str, str], words: str) -> None:
    seat = factories.participation()
    response = browser(money.founder_of(seat)).post(page(seat), FORM | fields)
    text = response.content.decode()
    assert response.status_code == 422
    assert words in text
    assert 'value="Loomwork Inc."' in text or "holder_name" in fields
    assert money.NUMBER not in text
    assert not PayoutAccount.objects.exists()


def test_second_click_gives_nothing_twice() -> None:
    seat = factories.participation()
    client = browser(money.founder_of(seat))
    give(client, seat)
    response = client.post(page(seat), FORM)
    assert "the bank details we have already" in response.content.decode()
    assert PayoutAccount.objects.count() == 1


def test_session_that_ended_keeps_the_form_but_for_the_number() -> None:
    seat = factories.participation()
    visitor = signed_out(money.founder_of(seat))
    response = visitor.post(page(seat), FORM)
    assert response.headers["Location"].startswith("/account/login/")
    kept = str(dict(visitor.session))
    assert "Loomwork" in kept
    assert money.NUMBER not in kept


def test_iban_is_asked_for_where_money_is_in_euros() -> None:
    seat = money.seats(1, currency="EUR")[0]
    client = browser(money.founder_of(seat))
    text = client.get(page(seat)).content.decode()
    assert "IBAN" in text
    assert "Routing number" not in text
    iban = "FR76 3000 6000 0112 3456 7890 189"
    give(client, seat, holder_name="Loomwork SAS", account_number=iban, account_number_again=iban)
    assert PayoutAccount.objects.get().last_four == "0189"


@pytest.mark.parametrize("role", ["editor", "viewer", None])
def test_bank_details_are_the_founders_own(role: str | None) -> None:
    account = money.given()
    seat = account.participation
    person = co_founder(seat, role) if role else factories.user()
    client = browser(person)
    assert client.get(page(seat)).status_code == 404
    assert client.post(page(seat), FORM).status_code == 404
    assert client.get(reverse("payout_account_confirm", args=[seat.pk, 1])).status_code == 404


# --- Confirming -------------------------------------------------------------------------------------


def test_second_founder_looks_and_confirms() -> None:
    seat = money.given().participation
    client = browser(co_founder(seat))
    assert "Look and confirm" in client.get(page(seat)).content.decode()
    address = reverse("payout_account_confirm", args=[seat.pk, 1])
    assert "ending in 6789" in client.get(address).content.decode()
    response = confirm(client, seat)
    assert response.redirect_chain == [(page(seat), 302)]
    assert "Confirmed." in response.content.decode()
    assert PayoutAccount.objects.get().state == "confirmed"
    assert "already been done" in client.post(address, follow=True).content.decode()
    assert StepUp.objects.count() == 1


def test_giver_is_told_that_another_confirms() -> None:
    account = money.given()
    seat = account.participation
    co_founder(seat)
    client = browser(account.changed_by)
    assert "Waiting for Second Founder" in client.get(page(seat)).content.decode()
    response = client.post(reverse("payout_account_confirm", args=[seat.pk, 1]), follow=True)
    assert "A second person confirms them" in response.content.decode()
    assert not StepUp.objects.exists()


def test_confirming_a_version_that_is_not_there_is_404() -> None:
    seat = money.given().participation
    assert browser(co_founder(seat)).get(reverse("payout_account_confirm", args=[seat.pk, 9])).status_code == 404


def test_founder_who_joined_yesterday_is_told_from_when_before_any_proof() -> None:
    seat = factories.participation()
    client = browser(co_founder(seat, joined_at=DUE - timedelta(days=1)))
    response = client.post(page(seat), FORM)
    assert (response.status_code, "You joined this startup lately" in response.content.decode()) == (422, True)
    assert not StepUp.objects.exists()


def test_details_wait_for_the_programme_while_the_only_other_founder_is_new() -> None:
    seat = factories.participation()
    money.given(seat)
    newcomer = co_founder(seat, joined_at=DUE - timedelta(days=1))
    assert not money_of_seats([seat], DUE)[seat.pk].founders[1:]
    before: Any = PayoutAccount.objects.with_other_founder(DUE).get()
    assert not before.has_other_founder
    assert "Look and confirm" not in browser(newcomer).get(page(seat)).content.decode()
    in_time = DUE + timedelta(days=2)
    assert money_of_seats([seat], in_time)[seat.pk].founders[1:] == [newcomer]
    after: Any = PayoutAccount.objects.with_other_founder(in_time).get()
    assert after.has_other_founder


# --- Money on the startup's page --------------------------------------------------------------------


def seat_page(seat: Participation, person: User | None = None) -> str:
    address = reverse("participation", args=[seat.pk])
    return browser(person or money.founder_of(seat)).get(address).content.decode()


def test_page_says_why_no_money_flows_and_whose_move_it_is() -> None:
    seat = factories.participation()
    assert "Give your bank details" in seat_page(seat)
    assert "We do not know your bank details yet." in seat_page(seat)
    account = money.given(seat)
    assert "A second person must confirm your bank details." in seat_page(seat)
    staff = [factories.holder(Role.MANAGER, seat.cohort.programme) for _ in range(3)]
    actions.confirm_account(account, evidence="Called", by=staff[0], at=DECIDED)
    assert "The programme is verifying your bank details." in seat_page(seat)
    actions.verify_account(account, evidence="Letter", by=staff[1], at=DECIDED)
    assert "Your next money: $6,000" in seat_page(seat)
    actions.open_months(DUE)
    assert "$6,000 is ready to be sent" in seat_page(seat)
    hold = actions.place_hold(
        seat, reason="report", notice="April is missing.", review_on=date(2027, 5, 20), by=staff[2], at=DUE
    )
    assert "April is missing." in seat_page(seat)
    actions.lift_hold(hold, why="It came", by=staff[2], at=DUE)
    batch = money.approved(Disbursement.objects.get(n=1))
    assert "$6,000 is approved" in seat_page(seat)
    by = money.approver(batch)
    actions.freeze_batch(batch, by=by, at=DUE)
    actions.release_batch(batch, by=by, at=DUE)
    actions.mark_sent(batch, by=by, at=DUE)
    assert "$6,000 is on its way" in seat_page(seat)
    actions.settle_batch(batch, by=None, at=DUE)
    text = seat_page(seat)
    assert "$6,000 of $36,000 paid" in text
    assert f"D{Disbursement.objects.get(n=1).pk}-1" in text


def test_returned_money_is_told_on_the_page() -> None:
    payment = money.sent().payments.get()
    seat = payment.account.participation
    actions.return_payment(payment, code="R06", by=None, at=DUE)
    assert "$6,000 came back from the bank" in seat_page(seat)
    turn_down(payment.account, "Closed", by=None, at=DUE)
    assert "Give your bank details" in seat_page(seat)


def test_due_day_is_the_programmes_wherever_the_reader_is() -> None:
    seat = money.verified().participation
    person = money.founder_of(seat)
    person.timezone = "America/Los_Angeles"  # where the first of May has not begun yet
    person.save(update_fields=["timezone"])
    text = seat_page(seat, person)
    assert "due May 1, 2027" in text
    assert "by May 1, 2027" in text


def test_waits_of_money_promise_a_payment_day() -> None:
    account = money.confirmed()
    seat = account.participation
    details = browser(money.founder_of(seat)).get(page(seat)).content.decode()
    assert "by May 1, 2027" in details
    assert "Money may go there from" not in details  # nobody has verified it: no money goes there at all
    assert "by May 1, 2027" in seat_page(seat)
    bank = factories.holder(Role.FINANCE_PREPARER, seat.cohort.programme)
    actions.verify_account(account, evidence="Bank letter", by=bank, at=factories.DECIDED)
    details = browser(money.founder_of(seat)).get(page(seat)).content.decode()
    assert "Money may go there from" in details


def test_money_that_came_back_is_promised_for_the_next_payment_day() -> None:
    payment = money.sent().payments.get()
    actions.return_payment(payment, code="R06", by=None, at=DUE)
    assert "by June 1, 2027" in seat_page(payment.account.participation)


def test_viewer_sees_the_money_but_no_way_to_the_details() -> None:
    seat = money.verified().participation
    text = seat_page(seat, co_founder(seat, "viewer"))
    assert "account ending in 6789" in text
    assert page(seat) not in text


def test_cooling_off_says_until_when() -> None:
    seat = money.verified(money.seats(1, cooling_off_days=60)[0]).participation
    assert "Your bank details are cooling off" in seat_page(seat)


def test_before_the_signature_the_money_is_reserved() -> None:
    assert "The money is reserved for you." in seat_page(factories.participation(signed=False))


def test_dashboard_says_whose_move_the_money_is() -> None:
    seat = money.settled().payments.get().account.participation
    text = browser(money.founder_of(seat)).get(reverse("dashboard")).content.decode()
    assert "Money of" in text
    assert "$6,000 of $36,000 paid" in text


# --- The strip --------------------------------------------------------------------------------------


def test_strip_turns_with_the_money() -> None:
    seat = factories.participation()

    def cell_of_may() -> Cell:
        return money_cells([seat], DUE)[seat.pk, date(2027, 5, 1)][0]

    cell = cell_of_may()
    assert (cell.kind, cell.label, cell.detail) == ("money", "Scheduled", "$6,000, due May 1")
    looks = [cell.state]
    month = money.ready(seat)
    looks.append(cell_of_may().state)
    batch = money.sent(month)
    looks.append(cell_of_may().state)
    payment = batch.payments.get()
    actions.return_payment(payment, code="R06", by=None, at=DUE)
    looks.append(cell_of_may().state)
    money.settled(Disbursement.objects.get(pk=month.pk))
    looks.append(cell_of_may().state)
    assert looks == ["scheduled", "ready", "on_its_way", "returned", "paid"]
    cell = cell_of_may()
    assert (cell.kind, cell.label, cell.detail) == ("money", "Paid", "$6,000")
    assert len(registry.strip([seat], DUE)) >= 6


def test_held_month_shows_as_held() -> None:
    seat = money.verified().participation
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    actions.place_hold(seat, reason="report", notice="Wait.", review_on=date(2027, 4, 20), by=by, at=DECIDED)
    assert {cell.state for cells in money_cells([seat], DECIDED).values() for cell in cells} == {"held"}


def test_money_and_strip_take_as_many_queries_for_many() -> None:
    found = {}
    for n in (1, 3):
        seats = money.seats(n)
        for number, seat in enumerate(seats):
            money.verified(seat, account_number=f"100{number:05}")
        found[n] = money.queries(partial(money_of_seats, seats, DUE)), money.queries(partial(money_cells, seats, DUE))
    assert found[1] == found[3]
    assert found[1] == (2, 1)


def test_strip_of_a_page_says_the_same_and_asks_nothing_of_its_own() -> None:
    money.settled(), money.sent(money.ready())
    held = factories.participation()
    by = factories.holder(Role.MANAGER, held.cohort.programme)
    actions.place_hold(held, reason="report", notice="Wait.", review_on=date(2027, 4, 20), by=by, at=DECIDED)
    seats = list(Participation.objects.select_related("cohort__programme"))
    request = RequestFactory().get("/")
    shown(request, seats, DUE)
    of_page = partial(money_cells, seats, DUE, request)
    assert money.queries(of_page) == 0
    assert of_page() == money_cells(seats, DUE)


def test_desk_that_decides_learns_what_there_is() -> None:
    seat = factories.participation()
    assert cohort_money(seat.cohort) == {"available": Money(1_000_000_000 - 3_600_000, "USD")}


def test_page_in_french_writes_money_in_french() -> None:
    seat = money.verified().participation
    person = money.founder_of(seat)
    person.language = "fr"
    person.save(update_fields=["language"])
    assert "6 000 $US" in seat_page(seat, person).replace("\u202f", " ").replace("\xa0", " ")
