"""The decision desk: the ranking, proposals and confirmations, and the release of all at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Max, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications import actions
from applications.desks.cohorts import (
    application_of,
    cohort_cards,
    crumbs_of,
    may_act,
    money_of,
)
from applications.desks.decision_table import DecisionTable
from applications.desks.offer_table import OFFERS, TABS, OfferTable
from applications.desks.offers import beginning
from applications.forms.decisions import ProposeForm
from applications.models import (
    Application,
    Cohort,
    Decision,
    EligibilityFinding,
)
from applications.pages.ranking import judged_of, row_of
from applications.release_plan import cohort_counts
from applications.snapshot import as_seen
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk.frame import Tab, crumb, show, tabs
from portal.desk.table_page import page_of
from portal.language.text import colon
from portal.models import Transition
from portal.money import Money
from portal.refusals import on_form
from portal.timeline import Event, event

TITLE = gettext_lazy("Decide")
DESK = (TITLE, "desk_decisions")
Outcome = Decision.Outcome


def cohorts(request: HttpRequest) -> HttpResponse:
    """Choose a cohort."""
    lead = _("Proposed by one person, confirmed by another, released for all at once.")
    return cohort_cards(request, "desk_decision_board", TITLE, lead)


def board(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Show the ranking of a cohort with what is proposed, and after release its offers."""
    user, at = person(request), clock.now()
    table = DecisionTable(user, cohort_id, at)
    cohort = table.cohort
    head = _head(cohort)
    context: dict[str, Any] = {
        "cohort": cohort,
        "may_act": table.may_act,
        "head": head,
        "may_offer_next": cohort.released_at and head.seats_left > 0 and head.waitlisted,
    }
    offers = OfferTable(user, cohort_id, at, cohort) if cohort.released_at else None
    if offers and request.GET.get("show") == OFFERS:
        with timezone.override(cohort.programme.timezone):  # in which the clocks of offers end
            page = page_of(offers, request)
        return _board(
            request, "applications/desks/offers.html", context | {"page": page, "filters": tabs(TABS, OFFERS)}
        )
    page = page_of(table, request)
    if offers:
        page.tabs.append(Tab(_("Offers"), f"?show={OFFERS}"))
        with timezone.override(cohort.programme.timezone):
            context["offers"] = beginning(offers)
    return _board(request, "applications/desks/decisions.html", context | {"page": page})


def _board(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return show(request, template, context["cohort"], context, crumbs=[crumb(*DESK)])


@rescued_forms.restored
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one application with its reviews, and propose what to decide about it."""
    found = application_of(request, pk, to_act=request.method == "POST")
    told = rescued_forms.written(request)
    form = ProposeForm(found.cohort, told) if told is not None else None
    if request.method == "POST" and form is not None and form.is_valid():
        with on_form(form):
            actions.propose(found, **form.proposal, by=person(request), at=clock.now())
            messages.success(request, _("Proposed. A colleague must confirm it."))
            return redirect("admin:desk_decision", pk)
    return _application_page(request, found, form)


# --- One application ----------------------------------------------------------------------------------


def _application_page(request: HttpRequest, found: Application, filled: ProposeForm | None) -> HttpResponse:
    cohort = found.cohort
    may = found.state == Application.State.SUBMITTED and may_act(request, cohort)
    rubric = list(cohort.rubric.order_by("order", "id"))
    judged, decisions = judged_of(found, rubric), list(found.decisions.select_related("proposed_by", "confirmed_by"))
    current = next((each for each in decisions if each.state != Decision.State.WITHDRAWN), None)
    row = row_of(found, [each.voice for each in judged], current, person(request))
    version = found.versions.select_related("submitted_by").order_by("-number").first()
    criteria = {criterion.pk: criterion for criterion in cohort.criteria.all()}
    findings = EligibilityFinding.objects.filter(application=found).order_by("criterion_id", "-pk")
    newest = list(findings.distinct("criterion_id"))
    for finding in newest:
        finding.criterion = criteria[finding.criterion_id]
    form = filled
    if may and form is None:
        form = ProposeForm(cohort, initial=ProposeForm.words_of(row.decision, cohort, _next_rank(cohort)))
    context = {
        "application": found,
        "cohort": cohort,
        "row": row,
        "may_act": may,
        "form": form,
        "is_form_open": row.decision is None or filled is not None,
        "judged": judged,
        "content": as_seen(version, blind=False) if version else None,
        "version": version,
        "criteria": {criterion.fact: criterion for criterion in criteria.values()},
        "findings": newest,
        "history": _history(decisions),
    }
    crumbs = crumbs_of(cohort, DESK, "desk_decision_board")
    status = 422 if request.method == "POST" and filled and filled.errors else 200
    return show(request, "applications/desks/decision.html", found.startup, context, crumbs=crumbs, status=status)


def _history(made: list[Decision]) -> list[Event]:
    """Return what happened to an application's decisions, the newest first."""
    decisions = {decision.pk: decision for decision in made}
    moves = Transition.objects.filter(subject_table=Decision._meta.db_table, subject_id__in=decisions)
    told = [(move, event(move, Decision)) for move in moves.select_related("actor").order_by("-pk")]
    return [
        replace(each, what=colon(decisions[move.subject_id].get_outcome_display(), each.what)) for move, each in told
    ]


def _next_rank(cohort: Cohort) -> int:
    made = Decision.objects.current() if cohort.released_at else Decision.objects.in_work()
    waiting = made.filter(application__cohort=cohort, outcome=Outcome.WAITLIST)
    return (waiting.aggregate(last=Max("rank"))["last"] or 0) + 1


# --- The board ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """How far deciding is: proposals by state and outcome, applications, seats, and the money that is asked and known."""

    proposed: int
    confirmed: int
    accept: int
    waitlist: int
    decline: int
    asked: Money
    money: Mapping[str, Money]
    waiting: int
    waitlisted: int
    taken: int
    seats_left: int

    @property
    def undecided(self) -> int:
        """Return how many applications have no proposal."""
        return self.waiting - self.proposed - self.confirmed

    @property
    def seats_over(self) -> int:
        """Return how many more are to be accepted than there are seats."""
        return max(-self.seats_left, 0)

    @property
    def is_short(self) -> bool:
        """Return whether more money is asked than a release may reserve."""
        available = self.money.get("available")
        return available is not None and available < self.asked


def _head(cohort: Cohort) -> Head:
    """Return the figures above the board: seats, money, and how far deciding is."""
    in_work = Decision.objects.in_work().filter(application__cohort=cohort)
    accepting = Q(outcome=Outcome.ACCEPT)
    figures = in_work.aggregate(
        proposed=Count("pk", filter=Q(state=Decision.State.PROPOSED)),
        confirmed=Count("pk", filter=Q(state=Decision.State.CONFIRMED)),
        accept=Count("pk", filter=accepting),
        waitlist=Count("pk", filter=Q(outcome=Outcome.WAITLIST)),
        decline=Count("pk", filter=Q(outcome=Outcome.DECLINE)),
        asked=Sum(F("months") * F("monthly_cap_minor"), filter=accepting),
    )
    counts = cohort_counts(cohort)
    return Head(
        **figures | {"asked": Money(figures["asked"] or 0, cohort.programme.currency)},
        money=money_of(cohort),
        waiting=counts.submitted + counts.returned,
        waitlisted=counts.waitlisted,
        taken=counts.seats_taken,
        seats_left=cohort.seats - counts.seats_taken - figures["accept"],
    )
