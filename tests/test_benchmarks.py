"""What `make bench` calls missed: any figure over its budget, and any page without figures."""

from copy import deepcopy
from typing import Any

import pytest

from benchmarks.measure import Row, content_of
from benchmarks.pages import Page
from benchmarks.report import MISSED, judge
from benchmarks.stages import unanswered

N = 100_000


def row(name: str, kind: str, first: str = "", **figures: Any) -> dict[str, Any]:
    told = {
        "queries": 5,
        "rows": 60,
        "p50": 6.0,
        "p95": 8.0,
        "cpu": 5.0,
        "bytes": 9000,
        "content": 6000,
        "per_second": 90.0,
        "a1": 2.0,
    }
    return Row(name, kind, first, **(told | figures)).data()


def found() -> dict[str, Any]:
    """Give what a run measures, everything within its budget."""
    rows = [row("A1", "a1", a1=1.0), row("list", "list"), row("list deep", "list", "list"), row("seat", "application")]
    acts = {
        name: {"tremplin": {"seconds": 1.0, "statements": 1.0}, "bare": {"statements": 0.5}}
        for name in ("open", "send")
    }
    return {
        "small": {"rows": rows, "left_out": []},
        "large": {
            "rows": deepcopy(rows),
            "left_out": [],
            "transfers": N,
            "verifier": 9.0,
            "seeded": 200.0,
            "broken": 0,
        },
        "month": {
            "awards": N,
            "sample": 200,
            "acts": acts,
            "loop": {"open": 1.0},
            "again": {"open": {"seconds": 0.1, "moved": 0}},
        },
        "file": {"payments": 10_000, "file": 3.0, "eligibility": 1.0, "identical": True},
    }


def test_nothing_is_missed_within_the_budgets() -> None:
    lines, missed = judge(found(), N)
    assert missed == []
    assert sum(line.startswith("| list") for line in lines) == 2


@pytest.mark.parametrize(
    ("place", "figure", "sentence"),
    [
        (("large", "rows", 1, "queries"), 13, "list: queries 13, at most 12"),
        (("large", "rows", 1, "bytes"), 70_000, None),
        (("large", "rows", 1, "content"), 70_000, "list: content 70000, at most 60000"),
        (("large", "rows", 1, "cpu"), 61.5, "list: cpu 61.5, at most 60"),
        (("large", "rows", 3, "a1"), 9.0, "seat: a1 9, at most 8"),
        (("large", "rows", 2, "a1"), 5.0, "list deep: 2.5 × its first page, at most 2"),
        (("small", "rows", 3, "a1"), 1.0, "seat: 2.0 × what it takes at 1,000, at most 1.5"),
        (("small", "left_out"), ["seat"], "seat is not measured"),
        (("large", "left_out"), ["seat"], "seat is not measured"),
        (("month", "acts", "open", "bare", "statements"), 0.1, None),
        (("month", "acts", "open", "tremplin", "statements"), 9.0, "the month: 10.00 × its bare statements, at most 8"),
        (("month", "loop", "open"), 0.1, "the month is 25.0 × as fast as one by one, at least 30"),
        (("month", "again", "open", "moved"), 3, "opening again moved 3 months"),
        (("file", "identical"), False, "the file asked for again has other bytes"),
        (("large", "broken"), 2, "2 rows break a law"),
        (("large", "seeded"), 301.0, "seed_demo --startups 100000: 301.00 seconds, at most 300"),
    ],
)
def test_what_is_over_its_budget_is_named(place: tuple[Any, ...], figure: object, sentence: str | None) -> None:
    told = found()
    inner: Any = told
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = figure
    lines, missed = judge(told, N)
    assert sentence in missed if sentence else missed == []
    is_figure = bool(sentence and "at most" in sentence) or "at least" in (sentence or "")
    assert any(MISSED in line for line in lines) >= is_figure


def test_content_of_a_page_is_what_its_frame_holds() -> None:
    assert (
        content_of(b"<body><nav>n</nav>\n<main id=c>\n<p>a</p>\n</main><footer/></body>")
        == b"<main id=c>\n<p>a</p>\n</main>"
    )
    assert content_of(b"ok") == b"ok"


def test_page_that_answers_an_error_is_not_measured() -> None:
    measured = [Row(**row("seat", "application"))]
    pages = [Page("seat", None, "/seat/"), Page("strip", None, "/strip/")]
    assert unanswered(pages, measured) == ["strip"]


@pytest.mark.parametrize(
    ("before", "after", "is_judged"), [(60, 60, True), (50, 60, True), (10, 60, False), (10, 900, True)]
)
def test_a_list_that_a_thousand_do_not_fill_has_no_growth(before: int, after: int, is_judged: bool) -> None:
    told = found()
    told["small"]["rows"][3] |= {"a1": 1.0, "rows": before}
    told["large"]["rows"][3] |= {"rows": after}
    assert judge(told, N)[1] == (["seat: 2.0 × what it takes at 1,000, at most 1.5"] if is_judged else [])
