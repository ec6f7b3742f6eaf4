"""Pure rules of applying and judging: no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from applications.models import EligibilityCriterion, EligibilityFinding
from applications.questions import kind_of

Verdict = EligibilityFinding.Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """What a criterion says of a value: pass, fail, or unknown where nothing is known."""

    criterion: EligibilityCriterion
    verdict: str
    value: Any

    @property
    def reason(self) -> dict[str, str]:
        """Return the programme's words for this verdict, by language; empty for unknown."""
        if self.verdict == Verdict.PASS:
            passed: dict[str, str] = self.criterion.passed
            return passed
        failed: dict[str, str] = self.criterion.failed
        return failed if self.verdict == Verdict.FAIL else {}


def judge(criteria: Iterable[EligibilityCriterion], facts: Mapping[str, Any]) -> list[Finding]:
    """Judge every criterion by the facts. A missing or ill-typed fact is unknown, and unknown never passes."""
    return [judge_one(criterion, facts.get(criterion.fact)) for criterion in criteria]


def is_eligible(findings: Sequence[Finding]) -> bool:
    """Return whether every criterion that must hold does."""
    return all(f.verdict == Verdict.PASS for f in findings if f.criterion.is_hard)


def judge_one(criterion: EligibilityCriterion, value: Any) -> Finding:
    """Judge one criterion by a fact."""
    verdict = kind_of(criterion).verdict(value)
    return Finding(criterion, verdict, None if verdict == Verdict.UNKNOWN else value)


@dataclass(frozen=True, slots=True)
class Points:
    """Points given for one rubric criterion."""

    points: int
    max_points: int
    weight: int


def total_score(scores: Iterable[Points]) -> Decimal | None:
    """Return the weighted score from 0 to 100, one decimal; None without scores."""
    got = most = 0
    for s in scores:
        got += s.points * s.weight
        most += s.max_points * s.weight
    return score_of(got, most)


def score_of(got: int, most: int) -> Decimal | None:
    """Return weighted points out of the most there are, from 0 to 100, one decimal; None where there are none."""
    return (Decimal(got * 100) / most).quantize(Decimal("0.1")) if most else None
