"""What every form of the portal has in common."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from portal.language.countries import countries

LARGEST_ID = 2**63 - 1  # of a bigint


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


class CountrySelect(forms.Select):
    """The list of all countries: two hundred and fifty lines, the same for everybody, so written once a language."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Write the list as Django would, with the chosen country marked."""
        chosen = f'value="{escape(value or "")}"'
        options = _options(get_language() or "en").replace(f"{chosen}>", f"{chosen} selected>", 1)
        drawn = flatatt(self.build_attrs(self.attrs, attrs))
        return format_html('<select name="{}"{}>{}</select>', name, drawn, mark_safe(options))  # noqa: S308  # by us


class CountryField(forms.ChoiceField):
    """A country, by its ISO 3166 code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_country_choices, widget=CountrySelect, **kwargs)


def _country_choices() -> list[tuple[str, str]]:
    return [("", _("Choose a country")), *countries()]


@lru_cache(maxsize=8)
def _options(_language: str) -> SafeString:
    return format_html_join("\n", '<option value="{}">{}</option>', _country_choices())
