from mentorship.models.availability import AvailabilityRule, Opening, TimeOff
from mentorship.models.mentors import Mentor, Mentorship, Side
from mentorship.models.notes import ActionItem, SessionNote
from mentorship.models.sessions import Attendance, MentorSession, SessionMove, SessionReminder

__all__ = [
    "ActionItem",
    "Attendance",
    "AvailabilityRule",
    "Mentor",
    "MentorSession",
    "Mentorship",
    "Opening",
    "SessionMove",
    "SessionNote",
    "SessionReminder",
    "Side",
    "TimeOff",
]
