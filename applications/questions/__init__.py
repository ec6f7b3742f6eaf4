"""Question kinds: how each is asked, read, shown and judged. A new kind is one class, named in `KINDS`.

The same classes serve a criterion of that kind. `tests/applications/test_questions.py` walks every kind from the page that
asks it to the page of who reviews it.
"""

from applications.models import EligibilityCriterion, Question
from applications.questions.base import Asked, Kind
from applications.questions.choices import Choice, Choices, Country, YesNo
from applications.questions.files import File
from applications.questions.numbers import Amount, Number
from applications.questions.text import Long, Short, Url

KINDS: dict[str, type[Kind]] = {
    Question.Kind.SHORT: Short,
    Question.Kind.LONG: Long,
    Question.Kind.URL: Url,
    Question.Kind.NUMBER: Number,
    Question.Kind.YES_NO: YesNo,
    Question.Kind.CHOICE: Choice,
    Question.Kind.CHOICES: Choices,
    Question.Kind.FILE: File,
    EligibilityCriterion.Kind.COUNTRY: Country,
    EligibilityCriterion.Kind.MONEY: Amount,
    EligibilityCriterion.Kind.NUMBER: Number,
    EligibilityCriterion.Kind.YES_NO: YesNo,
    EligibilityCriterion.Kind.CHOICE: Choice,
}


def kind_of(asked: Asked) -> Kind:
    """Return a question or a criterion as its kind asks, reads, shows and judges it."""
    return KINDS[asked.kind](asked)


__all__ = ["KINDS", "Asked", "Kind", "kind_of"]
