"""The fields that all forms share."""

from typing import Any

import pytest
from django import forms
from django.utils import translation

from portal.forms import CountryField, LongSelect, looked_for, posted_id, posted_ids, posted_number
from portal.language.countries import countries


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("value", ["", None, "FR", "XX", '"><script>', "US"])
def test_the_chosen_country_alone_is_selected(language: str, value: Any) -> None:
    with translation.override(language):
        field = CountryField()
        assert isinstance(field.widget, LongSelect)
        drawn = field.widget.render("country", value, {"id": "id_country", "required": True})
        known = value in dict(countries()) or not value
        assert drawn.startswith('<select name="country" id="id_country" required>')
        assert drawn.count("<option ") == len(countries()) + 1
        assert drawn.count(" selected>") == (1 if known else 0)
        assert not known or f'<option value="{value or ""}" selected>' in drawn
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


def test_what_is_looked_for_has_no_nul_and_an_end() -> None:
    assert [looked_for(text) for text in (None, " a\0b ", "c" * 101)] == ["", "ab", "c" * 100]
