"""The desks of money: what staff sees and does, from who is ready to what came back."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Cohort, Conflict
from payouts import actions
from payouts.models import Award, Disbursement, Funding, Hold, PaymentBatch, PaymentSource, PayoutAccount
from payouts.rails import nacha_reader
from portal import clock
from portal.language.dates import day
from portal.models import DemoClock, Disclosure, Role, User
from portal.operations.jobs import run_sweep
from tests import factories
from tests.factories import DECIDED
from tests.marks import marks
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.test_batches import change_account, hold

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> None:
    """Let the site's clock stand in the tests' time."""
    DemoClock.objects.update_or_create(pk=1, defaults={"ahead": DUE - clock.now()})
    clock.forget()


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def holder(role: str, of: Any) -> Client:
    """Give the browser of somebody who holds a role for a batch's or a cohort's programme."""
    return browser(factories.holder(role, of.programme))


def get(client: Client, name: str, *args: Any, status: int = 200) -> str:
    response = client.get(reverse(f"admin:{name}", args=args))
    assert response.status_code == status
    return str(response.content.decode())


def post(client: Client, name: str, *args: Any, **told: Any) -> str:
    """Post a form; give the page it leads to."""
    return client.post(reverse(f"admin:{name}", args=args), told, follow=True).content.decode()


def create_batch(client: Client, programme: int, **selected: Any) -> str:
    """Select months on the desk and confirm the batch; give the page it leads to."""
    address = reverse("admin:desk_bulk", args=["ready_months", programme, "create"])
    address = f"{address}?{urlencode(selected, doseq=True)}"
    form = client.get(address).context["hidden"]
    return client.post(address, form, follow=True).content.decode()


# --- The whole way ----------------------------------------------------------------------------------


def test_batch_goes_from_ready_to_paid_through_the_desk() -> None:
    months = money.ready_months(2)
    programme = months[0].award.cohort.programme
    preparer, approver = (browser(factories.holder(role, programme)) for role in Role.finance())
    assert "$12,000.00" in get(preparer, "desk_batches")
    text = get(preparer, "desk_batch_prepare", programme.pk)
    assert text.count("Loomwork Inc.") == 2
    text = create_batch(preparer, programme.pk, which="all")
    assert "Batch created with 2 payments. A colleague must approve it." in text
    assert "You prepared this batch" in text
    batch = PaymentBatch.objects.get()
    assert "Approve" in get(approver, "desk_batch", batch.pk)
    assert "Their money becomes payable" in get(approver, "desk_batch_act", batch.pk, "approve")
    assert "Approved and frozen" in post(approver, "desk_batch_act", batch.pk, "approve")
    response = approver.post(reverse("admin:desk_batch_file", args=[batch.pk]))
    batch.refresh_from_db()
    assert response.headers["Content-Disposition"] == f'attachment; filename="{batch.file_name}"'
    assert nacha_reader.read(response.content).credit_total == 1_200_000
    assert "Sent." in post(approver, "desk_batch_act", batch.pk, "send")
    assert "All payments are marked as paid." in post(preparer, "desk_batch_act", batch.pk, "settle")
    batch.refresh_from_db()
    assert batch.state == "closed"
    assert set(Disbursement.objects.filter(n=1).values_list("state", flat=True)) == {"paid"}


def test_batch_speaks_to_who_must_move_and_of_them_to_others() -> None:
    batch = money.draft()
    preparer, approver = browser(batch.prepared_by), browser(money.approver(batch))
    text = get(approver, "desk_batch", batch.pk)
    assert "It is your move" in text
    assert "Look at every payee, then approve." in text
    assert "They look at" not in text
    assert "Deadline" not in text  # the day is fixed by the approval
    text = get(preparer, "desk_batch", batch.pk)
    assert "Waiting for a finance approver other than you" in text
    assert "They look at every payee and approve." in text
    post(approver, "desk_batch_act", batch.pk, "approve")
    batch.refresh_from_db()
    text = get(approver, "desk_batch", batch.pk)
    assert "Download the file, bring it to the bank, and mark it as sent." in text
    assert f"in time for the bank to pay on {day(batch.effective_on)}" in text
    text = get(preparer, "desk_batch", batch.pk)
    assert f"by {day(batch.effective_on)}" in text
    assert "They download the file" in text


def test_second_click_changes_nothing() -> None:
    batch = money.draft()
    approver = browser(money.approver(batch))
    post(approver, "desk_batch_act", batch.pk, "approve")
    assert "You have already done this." in post(approver, "desk_batch_act", batch.pk, "approve")
    post(approver, "desk_batch_file", batch.pk)
    post(approver, "desk_batch_act", batch.pk, "send")
    assert "You have already done this." in post(approver, "desk_batch_act", batch.pk, "send")
    preparer = browser(batch.prepared_by)
    address = reverse("admin:desk_bulk", args=["ready_months", batch.programme_id, "create"])
    assert "Select at least one row." in preparer.get(f"{address}?which=all", follow=True).content.decode()
    assert PaymentBatch.objects.count() == 1


# --- Preparing --------------------------------------------------------------------------------------


def test_desk_says_who_is_not_ready_and_why() -> None:
    seat = money.seats(1)[0]
    programme = seat.cohort.programme
    money.source(programme)
    text = get(browser(factories.holder(Role.MANAGER, programme)), "desk_batch_prepare", programme.pk)
    assert seat.startup.name in text
    assert "No bank details." in text
    assert "Nothing is ready to pay" in text
    assert "Create batch" not in text


def test_chosen_months_alone_are_prepared() -> None:
    first, second = money.ready_months(2)
    programme = first.award.cohort.programme
    person = factories.holder(Role.FINANCE_PREPARER, programme)
    preparer = browser(person)
    create_batch(
        preparer,
        programme.pk,
        row=[*marks(person, "ready_months", programme.pk, [second], money.DUE), "x", "²", str(2**63)],
    )
    assert PaymentBatch.objects.get().payments.get().disbursement == second


def test_preparers_conflict_is_marked() -> None:
    first, _second = money.ready_months(2)
    person = factories.holder(Role.FINANCE_PREPARER, first.award.cohort.programme)
    Conflict.objects.create(person=person, startup=first.award.startup, kind="family", declared_at=DECIDED)
    text = get(browser(person), "desk_batch_prepare", first.award.cohort.programme_id)
    assert text.count("You have a conflict of interest") == 1


def test_months_that_wait_are_listed_with_the_reason_and_named_alone_in_conflict() -> None:
    free, theirs = money.seats(2)
    programme = free.cohort.programme
    preparer = factories.holder(Role.FINANCE_PREPARER, programme)
    Conflict.objects.create(person=preparer, startup=theirs.startup, kind="family", declared_at=DECIDED)
    for name in ("desk_batch_prepare", "desk_batch_blocked"):
        text = get(browser(preparer), name, programme.pk)
        assert [words in text for words in (free.startup.name, theirs.startup.name)] == [True, True], name
        assert (text.count("No bank details."), text.count("A colleague must look after this one.")) == (1, 1), name


def test_programme_without_a_rail_says_so() -> None:
    programme = factories.programme(currency="EUR")
    text = get(browser(factories.holder(Role.FINANCE_PREPARER, programme)), "desk_batch_prepare", programme.pk)
    assert "no rail for payments in EUR" in text


# --- The batch page ---------------------------------------------------------------------------------


def test_approver_sees_names_as_the_bank_will() -> None:
    batch = money.draft(money.ready(holder_name="Çédille & Søns"))
    text = get(browser(money.approver(batch)), "desk_batch", batch.pk)
    assert "Cedille &amp; Sons" in text
    assert f"{money.ROUTING} …6789" in text
    assert money.NUMBER not in text


@pytest.mark.parametrize("stop", [hold, change_account])
def test_refused_approval_says_why_and_changes_nothing(stop: Any) -> None:
    stopped, _other = money.ready_months(2)
    batch = money.draft(stopped)
    stop(stopped)
    approver = browser(money.approver(batch))
    assert "Not payable any more" in get(approver, "desk_batch", batch.pk)
    assert f"Not payable any more: {stopped.award.startup}" in post(approver, "desk_batch_act", batch.pk, "approve")
    batch.refresh_from_db()
    assert batch.state == "draft"


def test_approval_outlives_a_file_that_cannot_be_written() -> None:
    batch = money.draft()
    PaymentSource.objects.update(company_name="Ümlaut")
    approver = browser(money.approver(batch))
    assert "company name" in post(approver, "desk_batch_act", batch.pk, "approve")
    batch.refresh_from_db()
    assert batch.state == "approved"
    PaymentSource.objects.update(company_name="UMLAUT")
    assert "Frozen." in post(approver, "desk_batch_act", batch.pk, "freeze")


def test_change_after_freezing_is_flagged() -> None:
    batch = money.sent()
    change_account(batch.payments.get().disbursement)
    assert "details changed since" in get(browser(money.approver(batch)), "desk_batch", batch.pk)


def test_batch_is_cancelled_with_a_reason() -> None:
    batch = money.draft()
    approver = browser(money.approver(batch))
    response = approver.post(reverse("admin:desk_batch_act", args=[batch.pk, "cancel"]), {"reason": ""})
    assert response.status_code == 422
    assert "Cancelled." in post(approver, "desk_batch_act", batch.pk, "cancel", reason="Wrong day")
    assert "Wrong day" in get(approver, "desk_batch", batch.pk)


def test_payment_is_taken_out_settled_and_returned() -> None:
    months = money.ready_months(3)
    batch = money.draft(*months)
    finance = holder(Role.FINANCE_PREPARER, batch)
    out, settled, returned = batch.payments.order_by("pk")
    assert "Removed from the batch." in post(finance, "desk_payment_act", out.pk, "take-out", reason="Asked to wait")
    by = money.approver(batch)
    for act in (actions.approve_batch, actions.freeze_batch, actions.release_batch, actions.mark_sent):
        act(batch, by=by, at=DUE)
    assert "Marked as paid." in post(finance, "desk_payment_act", settled.pk, "settle", reference="BK-1")
    text = post(finance, "desk_payment_act", returned.pk, "return", code="r03")
    assert "R03: there is no such account" in text
    assert "BK-1" in text
    batch.refresh_from_db()
    assert batch.state == "closed"


def test_notice_of_change_is_refused_with_the_way_to_the_details() -> None:
    payment = money.sent().payments.get()
    finance = holder(Role.FINANCE_PREPARER, payment.batch)
    address = reverse("admin:desk_payment_act", args=[payment.pk, "return"])
    response = finance.post(address, {"code": "C02 wrong routing number"})
    text = response.content.decode()
    assert response.status_code == 422
    assert "C02 is a notice of change, not a return" in text
    assert reverse("admin:desk_account", args=[payment.account_id]) in text
    assert "C02 wrong routing number" in text
    payment.refresh_from_db()
    assert payment.state == "sent"


@pytest.mark.parametrize("name", ["nonsense", "delete"])
def test_unknown_acts_are_404(name: str) -> None:
    batch = money.draft()
    get(browser(money.approver(batch)), "desk_batch_act", batch.pk, name, status=404)
    get(browser(money.approver(batch)), "desk_payment_act", batch.payments.get().pk, name, status=404)


@pytest.mark.parametrize(
    ("role", "act"),
    [
        (Role.MANAGER, "approve"),
        (Role.AUDITOR, "approve"),
        (Role.FINANCE_PREPARER, "approve"),
        (Role.FINANCE_PREPARER, "send"),
        (Role.MANAGER, "cancel"),
    ],
)
def test_acts_of_others_are_404(role: str, act: str) -> None:
    batch = money.draft()
    client = holder(role, batch)
    assert "Payments" in get(client, "desk_batch", batch.pk)
    get(client, "desk_batch_act", batch.pk, act, status=404)
    assert client.post(reverse("admin:desk_batch_act", args=[batch.pk, act])).status_code == 404
    assert client.post(reverse("admin:desk_batch_file", args=[batch.pk])).status_code == 404


def test_managers_do_not_prepare() -> None:
    [month] = money.ready_months(1)
    programme = month.award.cohort.programme
    client = browser(factories.holder(Role.MANAGER, programme))
    assert "Create batch" not in get(client, "desk_batch_prepare", programme.pk)
    address = reverse("admin:desk_bulk", args=["ready_months", programme.pk, "create"])
    assert client.get(f"{address}?row={month.pk}").status_code == 404


def test_finance_of_another_programme_sees_nothing() -> None:
    batch = money.sent()
    stranger = browser(factories.holder(Role.FINANCE_APPROVER, factories.programme()))
    payment = batch.payments.get()
    cohort_id = payment.disbursement.award.cohort_id
    for name, *args in (
        ("desk_batch", batch.pk),
        ("desk_batch_act", batch.pk, "send"),
        ("desk_batch_prepare", batch.programme_id),
        ("desk_payment_act", payment.pk, "return"),
        ("desk_account", payment.account_id),
        ("desk_account_act", payment.account_id, "reject"),
        ("desk_cohort_money", cohort_id),
        ("desk_hold", payment.account.participation_id),
    ):
        get(stranger, name, *args, status=404)
    assert str(batch) not in get(stranger, "desk_batches")


def test_release_refused_leads_back_with_words() -> None:
    batch = money.approved()
    assert "not frozen yet" in post(browser(money.approver(batch)), "desk_batch_file", batch.pk)


# --- Accounts to verify -----------------------------------------------------------------------------


def test_account_goes_from_given_to_verified_through_the_desk() -> None:
    account = money.given()
    programme = account.participation.cohort.programme
    manager, finance = (browser(factories.holder(role, programme)) for role in (Role.MANAGER, Role.FINANCE_PREPARER))
    assert "Confirm (no other founder can)" in get(manager, "desk_accounts")
    response = manager.post(reverse("admin:desk_account_act", args=[account.pk, "confirm"]), {"evidence": ""})
    assert response.status_code == 422
    assert "Confirmed." in post(manager, "desk_account_act", account.pk, "confirm", evidence="Called +1 555 0100")
    assert "Somebody else verifies" in post(manager, "desk_account_act", account.pk, "verify", evidence="Letter")
    assert "Verify" in get(finance, "desk_accounts")
    text = post(finance, "desk_account_act", account.pk, "verify", evidence="Bank letter of 9 April")
    assert "Bank letter of 9 April" in text
    assert "Called +1 555 0100" in text
    assert "Nothing to do" in get(finance, "desk_accounts")


def test_number_is_shown_once_and_logged() -> None:
    account = money.given()
    person = factories.holder(Role.FINANCE_PREPARER, account.participation.cohort.programme)
    client = browser(person)
    assert money.NUMBER not in get(client, "desk_account", account.pk)
    assert client.get(reverse("admin:desk_account_number", args=[account.pk])).status_code == 302  # to its page
    response = client.post(reverse("admin:desk_account_number", args=[account.pk]))
    assert money.NUMBER in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    look = Disclosure.objects.get()
    assert (look.person, look.purpose) == (person, "compare with evidence")
    text = get(client, "desk_account", account.pk)
    assert money.NUMBER not in text
    assert "compare with evidence" in text


def test_auditor_and_who_is_in_conflict_do_not_see_the_number() -> None:
    account = money.given()
    programme = account.participation.cohort.programme
    friend = factories.holder(Role.MANAGER, programme)
    Conflict.objects.create(person=friend, startup=account.participation.startup, kind="family", declared_at=DECIDED)
    for person in (friend, factories.holder(Role.AUDITOR, programme)):
        client = browser(person)
        assert account.holder_name in get(client, "desk_account", account.pk)
        assert client.post(reverse("admin:desk_account_number", args=[account.pk])).status_code == 404
    assert not Disclosure.objects.exists()


def test_same_account_of_two_startups_is_flagged() -> None:
    first, second = money.seats(2)
    money.given(first)
    account = money.given(second)
    client = browser(factories.holder(Role.MANAGER, account.participation.cohort.programme))
    assert get(client, "desk_accounts").count("same account as another startup") == 2
    assert "Another startup has given the same account" in get(client, "desk_account", account.pk)


def test_account_is_turned_down_with_a_reason() -> None:
    account = money.verified()
    client = browser(factories.holder(Role.MANAGER, account.participation.cohort.programme))
    assert "Rejected." in post(client, "desk_account_act", account.pk, "reject", reason="The name is another")
    assert PayoutAccount.objects.get().state == "rejected"


def test_auditor_acts_on_no_account() -> None:
    account = money.confirmed()
    client = browser(factories.holder(Role.AUDITOR, account.participation.cohort.programme))
    for act in ("verify", "reject", "confirm", "nonsense"):
        get(client, "desk_account_act", account.pk, act, status=404)


# --- Cohort money -----------------------------------------------------------------------------------


def test_every_dollar_of_a_cohort_is_shown() -> None:
    batch = money.settled()
    cohort = Award.objects.get().cohort
    client = holder(Role.AUDITOR, batch)
    assert "Added up within a minute" in get(client, "desk_money")
    run_sweep("cohort_balances", DUE)
    text = get(client, "desk_money")
    assert "$9,964,000" in text
    assert "As of " in text
    text = get(client, "desk_cohort_money", cohort.pk)
    for amount in ("$9,964,000", "$30,000", "$6,000", "$36,000"):
        assert amount in text
    assert "25.1" in text  # of its award
    assert "25.1 days" not in text  # of the cohort: its figures are not written yet
    assert "Add to the budget" not in text
    run_sweep("cohort_figures", DUE)
    text = get(client, "desk_cohort_money", cohort.pk)
    assert "25.1 days" in text
    assert "1 startup, as of " in text


def asked_to_fund(client: Client, cohort: Cohort) -> dict[str, Any]:
    """Return what the page that asks sends along by itself."""
    page = client.get(reverse("admin:desk_fund", args=[cohort.pk])).context
    return {**page["hidden"], "key": str(page["form"]["key"].value())}


def test_manager_funds_a_cohort_once_with_two_clicks() -> None:
    cohort = factories.cohort()
    client = holder(Role.MANAGER, cohort)
    address = reverse("admin:desk_fund", args=[cohort.pk])
    assert f'href="{address}"' in get(client, "desk_cohort_money", cohort.pk)
    told = asked_to_fund(client, cohort) | {"amount": "1500.50", "reference": "Letter 7"}
    assert "$1,500.50 added to the budget." in post(client, "desk_fund", cohort.pk, **told)
    again = client.post(address, told, follow=True)
    assert again.redirect_chain == [(reverse("admin:desk_cohort_money", args=[cohort.pk]), 302)]
    assert "You have already done this." in again.content.decode()
    funding = Funding.objects.get()
    assert (funding.amount_minor, funding.reference) == (150_050, "Letter 7")


def test_funding_asks_again_where_the_budget_changed_meanwhile() -> None:
    cohort = factories.cohort()
    client = holder(Role.MANAGER, cohort)
    assert "which is $0.00 now" in get(client, "desk_fund", cohort.pk)
    told = asked_to_fund(client, cohort) | {"amount": "1500.50", "reference": "Letter 7"}
    other = factories.holder(Role.FINANCE_PREPARER, cohort.programme)
    actions.fund_cohort(cohort, 100_000, reference="Letter 6", by=other, at=DUE)
    stale = client.post(reverse("admin:desk_fund", args=[cohort.pk]), told)
    text = stale.content.decode()
    assert (stale.status_code, 'value="1500.50"' in text, 'value="Letter 7"' in text) == (409, True, True)
    assert "$1,500.50 is added to the budget: it is $1,000.00 now, and $2,500.50 afterwards." in text
    told["shown"] = stale.context["hidden"]["shown"]
    assert "$1,500.50 added to the budget." in post(client, "desk_fund", cohort.pk, **told)
    assert Funding.objects.count() == 2


@pytest.mark.parametrize("amount", ["0", "-5", "1.005", "abc", "", "1" * 20])
def test_nonsense_is_not_funded(amount: str) -> None:
    cohort = factories.cohort()
    client = holder(Role.MANAGER, cohort)
    told = asked_to_fund(client, cohort) | {"amount": amount, "reference": "x"}
    response = client.post(reverse("admin:desk_fund", args=[cohort.pk]), told)
    assert (response.status_code, 'value="x"' in response.content.decode()) == (422, True)
    assert not Funding.objects.exists()


def test_auditor_funds_nothing() -> None:
    cohort = factories.cohort()
    client = holder(Role.AUDITOR, cohort)
    assert client.post(reverse("admin:desk_fund", args=[cohort.pk])).status_code == 404


def test_hold_is_placed_kept_and_lifted() -> None:
    seat = factories.participation()
    client = holder(Role.MANAGER, seat.cohort)
    told = {"reason": "report", "notice": "April is missing.", "review_on": "2027-05-20"}
    assert "On hold." in post(client, "desk_hold", seat.pk, **told)
    assert "on hold" in get(client, "desk_cohort_money", seat.cohort_id)
    assert "already" in post(client, "desk_hold", seat.pk, **told)
    hold = Hold.objects.get()
    address = reverse("admin:desk_hold_act", args=[hold.pk, "keep"])
    assert "A second person" in client.post(address, {"review_on": "2027-05-25"}, follow=True).content.decode()
    second = holder(Role.FINANCE_APPROVER, seat.cohort)
    second.post(address, {"review_on": "2027-05-25"})
    hold.refresh_from_db()
    assert hold.review_on == date(2027, 5, 25)
    second.post(reverse("admin:desk_hold_act", args=[hold.pk, "lift"]), {"why": "It came"})
    hold.refresh_from_db()
    assert hold.lifted_why == "It came"


def test_hold_without_words_is_not_placed() -> None:
    seat = factories.participation()
    client = holder(Role.MANAGER, seat.cohort)
    told = {"reason": "report", "notice": "", "review_on": "2027-05-20"}
    assert client.post(reverse("admin:desk_hold", args=[seat.pk]), told).status_code == 422
    get(holder(Role.AUDITOR, seat.cohort), "desk_hold", seat.pk, status=404)


# --- Lists ------------------------------------------------------------------------------------------


def test_desks_take_as_many_queries_for_many() -> None:
    counts = []
    for n in (1, 3):
        months = money.ready_months(n)
        programme = months[0].award.cohort.programme
        waiting = [factories.participation(factories.submitted(to=factories.cohort(programme))) for _ in range(n)]
        for number, seat in enumerate(waiting):
            money.given(seat, account_number=f"900{number:05}")
        client = browser(factories.holder(Role.FINANCE_APPROVER, programme))
        used = {"prepare": _queries(client, "desk_batch_prepare", programme.pk)}
        batch = money.sent(*months)
        used["batch"] = _queries(client, "desk_batch", batch.pk)
        for name in ("desk_batches", "desk_accounts", "desk_money"):
            used[name] = _queries(client, name)
        counts.append(used)
    assert counts[0] == counts[1]


def test_awards_of_a_cohort_take_as_many_queries_for_many() -> None:
    counts = []
    for n in (1, 3):
        offers = money.offers_without_awards(n)
        factories.fund(offers[0].cohort)
        actions.reserve_awards(offers, by=None, at=DECIDED)
        client = browser(factories.holder(Role.AUDITOR, offers[0].cohort.programme))
        counts.append(_queries(client, "desk_cohort_money", offers[0].cohort_id))
    assert counts[0] == counts[1]


def test_strips_of_a_cohort_take_as_many_queries_for_many() -> None:
    counts = []
    for n in (1, 3):
        cohort = factories.cohort()
        for _ in range(n):
            factories.participation(factories.submitted(to=cohort))
        client = browser(factories.holder(Role.AUDITOR, cohort.programme))
        assert get(client, "desk_cohort_money", cohort.pk).count('<ol class="strip-mini">') == n
        counts.append(_queries(client, "desk_cohort_money", cohort.pk))
    assert counts[0] == counts[1]


def test_record_of_a_seat_shows_the_founders_strip() -> None:
    seat = factories.participation()
    shown = get(holder(Role.MANAGER, seat.cohort), "applications_participation_change", seat.pk)
    assert shown.count('<li class="strip-month') == 6
    assert "$6,000, due May 1" in shown


def _queries(client: Client, name: str, *args: Any) -> int:
    get(client, name, *args)
    return money.queries(lambda: get(client, name, *args))


def test_record_pages_of_money_open_and_show_no_secret() -> None:
    batch = money.settled(money.ready(account_number="918273645546"))
    client = holder(Role.AUDITOR, batch)
    for name in (
        "award",
        "disbursement",
        "ledgeraccount",
        "transfer",
        "funding",
        "payoutaccount",
        "paymentbatch",
        "payment",
        "paymentsource",
    ):
        assert "change" in get(client, f"payouts_{name}_changelist")
    for name, row in (("payoutaccount", PayoutAccount.objects.get()), ("paymentbatch", batch)):
        text = get(client, f"payouts_{name}_change", row.pk)
        assert "918273645546" not in text
        assert "fingerprint" not in text
        assert "sealed" not in text


def test_source_is_set_up_by_an_approver_and_checked() -> None:
    programme = factories.programme()
    client = browser(factories.holder(Role.FINANCE_APPROVER, programme))
    values = {
        "programme": programme.pk,
        "rail": "nacha",
        "currency": "USD",
        "destination": "011000015",
        "destination_name": "FEDERAL RESERVE BANK",
        "origin": "1234567890",
        "origin_name": "EXAMPLE FOUNDATION",
        "company_name": "EXAMPLE FDN",
        "company_id": "1234567890",
        "odfi": "122105154",
        "description": "GRANT PAY",
        "timezone": "America/New_York",
        "line_end": "lf",
        "padding": "on",
    }
    address = reverse("admin:payouts_paymentsource_add")
    assert "do not fit together" in client.post(address, values).content.decode()
    client.post(address, values | {"odfi": "122105155"})
    source = PaymentSource.objects.get()
    assert (source.company_id, source.is_balanced) == ("1234567890", False)


def test_who_is_in_conflict_is_offered_no_word_of_a_payment() -> None:
    batch = money.sent()
    payment = batch.payments.get()
    person = factories.holder(Role.FINANCE_PREPARER, batch.programme)
    Conflict.objects.create(
        person=person, startup=payment.disbursement.award.startup, kind="family", declared_at=factories.DECIDED
    )
    mine, other = browser(person), browser(factories.holder(Role.FINANCE_PREPARER, batch.programme))
    address = reverse("admin:desk_payment_act", args=[payment.pk, "return"])
    assert (address in get(mine, "desk_batch", batch.pk), address in get(other, "desk_batch", batch.pk)) == (
        False,
        True,
    )
    for name, *args in (("desk_payment_act", payment.pk, "settle"), ("desk_batch_act", batch.pk, "settle")):
        page = mine.get(reverse(f"admin:{name}", args=args))
        assert page.context["refusal"].startswith("You have a conflict of interest with")
        assert not page.context["is_possible"]
