"""A month for a whole programme: the same statements for one startup as for thirty."""

from functools import partial

import pytest

from payouts import actions, ledger
from payouts.models import Disbursement
from portal.models import Role
from tests import factories
from tests.payouts import money
from tests.payouts.money import DUE


def a_month_for(n: int) -> dict[str, int]:
    """Pay n startups their first month; give the queries of each act."""
    seats = money.seats(n)
    programme = seats[0].cohort.programme
    money.source(programme)
    for number, seat in enumerate(seats):
        money.verified(seat, account_number=f"100{number:05}")
    preparer, approver = (factories.holder(role, programme) for role in Role.finance())
    used = {"open": money.queries(partial(actions.open_months, DUE))}
    used["prepare"] = money.queries(partial(actions.prepare_batch, programme, by=preparer, at=DUE))
    batch = programme.batches.get()
    for act in (actions.approve_batch, actions.freeze_batch, actions.release_batch, actions.mark_sent):
        used[act.__name__] = money.queries(partial(act, batch, by=approver, at=DUE))
    used["settle"] = money.queries(partial(actions.settle_batch, batch, by=None, at=DUE))
    paid = Disbursement.objects.filter(award__cohort__programme=programme, state="paid")
    assert paid.count() == batch.count == n
    return used


@pytest.mark.django_db
def test_a_month_takes_as_many_queries_for_many() -> None:
    assert a_month_for(1) == a_month_for(3) == a_month_for(30)
    assert ledger.discrepancies() == []
