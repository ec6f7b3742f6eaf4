"""How a state looks: its colour and its sign, by the name of the state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Look:
    """How a state looks: `family` is its colour, `icon` its sign; neither is ever shown without its words."""

    family: str
    icon: str


# Five families and no more: plain (not yet), moving (on its way), good (done), warn (waits for somebody), bad (went wrong),
# and quiet for what ended without harm. A state that is missing here is plain.
PLAIN = Look("plain", "minus-circle")
LOOKS: Mapping[str, Look] = {
    # Money of a month.
    "scheduled": Look("plain", "calendar"),
    "ready": Look("moving", "check"),
    "approved": Look("moving", "clipboard-document-check"),
    "on_its_way": Look("moving", "paper-airplane"),
    "paid": Look("good", "check-circle"),
    "held": Look("warn", "pause-circle"),
    "returned": Look("bad", "arrow-uturn-left"),
    "lapsed": Look("quiet", "clock"),
    "cancelled": Look("quiet", "x-circle"),
    # Payments and batches.
    "prepared": Look("moving", "clipboard-document-check"),
    "frozen": Look("moving", "lock-closed"),
    "sent": Look("moving", "paper-airplane"),
    "settled": Look("good", "check-circle"),
    "asked": Look("warn", "users"),
    # Applications, decisions, offers, agreements, seats.
    "draft": Look("plain", "pencil-square"),
    "submitted": Look("moving", "inbox-arrow-down"),
    "information_asked": Look("warn", "chat-bubble-left-ellipsis"),
    "changes_asked": Look("warn", "chat-bubble-left-ellipsis"),
    "accepted": Look("good", "check-badge"),
    "waitlisted": Look("warn", "queue-list"),
    "declined": Look("quiet", "x-circle"),
    "withdrawn": Look("quiet", "arrow-uturn-left"),
    "proposed": Look("plain", "light-bulb"),
    "confirmed": Look("moving", "check"),
    "released": Look("good", "megaphone"),
    "open": Look("moving", "envelope-open"),
    "revoked": Look("bad", "no-symbol"),
    "onboarding": Look("moving", "rocket-launch"),
    "active": Look("good", "bolt"),
    "paused": Look("warn", "pause-circle"),
    "graduated": Look("good", "academic-cap"),
    "ended": Look("quiet", "stop-circle"),
    "reserved": Look("moving", "bookmark"),
    "committed": Look("good", "lock-closed"),
    "closed": Look("quiet", "archive-box"),
    "freed": Look("quiet", "lock-open"),
    "signed": Look("good", "pencil-square"),
    "pending": Look("warn", "users"),
    "verified": Look("good", "shield-check"),
    "retired": Look("quiet", "archive-box"),
    "unverified": Look("warn", "shield-exclamation"),
    "rejected": Look("bad", "x-circle"),
    # Sessions and check-ins.
    "booked": Look("moving", "calendar-days"),
    "held_session": Look("good", "check-circle"),
    "no_show": Look("bad", "user-minus"),
    "cancelled_late": Look("warn", "x-circle"),
    "none": Look("plain", "minus"),
    "answered": Look("good", "chat-bubble-left-right"),
    "missed": Look("bad", "exclamation-circle"),
    # Reviews and what they recommend.
    "assigned": Look("plain", "envelope"),
    "conflicted": Look("warn", "no-symbol"),
    "accept": Look("good", "hand-thumb-up"),
    "unsure": Look("warn", "question-mark-circle"),
    "waitlist": Look("warn", "queue-list"),
    "decline": Look("quiet", "hand-thumb-down"),
    # Verdicts, jobs, mail.
    "pass": Look("good", "check-circle"),
    "fail": Look("bad", "x-circle"),
    "met": Look("good", "check-circle"),
    "not_met": Look("bad", "x-circle"),
    "unknown": Look("warn", "question-mark-circle"),
    "queued": Look("plain", "clock"),
    "sending": Look("moving", "paper-airplane"),
    "running": Look("moving", "arrow-path"),
    "done": Look("good", "check-circle"),
    "failed": Look("bad", "exclamation-triangle"),
    "bounced": Look("bad", "arrow-uturn-left"),
    # Steps of the journey.
    "current": Look("moving", "arrow-right-circle"),
    "todo": Look("plain", "minus-circle"),
    "skipped": Look("quiet", "minus-circle"),
    "stopped": Look("bad", "no-symbol"),
    # Notices and messages, under the names that django.contrib.messages uses.
    "info": Look("moving", "information-circle"),
    "debug": Look("plain", "information-circle"),
    "success": Look("good", "check-circle"),
    "warning": Look("warn", "exclamation-triangle"),
    "error": Look("bad", "exclamation-circle"),
}
# Some words mean two things: a session that was held is a good thing, money that is held is not.
LOOKS_BY_KIND: Mapping[tuple[str, str], str] = {
    ("sessions", "held"): "held_session",
    ("application", "returned"): "information_asked",
}


def look_of(state: Any, kind: str = "") -> Look:
    """Return the look of a state; dashes and underscores are the same."""
    key = str(getattr(state, "value", state) or "").replace("-", "_")
    return LOOKS.get(LOOKS_BY_KIND.get((kind, key), key), PLAIN)
