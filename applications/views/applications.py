"""Starting an application, looking at it, and taking it back."""

import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from applications import actions
from applications.documents import storage
from applications.models import Application, Cohort, Document, Membership, Question, Startup
from applications.pages import member, steps, whose_move
from applications.questions import kind_of
from applications.questions.entries import AsSent
from applications.snapshot import snapshot
from applications.views.public import CHECKED
from portal import clock
from portal.accounts.access import person
from portal.external import Unavailable
from portal.forms import ConfirmForm
from portal.refusals import as_message, on_form, status_of

log = logging.getLogger(__name__)


@login_required
def application_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose the startup that applies, then open its draft; facts of the self-check come along."""
    cohort = get_object_or_404(Cohort.objects.published().select_related("programme"), slug=slug)
    startups = list(Startup.objects.of_writer(person(request)).order_by("name_folded", "id"))
    is_open = cohort.is_open(clock.now())
    if not startups and is_open:
        return redirect(f"{reverse('startup_new')}?next={request.path}")
    if request.method == "POST":
        chosen = next((s for s in startups if str(s.pk) == request.POST.get("startup")), None)
        if chosen is None:
            raise Http404
        return _start(request, chosen, cohort)
    begun = {a.startup_id: a for a in Application.objects.filter(cohort=cohort, startup__in=startups)}
    choices = [(startup, begun.get(startup.pk)) for startup in startups]
    free = [str(startup.pk) for startup, there in choices if there is None]
    asked = request.GET.get("startup", "")
    return render(
        request,
        "applications/application_start.html",
        {
            "cohort": cohort,
            "choices": choices,
            "chosen": asked if asked in free else next(iter(free), ""),
            "asked": Question.objects.filter(section__cohort=cohort).count(),
            "is_open": is_open,
        },
    )


def _start(request: HttpRequest, startup: Startup, cohort: Cohort) -> HttpResponse:
    with as_message(request):
        draft = actions.start_application(startup, cohort, by=person(request), at=clock.now())
        _carry_facts(request, draft)
        return redirect("application_edit" if draft.is_editable else "application", draft.pk)
    return redirect("programme", cohort.programme.slug)


def _carry_facts(request: HttpRequest, draft: Application) -> None:
    """State what the visitor answered in the self-check, where the draft says nothing yet."""
    checked = request.session.get(CHECKED, {}).pop(draft.cohort.slug, {})
    request.session.modified = True
    if not draft.is_editable or not checked:
        return
    known = set(draft.facts.values_list("fact", flat=True))
    stated = [
        AsSent(criterion, checked[criterion.fact])
        for criterion in draft.cohort.criteria.all()
        if criterion.fact not in known and kind_of(criterion).fits(checked.get(criterion.fact))
    ]
    actions.save_draft(draft, stated, by=person(request), at=clock.now())


@never_cache  # also when one comes back to it: what was true a moment ago is not
@login_required
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an application to its startup: whose move it is, the steps, what it says, its history."""
    found = member.application(request, pk)
    at = clock.now()
    role = member.roles(request)[found.startup_id]
    history = steps.history(found)
    version = found.versions.select_related("submitted_by").order_by("-number").first()
    is_draft = found.state == Application.State.DRAFT
    return render(
        request,
        "applications/application.html",
        {
            "application": found,
            "wait": whose_move.for_startup(found, at=at, role=role, since=history[-1].at if history else None),
            "steps": steps.steps(found),
            "version": version,
            "is_draft": is_draft,
            "content": snapshot(found) if is_draft else version.content if version else None,
            "criteria": _criteria(found),
            "history": history[::-1],
            "may_reopen": role in Membership.WRITERS
            and found.state == Application.State.SUBMITTED
            and found.cohort.is_open(at),
            "may_withdraw": role == Membership.Role.FOUNDER
            and found.state in ("draft", "submitted", "returned", "waitlisted"),
        },
    )


def _criteria(found: Application) -> dict[str, Any]:
    return {criterion.fact: criterion for criterion in found.cohort.criteria.order_by("order", "id")}


@login_required
def application_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a submitted application back into writing."""
    found = member.application(request, pk)
    if request.method != "POST":
        return redirect("application", pk)
    with as_message(request):
        actions.reopen(found, by=person(request), at=clock.now())
        words = _("It is a draft again: submit it once more before the deadline, or it does not count.")
        messages.warning(request, words)
        return redirect("application_edit", pk)
    return redirect("application", pk)


@login_required
def application_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw for good, after saying what that means."""
    found = member.application(request, pk)
    if found.state == Application.State.WITHDRAWN:
        if request.method == "POST":  # a second click finds it withdrawn by the first
            messages.info(request, _("The application is withdrawn."))
        return redirect("application", pk)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with on_form(form):
            actions.withdraw(found, by=person(request), at=clock.now())
            messages.success(request, _("The application is withdrawn."))
            return redirect("application", pk)
    context = {"application": found, "form": form}
    return render(request, "applications/application_withdraw.html", context, status=status_of(request, form))


@login_required
def document(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Serve a document to who may read its application, always as a download and always from here.

    A signed address of the store would spare us the bytes, and open to whoever it is passed on to.
    """
    readable = Document.objects.readable_by(person(request)).select_related("application", "question")
    found = get_object_or_404(readable, pk=pk)
    try:
        kept = storage.read(found.stored_as, found.sha256)
    except Unavailable:
        log.exception("Document %s could not be fetched", found.pk)
        page = render(request, "applications/document_unavailable.html", {"document": found}, status=503)
        page["Retry-After"] = "60"
        return page
    response = FileResponse(kept, as_attachment=True, filename=found.file_name, content_type="application/pdf")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
