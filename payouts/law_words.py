"""What it means in words when a law of the database refuses an act."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.utils.translation import gettext_lazy

from portal.laws.words import worded

P = ParamSpec("P")
R = TypeVar("R")

# Laws that a race can break after the act has looked: what to tell who lost it.
WORDS: dict[str, Any] = {
    "disbursement_not_on_hold": gettext_lazy("A hold was placed on one of these startups just now."),
    "payment_one_live": gettext_lazy("One of these months is in another batch by now."),
    "payment_to_a_payable_account": gettext_lazy("The bank details of one of these startups changed just now."),
    "batch_frozen_only_payable": gettext_lazy(
        "The bank details of one of these startups changed, or a hold was placed, just now."
    ),
    "batch_people_free_of_conflict": gettext_lazy("You have a conflict of interest with a startup of this batch."),
    "payment_word_free_of_conflict": gettext_lazy("You have a conflict of interest with one of these startups."),
    "payment_preparer_free_of_conflict": gettext_lazy("You have a conflict of interest with one of these startups."),
    "correction_people_free_of_conflict": gettext_lazy(
        "A conflict of interest with this startup was declared just now, by you or by who requested the correction."
    ),
    "payout_account_one_current": gettext_lazy("Somebody else gave other bank details just now. Look at them first."),
}


def lawful(act: Callable[P, R]) -> Callable[P, R]:
    """Do an act in a transaction, and word the refusal of a law that a race has broken."""
    return worded(WORDS)(act)
