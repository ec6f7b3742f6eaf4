"""Controls drawn by ourselves read letter for letter like those of Django's templates."""

from datetime import date, datetime, time
from html import escape
from typing import Any

import pytest
from django import forms
from django.forms import CheckboxSelectMultiple, RadioSelect
from django.forms.renderers import DjangoTemplates
from django.template.defaultfilters import linebreaksbr
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy

from portal.drawing import DRAWN, Renderer, escaped, in_lines
from portal.language.local_text import LocalTextInput

EVIL = "<b>\"'&é"
ATTRS: list[dict[str, Any]] = [
    {},
    {"id": "id_x", "required": True, "disabled": False, "rows": 3, "data-x": EVIL, "n": None},
]
CHOICES: list[Any] = [
    ("", "---"),
    (1, gettext_lazy("Yes")),
    (EVIL, EVIL),
    ("safe", mark_safe("<i>safe</i>")),  # what a choice may hold
    (EVIL, [("in", "Inner"), (2000, 2000)]),
]
LISTS = (forms.Select, forms.SelectMultiple, RadioSelect, CheckboxSelectMultiple)
CONTROLS: list[tuple[forms.Widget, Any]] = [
    *[
        (widget(), value)
        for widget in (forms.TextInput, forms.EmailInput, forms.URLInput, forms.PasswordInput, forms.HiddenInput)
        for value in (None, "", EVIL, mark_safe("a &amp; b"), 0)  # as above
    ],
    *[(forms.NumberInput(), value) for value in (None, 0, 1234567, "12.50")],
    *[(forms.Textarea(), value) for value in (None, "", EVIL, "two\nlines")],
    *[(forms.CheckboxInput(), value) for value in (None, True, False, EVIL)],
    (forms.DateInput(), date(2027, 4, 1)),
    (forms.DateTimeInput(), datetime(2027, 4, 1, 12, 30)),  # noqa: DTZ001  # as a form shows it
    (forms.TimeInput(), time(9, 5)),
    (forms.FileInput(), None),
    *[(widget(choices=CHOICES), value) for widget in LISTS for value in (None, "", 1, EVIL, ["in", 1])],
]


@pytest.mark.parametrize("attrs", ATTRS)
@pytest.mark.parametrize(("widget", "value"), CONTROLS, ids=lambda each: type(each).__name__)
def test_a_control_is_drawn_as_its_template_draws_it(widget: forms.Widget, value: Any, attrs: dict[str, Any]) -> None:
    ours, djangos = (widget.render("x", value, attrs, renderer) for renderer in (Renderer(), DjangoTemplates()))
    assert ours == djangos


@pytest.mark.parametrize("widget", [RadioSelect, CheckboxSelectMultiple])
def test_one_choice_of_a_list_is_drawn_as_its_template_draws_it(widget: type[RadioSelect]) -> None:
    def tags(renderer: Any) -> list[str]:
        drawn = list(widget(choices=CHOICES).subwidgets("x", 1, {"id": "id_x"}))
        contexts = [{"widget": {**each, "wrap_label": wrap}} for each in drawn for wrap in (True, False)]
        return [renderer.render(each["widget"]["template_name"], each) for each in contexts]

    assert tags(Renderer()) == tags(DjangoTemplates())


def test_the_renderer_draws_what_there_is_a_template_for() -> None:
    for name in DRAWN.keys() - {LocalTextInput.template_name}:  # which has none but ours
        assert DjangoTemplates().get_template(name)


@pytest.mark.parametrize("rows", [1, 3])
def test_words_in_every_language_have_a_box_each(rows: int) -> None:
    drawn = LocalTextInput(rows=rows).render("x", {"en": EVIL, "fr": "Oui"}, {"id": "id_x"}, Renderer())
    boxes = drawn.split('<div class="local-text-box">')
    assert boxes[0] == '<div class="local-text">'
    for box, (code, words) in zip(boxes[1:], (("en", escape(EVIL)), ("fr", "Oui")), strict=True):
        assert box.startswith(f'<span aria-hidden="true">{code}</span><')
        assert words in box
        assert f'lang="{code}"' in box
        assert EVIL not in box
    assert drawn.count("<div") == drawn.count("</div>")


TEXTS: list[Any] = [EVIL, "", "one\ntwo\r\nthree\rfour", mark_safe("<i>a</i>\nb"), gettext_lazy("Yes"), 12]


@pytest.mark.parametrize("text", TEXTS)
def test_words_become_html_as_django_makes_them(text: Any) -> None:
    assert escaped(text) == conditional_escape(text)
    assert isinstance(escaped(text), SafeString)
    assert in_lines(str(text)) == linebreaksbr(str(text), autoescape=True)
