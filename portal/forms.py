"""What every form of the portal has in common."""

from typing import Any

from crispy_forms.helper import FormHelper
from django import forms


class Bare(FormHelper):  # type: ignore[misc]  # crispy ships no types
    """Crispy draws the fields alone: the <form>, its token, the errors at its head and the buttons are the template's."""

    form_tag = False
    disable_csrf = True
    include_media = False
    form_show_errors = True

    def __init__(self, form: forms.BaseForm | None = None, **kwargs: Any) -> None:
        super().__init__(form, **kwargs)
        self.form_error_title = ""


class DayInput(forms.DateInput):
    """A day by the browser's own picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class InstantInput(forms.DateTimeInput):
    """Day and time by the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")
