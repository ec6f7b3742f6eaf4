"""The seam of a question kind: field, parse, show, judge."""

import json
import operator
from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from applications.models import EligibilityCriterion, EligibilityFinding, Question
from portal.language.fields import pick
from portal.refusals import Refusal

Asked = Question | EligibilityCriterion
Operator = EligibilityCriterion.Operator
Verdict = EligibilityFinding.Verdict

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    Operator.IS: operator.eq,
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.BELOW: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.AT_LEAST: operator.ge,
}


class Kind:
    """One question or criterion; a subclass says how its kind is asked, read, shown and judged.

    An answer keeps what was typed, so that no draft is lost; its problem is said until it is submitted. A fact keeps a
    value that its criterion compares, so only what can be read is kept.
    """

    has_choices = False  # its question lists what to choose from
    is_counted = False  # its page counts the characters
    is_document = False  # it is answered by documents
    tells_who = False  # by its nature it tells who the startup is: hidden in a blind phase

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.question = asked if isinstance(asked, Question) else None
        self.criterion = asked if isinstance(asked, EligibilityCriterion) else None

    @property
    def name(self) -> str:
        """Return the name of its form field."""
        return f"fact-{self.criterion.fact}" if self.criterion else f"answer-{self.asked.pk}"

    @property
    def is_required(self) -> bool:
        return self.criterion.is_hard if self.criterion else bool(self.question and self.question.is_required)

    # --- field ---

    @cached_property
    def field(self) -> forms.Field:
        """Return its form field: of a question one that takes any draft, of a criterion one that takes what fits."""
        field = self.fact_field() if self.criterion else self.draft_field()
        field.widget.attrs.setdefault("class", _look(field.widget))
        return field

    def draft_field(self) -> forms.Field:
        """Return the field of a question."""
        raise NotImplementedError

    def fact_field(self) -> forms.Field:
        """Return the field of a criterion."""
        raise NotImplementedError

    @property
    def help(self) -> str:
        """Return the words below the question."""
        return pick(self.question.help) if self.question else ""

    @property
    def options(self) -> dict[str, Any]:
        """Return what every form field is made with."""
        return {"label": str(self.asked), "help_text": self.help, "required": False}

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Return the choices of the question by key, in the reader's language."""
        return [(key, pick(words)) for key, words in self.asked.choices]

    # --- parse ---

    def parse(self, sent: Any) -> Any:
        """Read what a widget took from a request into what is stored; None takes a fact back.

        :raises Refusal: if it cannot be read.
        """
        try:
            value = self.field.clean(sent)
        except forms.ValidationError as error:
            raise Refusal(" ".join(error.messages)) from error
        return None if value == "" and self.criterion else value

    def unkept(self, value: Any) -> str:
        """Return why a draft cannot keep a value, in words for the writer; empty where it can."""
        if self.criterion and value is not None and not self.fits(value):
            return _("This value does not fit the question “%(question)s”.") % {"question": self.asked}
        if self.question and len(json.dumps(value, ensure_ascii=False)) > 8 * self.question.max_length + 2000:
            most = self.question.max_length
            return _("This text is far too long to be kept: at most %(n)d characters.") % {"n": most}
        return ""

    # --- show ---

    def show(self, value: Any) -> str:
        """Return a stored value as pages and mails print it, in the reader's language."""
        return _("No answer") if value in (None, "", []) else self.words(value)

    def words(self, value: Any) -> str:
        """Return the words for a value that says something."""
        return str(value)

    # --- judge ---

    def problem(self, value: Any, *, documents: int = 0) -> str:
        """Return what keeps a stored value from being submitted, in words for the applicant; empty when all is well."""
        if self.criterion:
            return self._unmet(self.criterion, value)
        if is_blank(value):
            return _("This question needs an answer.") if self.is_required else ""
        return self.flaw(value)

    def flaw(self, value: Any) -> str:
        """Return what is wrong with an answer that says something; empty when nothing is."""
        return ""

    def fits(self, value: Any) -> bool:
        """Return whether a fact is of this kind."""
        return isinstance(value, str) and value != ""

    def verdict(self, value: Any) -> Verdict:
        """Return what the criterion says of a fact; a missing or ill-typed one is unknown, and unknown never passes."""
        if self.criterion is None or not self.fits(value):
            return Verdict.UNKNOWN
        return Verdict.PASS if _COMPARE[self.criterion.operator](value, self.criterion.value) else Verdict.FAIL

    def _unmet(self, criterion: EligibilityCriterion, value: Any) -> str:
        verdict = self.verdict(value)
        if not criterion.is_hard or verdict == Verdict.PASS:
            return ""
        return pick(criterion.failed) if verdict == Verdict.FAIL else _("This question needs an answer.")


def is_blank(value: Any) -> bool:
    """Return whether an answer says nothing."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _look(widget: forms.Widget) -> str:
    """Return the CSS class that gives a widget the look of the site."""
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
