"""The ledger: what is booked, how often, and that nothing is ever lost or made."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction

from applications.models import Cohort
from payouts import actions, ledger
from payouts.models import EVENTS, Award, Event, Funding, LedgerAccount, Transfer
from portal.models import Role
from portal.money import Money
from portal.refusals import Refusal
from tests import factories
from tests.factories import AT, DECIDED
from tests.payouts import money
from tests.payouts.threads import at_once

CAP, TOTAL = 600_000, 3_600_000


def balances(award: Award | None = None) -> dict[str, int]:
    """Give the balances that are not nothing, of an award or of everything."""
    accounts = LedgerAccount.objects.filter(award=award) if award else LedgerAccount.objects.all()
    return {kind: amount for kind, amount in ledger.balances(accounts).items() if amount}


def by_hand(award: Award) -> dict[str, int]:
    """Add an award's transfers up, one by one."""
    sums: dict[str, int] = {}
    for transfer in Transfer.objects.select_related("debit_account", "credit_account"):
        for account, sign in ((transfer.debit_account, -1), (transfer.credit_account, 1)):
            if account.award_id == award.pk:
                sums[account.kind] = sums.get(account.kind, 0) + sign * transfer.amount_minor
    return {kind: amount for kind, amount in sums.items() if amount}


@pytest.mark.django_db
def test_a_dollar_goes_the_whole_way() -> None:
    seat = factories.participation()
    award = Award.objects.get(participation=seat)
    batch = money.draft(money.ready(seat))
    by = money.approver(batch)
    steps = [balances(award)]
    actions.approve_batch(batch, by=by, at=money.DUE)
    steps.append(balances(award))
    actions.freeze_batch(batch, by=by, at=money.DUE)
    actions.release_batch(batch, by=by, at=money.DUE)
    steps.append(balances(award))
    actions.mark_sent(batch, by=by, at=money.DUE)
    steps.append(balances(award))
    actions.settle_batch(batch, by=None, at=money.DUE)
    steps.append(balances(award))
    rest = {"committed": TOTAL - CAP}
    assert steps == [
        {"committed": TOTAL},
        rest | {"payable": CAP},
        rest | {"payable": CAP},
        rest | {"in_transit": CAP},
        rest | {"disbursed": CAP},
    ]
    assert by_hand(award) == steps[-1]
    assert ledger.discrepancies() == []
    assert sum(balances().values()) == 0


@pytest.mark.django_db
def test_booking_twice_is_booking_once() -> None:
    award = Award.objects.get(participation=factories.participation())
    before = Transfer.objects.count()
    ledger.book(Event.COMMIT, award, at=DECIDED)
    assert ledger.book_many(Event.COMMIT, Award.objects.all(), at=DECIDED) == 0
    assert Transfer.objects.count() == before
    assert balances(award) == {"committed": TOTAL}


@pytest.mark.django_db
def test_same_key_with_another_body_is_an_error() -> None:
    award = Award.objects.get(participation=factories.participation())
    money.without("award_stands_as_made", "payouts_award")
    Award.objects.filter(pk=award.pk).update(months=7, total_minor=7 * CAP)
    with pytest.raises(ledger.OtherBody, match=f"commit:A{award.pk}"):
        ledger.book(Event.COMMIT, award, at=DECIDED)


@pytest.mark.django_db
def test_booking_without_an_account_is_refused() -> None:
    cohort = factories.cohort()
    funding = Funding.objects.create(
        cohort=cohort, amount_minor=1, currency="USD", funded_by=factories.user(), funded_at=AT
    )
    with pytest.raises(IntegrityError, match="null value"):
        ledger.book(Event.FUND, funding, at=AT)


@pytest.mark.django_db
def test_taking_back_mirrors_and_happens_once() -> None:
    seat = factories.participation()
    award = Award.objects.get(participation=seat)
    commit = Transfer.objects.filter(event="commit")
    assert ledger.take_back(commit, at=DECIDED) == 1
    assert ledger.take_back(commit, at=DECIDED) == 0
    assert balances(award) == {"reserved": TOTAL}
    original, reversal = commit.get(), Transfer.objects.get(event="reversal")
    assert (reversal.reverses, reversal.amount_minor) == (original, original.amount_minor)
    assert (reversal.debit_account, reversal.credit_account) == (original.credit_account, original.debit_account)
    assert list(Transfer.objects.unreversed().about(award).values_list("event", flat=True)) == ["reserve"]


@pytest.mark.django_db
def test_currency_of_a_transfer_is_that_of_both_accounts() -> None:
    award = Award.objects.get(participation=factories.participation())
    reserved, committed = (award.ledger_accounts.get(kind=kind) for kind in ("reserved", "committed"))
    with pytest.raises(IntegrityError, match=r"transfer_(debit|credit)_currency"), transaction.atomic():
        Transfer.objects.create(
            key="x",
            debit_account=reserved,
            credit_account=committed,
            amount_minor=1,
            currency="EUR",
            event="commit",
            subject_table="payouts_award",
            subject_id=award.pk,
            booked_at=AT,
        )


@pytest.mark.django_db
def test_no_award_is_paid_from_anothers_money() -> None:
    first, second = (Award.objects.get(participation=factories.participation()) for _ in range(2))
    with pytest.raises(IntegrityError, match="transfer_follows_event"), transaction.atomic():
        Transfer.objects.create(
            key="x",
            debit_account=first.ledger_accounts.get(kind="committed"),
            amount_minor=1,
            currency="USD",
            credit_account=second.ledger_accounts.get(kind="payable"),
            event="approve",
            subject_table="payouts_award",
            subject_id=1,
            booked_at=AT,
        )


