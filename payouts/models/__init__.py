from payouts.models.accounts import Hold, PayoutAccount
from payouts.models.awards import Award, Disbursement
from payouts.models.batches import BatchFile, Payment, PaymentBatch
from payouts.models.cohort_figures import CohortBalance, CohortFigures
from payouts.models.corrections import Correction
from payouts.models.funding import Funding
from payouts.models.ledger import AWARD_KINDS, COHORT_KINDS, EVENTS, Event, Kind, LedgerAccount, Transfer
from payouts.models.source_changes import SourceChange
from payouts.models.sources import PaymentSource

__all__ = [
    "AWARD_KINDS",
    "COHORT_KINDS",
    "EVENTS",
    "Award",
    "BatchFile",
    "CohortBalance",
    "CohortFigures",
    "Correction",
    "Disbursement",
    "Event",
    "Funding",
    "Hold",
    "Kind",
    "LedgerAccount",
    "Payment",
    "PaymentBatch",
    "PaymentSource",
    "PayoutAccount",
    "SourceChange",
    "Transfer",
]
