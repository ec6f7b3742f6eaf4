"""What runs beside the pages: a file of ten thousand payments, and eligibility of ten thousand startups."""

import time
from functools import partial
from typing import Any

from applications import rules
from applications.models import EligibilityCriterion, Programme
from benchmarks import month
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from payouts import actions
from payouts.models import Disbursement

CRITERIA = 20
STARTUPS = 10_000


def measure(payments: int) -> dict[str, Any]:
    """Return seconds: `file` for freezing a batch of so many payments, `eligibility` for 10,000 startups."""
    return {"payments": payments, "eligibility": eligibility(), **file(payments)}


def file(payments: int) -> dict[str, Any]:
    """Freeze a batch of so many payments, and ask for its bytes twice."""
    month.prepare(payments)
    programme = Programme.objects.get(slug=SLUG)
    at = Disbursement.objects.filter(award__cohort__programme=programme).order_by("due_at")[0].due_at
    second = crowd.cast("approver")
    actions.open_months(at)
    batch = actions.prepare_batch(programme, by=crowd.cast("preparer"), at=at)
    actions.approve_batch(batch, by=second, at=at)
    started = time.perf_counter()
    actions.freeze_batch(batch, by=second, at=at)
    seconds = time.perf_counter() - started
    release = partial(actions.release_batch, batch, by=second, at=at)
    return {"file": seconds, "identical": release() == release(), "bytes": len(release())}


def eligibility() -> float:
    """Judge ten thousand startups by twenty criteria."""
    kinds = EligibilityCriterion.Kind
    criteria = [
        EligibilityCriterion(fact=f"fact-{n}", kind=kinds.NUMBER, operator="ge", value=n, is_hard=n % 2 == 0)
        for n in range(CRITERIA)
    ]
    known = [{f"fact-{n}": (k + n) % 40 for n in range(CRITERIA - 1)} for k in range(STARTUPS)]
    started = time.perf_counter()
    for facts in known:
        rules.is_eligible(rules.judge(criteria, facts))
    return time.perf_counter() - started
