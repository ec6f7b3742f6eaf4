"""The application form: built from the cohort's rows, saved as one writes, and never losing a word."""

import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from applications.actions.drafts import Asked
from applications.models import Answer, Application, EligibilityCriterion, EligibilityFact, Question
from applications.snapshot import questionnaire
from portal.forms import CountryField, posted_number
from portal.language.fields import pick
from portal.money import Money

Kind = Question.Kind
FactKind = EligibilityCriterion.Kind
_YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class Words(forms.CharField):
    """Text as it was typed, whatever way its sender ends a line."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class MoneyField(forms.DecimalField):
    """An amount in major units of a currency; cleaned to whole minor units."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        digits = get_currency_precision(currency)
        super().__init__(min_value=Decimal(0), max_digits=15, decimal_places=digits, **kwargs)
        self.currency = currency

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return Money.of(amount, self.currency).minor if amount is not None else None

    def prepare_value(self, value: Any) -> Any:
        return Money(value, self.currency).major.normalize().__format__("f") if isinstance(value, int) else value


class YesNoField(forms.ChoiceField):
    """Yes or no, cleaned to a boolean; unanswered is None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=_YES_NO, widget=forms.RadioSelect, **kwargs)

    def clean(self, value: Any) -> Any:
        return {"yes": True, "no": False}.get(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def fact_field(criterion: EligibilityCriterion, currency: str) -> forms.Field:
    """Make the field that asks for a criterion's fact; an empty one states nothing."""
    words: dict[str, Any] = {"label": pick(criterion.question), "required": False}
    match criterion.kind:
        case FactKind.COUNTRY:
            return CountryField(**words)
        case FactKind.MONEY:
            return MoneyField(currency, help_text=_("In %(currency)s.") % {"currency": currency}, **words)
        case FactKind.NUMBER:
            return forms.IntegerField(min_value=0, max_value=1_000_000, **words)
        case FactKind.YES_NO:
            return YesNoField(**words)
        case _:
            choices = [(key, pick(label)) for key, label in criterion.choices]
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **words)


