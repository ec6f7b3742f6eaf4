"""The award's life within the acts of applications: reserved, freed, tied, committed, ended."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import connection

from applications import actions as applying
from applications.models import Cohort, Offer, Participation
from payouts import actions, ledger
from payouts.models import Award, Disbursement, LedgerAccount, Transfer
from payouts.rules import due_at
from portal.laws.transitions import move
from portal.models import Role, Transition
from portal.refusals import Refusal
from tests import factories
from tests.factories import AT, DECIDED
from tests.payouts import money

pytestmark = pytest.mark.django_db
CAP, TOTAL = 600_000, 3_600_000


def balances(award: Award) -> dict[str, int]:
    return {k: v for k, v in ledger.balances(LedgerAccount.objects.filter(award=award)).items() if v}


def budget(cohort: Cohort) -> int:
    return ledger.balances(cohort.ledger_accounts.filter(award=None))["budget"]


def rows(award: Award) -> dict[str, object]:
    """Give an award's figures but for what tells it from others."""
    fields = ("currency", "monthly_cap_minor", "months", "total_minor", "first_period", "state", "created_at")
    history = [(t.from_state, t.to_state, t.actor_id, t.at) for t in Transition.objects.of(award)]
    accounts = list(award.ledger_accounts.order_by("kind").values_list("kind", "debits_posted", "credits_posted"))
    return {name: getattr(award, name) for name in fields} | {"history": history, "accounts": accounts}


# --- Reserving --------------------------------------------------------------------------------------


def test_release_reserves_the_money_of_every_offer() -> None:
    offer = factories.offer()
    award = Award.objects.get(offer=offer)
    assert (award.startup, award.cohort, award.participation) == (offer.application.startup, offer.cohort, None)
    assert (award.total_minor, award.state) == (TOTAL, "reserved")
    assert balances(award) == {"reserved": TOTAL}
    assert sorted(award.ledger_accounts.values_list("kind", flat=True)) == [
        "committed",
        "disbursed",
        "in_transit",
        "payable",
        "reserved",
    ]


def test_too_small_a_budget_undoes_the_whole_release() -> None:
    cohort = factories.cohort()
    for _ in range(2):
        factories.confirmed(factories.submitted(to=cohort))
    manager = factories.holder(Role.MANAGER, cohort.programme)
    actions.fund_cohort(cohort, 2 * TOTAL - 1, by=manager, at=AT)
    with pytest.raises(Refusal) as refused:
        applying.release(cohort, by=manager, at=DECIDED)
    assert str(refused.value) == (
        f"The budget of {cohort} is too small: these offers need $72,000.00, it has $71,999.99. $0.01 are missing."
    )
    assert (Offer.objects.count(), Award.objects.count(), budget(cohort)) == (0, 0, 2 * TOTAL - 1)
    actions.fund_cohort(cohort, 1, by=manager, at=AT)
    assert len(applying.release(cohort, by=manager, at=DECIDED)) == 2
    assert budget(cohort) == 0


def test_cohort_without_any_budget_is_refused_in_words() -> None:
    [offer] = money.offers_without_awards(1)
    with pytest.raises(Refusal, match=r"need \$36,000.00, it has \$0.00"):
        actions.reserve_awards([offer], by=None, at=DECIDED)


def test_reserving_many_is_reserving_each() -> None:
    offers = money.offers_without_awards(4)
    factories.fund(offers[0].cohort)
    together = actions.reserve_awards(offers[:2], by=None, at=DECIDED)
    alone = [award for offer in offers[2:] for award in actions.reserve_awards([offer], by=None, at=DECIDED)]
    assert len({repr(rows(award)) for award in [*together, *alone]}) == 1


def test_queries_do_not_grow_with_the_offers() -> None:
    counts = []
    for n in (1, 3, 10):
        offers = money.offers_without_awards(n)
        factories.fund(offers[0].cohort)
        reserving = money.queries(partial(actions.reserve_awards, offers, by=None, at=DECIDED))
        freeing = money.queries(partial(actions.free_awards, offers, by=None, at=DECIDED))
        counts.append((reserving, freeing))
    assert len(set(counts)) == 1, counts


# --- Freeing ----------------------------------------------------------------------------------------


def test_declined_offer_gives_its_money_back() -> None:
    offer = factories.offer()
    before = budget(offer.cohort)
    applying.decline_offer(offer, "No time", by=factories.founder_of(offer.application.startup), at=DECIDED)
    award = Award.objects.get(offer=offer)
    assert (award.state, balances(award), budget(offer.cohort)) == ("freed", {}, before + TOTAL)


def test_lapsed_offer_gives_its_money_back_once() -> None:
    offer = factories.offer()
    late = offer.expires_at + timedelta(seconds=1)
    assert applying.lapse_offer(offer, at=late)
    assert not applying.lapse_offer(offer, at=late)
    assert actions.free_awards([offer], by=None, at=late) == 0
    assert Transfer.objects.filter(event="free").count() == 1


def test_accepted_offer_is_not_freed() -> None:
    seat = factories.participation(signed=False)
    assert actions.free_awards([seat.offer], by=None, at=DECIDED) == 0
    assert Award.objects.get(participation=seat).state == "reserved"


# --- Committing -------------------------------------------------------------------------------------


