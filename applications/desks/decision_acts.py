"""What is done with a proposed decision, and the pages that ask before it is done."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications import actions
from applications.desks.cohorts import application_of, crumbs_of
from applications.models import Decision
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act
from portal.desk.frame import crumb
from portal.language.dates import month
from portal.language.text import colon

State, Outcome = Decision.State, Decision.Outcome
PRIVATE = gettext_lazy("Nobody outside sees it before the decisions are released.")


def _consequences_of_confirming(decision: Decision, at: datetime) -> list[object]:
    startup = decision.application.startup
    if decision.outcome == Outcome.DECLINE:
        return [_("%(startup)s is declined.") % {"startup": startup}, PRIVATE]
    if decision.outcome == Outcome.WAITLIST:
        told = {"startup": startup, "rank": decision.rank}
        return [_("%(startup)s goes on the waitlist, in place %(rank)d.") % told, _given(decision), PRIVATE]
    return [_("%(startup)s gets an offer.") % {"startup": startup}, _given(decision), PRIVATE]


def _given(decision: Decision) -> str:
    """Say what an offer gives."""
    months = decision.months or 0
    words = ngettext(
        "It is offered %(n)d month from %(first)s, at most %(cap)s a month.",
        "It is offered %(n)d months from %(first)s, at most %(cap)s a month.",
        months,
    )
    cap = decision.monthly_cap
    return words % {"n": months, "first": month(decision.first_period), "cap": cap.format(short=True) if cap else ""}


ACTS = {
    act.name: act
    for act in (
        Act(
            "confirm",
            gettext_lazy("Confirm"),
            actions.confirm,
            title=gettext_lazy("Confirm decision"),
            states=(State.PROPOSED,),
            into=State.CONFIRMED,
            consequences=_consequences_of_confirming,
            done=gettext_lazy("Confirmed. It will be released with all others."),
        ),
        Act(
            "withdraw",
            gettext_lazy("Withdraw proposal"),
            actions.take_back,
            states=(State.PROPOSED, State.CONFIRMED),
            into=State.WITHDRAWN,
            consequences=(
                gettext_lazy("The application is undecided again, and needs a new proposal before the release."),
                gettext_lazy("Colleagues see in the history that you withdrew it."),
            ),
            done=gettext_lazy("Proposal withdrawn."),
            danger=True,
        ),
    )
}


def decision_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Ask before a proposed decision is confirmed or withdrawn, and do it."""
    decision = get_object_or_404(Decision.objects.select_related("application"), pk=pk)
    application = application_of(request, decision.application_id)
    if act not in ACTS:
        raise Http404
    decision.application = application
    is_mine = act == "confirm" and decision.state == State.PROPOSED and decision.proposed_by_id == person(request).pk
    cohort = application.cohort
    return acts.ask(
        request,
        ACTS[act],
        decision,
        back=reverse("admin:desk_decision", args=[application.pk]),
        crumbs=[
            *crumbs_of(cohort, (_("Decide"), "desk_decisions"), "desk_decision_board"),
            crumb(application.startup, "desk_decision", application.pk),
        ],
        about=f"{application.startup} · {application.reference} · {decision.get_outcome_display()}",
        text=colon(_("Message to the applicant"), decision.message) if decision.message and act == "confirm" else "",
        refusal=_("You proposed this decision. A colleague must confirm it.") if is_mine else "",
    )
