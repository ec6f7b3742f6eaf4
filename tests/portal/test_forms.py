"""Fields that draw themselves: what they write is what Django would."""

from typing import Any

import pytest
from django import forms
from django.test.html import parse_html
from django.utils import translation
from django.utils.translation import gettext as _

from portal.forms import CountryField, CountrySelect, posted_id, posted_ids, posted_number
from portal.language.countries import countries


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("value", ["", None, "FR", "XX", '"><script>', "US"])
def test_countries_are_drawn_as_django_draws_a_list(language: str, value: Any) -> None:
    attrs = {"id": "id_country", "required": True, "aria-describedby": "help", "data-off": False}
    with translation.override(language):
        choices = [("", _("Choose a country")), *countries()]
        plain = forms.Select(attrs={"class": "form-select"}, choices=choices)
        ours = CountrySelect(attrs={"class": "form-select"}, choices=choices)
        drawn = ours.render("country", value, attrs)
        known = value in dict(countries()) or not value
        assert parse_html(drawn) == parse_html(plain.render("country", value if known else "no such", attrs))
        assert drawn.count(" selected>") == (1 if known else 0)
        assert "<script>" not in drawn


def test_a_country_is_one_of_all_there_are() -> None:
    field = CountryField()
    assert field.clean("FR") == "FR"
    for wrong in ("", "XX", "fr"):
        with pytest.raises(forms.ValidationError):
            field.clean(wrong)


@pytest.mark.parametrize("text", [None, "", "0", "-1", "+1", "1.0", " 1", "1_0", "²", "١", "a", str(2**63), "1" * 5000])
def test_what_cannot_be_an_id_is_none(text: str | None) -> None:
    assert posted_id(text) is None


def test_ids_are_read_once_each_in_their_order() -> None:
    assert posted_id(str(2**63 - 1)) == 2**63 - 1
    assert posted_ids(["7", "²", "3", "007", "", "7"]) == [7, 3]
    assert posted_number("0") == 0
