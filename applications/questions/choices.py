"""Choices: yes or no, one of a list, several of a list, a country."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from applications.questions.base import Kind
from applications.questions.text import Words
from portal.forms import CountryField
from portal.language.countries import country_name


class YesNoField(forms.ChoiceField):
    """Yes or no, cleaned to a boolean; unanswered is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.RadioSelect, **kwargs)

    def clean(self, value: Any) -> Any:
        return {"yes": True, "no": False}.get(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class YesNo(Kind):
    """Yes or no: the words "yes" and "no" for an answer, a boolean for a fact."""

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def draft_field(self) -> forms.Field:
        return Words(widget=forms.RadioSelect(choices=self.choices), **self.options)

    def fact_field(self) -> forms.Field:
        return YesNoField(choices=self.choices, **self.options)

    def words(self, value: Any) -> str:
        key = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        return dict(self.choices).get(key, key)

    def flaw(self, value: Any) -> str:
        return "" if value in ("yes", "no") else _("Answer yes or no.")

    def fits(self, value: Any) -> bool:
        return isinstance(value, bool)


class Choice(Kind):
    """One of a list: the key of what was chosen."""

    has_choices = True

    def draft_field(self) -> forms.Field:
        return Words(widget=forms.RadioSelect(choices=self.choices), **self.options)

    def fact_field(self) -> forms.Field:
        return forms.ChoiceField(choices=self.choices, widget=forms.RadioSelect, **self.options)

    def words(self, value: Any) -> str:
        labels = dict(self.choices)
        return ", ".join(labels.get(key, str(key)) for key in _chosen(value))

    def flaw(self, value: Any) -> str:
        return "" if set(_chosen(value)) <= set(dict(self.choices)) else _("Choose from the list.")


class Choices(Choice):
    """Several of a list: the keys of what was chosen."""

    def draft_field(self) -> forms.Field:
        return forms.MultipleChoiceField(choices=self.choices, widget=forms.CheckboxSelectMultiple, **self.options)


class Country(Kind):
    """A country, by its ISO 3166 code."""

    def fact_field(self) -> forms.Field:
        return CountryField(**self.options)

    def words(self, value: Any) -> str:
        return country_name(value)


def _chosen(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