def test_every_event_but_a_reversal_names_its_accounts() -> None:
    assert set(EVENTS) == set(Event) - {Event.REVERSAL}


@pytest.mark.django_db
def test_discrepancies_names_an_account_that_lies() -> None:
    factories.participation()
    money.without("account_counted_by_transfers_alone", "payouts_ledgeraccount")
    LedgerAccount.objects.filter(kind="committed").update(credits_posted=TOTAL + 1)
    [(code, counter, proof)] = ledger.discrepancies()
    assert code.endswith(":committed")
    assert (counter, proof) == (TOTAL + 1, TOTAL)


# --- Funding ----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_funding_fills_the_budget_and_keeps_its_reference() -> None:
    cohort = factories.cohort()
    manager = factories.holder(Role.MANAGER, cohort.programme)
    funding = actions.fund_cohort(cohort, 5_000, reference=" Letter 7 ", by=manager, at=AT)
    assert (funding.amount, funding.reference, funding.funded_by) == (Money(5_000, "USD"), "Letter 7", manager)
    assert balances() == {"outside": -5_000, "budget": 5_000}
    assert Transfer.objects.get().key == f"fund:F{funding.pk}"


@pytest.mark.django_db
def test_the_same_entry_twice_funds_once() -> None:
    cohort = factories.cohort()
    manager = factories.holder(Role.MANAGER, cohort.programme)
    key = Funding().key
    first, second = (actions.fund_cohort(cohort, 5_000, key=key, by=manager, at=AT) for _ in range(2))
    assert first == second
    assert balances()["budget"] == 5_000


@pytest.mark.django_db
@pytest.mark.parametrize("amount", [0, -1])
def test_funding_with_nothing_is_refused(amount: int) -> None:
    cohort = factories.cohort()
    with pytest.raises(Refusal, match="more than nothing"):
        actions.fund_cohort(cohort, amount, by=factories.holder(Role.MANAGER, cohort.programme), at=AT)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["auditor", "reviewer", "mentor"])
def test_funding_takes_a_role_of_this_programme(role: str) -> None:
    cohort = factories.cohort()
    person = factories.holder(role, cohort.programme)
    factories.grant(person, Role.MANAGER, factories.programme())
    with pytest.raises(Refusal, match="another role"):
        actions.fund_cohort(cohort, 1, by=person, at=AT)
    assert LedgerAccount.objects.count() == 0


# --- At once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_many_who_fund_at_once_all_count() -> None:
    cohort = factories.cohort()
    manager = factories.holder(Role.MANAGER, cohort.programme)
    at_once(*[lambda: actions.fund_cohort(cohort, 100, by=manager, at=AT) for _ in range(8)])
    assert balances() == {"outside": -800, "budget": 800}
    assert ledger.discrepancies() == []


@pytest.mark.django_db(transaction=True)
def test_two_who_reserve_at_once_cannot_spend_one_budget_twice() -> None:
    first, second = money.offers_without_awards(2)
    manager = factories.holder(Role.MANAGER, first.cohort.programme)
    actions.fund_cohort(first.cohort, TOTAL, by=manager, at=AT)
    results = at_once(*[partial(actions.reserve_awards, [offer], by=manager, at=DECIDED) for offer in (first, second)])
    refused = [result for result in results if isinstance(result, Refusal)]
    assert len(refused) == 1
    assert "these offers need $36,000.00, it has $0.00" in str(refused[0])
    assert balances() == {"outside": -TOTAL, "reserved": TOTAL}
    assert Award.objects.count() == 1


# --- Totals of a cohort ------------------------------------------------------------------------------


def added_up() -> dict[int, dict[str, int]]:
    """Add up the accounts of every cohort, which is what the totals spare."""
    return {cohort.pk: ledger.balances(cohort.ledger_accounts.all()) for cohort in Cohort.objects.all()}


@pytest.mark.django_db
def test_totals_are_the_sums_of_the_accounts_whatever_happens() -> None:
    payment = money.sent().payments.get()
    assert ledger.totals(Cohort.objects.all()) == added_up()
    actions.return_payment(payment, code="R01", by=None, at=money.DUE)
    again = money.sent(payment.disbursement).payments.get()
    actions.settle(again, by=None, at=money.DUE)
    other = factories.participation()
    sums = ledger.totals(Cohort.objects.all())
    assert sums == added_up()
    assert sums[payment.disbursement.award.cohort_id]["disbursed"] == CAP
    assert sums[other.cohort_id]["committed"] == TOTAL
    assert ledger.totals([]) == {}


@pytest.mark.django_db(transaction=True)
def test_totals_are_exact_after_many_at_once_and_some_that_fail() -> None:
    cohorts = [factories.cohort() for _ in range(4)]
    managers = [factories.holder(Role.MANAGER, cohort.programme) for cohort in cohorts]

    def fund(n: int) -> None:
        for k in range(60):
            try:
                with transaction.atomic():
                    actions.fund_cohort(cohorts[n], k + 1, by=managers[n], at=AT)
                    if k % 7 == 0:
                        raise InterruptedError
            except InterruptedError:
                continue

    assert at_once(*[partial(fund, n) for n in range(4)]) == [None] * 4
    kept = sum(k + 1 for k in range(60) if k % 7)
    assert [ledger.totals(cohorts)[cohort.pk]["budget"] for cohort in cohorts] == [kept] * 4
    assert ledger.totals(cohorts) == added_up()
