"""The acts of applying, judging and deciding. Views, admin, tasks and commands call these, and decide nothing."""

from applications.actions.applications import go_on_without_answer, reopen, return_for_information, submit, withdraw
from applications.actions.decisions import confirm, propose, release, take_back
from applications.actions.documents import attach_document, remove_document
from applications.actions.drafts import save_answer, save_draft, start_application, state_fact
from applications.actions.offers import (
    accept_offer,
    decline_offer,
    lapse_due_offers,
    lapse_offer,
    offer_free_seat,
    revoke_offer,
    sign_agreement,
)
from applications.actions.publication import publish_cohort, publish_terms
from applications.actions.reviews import (
    Assigned,
    assign_reviewer,
    assign_reviewers,
    declare_clear,
    declare_conflict,
    reopen_review,
    save_review,
    submit_review,
    take_assignment_back,
)
from applications.actions.settings_changes import (
    ask_settings_change,
    confirm_settings_change,
    withdraw_settings_change,
)
from applications.actions.startups import (
    accept_invitation,
    check_invited,
    create_startup,
    describe_startup,
    invite,
    withdraw_invitation,
)

__all__ = [
    "Assigned",
    "accept_invitation",
    "accept_offer",
    "ask_settings_change",
    "assign_reviewer",
    "assign_reviewers",
    "attach_document",
    "check_invited",
    "confirm",
    "confirm_settings_change",
    "create_startup",
    "declare_clear",
    "declare_conflict",
    "decline_offer",
    "describe_startup",
    "go_on_without_answer",
    "invite",
    "lapse_due_offers",
    "lapse_offer",
    "offer_free_seat",
    "propose",
    "publish_cohort",
    "publish_terms",
    "release",
    "remove_document",
    "reopen",
    "reopen_review",
    "return_for_information",
    "revoke_offer",
    "save_answer",
    "save_draft",
    "save_review",
    "sign_agreement",
    "start_application",
    "state_fact",
    "submit",
    "submit_review",
    "take_assignment_back",
    "take_back",
    "withdraw",
    "withdraw_invitation",
    "withdraw_settings_change",
]
