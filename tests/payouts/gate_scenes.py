"""What the gates of money may find of a seat: states of award, seat and account, the end of cooling off, and holds."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import strategies as st

from applications.models import Participation
from payouts.gates import GATES
from payouts.models import Award, Hold, PayoutAccount
from tests.gates import scene_of
from tests.payouts.money import DUE, ROUTING

Account = PayoutAccount.State
SECOND = timedelta(seconds=1)
# An account of before, by its state; the one that counts by its state and the end of its cooling off; None for none.
REPLACED = (None, Account.RETIRED, Account.REJECTED)
COUNTING = (None, *product(PayoutAccount.CURRENT, (DUE - SECOND, DUE, DUE + SECOND)))
# On the whole seat, on the account of before, on the one that counts; each open or lifted.
HOLDS = st.sets(st.sampled_from([*product(("seat", "replaced", "counting"), (True, False))]))
COMBINATIONS = st.tuples(
    st.sampled_from([None, *Award.State]),
    st.sampled_from(Participation.State),
    st.sampled_from(REPLACED),
    st.sampled_from(COUNTING),
    HOLDS,
)


@scene_of([gate.code for gate in GATES], COMBINATIONS)
def write(seat: Participation, combination: Any) -> None:
    """Write a combination, the triggers of the laws being off; without an award, its offer's is of no seat yet."""
    award, participation, replaced, counting, holds = combination
    Participation.objects.filter(pk=seat.pk).update(state=participation)
    awards = Award.objects.filter(offer=seat.offer_id)
    awards.update(participation=seat.pk if award else None, state=award or Award.State.RESERVED)
    seat.holds.all().delete()
    seat.payout_accounts.all().delete()
    accounts: dict[str, PayoutAccount | None] = {"seat": None}
    if replaced:
        accounts["replaced"] = _account(seat, 1, replaced, DUE)
    if counting:
        accounts["counting"] = _account(seat, 2, *counting)
    for which, is_open in sorted(holds):
        if which in accounts:
            _hold(seat, accounts[which], is_open=is_open)


def _account(seat: Participation, version: int, state: Account, payable_from: datetime) -> PayoutAccount:
    by = seat.startup.created_by_id
    steps: dict[str, Any] = {}
    if state in (Account.CONFIRMED, Account.VERIFIED):
        steps |= {"confirmed_by_id": by + 1, "confirmed_at": DUE}
    if state == Account.VERIFIED:
        steps |= {"verified_by_id": by + 2, "verified_at": DUE, "evidence": "A letter."}
    return PayoutAccount.objects.create(
        participation=seat,
        version=version,
        holder_name="Loomwork Inc.",
        holder_name_ascii="Loomwork Inc.",
        routing_number=ROUTING,
        account_type=PayoutAccount.Type.CHECKING,
        sealed=b"-",
        last_four="0000",
        fingerprint="0" * 64,
        country="US",
        currency="USD",
        state=state,
        changed_by_id=by,
        created_at=DUE,
        payable_from=payable_from,
        **steps,
    )


def _hold(seat: Participation, account: PayoutAccount | None, *, is_open: bool) -> None:
    by = seat.startup.created_by_id
    lifted = {} if is_open else {"lifted_by_id": by, "lifted_at": DUE, "lifted_why": "Found."}
    Hold.objects.create(
        participation=seat,
        account=account,
        reason=Hold.Reason.REPORT,
        notice="A report is missing.",
        placed_by_id=by,
        placed_at=DUE,
        noticed_at=DUE,
        review_on=DUE.date(),
        **lifted,
    )
