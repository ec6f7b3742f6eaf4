"""Where money keeps secrets, and of what they are seen in clear."""

from payouts.actions.funding import own_account_place
from payouts.models import BatchFile, PaymentBatch, PaymentSource, PayoutAccount
from portal.registry import registry
from portal.rotation import Sealed

registry.disclosed += [PayoutAccount, PaymentBatch, PaymentSource]
registry.sealed += [
    Sealed(PayoutAccount, "sealed", lambda account: account.place),
    Sealed(PaymentSource, "offset_sealed", own_account_place),
    # A file of ten thousand payments is a megabyte.
    Sealed(BatchFile, "sealed", lambda file: file.place, related=("batch",), at_once=10),
]
