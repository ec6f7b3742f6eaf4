"""Where a cohort's budget comes from."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from applications.models import Cohort
from payouts import ledger
from payouts.models import Event, Funding
from payouts.permissions import FINANCE, require
from portal.laws.transitions import lock
from portal.models import Role, User
from portal.refusals import Refusal


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
