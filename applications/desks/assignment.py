"""The assignment desk: who judges what, how far they are, and what is asked of startups."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Model, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications import actions
from applications.desks.cohorts import ROWS, application_of, cohort_cards, cohort_of, crumbs_of, may_act
from applications.forms.assignment import AskForm, AssignForm, UnassignForm
from applications.models import Application, Cohort, Review, ReviewAssignment, ReviewPhase
from applications.models.applications import ApplicationQuerySet
from applications.pages.assignment import PEOPLE, marked, reviewers_of, rows_of
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act
from portal.desk.frame import crumb, show, tabs
from portal.desk.paging import cut
from portal.forms import looked_for, posted_ids
from portal.language.text import colon
from portal.views.methods import posted_from

TITLE = gettext_lazy("Assign reviewers")
DESK = (TITLE, "desk_assignments")
COUNTED = ("readers", "judged", "shortfall")  # reviews that come in meanwhile change nothing of these acts
SHOWN_REFUSALS = 5
TICKED = ("applications", "reviewers", "phase")  # what stands again in a form that was not valid
# What a manager may filter the board by.
FILTERS = {
    "all": gettext_lazy("All"),
    "few": gettext_lazy("Fewer than two reviewers"),
    "asked": gettext_lazy("Information asked"),
}


def cohorts(request: HttpRequest) -> HttpResponse:
    """Choose a cohort."""
    lead = _("Choose the cohort whose applications are to be read.")
    return cohort_cards(request, "desk_assignment", TITLE, lead)


def board(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Show the submitted applications of a cohort with their reviewers."""
    return _board(request, cohort_of(request, cohort_id))


@posted_from("admin:desk_assignment")
def assign(request: HttpRequest, cohort_id: int) -> HttpResponse:
    """Assign every chosen reviewer to every chosen application."""
    cohort = cohort_of(request, cohort_id)
    form = AssignForm(cohort, request.POST)
    if not form.is_valid():
        return _board(request, cohort, form)
    result = actions.assign_reviewers(**form.cleaned_data, by=person(request), at=clock.now())
    if done := len(result.done):
        messages.success(request, ngettext("%(n)d review assigned.", "%(n)d reviews assigned.", done) % {"n": done})
    for application, refusal in result.refused[:SHOWN_REFUSALS]:
        messages.warning(request, colon(application.reference, refusal))
    if (more := len(result.refused) - SHOWN_REFUSALS) > 0:
        messages.warning(request, ngettext("%(n)d more was refused.", "%(n)d more were refused.", more) % {"n": more})
    return redirect("admin:desk_assignment", cohort.pk)


def _consequences_of_unassigning(assignment: ReviewAssignment, at: datetime) -> list[str]:
    lines = [_("%(person)s can no longer read it, and gets an email.") % {"person": assignment.reviewer}]
    return [*lines, _("Their submitted review no longer counts.")] if _is_submitted(assignment) else lines


def _is_submitted(assignment: ReviewAssignment) -> bool:
    return getattr(getattr(assignment, "review", None), "state", "") == Review.State.SUBMITTED


UNASSIGN = Act(
    "take-back",
    gettext_lazy("Unassign"),
    actions.take_assignment_back,
    title=lambda assignment: _("Unassign %(person)s") % {"person": assignment.reviewer},
    states=(ReviewAssignment.State.ASSIGNED, ReviewAssignment.State.CLEARED),
    into=ReviewAssignment.State.REMOVED,
    consequences=_consequences_of_unassigning,
    form=UnassignForm,
    done=lambda assignment, _none: _("Unassigned. %(person)s has been told.") % {"person": assignment.reviewer},
    danger=True,
)
ASK = Act(
    "ask",
    gettext_lazy("Send question"),
    actions.return_for_information,
    title=gettext_lazy("Ask the startup"),
    states=(Application.State.SUBMITTED,),
    into=Application.State.RETURNED,
    consequences=(
        gettext_lazy("The startup gets your question by email and can change its application."),
        gettext_lazy(
            "Decisions of this cohort cannot be released until it answers, or you continue without an answer."
        ),
    ),
    unwatched=COUNTED,
    form=AskForm,
    done=gettext_lazy("Sent. The startup must answer now."),
)
GO_ON = Act(
    "go-on",
    gettext_lazy("Continue without an answer"),
    actions.go_on_without_answer,
    states=(Application.State.RETURNED,),
    into=Application.State.SUBMITTED,
    consequences=(
        gettext_lazy("The application is reviewed as it was submitted. What the startup changed since is not seen."),
        gettext_lazy("Its members are told by email."),
    ),
    unwatched=COUNTED,
    done=gettext_lazy("The application is reviewed as it was submitted."),
)


@rescued_forms.restored
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Unassign a reviewer from an application."""
    assignment = get_object_or_404(ReviewAssignment.objects.select_related("reviewer", "review"), pk=pk)
    return _ask(request, UNASSIGN, assignment, application_of(request, assignment.application_id))


@rescued_forms.restored
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Return an application to its startup with a question."""
    application = application_of(request, pk)
    return _ask(request, ASK, application, application)


def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with an application although its startup has not answered."""
    application = application_of(request, pk)
    return _ask(request, GO_ON, application, application)


def _ask(request: HttpRequest, act: Act, subject: Model, application: Application) -> HttpResponse:
    return acts.ask(
        request,
        act,
        subject,
        back=reverse("admin:desk_assignment", args=[application.cohort_id]),
        crumbs=crumbs_of(application.cohort, DESK, "desk_assignment"),
        about=f"{application.startup} · {application.reference}",
    )


# --- The board ----------------------------------------------------------------------------------------


def _board(request: HttpRequest, cohort: Cohort, form: AssignForm | None = None) -> HttpResponse:
    at, chosen = clock.now(), request.GET.get("show") or "all"
    waiting = Application.objects.filter(cohort=cohort).undecided()
    phases = list(cohort.phases.order_by("opens_at", "pk"))
    page = cut(request, marked(_filtered(waiting, chosen), person(request)), ("id",), ROWS)
    context = {
        "cohort": cohort,
        "may_act": may_act(request, cohort),
        "pager": page.addresses(request),
        "rows": rows_of(page.rows),
        **_people(request, cohort, phases),
        "phases": [phase for phase in phases if phase.closes_at > at],
        "form": form,
        "ticked": {name: set(posted_ids(request.POST.getlist(name))) for name in TICKED},
        "chosen": chosen,
        "is_valid": chosen in FILTERS,
        "tally": waiting.aggregate(applications=Count("pk"), asked=Sum("readers"), done=Sum("judged")),
    }
    status = 422 if form is not None else 200
    return show(
        request,
        "applications/desks/assignment.html",
        cohort,
        context,
        crumbs=[crumb(*DESK)],
        tabs=tabs(FILTERS, chosen),
        status=status,
    )


def _filtered(applications: ApplicationQuerySet, chosen: str) -> ApplicationQuerySet:
    if chosen == "asked":
        return applications.filter(state=Application.State.RETURNED)
    if chosen == "few":
        return applications.with_few_readers()
    return applications if chosen in FILTERS else applications.none()


def _people(request: HttpRequest, cohort: Cohort, phases: list[ReviewPhase]) -> dict[str, Any]:
    """Return reviewers to choose from, those looked for or the least busy, and whether there are others."""
    wanted = looked_for(request.GET.get("reviewer"))
    found = reviewers_of(cohort, phases, wanted, at=person(request).seen_at)
    return {"wanted": wanted, "reviewers": found[:PEOPLE], "has_others": bool(wanted) or len(found) > PEOPLE}