def test_signature_commits_the_money_and_gives_every_month_its_day() -> None:
    seat = factories.participation()
    award = Award.objects.get(participation=seat)
    assert (award.state, balances(award)) == ("committed", {"committed": TOTAL})
    months = list(award.disbursements.order_by("n"))
    assert [(m.n, m.period, m.ceiling_minor, m.amount_minor, m.state) for m in months] == [
        (n, date(2027, 4 + n, 1), CAP, None, "scheduled") for n in range(1, 7)
    ]
    assert months[0].due_at == datetime(2027, 5, 1, 4, 0, tzinfo=UTC)  # midnight in New York
    assert months[5].due_at == datetime(2027, 10, 1, 4, 0, tzinfo=UTC)


def test_accepting_ties_the_award_and_commits_nothing() -> None:
    seat = factories.participation(signed=False)
    award = Award.objects.get(participation=seat)
    assert (award.state, balances(award)) == ("reserved", {"reserved": TOTAL})
    assert not award.disbursements.exists()


def test_terms_of_one_startup_are_its_own() -> None:
    seat = factories.participation(months=3, monthly_cap_minor=123_456, first_period=date(2027, 11, 1))
    award = Award.objects.get(participation=seat)
    months = award.disbursements.order_by("n")
    assert award.total_minor == 3 * 123_456
    assert [m.period for m in months] == [date(2027, 11, 1), date(2027, 12, 1), date(2028, 1, 1)]
    assert {m.ceiling_minor for m in months} == {123_456}


@pytest.mark.parametrize(
    ("period", "day", "zone", "instant"),
    [
        (date(2027, 2, 1), 28, "America/New_York", datetime(2027, 2, 28, 5, tzinfo=UTC)),
        (date(2028, 2, 1), 28, "America/New_York", datetime(2028, 2, 28, 5, tzinfo=UTC)),
        (date(2027, 3, 1), 14, "America/New_York", datetime(2027, 3, 14, 5, tzinfo=UTC)),  # clocks jump at two
        (date(2027, 7, 1), 4, "Europe/Paris", datetime(2027, 7, 3, 22, tzinfo=UTC)),
        (date(2027, 3, 1), 28, "Asia/Beirut", datetime(2027, 3, 27, 22, tzinfo=UTC)),  # clocks jump at midnight
        (date(2027, 1, 1), 1, "Pacific/Kiritimati", datetime(2026, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_due_is_the_first_moment_of_the_payment_day(period: date, day: int, zone: str, instant: datetime) -> None:
    assert due_at(period, day=day, zone=zone) == instant


def test_months_move_together() -> None:
    award = Award.objects.get(participation=factories.participation())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payouts_disbursement SET period = period + interval '1 month' WHERE award_id = %s", [award.pk]
        )
    assert award.disbursements.order_by("n")[0].period == date(2027, 6, 1)


# --- Ending -----------------------------------------------------------------------------------------


def _end(seat: Participation) -> None:
    move(seat, "ended", by=None, at=money.DUE)
    actions.end_award(seat, by=None, at=money.DUE)


def test_end_gives_unpaid_months_back_and_closes_the_award() -> None:
    batch = money.settled()
    award = Award.objects.get()
    assert award.participation is not None
    before = budget(award.cohort)
    _end(award.participation)
    award.refresh_from_db()
    assert (award.state, balances(award)) == ("closed", {"disbursed": CAP})
    assert budget(award.cohort) == before + TOTAL - CAP
    assert list(award.disbursements.order_by("n").values_list("state", flat=True)) == ["paid", *5 * ["cancelled"]]
    assert batch.payments.get().state == "settled"
    assert ledger.discrepancies() == []


def test_end_leaves_what_is_in_a_batch() -> None:
    money.draft()
    award = Award.objects.get()
    assert award.participation is not None
    _end(award.participation)
    award.refresh_from_db()
    assert (award.state, balances(award)) == ("committed", {"committed": CAP})
    assert list(award.disbursements.order_by("n").values_list("state", flat=True)) == ["ready", *5 * ["cancelled"]]


def test_end_takes_back_what_came_back() -> None:
    payment = money.sent().payments.get()
    actions.return_payment(payment, code="R06", by=None, at=money.DUE)
    award = Award.objects.get()
    assert award.participation is not None
    assert balances(award) == {"committed": TOTAL - CAP, "payable": CAP}
    before = budget(award.cohort)
    _end(award.participation)
    award.refresh_from_db()
    assert (award.state, balances(award), budget(award.cohort)) == ("closed", {}, before + TOTAL)
    assert ledger.discrepancies() == []


def test_end_twice_changes_nothing_more() -> None:
    award = Award.objects.get(participation=factories.participation())
    assert award.participation is not None
    _end(award.participation)
    before = Transfer.objects.count()
    actions.end_award(award.participation, by=None, at=money.DUE)
    assert Transfer.objects.count() == before
    assert Disbursement.objects.filter(state="cancelled").count() == 6


def test_seat_given_up_before_the_signature_frees_its_money() -> None:
    seat = factories.participation(signed=False)
    before = budget(seat.cohort)
    move(seat, "withdrawn", by=None, at=DECIDED)
    actions.end_award(seat, by=None, at=DECIDED)
    award = Award.objects.get(participation=seat)
    assert (award.state, balances(award), budget(seat.cohort)) == ("freed", {}, before + TOTAL)
