"""A sentence is looked up once in each language, and written as Django writes it."""

from datetime import date
from typing import Any

import pytest
from django.template import Context, Engine
from django.utils import translation

FRAME = "{% load i18n %}"
SENTENCES: dict[str, dict[str, Any]] = {
    "{% blocktranslate %}Hello {{ name }},{% endblocktranslate %}": {"name": "<b>Tom</b> & 100 %"},
    "{% blocktranslate trimmed %}\n  Hello {{ name }},\n{% endblocktranslate %}": {"name": 1234567},
    "{% blocktranslate with name=day|date %}Hello {{ name }},{% endblocktranslate %}": {"day": date(2027, 3, 1)},
    "{% blocktranslate %}Hello {{ name }}, 100 %{% endblocktranslate %}": {},
    "{% blocktranslate with name=1 %}Hello {{ name }},{% endblocktranslate %}{{ name }}": {"name": "outside"},
    "{% blocktranslate asvar a %}Hello {{ name }},{% endblocktranslate %}{{ a }}": {"name": "Ada"},
    "{% blocktranslate count n=n %}{{ n }} month{% plural %}{{ n }} months{% endblocktranslate %}": {"n": 3},
}


@pytest.mark.parametrize("source", SENTENCES)
@pytest.mark.parametrize("autoescape", [True, False])
def test_sentence_is_written_as_django_writes_it(source: str, autoescape: bool) -> None:
    engine = Engine.get_default()
    ours, djangos = engine.from_string(source), engine.from_string(FRAME + source)
    for language in ("en", "fr", "en"):
        with translation.override(language):
            written = [form.render(Context(SENTENCES[source], autoescape=autoescape)) for form in (ours, djangos)]
        assert written[0] == written[1]


def test_sentence_speaks_the_language_of_the_moment() -> None:
    form = Engine.get_default().from_string("{% blocktranslate %}Hello {{ name }},{% endblocktranslate %}")
    said = []
    for language in ("en", "fr", "en"):
        with translation.override(language):
            said.append(form.render(Context({"name": "Ada"})))
    assert said == ["Hello Ada,", "Bonjour Ada,", "Hello Ada,"]


WORDS = ("{% translate 'Hello' %}", "{% translate 'a < 100 %' %}", "{% translate 'Hello' as a %}[{{ a }}]")


@pytest.mark.parametrize("source", WORDS)
@pytest.mark.parametrize("autoescape", [True, False])
def test_words_are_written_as_django_writes_them(source: str, autoescape: bool) -> None:
    engine = Engine.get_default()
    ours, djangos = engine.from_string(source), engine.from_string(FRAME + source)
    for language in ("en", "fr", "en"):
        with translation.override(language):
            assert ours.render(Context(autoescape=autoescape)) == djangos.render(Context(autoescape=autoescape))


def test_words_of_a_variable_speak_the_language_of_the_moment() -> None:
    form = Engine.get_default().from_string("{% translate word %}|{% translate 'Yes' %}")
    said = []
    for language, word in (("en", "No"), ("fr", "No"), ("fr", "Yes")):
        with translation.override(language):
            said.append(form.render(Context({"word": word})))
    assert said == ["No|Yes", "Non|Oui", "Oui|Oui"]
