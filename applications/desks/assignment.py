"""The assignment desk: who judges what, how far they are, and what is asked of startups."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from applications import actions
from applications.desks.common import ROWS, application_of, cohort_cards, cohort_of, may_act, show
from applications.forms.desks import AskForm, AssignForm, TakeBackForm
from applications.models import Application, Cohort, Review, ReviewAssignment, ReviewPhase
from applications.models.applications import ApplicationQuerySet
from applications.pages.assignment import PEOPLE, marked, reviewers_of, rows_of
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk.paging import cut
from portal.language.text import colon
from portal.refusals import Refusal

TITLE = gettext_lazy("Assign reviewers")
SHOWN_REFUSALS = 5
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


@require_POST
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


@rescued_forms.restored
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an application back from a reviewer, after saying what that means."""
    assignment = get_object_or_404(ReviewAssignment.objects.select_related("reviewer", "review"), pk=pk)
    application = application_of(request, assignment.application_id)
    handed_in = getattr(getattr(assignment, "review", None), "state", "") == Review.State.SUBMITTED
    form = TakeBackForm(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.take_assignment_back(assignment, **form.cleaned_data, by=person(request), at=clock.now())
            messages.success(request, _("Taken back, and %(person)s is told.") % {"person": assignment.reviewer})
            return redirect("admin:desk_assignment", application.cohort_id)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    consequences = [_("%(person)s can no longer read it, and gets a mail.") % {"person": assignment.reviewer}]
    if handed_in:
        consequences.append(_("The review that was handed in no longer counts."))
    return _asking(
        request, application, _("Take it back from %(person)s") % {"person": assignment.reviewer}, form,
        label=_("Take it back"), consequences=consequences, is_danger=handed_in,
    )  # fmt: skip


@rescued_forms.restored
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Return an application to its startup with a question."""
    application = application_of(request, pk)
    form = AskForm(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.return_for_information(application, **form.cleaned_data, by=person(request), at=clock.now())
            messages.success(request, _("Asked. It is the startup's move now."))
            return redirect("admin:desk_assignment", application.cohort_id)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    consequences = [
        _("The startup gets your question by mail and can change its application."),
        _("Decisions of this cohort cannot be released until it answers, or you go on without an answer."),
    ]
    title = _("Ask the startup for more")
    return _asking(request, application, title, form, label=_("Send the question"), consequences=consequences)


def go_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with an application although its startup has not answered."""
    application = application_of(request, pk)
    if request.method == "POST":
        try:
            actions.go_on_without_answer(application, by=person(request), at=clock.now())
            messages.success(request, _("The application stands as it was submitted."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:desk_assignment", application.cohort_id)
    consequences = [
        _("The application is judged as it was submitted; what the startup changed since stays its own."),
        _("Its members are told by mail."),
    ]
    title = _("Go on without an answer")
    return _asking(request, application, title, None, label=_("Go on without it"), consequences=consequences)


def _asking(
    request: HttpRequest, application: Application, title: str, form: Any, *, label: str, consequences: list[str],
    is_danger: bool = False,
) -> HttpResponse:  # fmt: skip
    cohort = application.cohort
    crumbs = [(TITLE, "desk_assignments"), (cohort, "desk_assignment", cohort.pk)]
    context = {
        "application": application,
        "form": form,
        "label": label,
        "consequences": consequences,
        "is_danger": is_danger,
        "back": crumbs[-1],
    }
    status = 422 if request.method == "POST" and form is not None and form.errors else 200
    return show(request, "applications/desks/asking.html", title, context, crumbs=crumbs, status=status)


# --- The board ----------------------------------------------------------------------------------------


def _board(request: HttpRequest, cohort: Cohort, form: AssignForm | None = None) -> HttpResponse:
    at, chosen = clock.now(), request.GET.get("show", "all")
    waiting = Application.objects.filter(cohort=cohort).waiting()
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
        "chosen": chosen,
        "filters": [{"key": key, "label": label, "is_chosen": key == chosen} for key, label in FILTERS.items()],
        "tally": waiting.aggregate(applications=Count("pk"), asked=Sum("readers"), done=Sum("judged")),
    }
    status = 422 if form is not None else 200
    crumbs = [(TITLE, "desk_assignments")]
    return show(request, "applications/desks/assignment.html", cohort, context, crumbs=crumbs, status=status)


def _filtered(applications: ApplicationQuerySet, chosen: str) -> ApplicationQuerySet:
    if chosen == "asked":
        return applications.filter(state=Application.State.RETURNED)
    if chosen == "few":
        return applications.with_few_readers()
    return applications


def _people(request: HttpRequest, cohort: Cohort, phases: list[ReviewPhase]) -> dict[str, Any]:
    """Give reviewers to choose from, those looked for or the least busy, and whether there are others."""
    wanted = request.GET.get("reviewer", "").strip()
    found = reviewers_of(cohort, phases, wanted)
    return {"wanted": wanted, "reviewers": found[:PEOPLE], "has_others": bool(wanted) or len(found) > PEOPLE}
