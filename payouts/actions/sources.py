"""The bank a programme pays through."""

from datetime import datetime

from django.db import transaction

from payouts.models import PaymentSource
from payouts.permissions import require
from payouts.rails import RAILS
from portal.laws.transitions import lock
from portal.models import Role, User
from portal.refusals import Refusal
from portal.sealing.ring import key_ring, last_four


@transaction.atomic
def set_own_account(
    source: PaymentSource, *, routing_number: str, account_number: str, account_type: str, by: User, at: datetime
) -> None:
    """Let the files of a source be balanced: each closes with a debit of this account of the programme's own.

    :raises Refusal: by who does not approve payments, or for numbers no bank would take.
    """
    require(by, (Role.FINANCE_APPROVER,), source.programme_id, at=at)
    scheme = RAILS[source.rail].accounts
    if problem := scheme.bank_problem(routing_number) or scheme.number_problem(account_number):
        raise Refusal(problem)
    if account_type not in scheme.types:
        raise ValueError(f"{account_type} is no account of this rail.")
    lock(source)
    source.offset_routing = routing_number
    source.offset_account_type = account_type
    source.offset_sealed = key_ring().seal(account_number.encode(), source.place)
    source.offset_last_four = last_four(account_number)
    source.save(update_fields=["offset_routing", "offset_account_type", "offset_sealed", "offset_last_four"])
