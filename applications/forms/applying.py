"""The application form: built from the cohort's rows, saved field by field, and never losing a word."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from applications.models import Application, EligibilityCriterion, Question
from portal.countries import countries
from portal.fields import pick
from portal.money import Money

Kind = Question.Kind
FactKind = EligibilityCriterion.Kind
_YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class MoneyField(forms.DecimalField):
    """An amount in major units of a currency; cleaned to whole minor units."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        super().__init__(min_value=Decimal(0), max_digits=15, decimal_places=2, **kwargs)
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
            return forms.ChoiceField(choices=[("", _("Choose a country")), *countries()], **words)
        case FactKind.MONEY:
            return MoneyField(
                currency, help_text=_("In %(currency)s, without cents.") % {"currency": currency}, **words
            )
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
            self.fields[f"fact-{criterion.fact}"] = fact_field(criterion, currency)

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
            attrs = {"rows": 6, "data-max-length": question.max_length}
            return forms.CharField(widget=forms.Textarea(attrs=attrs), strip=False, **words)
        case Kind.URL:
            return forms.CharField(widget=forms.URLInput(attrs={"placeholder": "https://"}), **words)
        case Kind.NUMBER:
            return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "numeric"}), **words)
        case Kind.YES_NO:
            return forms.CharField(widget=forms.RadioSelect(choices=_YES_NO), **words)
        case Kind.CHOICE:
            return forms.CharField(widget=forms.RadioSelect(choices=choices), **words)
        case Kind.CHOICES:
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **words)
        case Kind.FILE:
            return forms.FileField(widget=forms.FileInput(attrs={"accept": "application/pdf"}), **words)
        case _:
            return forms.CharField(widget=forms.TextInput(attrs={"data-max-length": question.max_length}), **words)


class ApplicationForm(forms.Form):
    """Everything a cohort asks, with what the draft already says."""

    def __init__(
        self,
        application: Application,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        save_url: str = "",
    ) -> None:
        super().__init__(data, files, initial=_initial(application))
        cohort = application.cohort
        self.criteria = {c.fact: c for c in cohort.criteria.order_by("order", "id")}
        self.questions = {
            q.pk: q
            for q in Question.objects.filter(section__cohort=cohort)
            .select_related("section")
            .order_by("section__order", "order", "id")
        }
        for fact, criterion in self.criteria.items():
            self._add(f"fact-{fact}", fact_field(criterion, cohort.programme.currency), save_url)
        for key, question in self.questions.items():
            self._add(f"answer-{key}", question_field(question), save_url)

    def _add(self, name: str, field: forms.Field, save_url: str) -> None:
        self.fields[name] = field
        if save_url and not isinstance(field, forms.FileField):
            field.widget.attrs |= {
                "hx-post": f"{save_url}{name}/",
                "hx-trigger": "change, input changed delay:1500ms",
                "hx-target": "#autosave",
                "hx-sync": "closest form:queue all",
            }

    def clean_one(self, name: str) -> Any:
        """Clean one field by itself.

        :raises forms.ValidationError: if it is of the wrong type.
        """
        field = self.fields[name]
        return field.clean(field.widget.value_from_datadict(self.data, self.files, name))


def _initial(application: Application) -> dict[str, Any]:
    answers = application.answers.values_list("question_id", "value")
    facts = application.facts.values_list("fact", "value")
    return {f"answer-{key}": value for key, value in answers} | {f"fact-{fact}": value for fact, value in facts}