class EligibilityForm(forms.Form):
    """The questions of the criteria, for the self-check without an account."""

    def __init__(self, criteria: list[EligibilityCriterion], currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in criteria:
            self.fields[f"fact-{criterion.fact}"] = _dressed(fact_field(criterion, currency))

    def facts(self) -> dict[str, Any]:
        """Give the facts that were stated; what is empty or ill-typed is not known."""
        stated = {name.removeprefix("fact-"): value for name, value in self.cleaned_data.items()}
        return {fact: value for fact, value in stated.items() if value not in (None, "")}


def question_field(question: Question) -> forms.Field:
    """Make the field of a question. It accepts any draft; what may be submitted is asked at submission."""
    words: dict[str, Any] = {"label": pick(question.label), "help_text": pick(question.help), "required": False}
    choices = [(key, pick(label)) for key, label in question.choices]
    match question.kind:
        case Kind.LONG:
            rows = max(4, min(10, question.max_length // 200))
            return Words(widget=forms.Textarea(attrs={"rows": rows}), strip=False, **words)
        case Kind.URL:
            return Words(widget=forms.URLInput(attrs={"placeholder": "https://"}), **words)
        case Kind.NUMBER:
            return Words(widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **words)
        case Kind.YES_NO:
            return Words(widget=forms.RadioSelect(choices=_YES_NO), **words)
        case Kind.CHOICE:
            return Words(widget=forms.RadioSelect(choices=choices), **words)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **words)
        case Kind.FILE:
            return forms.FileField(widget=forms.FileInput(attrs={"accept": "application/pdf"}), **words)
        case _:
            return Words(**words)


class Stored:
    """What a draft says in the database at this moment."""

    def __init__(self, application: Application) -> None:
        self.answers: dict[int, Answer] = {a.question_id: a for a in application.answers.all()}
        self.stated: dict[str, EligibilityFact] = {fact.fact: fact for fact in application.facts.all()}
        self.facts: dict[str, Any] = {key: fact.value for key, fact in self.stated.items()}

    def value(self, asked: Asked) -> Any:
        """Give what the draft says to one of its questions."""
        if isinstance(asked, EligibilityCriterion):
            return self.facts.get(asked.fact)
        answer = self.answers.get(asked.pk)
        return answer.value if answer else None

    def token(self, asked: Asked) -> str:
        """Give what a page remembers of a field as it showed it: its version, and a digest of its words."""
        answer = self.answers.get(asked.pk) if isinstance(asked, Question) else self.stated.get(asked.fact)
        return f"{answer.version if answer else 0}-{digest(self.value(asked))}"


class ApplicationForm(forms.Form):
    """Everything a cohort asks, with what the draft already says.

    Each field travels with a token of what the page showed (`seen-<name>`): so one knows what was changed on that page,
    and whether somebody else changed it too.
    """

    def __init__(self, application: Application, data: QueryDict | None = None, files: Any = None) -> None:
        cohort = application.cohort
        self.application = application
        self.questionnaire = questionnaire(cohort)
        self.criteria = {criterion.fact: criterion for criterion in self.questionnaire.criteria}
        self.questions = {q.pk: q for _section, questions in self.questionnaire.sections for q in questions}
        self._sent: dict[str, str] = {}
        super().__init__(data, files)
        self.asked: dict[str, Asked] = {f"fact-{fact}": criterion for fact, criterion in self.criteria.items()}
        self.asked |= {f"answer-{key}": question for key, question in self.questions.items()}
        save_url = reverse("application_save", args=[application.pk])
        for name, asked in self.asked.items():
            currency = cohort.programme.currency
            field = question_field(asked) if isinstance(asked, Question) else fact_field(asked, currency)
            self.fields[name] = _dressed(field)
            if isinstance(field, forms.FileField):  # a document goes up as soon as it is chosen
                field.widget.attrs |= {
                    "hx-post": save_url,
                    "hx-trigger": "change",
                    "hx-encoding": "multipart/form-data",
                    "data-most-bytes": settings.DOCUMENT_MAX_BYTES,
                    "data-too-large": _("This file is too large."),
                }

    @cached_property
    def stored(self) -> Stored:
        """Give what the draft says; who only saves or submits what was written never reads it here."""
        return Stored(self.application)

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        """Give what a field shows: the words of `settle` that were not saved, or else what is stored."""
        return self.initial[field_name] if field_name in self.initial else self.stored.value(self.asked[field_name])

    def clean_one(self, name: str) -> Any:
        """Clean one field by itself.

        :raises forms.ValidationError: if it is of the wrong type.
        """
        value = self.fields[name].clean(self._raw(name))
        return None if value == "" and name.startswith("fact-") else value

    def touched(self) -> list[str]:
        """Give the fields that were changed on the page that sent them: what it left alone, it does not overwrite."""
        return [name for name in self.asked if self._is_touched(name)]

    def unsaved(self) -> list[str]:
        """Give the fields of which the draft says something else than what was sent."""
        return [name for name in self.touched() if self._digest(name) != digest(self.stored.value(self.asked[name]))]

    def seen_version(self, name: str) -> int | None:
        """Give the version of an answer or a fact that the page showed, 0 for none; None where it does not say."""
        return posted_number(self.data.get(f"seen-{name}", "").partition("-")[0])

    def settle(self, unsaved: Iterable[str]) -> None:
        """Turn from what was sent to what is stored, but for the fields that were not saved: those keep their words."""
        words = {name: self._raw(name) for name in unsaved if not self._is_file(name)}
        self._sent = {name: self.data.get(f"seen-{name}", "") for name in words}
        self.stored = Stored(self.application)
        self.initial = words
        self.is_bound = False

    def token(self, name: str) -> str:
        """Give the token of a field: of what is stored, or of what the page saw whose words are not saved yet."""
        return self._sent.get(name) or self.stored.token(self.asked[name])

    def words(self, name: str) -> str:
        """Give what was sent in a field as plain text."""
        raw = self._raw(name)
        return ", ".join(raw) if isinstance(raw, list) else str(raw or "")

    def _is_touched(self, name: str) -> bool:
        if self._is_file(name) or (name not in self.data and f"seen-{name}" not in self.data):
            return False
        seen = self.data.get(f"seen-{name}", "").partition("-")[2]
        return not seen or self._digest(name) != seen

    def _digest(self, name: str) -> str:
        try:
            return digest(self.clean_one(name))
        except forms.ValidationError:
            return "not to be read"

    def _is_file(self, name: str) -> bool:
        return isinstance(self.fields[name], forms.FileField)

    def _raw(self, name: str) -> Any:
        return self.fields[name].widget.value_from_datadict(self.data, self.files, name)


def digest(value: Any) -> str:
    """Give a short digest of a value; nothing, an empty text and an empty list are the same."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False) if value not in (None, "", []) else ""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def _dressed(field: forms.Field) -> forms.Field:
    """Give a field's widget the look of the site."""
    widget = field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        look = "form-check-input"
    else:
        look = "form-select" if isinstance(widget, forms.Select) else "form-control"
    widget.attrs.setdefault("class", look)
    return field
