"""The acts of money. Views, admin, tasks and commands call these, and decide nothing."""

from payouts.actions.accounts import (
    check_confirmed,
    check_given,
    confirm_account,
    give_account,
    open_numbers,
    reject_account,
    verify_account,
)
from payouts.actions.awards import commit_award, end_award, free_awards, link_award, reserve_awards
from payouts.actions.batches import approve_batch, cancel_batch, mark_sent, prepare_batch, take_out
from payouts.actions.cohort_figures import write_cohort_balances, write_cohort_figures
from payouts.actions.corrections import ask_correction, confirm_correction, withdraw_correction
from payouts.actions.files import freeze_batch, release_batch
from payouts.actions.funding import fund_cohort
from payouts.actions.holds import keep_hold, lift_hold, place_hold
from payouts.actions.months import cancel_months, open_month, open_months
from payouts.actions.payments import return_payment, settle, settle_batch, settle_due
from payouts.actions.sources import ask_source_change, confirm_source_change, withdraw_source_change

__all__ = [
    "approve_batch",
    "ask_correction",
    "ask_source_change",
    "cancel_batch",
    "cancel_months",
    "check_confirmed",
    "check_given",
    "commit_award",
    "confirm_account",
    "confirm_correction",
    "confirm_source_change",
    "end_award",
    "free_awards",
    "freeze_batch",
    "fund_cohort",
    "give_account",
    "keep_hold",
    "lift_hold",
    "link_award",
    "mark_sent",
    "open_month",
    "open_months",
    "open_numbers",
    "place_hold",
    "prepare_batch",
    "reject_account",
    "release_batch",
    "reserve_awards",
    "return_payment",
    "settle",
    "settle_batch",
    "settle_due",
    "take_out",
    "verify_account",
    "withdraw_correction",
    "withdraw_source_change",
    "write_cohort_balances",
    "write_cohort_figures",
]
