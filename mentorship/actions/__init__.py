"""The acts of mentorship. Views, admin, sweeps and moments call these, and decide nothing."""

from mentorship.actions.action_items import complete_action_item, drop_action_item, reopen_action_item
from mentorship.actions.availability import (
    add_opening,
    add_rule,
    add_time_off,
    open_profile,
    remove_opening,
    remove_rule,
    remove_time_off,
    save_profile,
)
from mentorship.actions.pairings import end_pairing, end_pairings, make_primary, pair
from mentorship.actions.reminders import queue_session_reminders, remind_of_sessions
from mentorship.actions.session_log import NewItem, log_session, mark_no_show
from mentorship.actions.sessions import book, cancel, reschedule

__all__ = [
    "NewItem",
    "add_opening",
    "add_rule",
    "add_time_off",
    "book",
    "cancel",
    "complete_action_item",
    "drop_action_item",
    "end_pairing",
    "end_pairings",
    "log_session",
    "make_primary",
    "mark_no_show",
    "open_profile",
    "pair",
    "queue_session_reminders",
    "remind_of_sessions",
    "remove_opening",
    "remove_rule",
    "remove_time_off",
    "reopen_action_item",
    "reschedule",
    "save_profile",
]
