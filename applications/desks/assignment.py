"""The assignment desk: who judges what, how far they are, and what is asked of startups."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from applications import actions
from applications.desks.common import application_of, cohort_cards, cohort_of, conflicts_of, may_act, page_of, show
from applications.forms.desks import AskForm, AssignForm, TakeBackForm
from applications.models import Application, Cohort, EligibilityFinding, Review, ReviewAssignment
from portal import clock, kept
from portal.access import person
from portal.models import Role, RoleGrant, User
from portal.refusals import Refusal
from portal.text import colon, fold

TITLE = gettext_lazy("Assign reviewers")
ENOUGH = 2  # reviewers of an application
SHOWN_REFUSALS = 5
State = ReviewAssignment.State
# What a manager may filter the board by.
FILTERS = {
    "all": gettext_lazy("All"),
    "few": gettext_lazy("Fewer than two reviewers"),
    "asked": gettext_lazy("Information asked"),
}


@dataclass(slots=True)
class Row:
    """One application on the board. Of a startup one is in conflict with, only that it is there."""

    application: Application
    is_hidden: bool
    findings: list[EligibilityFinding] = field(default_factory=list)
    assignments: list[ReviewAssignment] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        """Say whether reviewers can be assigned."""
        return not self.is_hidden and self.application.state == Application.State.SUBMITTED

    @property
    def failing(self) -> list[EligibilityFinding]:
        """Give the criteria that do not hold, or are not known."""
        return [finding for finding in self.findings if finding.verdict != EligibilityFinding.Verdict.PASS]


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


@kept.restored
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an application back from a reviewer, after saying what that means."""
    assignment = get_object_or_404(ReviewAssignment.objects.select_related("reviewer", "review"), pk=pk)
    application = application_of(request, assignment.application_id)
    handed_in = getattr(getattr(assignment, "review", None), "state", "") == Review.State.SUBMITTED
    form = TakeBackForm(kept.written(request))
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


@kept.restored
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Return an application to its startup with a question."""
    application = application_of(request, pk)
    form = AskForm(kept.written(request))
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
    at, may = clock.now(), may_act(request, cohort)
    chosen = request.GET.get("show", "all")
    waiting = Application.objects.filter(
        cohort=cohort, state__in=[Application.State.SUBMITTED, Application.State.RETURNED]
    )
    conflicts = conflicts_of(request)
    page = page_of(request, _filtered(waiting, chosen).select_related("startup").order_by("pk"))
    context = {
        "cohort": cohort,
        "may_act": may,
        "page": page,
        "rows": _rows(page.rows, conflicts),
        "reviewers": _reviewers(cohort),
        "phases": [phase for phase in cohort.phases.order_by("opens_at", "pk") if phase.closes_at > at],
        "form": form,
        "filters": [{"key": key, "label": label, "is_chosen": key == chosen} for key, label in FILTERS.items()],
        "tally": _tally(cohort, waiting),
    }
    status = 422 if form is not None else 200
    return show(
        request,
        "applications/desks/assignment.html",
        cohort,
        context,
        crumbs=[(TITLE, "desk_assignments")],
        status=status,
    )


def _filtered(applications: models.QuerySet[Application], chosen: str) -> models.QuerySet[Application]:
    if chosen == "asked":
        return applications.filter(state=Application.State.RETURNED)
    if chosen == "few":
        return with_few_reviewers(applications)
    return applications


def with_few_reviewers(applications: models.QuerySet[Application]) -> models.QuerySet[Application]:
    """Keep those that fewer than two people judge."""
    at_work = ReviewAssignment.objects.filter(application=OuterRef("pk"), state__in=[State.ASSIGNED, State.CLEARED])
    return applications.filter(~Exists(at_work.order_by("pk")[ENOUGH - 1 : ENOUGH]))


def _rows(applications: list[Application], conflicts: set[int]) -> list[Row]:
    """Give the rows of a page, with three queries however many they are."""
    current = ReviewAssignment.objects.exclude(state=State.REMOVED).select_related("reviewer", "review").order_by("pk")
    newest = (
        EligibilityFinding.objects.select_related("criterion")
        .order_by("application_id", "criterion_id", "-pk")
        .distinct("application_id", "criterion_id")
    )
    models.prefetch_related_objects(
        applications, Prefetch("assignments", current, "current"), Prefetch("findings", newest, "newest")
    )
    return [
        Row(a, is_hidden=True) if a.startup_id in conflicts else Row(a, False, findings=a.newest, assignments=a.current)  # type: ignore[attr-defined]  # prefetched
        for a in applications
    ]


def _reviewers(cohort: Cohort) -> list[User]:
    """Give the programme's reviewers with how much of this cohort each has, and has done; the least busy first."""
    at_work = ReviewAssignment.objects.filter(
        application__cohort=cohort, state__in=[State.ASSIGNED, State.CLEARED]
    ).order_by()
    handed_in = Q(review__state="submitted", state="cleared")
    counts = at_work.values_list("reviewer").annotate(load=Count("pk"), done=Count("pk", filter=handed_in))
    busy = {reviewer: (load, done) for reviewer, load, done in counts}
    people = list(RoleGrant.objects.people(Role.REVIEWER, cohort.programme_id, clock.today(cohort.programme.timezone)))
    for each in people:
        each.load, each.done = busy.get(each.pk, (0, 0))  # type: ignore[attr-defined]  # for the template
    return sorted(people, key=lambda each: (busy.get(each.pk, (0, 0))[0], fold(each.name), each.pk))


def _tally(cohort: Cohort, waiting: models.QuerySet[Application]) -> dict[str, int]:
    at_work = ReviewAssignment.objects.filter(
        application__in=waiting.values("pk"), state__in=[State.ASSIGNED, State.CLEARED]
    )
    return {
        "applications": waiting.count(),
        **at_work.aggregate(
            asked=Count("pk"), done=Count("pk", filter=Q(review__state=Review.State.SUBMITTED)),
        ),
    }  # fmt: skip
