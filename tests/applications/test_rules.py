"""Eligibility and scores as pure rules."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.models import EligibilityCriterion
from applications.rules import Points, is_eligible, judge, total_score

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


def test_total_score_is_weighted() -> None:
    assert total_score([Points(5, 5, 1), Points(0, 5, 3)]) == Decimal("25.0")
    assert total_score([]) is None
