"""The boards of managers: assigning reviewers, deciding. Auditors look."""

from django.utils.translation import gettext_lazy as _

from applications.desks import assignment, counts, decisions, offers, release
from portal.models import Role
from portal.registry import Desk

LOOK = (Role.MANAGER.value, Role.AUDITOR.value)
ACT = (Role.MANAGER.value,)

# fmt: off
DESKS = [
    Desk(
        "assignments/", assignment.cohorts, "desk_assignments", _("Assign reviewers"), "clipboard-document-list", LOOK,
        counts.to_assign, counts.TO_ASSIGN,
    ),
    Desk(
        "assignments/<int:cohort_id>/", assignment.board, "desk_assignment", _("Assign reviewers"),
        "clipboard-document-list", LOOK,
    ),
    Desk("assignments/<int:cohort_id>/assign/", assignment.assign, "desk_assign", _("Assign"), "user-plus", ACT),
    Desk("assignments/take-back/<int:pk>/", assignment.take_back, "desk_take_back", _("Unassign"), "user-minus", ACT),
    Desk("assignments/ask/<int:pk>/", assignment.ask, "desk_ask", _("Ask the startup"), "chat-bubble-left", ACT),
    Desk("assignments/go-on/<int:pk>/", assignment.go_on, "desk_go_on", _("Continue without an answer"), "forward", ACT),
    Desk(
        "decisions/", decisions.cohorts, "desk_decisions", _("Decide"), "scale", LOOK,
        counts.to_confirm, counts.TO_CONFIRM,
    ),
    Desk("decisions/<int:cohort_id>/", decisions.board, "desk_decision_board", _("Decide"), "scale", LOOK),
    Desk("decisions/applications/<int:pk>/", decisions.application, "desk_decision", _("Decide"), "scale", LOOK),
    Desk("decisions/<int:cohort_id>/release/", release.release, "desk_release", _("Release"), "megaphone", ACT),
    Desk("decisions/<int:cohort_id>/next/", offers.offer_next, "desk_offer_next", _("Offer a seat"), "forward", ACT),
    Desk("decisions/offers/<int:pk>/revoke/", offers.revoke, "desk_revoke", _("Revoke offer"), "no-symbol", ACT),
]
# fmt: on
