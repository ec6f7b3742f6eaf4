"""What mentorship does by itself when it is due."""

from datetime import datetime

from mentorship.actions import remind
from portal.registry import registry


@registry.sweep("session_reminders")
def session_reminders(at: datetime) -> int:
    """Remind both sides of sessions a day and an hour before, batch by batch."""
    handled = 0
    while batch := remind(at=at):
        handled += batch
    return handled
