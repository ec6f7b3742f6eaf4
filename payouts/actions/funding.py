"""Where a cohort's budget comes from, and the bank a programme pays through."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Cohort
from payouts import ledger
from payouts.models import Event, Funding, PaymentSource
from payouts.permissions import FINANCE, require
from payouts.rails import RAILS
from portal.laws.transitions import lock
from portal.models import Role, User
from portal.refusals import Refusal
from portal.sealing.ring import key_ring, last_four


@transaction.atomic
def fund_cohort(
    cohort: Cohort, amount_minor: int, *, reference: str = "", key: UUID | None = None, by: User, at: datetime
) -> Funding:
    """Give a cohort's budget money, in minor units of its programme's currency; the same key a second time changes nothing.

    :raises Refusal: by who is neither manager nor finance of the programme, or for nothing.
    """
    require(by, (Role.MANAGER, *FINANCE), cohort.programme_id, at=at)
    if amount_minor <= 0:
        raise Refusal(_("A budget grows by more than nothing."))
    currency = cohort.programme.currency
    lock(cohort)
    if key and (known := Funding.objects.filter(key=key, cohort=cohort).first()):
        return known
    ledger.open_accounts(cohort, currency)
    funding = Funding.objects.create(
        key=key or uuid4(),
        cohort=cohort,
        amount_minor=amount_minor,
        currency=currency,
        reference=reference.strip(),
        funded_by=by,
        funded_at=at,
    )
    ledger.book(Event.FUND, funding, at=at)
    return funding


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
