"""The web server of the control: preparing a batch no longer looks whether a month is in another batch.

What is left between a month and its second payment is the index of the database; the harness can take that away as well.
"""

from portal.wsgi import application

# isort: split
# Only now are the models there.
from datetime import datetime

from payouts.models import Disbursement
from payouts.models.awards import DisbursementQuerySet

__all__ = ["application"]


def payable(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
    """Filter the ready months, in a batch or not."""
    return months.filter(state=Disbursement.State.READY).unblocked(at)


DisbursementQuerySet.payable = payable  # type: ignore[method-assign, assignment]  # the control takes its look away
