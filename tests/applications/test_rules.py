"""Eligibility, answers and scores as pure rules."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.models import EligibilityCriterion, Question
from applications.rules import Points, fits, is_eligible, judge, problem, total_score

CRITERIA = [
    EligibilityCriterion(fact="country", kind="country", operator="in", value=["US"]),
    EligibilityCriterion(fact="raised", kind="money", operator="lt", value=1_000_000_000),
    EligibilityCriterion(fact="developers", kind="number", operator="ge", value=1),
    EligibilityCriterion(fact="built", kind="yes_no", operator="is", value=True),
    EligibilityCriterion(fact="sector", kind="choice", operator="in", value=["health", "finance"]),
    EligibilityCriterion(fact="people", kind="number", operator="le", value=50, is_hard=False),
]
GOOD: dict[str, Any] = {"country": "US", "raised": 0, "developers": 1, "built": True, "sector": "health", "people": 3}


def verdicts(facts: dict[str, Any]) -> list[str]:
    return [finding.verdict for finding in judge(CRITERIA, facts)]


def test_all_hold() -> None:
    assert verdicts(GOOD) == ["pass"] * 6


@pytest.mark.parametrize(
    ("fact", "value", "verdict"),
    [
        ("country", "FR", "fail"),
        ("raised", 999_999_999, "pass"),
        ("raised", 1_000_000_000, "fail"),
        ("raised", -1, "unknown"),
        ("raised", "0", "unknown"),
        ("developers", 0, "fail"),
        ("developers", True, "unknown"),
        ("built", False, "fail"),
        ("built", 1, "unknown"),
        ("sector", "", "unknown"),
        ("people", 51, "fail"),
    ],
)
def test_each_comparison(fact: str, value: Any, verdict: str) -> None:
    by_fact = {f.criterion.fact: f.verdict for f in judge(CRITERIA, GOOD | {fact: value})}
    assert by_fact[fact] == verdict


def test_soft_criterion_does_not_bar() -> None:
    assert is_eligible(judge(CRITERIA, GOOD | {"people": 500}))


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2_000_000_000), st.sampled_from(["US", "FR", "health", ""])
)


@given(facts=st.dictionaries(st.sampled_from(list(GOOD)), VALUES), gone=st.sampled_from(list(GOOD)))
def test_removing_an_answer_never_makes_anything_pass(facts: dict[str, Any], gone: str) -> None:
    before = dict(zip([c.fact for c in CRITERIA], verdicts(facts), strict=True))
    after = dict(zip([c.fact for c in CRITERIA], verdicts({k: v for k, v in facts.items() if k != gone}), strict=True))
    assert all(before[fact] == "pass" for fact, verdict in after.items() if verdict == "pass")
    assert after[gone] == "unknown"


@given(kind=st.sampled_from(["country", "money", "number", "yes_no", "choice"]))
def test_nothing_fits_no_kind(kind: str) -> None:
    assert not fits(kind, None)


def question(kind: str, **fields: Any) -> Question:
    return Question(kind=kind, max_length=12, choices=[["a", {"en": "A"}], ["b", {"en": "B"}]], **fields)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("short", "fine", ""),
        ("short", "  ", "needs an answer"),
        ("short", "x" * 13, "1 character too long"),
        ("long", "x" * 15, "3 characters too long"),
        ("url", "https://a.co", ""),
        ("url", "javascript:alert(1)", "https://"),
        ("url", "http://[bad", "https://"),
        ("number", "12", ""),
        ("number", "12.5", "whole number"),
        ("number", "١٢", "whole number"),
        ("yes_no", "yes", ""),
        ("yes_no", "maybe", "yes or no"),
        ("choice", "a", ""),
        ("choice", "z", "from the list"),
        ("choices", ["a", "b"], ""),
        ("choices", ["a", "z"], "from the list"),
        ("choices", [], "needs an answer"),
        ("file", None, "Attach"),
    ],
)
def test_problem_says_what_is_wrong(kind: str, value: Any, words: str) -> None:
    found = problem(question(kind), value)
    assert words in found
    assert bool(found) == bool(words)


def test_optional_questions_may_stay_empty() -> None:
    assert [problem(question(kind, is_required=False), None) for kind in ("short", "file", "choices")] == ["", "", ""]


def test_total_score_is_weighted() -> None:
    assert total_score([Points(5, 5, 1), Points(0, 5, 3)]) == Decimal("25.0")
    assert total_score([]) is None
