"""What it means in words when a law of applications refuses an act that another was quicker than."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.utils.translation import gettext_lazy

from portal.laws.words import worded

P = ParamSpec("P")
R = TypeVar("R")

# Laws that a race can break after the act has looked: what to tell who lost it.
WORDS: dict[str, Any] = {
    "decision_free_of_conflict": gettext_lazy(
        "A conflict of interest with this startup was declared just now, by you or by who proposed the decision."
    ),
    "decisions_released_together": gettext_lazy("An application came in just now. Look again, then release."),
    "reviewer_free_of_conflict": gettext_lazy("A conflict of interest with this startup was declared just now."),
}


def lawful(act: Callable[P, R]) -> Callable[P, R]:
    """Do an act in a transaction, and word the refusal of a law that a race has broken."""
    return worded(WORDS)(act)
