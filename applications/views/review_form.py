"""The pages of one review: the conflict question, then reading and judging side by side."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from applications import actions
from applications.forms.review import ConflictForm, ReviewForm
from applications.models import Application, Review, ReviewAssignment, RubricCriterion
from applications.permissions import has_conflict
from applications.snapshot import as_seen, known_as
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person, requires
from portal.models import Role
from portal.refusals import Refusal, as_message, on_form, status_of

State = ReviewAssignment.State


@rescued_forms.restored
@requires(Role.REVIEWER)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the conflict question alone; once it is answered with no, show the application beside the rubric."""
    assignment = _assignment_of_reviewer(request, pk)
    if _is_closed(assignment):
        return render(request, "applications/review_closed.html", _heading(assignment))
    if assignment.state == State.ASSIGNED:
        return _conflict_question(request, assignment)
    return _judging(request, assignment)


@rescued_forms.restored
@requires(Role.REVIEWER)
def review_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the draft as it is written."""
    assignment = _assignment_of_reviewer(request, pk)
    if request.method != "POST":
        return redirect("review", pk)  # back from the login
    state, text = "saved", ""
    form = _form(assignment, request)
    try:
        if form.is_valid():
            _save(request, assignment, form)
        else:
            state, text = "failed", " ".join(str(message) for errors in form.errors.values() for message in errors)
    except (Refusal, Review.DoesNotExist) as refusal:
        state, text = "failed", str(refusal) if isinstance(refusal, Refusal) else _("This page is out of date.")
    context = {"state": state, "text": text, "at": clock.now() if state == "saved" else None}
    return render(request, "applications/_review_saved.html", context, status=200 if state == "saved" else 422)


@rescued_forms.restored
@requires(Role.REVIEWER)
def review_conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """Declare a conflict that became clear while reading."""
    assignment = _assignment_of_reviewer(request, pk)
    if _is_closed(assignment):
        return redirect("review", pk)
    form = ConflictForm(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid() and _declared(request, assignment, form):
        return redirect("reviews")
    context = {**_heading(assignment), "form": form}
    return render(request, "applications/review_conflict.html", context, status=status_of(request, form))


def _assignment_of_reviewer(request: HttpRequest, pk: int) -> ReviewAssignment:
    assignments = ReviewAssignment.objects.of_reviewer(person(request)).select_related(
        "phase__cohort__programme", "application__startup", "application__cohort__programme", "review"
    )
    return get_object_or_404(assignments, pk=pk)


def _is_closed(assignment: ReviewAssignment) -> bool:
    """Return whether a conflict keeps the application from the reviewer: declared here, or known from elsewhere."""
    return assignment.state == State.CONFLICTED or has_conflict(assignment.application, assignment.reviewer_id)


def _heading(assignment: ReviewAssignment) -> dict[str, object]:
    """Return what every page of a review may say, blind or not."""
    blind = assignment.phase.is_blind
    return {
        "assignment": assignment,
        "phase": assignment.phase,
        "cohort": assignment.application.cohort,
        "reference": assignment.application.reference,
        "name": known_as(assignment.application, blind=blind),
        "startup": None if blind else assignment.application.startup,
        "has_begun": assignment.phase.opens_at <= clock.now(),
        "is_open": assignment.phase.is_open(clock.now()),
    }


# --- The conflict question ----------------------------------------------------------------------------


def _conflict_question(request: HttpRequest, assignment: ReviewAssignment) -> HttpResponse:
    told = rescued_forms.written(request)
    form = ConflictForm(told if told and told.get("action") == "conflict" else None)
    if request.POST.get("action") == "clear":
        with as_message(request):
            actions.declare_clear(assignment, by=person(request), at=clock.now())
        return redirect("review", assignment.pk)
    if request.method == "POST" and form.is_valid() and _declared(request, assignment, form):
        return redirect("reviews")
    context = {**_heading(assignment), "form": form}
    return render(request, "applications/review_question.html", context, status=status_of(request, form))


def _declared(request: HttpRequest, assignment: ReviewAssignment, form: ConflictForm) -> bool:
    with on_form(form):
        actions.declare_conflict(assignment, **form.cleaned_data, by=person(request), at=clock.now())
        messages.success(
            request, _("Thank you for saying so. The application is closed to you, and the programme is told.")
        )
    return form.is_valid()


# --- Reading and judging ------------------------------------------------------------------------------


def _judging(request: HttpRequest, assignment: ReviewAssignment) -> HttpResponse:
    if request.method == "POST":
        return _judged(request, assignment)
    before_login = rescued_forms.take(request)
    if before_login is not None:
        messages.warning(request, _("You had been signed out. What you wrote is here again: save it."))
        return _page(request, assignment, ReviewForm(_rubric(assignment), before_login))
    return _page(request, assignment, _form(assignment))


def _judged(request: HttpRequest, assignment: ReviewAssignment) -> HttpResponse:
    """Do what the button said. A refusal shows the words again, so that none is lost."""
    action = request.POST.get("action")
    if action == "reopen":
        return _reopened(request, assignment)
    form = _form(assignment, request)
    if not form.is_valid():
        return _page(request, assignment, form, status=422)
    if assignment.review.state == Review.State.SUBMITTED and not form.has_changed():
        return redirect("reviews")  # the second click of a double click
    try:
        _save(request, assignment, form)
        if action == "submit":
            actions.submit_review(assignment.review, by=person(request), at=clock.now())
    except Refusal as refusal:
        if assignment.review.state == Review.State.SUBMITTED and not _form(assignment, request).has_changed():
            return redirect("reviews")  # the second click came while the first was done
        if action == "submit":
            form.ask_for_the_rest()
        messages.error(request, str(refusal))
        return _page(request, assignment, form, status=422)
    if action == "submit":
        messages.success(request, _("Submitted. Thank you: the committee sees your review now."))
        return redirect("reviews")
    messages.success(request, _("Draft saved. Submit it by the end of the phase."))
    return redirect("review", assignment.pk)


def _reopened(request: HttpRequest, assignment: ReviewAssignment) -> HttpResponse:
    with as_message(request):
        actions.reopen_review(assignment.review, by=person(request), at=clock.now())
    return redirect("review", assignment.pk)


def _rubric(assignment: ReviewAssignment) -> list[RubricCriterion]:
    return list(assignment.application.cohort.rubric.order_by("order", "id"))


def _form(assignment: ReviewAssignment, request: HttpRequest | None = None) -> ReviewForm:
    review = getattr(assignment, "review", None)
    words = ReviewForm.words_of(review, list(review.scores.all())) if review else {}
    return ReviewForm(_rubric(assignment), request.POST if request else None, initial=words)


def _save(request: HttpRequest, assignment: ReviewAssignment, form: ReviewForm) -> None:
    words = {name: form.cleaned_data[name] for name in ("recommendation", "comment", "feedback")}
    actions.save_review(assignment.review, points=form.points, **words, by=person(request), at=clock.now())


def _page(request: HttpRequest, assignment: ReviewAssignment, form: ReviewForm, status: int = 200) -> HttpResponse:
    application, phase = assignment.application, assignment.phase
    version = application.versions.order_by("-number").first()
    assert version is not None  # only what was submitted is assigned
    handed_in = assignment.review.state == Review.State.SUBMITTED
    context = {
        **_heading(assignment),
        "review": assignment.review,
        "form": form,
        "content": as_seen(version, blind=phase.is_blind),
        "version": version,
        "is_newer": version.submitted_at > assignment.review.started_at,
        "criteria": {criterion.fact: criterion for criterion in application.cohort.criteria.all()},
        "is_read_only": handed_in and not form.is_bound,
        "is_needed": application.state in (Application.State.SUBMITTED, Application.State.RETURNED),
        "is_handed_in": handed_in,
    }
    return render(request, "applications/review.html", context, status=status)
