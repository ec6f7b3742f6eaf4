"""Booking, moving, cancelling and logging a session."""

from datetime import datetime
from typing import Any

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mentorship.actions import NewItem
from mentorship.models import Attendance, Side
from portal.bounds import FIRST, LAST
from portal.forms import Bare, DayField, ReasonField

BLANK_ROWS = 3


class SlotField(forms.Field):
    """The beginning of a free hour, as the page offers it: an instant in ISO 8601 with its offset."""

    default_error_messages = {"required": _("Choose an hour."), "invalid": _("Choose one of the hours below.")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            found = datetime.fromisoformat(str(value))
        except (ValueError, OverflowError):
            found = datetime.min  # noqa: DTZ901  # refused below, as every instant without an offset
        if found.utcoffset() is None or not FIRST <= found.date() <= LAST:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class MoveForm(forms.Form):
    """Which hour."""

    starts_at = SlotField(label=_("Hour"))


class BookForm(MoveForm):
    """Which hour, and what for."""

    topic = forms.CharField(
        label=_("What do you want to talk about?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your mentor reads it beforehand. One or two sentences do."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout("topic")


class CancelForm(forms.Form):
    """Why."""

    reason = ReasonField(label=_("Why, in a line"), required=False, help_text=_("The other side reads it."))

    def __init__(self, *args: Any, is_late: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_late


class LogForm(forms.Form):
    """What came of a session: filled in two minutes, most of it beforehand."""

    HELD, NO_SHOW = "held", "no_show"

    outcome = forms.ChoiceField(
        label=_("Did you meet?"),
        choices=[(HELD, _("Yes, we met")), (NO_SHOW, _("No, nobody of the startup came"))],
        widget=forms.RadioSelect,
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=480)
    startup_outcome = forms.ChoiceField(
        label=_("The startup"),
        choices=[(o.value, o.label) for o in (Attendance.Outcome.PRESENT, Attendance.Outcome.LATE)],
    )
    shared = forms.CharField(
        label=_("Shared notes"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The startup and the programme read them."),
    )
    private = forms.CharField(
        label=_("Private notes"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only you read them: no founder, no manager, no auditor. They stay private for good."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout("outcome", Row(Column("minutes"), Column("startup_outcome")), "shared", "private")


class ItemForm(forms.Form):
    """One thing promised; an empty row is none."""

    text = forms.CharField(label=_("What"), max_length=300, required=False)
    side = forms.ChoiceField(
        label=_("Owed by"), choices=[(Side.STARTUP.value, Side.STARTUP.label), (Side.MENTOR.value, Side.MENTOR.label)]
    )
    due_on = DayField(label=_("By"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)
        self.helper.layout = Layout(Row(Column("text", css_class="col-md-6"), Column("side"), Column("due_on")))


class _Items(forms.BaseFormSet[ItemForm]):
    def new_items(self) -> list[NewItem]:
        """Return the rows that promise something."""
        filled = [row.cleaned_data for row in self.forms if row.cleaned_data.get("text")]
        return [NewItem(row["side"], row["text"], row["due_on"]) for row in filled]


ItemFormSet = forms.formset_factory(
    ItemForm, formset=_Items, extra=BLANK_ROWS, max_num=20, absolute_max=20, validate_max=True
)
