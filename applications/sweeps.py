"""What applications do by themselves when it is due."""

from datetime import datetime

from applications import archive
from applications.actions import lapse_offer
from applications.models import Offer
from portal.registry import registry

BATCH = 200


@registry.sweep("lapse_offers")
def lapse_offers(at: datetime) -> int:
    """Let every offer lapse whose clock ran out, oldest first, each in a transaction of its own."""
    due = Offer.objects.overdue(at).order_by("expires_at", "id")[:BATCH]
    return sum(lapse_offer(offer, at=at) for offer in due)


@registry.sweep("unbound_uploads")
def unbound_uploads(at: datetime) -> int:
    """Forget once a day the uploads that never became documents."""
    return archive.forget_unbound_daily()
