"""What mentorship does within the acts of applications, in the same transaction."""

from datetime import datetime
from typing import Any

from applications.models import Participation
from mentorship import actions
from portal.models import User


def participation_ended(*, participation: Participation, by: User | None, at: datetime, **_about: Any) -> None:
    """End the pairings with the seat."""
    actions.end_pairings(participation, by=by, at=at)
