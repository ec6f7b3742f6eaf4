"""What every form of the portal has in common."""

import json
from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bounds import FIRST, LAST, known_day
from portal.language.countries import countries

LARGEST_ID = 2**63 - 1  # of a bigint
LONGEST_SEARCH = 100  # characters
REASON = gettext_lazy("Reason")


def posted_number(text: str | None) -> int | None:
    """Return the whole number that an address or a form gives in ASCII digits; None for what no bigint can be."""
    if not text or not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_ID)):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None


def posted_id(text: str | None) -> int | None:
    """Return the id of a row that an address or a form gives; None for anything an id cannot be."""
    return posted_number(text) or None


def posted_ids(texts: Iterable[str]) -> list[int]:
    """Return the ids among what a form gives, each once and in the order given."""
    return list(dict.fromkeys(key for text in texts if (key := posted_id(text)) is not None))


def looked_for(text: str | None) -> str:
    """Return the words that an address gives to look for: without NUL, which no database reads, and not too many."""
    return (text or "").replace("\0", "").strip()[:LONGEST_SEARCH]


class Bare(FormHelper):  # type: ignore[misc]  # crispy ships no types
    """Crispy draws the fields alone: the <form>, its token, the errors at its head and the buttons are the template's."""

    form_tag = False
    disable_csrf = True
    include_media = False
    form_show_errors = True

    def __init__(self, form: forms.BaseForm | None = None, **kwargs: Any) -> None:
        super().__init__(form, **kwargs)
        self.form_error_title = ""


class ConfirmForm(forms.Form):
    """An act that is told nothing but that it is meant; it shows the act's refusal."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = Bare(self)


def _range(form: str) -> dict[str, str]:
    """Return the days that a picker offers."""
    return {"min": FIRST.strftime(form), "max": LAST.strftime(form)}


class DayInput(forms.DateInput):
    """A day by the browser's own picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({**_range("%Y-%m-%d"), **(attrs or {})}, format="%Y-%m-%d")


class InstantInput(forms.DateTimeInput):
    """Day and time by the browser's own picker."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({**_range("%Y-%m-%dT00:00"), **(attrs or {})}, format="%Y-%m-%dT%H:%M")


class DayField(forms.DateField):
    """A day that the system knows."""

    default_validators = [known_day]
    widget = DayInput


class InstantField(forms.DateTimeField):
    """A day and a time that the system knows."""

    default_validators = [known_day]


class ReasonField(forms.CharField):
    """Why somebody does something, in a few lines; `help_text` says who reads it.

    :param rows: how many lines the box has.
    """

    def __init__(self, *, label: Any = REASON, max_length: int = 300, rows: int = 2, **kwargs: Any) -> None:
        super().__init__(label=label, max_length=max_length, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class JsonField(forms.JSONField):
    """JSON that the database takes: without NUL, half characters and NaN, and not nested without end."""

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
            text = json.dumps(read, allow_nan=False, ensure_ascii=False).encode()
        except (RecursionError, ValueError) as odd:
            raise self._invalid() from odd
        if b"\\u0000" in text:
            raise self._invalid()
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show as text what nobody can read."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return data

    def _invalid(self) -> ValidationError:
        return ValidationError(self.error_messages["invalid"], "invalid", {"value": ""})


class LongSelect(forms.Select):
    """A list of hundreds of plain lines, drawn by one template: Django's takes two more for every line."""

    template_name = "portal/widgets/long_select.html"


class CountryField(forms.ChoiceField):
    """A country, by its ISO 3166 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_country_choices, widget=LongSelect, **kwargs)


def _country_choices() -> list[tuple[str, str]]:
    return [("", _("Choose a country")), *countries()]
