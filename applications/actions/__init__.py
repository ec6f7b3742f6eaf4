"""The acts of applying, judging and deciding. Views, admin, tasks and commands call these, and decide nothing."""

from applications.actions.applying import (
    Overtaken,
    attach_document,
    remove_document,
    reopen,
    return_for_information,
    save_answer,
    start_application,
    state_fact,
    submit,
    withdraw,
)
from applications.actions.deciding import confirm, propose, release, take_back
from applications.actions.offers import accept_offer, decline_offer, lapse_offer, revoke_offer, sign_agreement
from applications.actions.reviewing import (
    assign_reviewer,
    declare_clear,
    declare_conflict,
    reopen_review,
    save_review,
    submit_review,
)
from applications.actions.startups import accept_invitation, create_startup, invite, withdraw_invitation

__all__ = [
    "Overtaken",
    "accept_invitation",
    "accept_offer",
    "assign_reviewer",
    "attach_document",
    "confirm",
    "create_startup",
    "declare_clear",
    "declare_conflict",
    "decline_offer",
    "invite",
    "lapse_offer",
    "propose",
    "release",
    "remove_document",
    "reopen",
    "reopen_review",
    "return_for_information",
    "revoke_offer",
    "save_answer",
    "save_review",
    "sign_agreement",
    "start_application",
    "state_fact",
    "submit",
    "submit_review",
    "take_back",
    "withdraw",
    "withdraw_invitation",
]
