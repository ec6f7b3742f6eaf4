"""What people fill in: hours, bookings, logs. State, actor and time are never fields."""

from mentorship.forms.availability import OpeningForm, ProfileForm, RuleForm, TimeOffForm
from mentorship.forms.sessions import BookForm, CancelForm, ItemFormSet, LogForm, MoveForm

__all__ = [
    "BookForm",
    "CancelForm",
    "ItemFormSet",
    "LogForm",
    "MoveForm",
    "OpeningForm",
    "ProfileForm",
    "RuleForm",
    "TimeOffForm",
]
