"""What money does by itself when it is due: run twice, late or beside itself, the result is the same (law 13)."""

from datetime import datetime

from payouts import actions
from portal.registry import registry


@registry.sweep("open_months")
def open_months(at: datetime) -> int:
    """Make every month ready whose day has come and of which every gate is open."""
    return actions.open_months(at)


@registry.sweep("settle_payments")
def settle_payments(at: datetime) -> int:
    """Settle what was sent and has not come back within its banking days."""
    return actions.settle_due(at)
