"""Writing an application. Save, autosave and submit are one path: `save_answer` for each field."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from applications import actions, rules, storage, waiting
from applications.actions.applying import findings_of, problems
from applications.forms.applying import ApplicationForm
from applications.forms.offers import ReasonForm
from applications.models import Application, Cohort, Document, Startup
from applications.views.public import CHECKED
from portal import clock, kept
from portal.access import person
from portal.models import Transition
from portal.refusals import Refusal


@login_required
def application_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Choose the startup that applies, then open its draft; facts of the self-check come along."""
    cohort = get_object_or_404(Cohort.objects.published().select_related("programme"), slug=slug)
    startups = list(Startup.objects.of_member(person(request)).order_by("name_folded", "id"))
    if not startups:
        return redirect(f"{reverse('startup_new')}?next={request.path}")
    if request.method == "POST":
        chosen = next((s for s in startups if str(s.pk) == request.POST.get("startup")), None)
        if chosen is None:
            raise Http404
        try:
            draft = actions.start_application(chosen, cohort, by=person(request), at=clock.now())
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("programme", cohort.programme.slug)
        _carry_facts(request, draft)
        return redirect("application_edit" if draft.is_editable else "application", draft.pk)
    return render(
        request,
        "applications/application_start.html",
        {
            "cohort": cohort,
            "startups": startups,
            "chosen": request.GET.get("startup", ""),
            "is_open": cohort.is_open(clock.now()),
        },
    )


@login_required
def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the draft: one page, saved field by field as one goes, or as a whole by its buttons."""
    application = _mine(request, pk)
    if not application.is_editable:
        messages.info(request, _("This application is submitted and can no longer be changed."))
        return redirect("application", pk)
    if request.method != "POST":
        before_login = kept.take(request)
        if before_login is not None:
            messages.warning(request, _("You had been signed out. What you wrote is here again: save it."))
        form = ApplicationForm(application, before_login, save_url=_save_url(application))
        return _edit_page(request, application, form, {})
    form = ApplicationForm(application, request.POST, request.FILES, save_url=_save_url(application))
    clean = _save_all(request, application, form)
    if request.POST.get("action") == "submit" and clean:
        try:
            actions.submit(application, by=person(request), at=clock.now())
            messages.success(request, _("Submitted. We sent you a mail with your reference."))
            return redirect("application", pk)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return _edit_page(request, application, form, problems(application))
    if clean:
        messages.success(request, _("Saved. You can leave and come back at any time."))
        return redirect("application_edit", pk)
    return _edit_page(request, application, form, {})


@login_required
@require_POST
def application_save(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Save one field as it is written."""
    application = _mine(request, pk)
    form = ApplicationForm(application, request.POST, save_url=_save_url(application))
    if name not in form.fields or isinstance(form.fields[name], forms.FileField):
        raise Http404
    state, text = "saved", ""
    try:
        _save_field(request, application, form, name)
    except actions.Overtaken as overtaken:
        state, text = "conflict", _theirs(overtaken)
    except (Refusal, forms.ValidationError) as refusal:
        state, text = "failed", " ".join(getattr(refusal, "messages", [str(refusal)]))
    context = {
        "application": application,
        "state": state,
        "text": text,
        "at": clock.now(),
        "name": name,
        "versions": _versions(application),
    }
    return render(request, "applications/_saved.html", context)


