"""The boards of managers: assigning reviewers, deciding. Auditors look."""

from django.utils.translation import gettext_lazy as _

from applications.desks import assignment, counts, decision_acts, decisions, offers, release
from portal.models import Role
from portal.registry import Desk

ACT = (Role.MANAGER.value,)

DESKS = [
    Desk(
        path="assignments/",
        view=assignment.cohorts,
        name="desk_assignments",
        label=_("Assign reviewers"),
        icon="clipboard-document-list",
        roles=Role.oversight(),
        waiting=counts.to_assign,
        counted=counts.TO_ASSIGN,
    ),
    Desk(
        path="assignments/<int:cohort_id>/",
        view=assignment.board,
        name="desk_assignment",
        label=_("Assign reviewers"),
        icon="clipboard-document-list",
        roles=Role.oversight(),
    ),
    Desk(
        path="assignments/<int:cohort_id>/assign/",
        view=assignment.assign,
        name="desk_assign",
        label=_("Assign"),
        icon="user-plus",
        roles=ACT,
    ),
    Desk(
        path="assignments/take-back/<int:pk>/",
        view=assignment.take_back,
        name="desk_take_back",
        label=_("Unassign"),
        icon="user-minus",
        roles=ACT,
    ),
    Desk(
        path="assignments/ask/<int:pk>/",
        view=assignment.ask,
        name="desk_ask",
        label=_("Ask the startup"),
        icon="chat-bubble-left",
        roles=ACT,
    ),
    Desk(
        path="assignments/go-on/<int:pk>/",
        view=assignment.go_on,
        name="desk_go_on",
        label=_("Continue without an answer"),
        icon="forward",
        roles=ACT,
    ),
    Desk(
        path="decisions/",
        view=decisions.cohorts,
        name="desk_decisions",
        label=_("Decide"),
        icon="scale",
        roles=Role.oversight(),
        waiting=counts.to_confirm,
        counted=counts.TO_CONFIRM,
    ),
    Desk(
        path="decisions/<int:cohort_id>/",
        view=decisions.board,
        name="desk_decision_board",
        label=_("Decide"),
        icon="scale",
        roles=Role.oversight(),
    ),
    Desk(
        path="decisions/applications/<int:pk>/",
        view=decisions.application,
        name="desk_decision",
        label=_("Decide"),
        icon="scale",
        roles=Role.oversight(),
    ),
    Desk(
        path="decisions/proposals/<int:pk>/<slug:act>/",
        view=decision_acts.decision_act,
        name="desk_decision_act",
        label=_("Decide"),
        icon="check",
        roles=ACT,
    ),
    Desk(
        path="decisions/<int:cohort_id>/release/",
        view=release.release,
        name="desk_release",
        label=_("Release"),
        icon="megaphone",
        roles=ACT,
    ),
    Desk(
        path="decisions/<int:cohort_id>/next/",
        view=offers.offer_next,
        name="desk_offer_next",
        label=_("Offer a seat"),
        icon="forward",
        roles=ACT,
    ),
    Desk(
        path="decisions/offers/<int:pk>/revoke/",
        view=offers.revoke,
        name="desk_revoke",
        label=_("Revoke offer"),
        icon="no-symbol",
        roles=ACT,
    ),
]
