"""Pure rules of applying and judging: no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import EligibilityCriterion, EligibilityFinding, Question

Kind = EligibilityCriterion.Kind
Operator = EligibilityCriterion.Operator
Verdict = EligibilityFinding.Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """What a criterion says of a value: pass, fail, or unknown where nothing is known."""

    criterion: EligibilityCriterion
    verdict: str
    value: Any

    @property
    def reason(self) -> dict[str, str]:
        """Give the programme's words for this verdict, by language; empty for unknown."""
        if self.verdict == Verdict.PASS:
            passed: dict[str, str] = self.criterion.passed
            return passed
        failed: dict[str, str] = self.criterion.failed
        return failed if self.verdict == Verdict.FAIL else {}


def judge(criteria: Iterable[EligibilityCriterion], facts: Mapping[str, Any]) -> list[Finding]:
    """Judge every criterion by the facts. A missing or ill-typed fact is unknown, and unknown never passes."""
    return [_judge_one(criterion, facts.get(criterion.fact)) for criterion in criteria]


def is_eligible(findings: Sequence[Finding]) -> bool:
    """Say whether every criterion that must hold does."""
    return all(f.verdict == Verdict.PASS for f in findings if f.criterion.is_hard)


def _judge_one(criterion: EligibilityCriterion, value: Any) -> Finding:
    if not fits(criterion.kind, value):
        return Finding(criterion, Verdict.UNKNOWN, None)
    holds = _compare(criterion.operator, value, criterion.value)
    return Finding(criterion, Verdict.PASS if holds else Verdict.FAIL, value)


def fits(kind: str, value: Any) -> bool:
    """Say whether a value is of the criterion's kind; True is not the number one."""
    if kind == Kind.YES_NO:
        return isinstance(value, bool)
    if kind in (Kind.MONEY, Kind.NUMBER):
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str) and value != ""


def _compare(operator: str, value: Any, wanted: Any) -> bool:
    match operator:
        case Operator.IS:
            return bool(value == wanted)
        case Operator.IN:
            return value in wanted
        case Operator.BELOW:
            return bool(value < wanted)
        case Operator.AT_MOST:
            return bool(value <= wanted)
        case Operator.AT_LEAST:
            return bool(value >= wanted)
    raise ValueError(operator)


def is_blank(value: Any) -> bool:
    """Say whether an answer says nothing."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def problem(question: Question, value: Any, *, documents: int = 0) -> str:
    """Give what keeps an answer from being submitted, in words for the applicant; empty when all is well."""
    if question.kind == Question.Kind.FILE:
        return _("Attach a document.") if question.is_required and not documents else ""
    if is_blank(value):
        return _("This question needs an answer.") if question.is_required else ""
    return _CHECKS[Question.Kind(question.kind)](question, value)


def _text_problem(question: Question, value: Any) -> str:
    over = len(str(value)) - question.max_length
    if over > 0:
        return ngettext("%(n)d character too long.", "%(n)d characters too long.", over) % {"n": over}
    return ""


def _url_problem(question: Question, value: Any) -> str:
    try:
        parts = urlsplit(str(value))
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or "." not in parts.netloc or " " in str(value):
        return _("Give a web address that starts with https://")
    return _text_problem(question, value)


def _number_problem(question: Question, value: Any) -> str:
    text = str(value).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        return _("Give a whole number, with digits only.")
    return ""


def _choice_problem(question: Question, value: Any) -> str:
    known = {key for key, _words in question.choices}
    chosen = value if isinstance(value, list) else [value]
    return "" if set(chosen) <= known else _("Choose from the list.")


def _yes_no_problem(question: Question, value: Any) -> str:
    return "" if value in ("yes", "no") else _("Answer yes or no.")


_CHECKS = {
    Question.Kind.SHORT: _text_problem,
    Question.Kind.LONG: _text_problem,
    Question.Kind.URL: _url_problem,
    Question.Kind.NUMBER: _number_problem,
    Question.Kind.YES_NO: _yes_no_problem,
    Question.Kind.CHOICE: _choice_problem,
    Question.Kind.CHOICES: _choice_problem,
}


@dataclass(frozen=True, slots=True)
class Points:
    """Points given for one rubric criterion."""

    points: int
    max_points: int
    weight: int


def total_score(scores: Iterable[Points]) -> Decimal | None:
    """Give the weighted score from 0 to 100, one decimal; None without scores."""
    got = most = 0
    for s in scores:
        got += s.points * s.weight
        most += s.max_points * s.weight
    return score_of(got, most)


def score_of(got: int, most: int) -> Decimal | None:
    """Give weighted points out of the most there are, from 0 to 100, one decimal; None where there are none."""
    return (Decimal(got * 100) / most).quantize(Decimal("0.1")) if most else None
