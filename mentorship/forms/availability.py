"""A mentor's profile and hours."""

from typing import Any

from crispy_forms.layout import Column, Field, Layout, Row
from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from mentorship.models import AvailabilityRule, Mentor
from portal.forms import Bare, DayField


class TimeInput(forms.TimeInput):
    """A time by the browser's own picker."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M", attrs={"step": 300})


class ProfileForm(forms.ModelForm[Mentor]):
    """How a mentor presents herself, and on which terms she is booked."""

    meeting_link = forms.URLField(
        label=_("Meeting link"),
        max_length=400,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(["https"])],
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Where you meet: an https:// address. It goes into the invitations."),
    )

    class Meta:
        model = Mentor
        fields = [
            "headline",
            "skills",
            "meeting_link",
            "minutes",
            "buffer_minutes",
            "notice_hours",
            "cancel_hours",
            "horizon_days",
        ]
        widgets = {
            "headline": forms.TextInput(attrs={"placeholder": _("Engineer for evaluations and agents")}),
            "skills": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout(
            "headline",
            "skills",
            "meeting_link",
            Row(Column("minutes"), Column("buffer_minutes"), Column("horizon_days")),
            Row(Column("notice_hours"), Column("cancel_hours")),
        )


class RuleForm(forms.Form):
    """Hours of every week."""

    prefix = "rule"

    weekday = forms.TypedChoiceField(label=_("Weekday"), choices=AvailabilityRule.Weekday.choices, coerce=int)
    starts = forms.TimeField(label=_("From"), widget=TimeInput)
    ends = forms.TimeField(label=_("To"), widget=TimeInput, help_text=_("00:00 is the end of the day."))
    from_on = DayField(label=_("First day"))
    until_on = DayField(label=_("Last day"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout(
            Row(Column(Field("weekday")), Column("starts"), Column("ends")), Row(Column("from_on"), Column("until_on"))
        )


class OpeningForm(forms.Form):
    """Hours of one day."""

    prefix = "opening"

    on = DayField(label=_("Day"))
    starts = forms.TimeField(label=_("From"), widget=TimeInput)
    ends = forms.TimeField(label=_("To"), widget=TimeInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout(Row(Column("on"), Column("starts"), Column("ends")))


class TimeOffForm(forms.Form):
    """Days without sessions."""

    prefix = "off"

    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout(Row(Column("first_on"), Column("last_on")))
