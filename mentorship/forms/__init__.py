"""What people fill in: hours, bookings, logs. State, actor and time are never fields."""

from mentorship.forms.availability import OpeningForm, ProfileForm, RuleForm, TimeOffForm
from mentorship.forms.pairings import EndForm, PairForm
from mentorship.forms.sessions import BookForm, CancelForm, ItemFormSet, LogForm, MoveForm

__all__ = [
    "BookForm",
    "CancelForm",
    "EndForm",
    "ItemFormSet",
    "LogForm",
    "MoveForm",
    "OpeningForm",
    "PairForm",
    "ProfileForm",
    "RuleForm",
    "TimeOffForm",
]