@login_required
def application(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an application to its startup: whose move it is, the steps, what was submitted, its history."""
    found = _mine(request, pk)
    at = clock.now()
    version = found.versions.order_by("-number").first()
    return render(
        request,
        "applications/application.html",
        {
            "application": found,
            "wait": waiting.for_startup(found, at=at),
            "steps": waiting.steps(found),
            "version": version,
            "content": version.content if version else None,
            "criteria": {c.fact: c for c in found.cohort.criteria.all()},
            "history": Transition.objects.of(found).select_related("actor"),
            "may_reopen": found.state == Application.State.SUBMITTED and found.cohort.is_open(at),
            "may_withdraw": found.state in ("draft", "submitted", "returned", "waitlisted"),
        },
    )


@login_required
@require_POST
def application_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a submitted application back into writing."""
    found = _mine(request, pk)
    try:
        actions.reopen(found, by=person(request), at=clock.now())
        return redirect("application_edit", pk)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("application", pk)


@login_required
def application_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw for good, after saying what that means."""
    found = _mine(request, pk)
    if request.method == "POST":
        try:
            actions.withdraw(found, by=person(request), at=clock.now())
            messages.success(request, _("The application is withdrawn."))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("application", pk)
    return render(request, "applications/application_withdraw.html", {"application": found, "form": ReasonForm()})


@login_required
def document(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """Serve a document to who may read its application, always as a download."""
    found = get_object_or_404(Document.objects.readable_by(person(request)), pk=pk)
    response = FileResponse(
        storage.read(found.stored_as), as_attachment=True, filename=found.name, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _mine(request: HttpRequest, pk: int) -> Application:
    mine = Application.objects.of_member(person(request)).select_related("cohort__programme", "startup")
    return get_object_or_404(mine, pk=pk)


def _save_url(application: Application) -> str:
    return reverse("application_edit", args=[application.pk]) + "save/"


def _save_all(request: HttpRequest, application: Application, form: ApplicationForm) -> bool:
    """Save every field that can be; put the reasons of the others beside them. Give whether all were saved."""
    for name in form.fields:
        try:
            _save_field(request, application, form, name)
        except actions.Overtaken as overtaken:
            form.add_error(name, _theirs(overtaken))
        except forms.ValidationError as error:
            form.add_error(name, error)
        except Refusal as refusal:
            form.add_error(name, str(refusal))
    if removed := request.POST.get("remove"):
        for found in application.documents.filter(pk=removed if removed.isdigit() else 0):
            actions.remove_document(found, by=person(request), at=clock.now())
    return not form.errors


def _save_field(request: HttpRequest, application: Application, form: ApplicationForm, name: str) -> None:
    kind, key = name.split("-", 1)
    by, at = person(request), clock.now()
    if isinstance(form.fields[name], forms.FileField):
        for upload in request.FILES.getlist(name):
            kept_bytes = storage.keep(upload)
            actions.attach_document(
                application, form.questions[int(key)], name=kept_bytes.name, size=kept_bytes.size,
                sha256=kept_bytes.sha256, stored_as=kept_bytes.stored_as, by=by, at=at,
            )  # fmt: skip
        return
    value = form.clean_one(name)
    if kind == "fact":
        actions.state_fact(application, form.criteria[key], None if value == "" else value, by=by, at=at)
        return
    seen = request.POST.get(f"seen-{key}", "")
    actions.save_answer(
        application, form.questions[int(key)], value, by=by, at=at, seen=int(seen) if seen.isdigit() else None
    )


def _theirs(overtaken: actions.Overtaken) -> str:
    return _("%(refusal)s It now reads: “%(text)s”. Save again to put your words in its place.") % {
        "refusal": overtaken,
        "text": overtaken.answer.value,
    }


def _versions(application: Application) -> dict[int, int]:
    return dict(application.answers.values_list("question_id", "version"))


def _edit_page(
    request: HttpRequest, application: Application, form: ApplicationForm, missing: dict[int, str]
) -> HttpResponse:
    files: dict[int, list[Document]] = {}
    for found in application.documents.filter(removed_at=None).select_related("uploaded_by").order_by("id"):
        files.setdefault(found.question_id, []).append(found)
    findings = {f.criterion.fact: f for f in findings_of(application)}
    versions = _versions(application)
    sections: dict[Any, list[dict[str, Any]]] = {}
    for key, question in form.questions.items():
        sections.setdefault(question.section, []).append(
            {
                "field": form[f"answer-{key}"],
                "question": question,
                "version": versions.get(key, 0),
                "problem": missing.get(key, ""),
                "files": files.get(key, []),
            }
        )
    answered = sum(1 for key, q in form.questions.items() if versions.get(key) or files.get(key))
    return render(
        request,
        "applications/application_edit.html",
        {
            "application": application,
            "form": form,
            "facts": [
                {
                    "field": form[f"fact-{fact}"],
                    "finding": findings[fact],
                    "asked": missing and findings[fact].verdict == rules.Verdict.UNKNOWN,
                }
                for fact in form.criteria
            ],
            "sections": sections.items(),
            "answered": answered,
            "asked": len(form.questions),
            "is_open": application.cohort.is_open(clock.now()),
        },
        status=422 if form.errors or missing else 200,
    )


def _carry_facts(request: HttpRequest, draft: Application) -> None:
    """State what the visitor answered in the self-check, where the draft says nothing yet."""
    checked = request.session.get(CHECKED, {}).pop(draft.cohort.slug, {})
    request.session.modified = True
    known = set(draft.facts.values_list("fact", flat=True))
    if not draft.is_editable:
        return
    for criterion in draft.cohort.criteria.all():
        value = checked.get(criterion.fact)
        if criterion.fact not in known and rules.fits(criterion.kind, value):
            actions.state_fact(draft, criterion, value, by=person(request), at=clock.now())
