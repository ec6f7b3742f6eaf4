"""Writing an application. Save, autosave and submit are one path: what was changed on the page goes to `save_draft`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from applications import actions
from applications.actions import Overtaken
from applications.actions.drafts import Asked
from applications.documents import storage
from applications.forms.application import ApplicationForm
from applications.models import Application, Document, Membership, Question
from applications.pages.application_form import Page
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.forms import posted_id
from portal.models import User
from portal.refusals import Refusal

SOON = timedelta(days=2)
Reasons = dict[str, Refusal]  # by name of the field: why it was not saved


@rescued_forms.restored
@never_cache  # the way back after submitting leads to what is, not to a page of before
@login_required
def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the draft on one page, saved as one writes, or as a whole by its buttons."""
    application = _mine(request, pk)
    if vars(application)["role"] not in Membership.WRITERS:
        messages.info(request, _("You may read this application; founders and editors write it."))
        return redirect("application", pk)
    if request.method == "POST":
        return _save_page(request, application)
    if not application.is_editable:
        messages.info(request, _("This application is submitted. It stands as you see it here."))
        return redirect("application", pk)
    form = ApplicationForm(application, rescued_forms.look(request))
    unsaved: list[str] = []
    if form.is_bound:
        unsaved = form.unsaved()
        form.settle(unsaved)
    return _page(request, Page(application, form), is_restored=bool(unsaved))


@rescued_forms.restored
@login_required
def application_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was changed, while one writes; answer with what the page is to know of it."""
    application = _mine(request, pk)
    if request.method != "POST":
        return redirect("application_edit", pk)
    form = ApplicationForm(application, request.POST, request.FILES)
    try:
        touched = [*form.touched(), *request.FILES]
        reasons = _save(request, application, form)
    except Refusal as refusal:
        line = {"state": "failed", "text": str(refusal)}
        return render(request, "applications/_saved.html", line, status=422)
    rescued_forms.forget(request)
    form.settle(reasons)
    page = Page(application, form, reasons)
    return render(
        request,
        "applications/_saved.html",
        {
            **_line(reasons),
            **_shown(page),
            "items": [item for item in page.items() if item.name in touched],
            "is_autosave": True,
        },
        status=_status(reasons),
    )


def _mine(request: HttpRequest, pk: int) -> Application:
    mine = Application.objects.of_member(person(request)).annotate(role=F("startup__memberships__role"))
    return get_object_or_404(mine.select_related("cohort__programme", "startup"), pk=pk)


# --- The page -----------------------------------------------------------------------------------------


def _save_page(request: HttpRequest, application: Application) -> HttpResponse:
    form = ApplicationForm(application, request.POST, request.FILES)
    try:
        reasons = _save(request, application, form)
    except Refusal as refusal:
        return _not_saved(request, application, form, refusal)
    rescued_forms.forget(request)
    if request.POST.get("action") == "submit" and not reasons:
        return _submit(request, application, form)
    if reasons:
        form.settle(reasons)
        page = Page(application, form, reasons)
        problems = {name: str(reason) for name, reason in reasons.items()}
        return _page(
            request, page, problems=problems, refusal=_("Everything else you wrote is saved."), state="unsaved"
        )
    if (field := _field_of_act(request, application)) in form.fields:
        return redirect(f"{reverse('application_edit', args=[application.pk])}#q-{field}")
    messages.success(request, _("Saved. You can leave and come back at any time."))
    return redirect("application_edit", application.pk)


def _field_of_act(request: HttpRequest, application: Application) -> str:
    """Give the field at which a button within the form was pressed; empty for the buttons at its foot."""
    if removed := _removed(request, application):
        return f"answer-{removed.question_id}"
    return request.POST.get("keep") or request.POST.get("drop") or ""


def _submit(request: HttpRequest, application: Application, form: ApplicationForm) -> HttpResponse:
    try:
        actions.submit(application, by=person(request), at=clock.now(), asked=form.questionnaire)
    except Refusal as refusal:
        form.settle([])
        page = Page(application, form)
        in_time = application.state != Application.State.DRAFT or application.cohort.is_open(clock.now())
        missing = page.missing() if in_time else {}
        words = _("It is not submitted yet. Everything you wrote is saved.") if missing else str(refusal)
        return _page(request, page, problems=missing, refusal=words)
    messages.success(request, _("Submitted. We sent you a mail with your reference."))
    return redirect("application", application.pk)


def _not_saved(request: HttpRequest, application: Application, form: ApplicationForm, refusal: Refusal) -> HttpResponse:
    """Give back what could not be saved, word for word; nothing is lost, where nothing of it is in the draft."""
    there = set(application.documents.filter(removed_at=None).values_list("name", "size"))
    files = [upload.name for upload in _uploads(request) if (upload.name, upload.size) not in there]
    unsaved = form.unsaved()
    if not unsaved and not files:
        messages.info(request, _("This application is submitted already, with everything you wrote."))
        return redirect("application", application.pk)
    words = [(form[name].label, form.words(name)) for name in unsaved]
    context = {"application": application, "refusal": refusal, "words": words, "files": files}
    return render(request, "applications/application_unsaved.html", context, status=409)


def _page(
    request: HttpRequest,
    page: Page,
    *,
    problems: dict[str, str] | None = None,
    refusal: str = "",
    is_restored: bool = False,
    state: str = "saved",
) -> HttpResponse:
    problems = problems or {}
    page.blamed.update(problems)
    context = {
        **_shown(page),
        "refusal": refusal,
        "is_restored": is_restored,
        "problems": problems,
        "listed": [item for item in page.items() if item.name in problems],
        "state": "unsaved" if is_restored else state,
    }
    return render(request, "applications/application_edit.html", context, status=422 if refusal else 200)


def _shown(page: Page) -> dict[str, Any]:
    at, cohort = clock.now(), page.application.cohort
    is_late = page.application.state == Application.State.DRAFT and not cohort.is_open(at)
    is_soon = cohort.closes_at - at < SOON
    return {"application": page.application, "cohort": cohort, "page": page, "is_late": is_late, "is_soon": is_soon}


def _line(reasons: Reasons) -> dict[str, Any]:
    """Give what the line beside the buttons says."""
    if any(isinstance(reason, Overtaken) for reason in reasons.values()):
        return {
            "state": "conflict",
            "text": _("Somebody else changed an answer that you changed too: choose beside it."),
        }
    if reasons:
        return {"state": "failed", "text": _("Saved, but for what is marked.")}
    return {"state": "saved", "at": clock.now()}


def _status(reasons: Reasons) -> int:
    if any(isinstance(reason, Overtaken) for reason in reasons.values()):
        return 409
    return 422 if reasons else 200


# --- Saving -------------------------------------------------------------------------------------------


def _save(request: HttpRequest, application: Application, form: ApplicationForm) -> Reasons:
    """Save what was changed on the page; give why one field or another was not.

    :raises Refusal: if nothing of it can be saved.
    """
    by, at = person(request), clock.now()
    names = [name for name in form.touched() if name != request.POST.get("drop")]
    reasons, written, seen = _read(form, names, overwrite=request.POST.get("keep", ""))
    if not application.is_editable or written:
        refused = actions.save_draft(application, written, by=by, at=at, seen=seen)
        reasons |= {name: refused[form.asked[name]] for name in names if form.asked[name] in refused}
    reasons |= _attach_all(request, application, form, by=by, at=at)
    if (removed := _removed(request, application)) and removed.removed_at is None:
        actions.remove_document(removed, by=by, at=at)
    return reasons


def _removed(request: HttpRequest, application: Application) -> Document | None:
    return application.documents.filter(pk=posted_id(request.POST.get("remove")) or 0).first()


def _read(
    form: ApplicationForm, names: Iterable[str], *, overwrite: str
) -> tuple[Reasons, dict[Asked, Any], dict[Asked, int]]:
    """Read the fields: reasons of those that cannot be, values by what is asked, and the versions that were seen."""
    reasons: Reasons = {}
    written: dict[Asked, Any] = {}
    seen: dict[Asked, int] = {}
    for name in names:
        asked = form.asked[name]
        try:
            written[asked] = form.clean_one(name)
        except forms.ValidationError as error:
            reasons[name] = Refusal(" ".join(error.messages))
        version = form.seen_version(name)
        if version is not None and name != overwrite:
            seen[asked] = version
    return reasons, written, seen


def _attach_all(
    request: HttpRequest, application: Application, form: ApplicationForm, *, by: User, at: datetime
) -> Reasons:
    reasons: Reasons = {}
    away: storage.Away | None = None
    for name, asked in form.asked.items():
        if not (isinstance(asked, Question) and asked.kind == Question.Kind.FILE):
            continue
        for upload in request.FILES.getlist(name):
            if away:
                reasons[name] = away
                continue
            try:
                _attach(application, asked, upload, by=by, at=at)
            except Refusal as refusal:
                reasons[name] = refusal
                away = refusal if isinstance(refusal, storage.Away) else None
    return reasons


def _attach(application: Application, asked: Any, upload: "UploadedFile[bytes]", *, by: User, at: datetime) -> None:
    """Keep an upload's bytes before the transaction that binds them, and forget them if it does not."""
    found = storage.keep(upload)
    bound_as = ""
    try:
        document = actions.attach_document(
            application, asked, name=found.name, size=found.size, sha256=found.sha256, stored_as=found.stored_as,
            by=by, at=at,
        )  # fmt: skip
        bound_as = document.stored_as
    finally:
        if bound_as != found.stored_as:
            storage.discard(found.stored_as)


def _uploads(request: HttpRequest) -> list["UploadedFile[bytes]"]:
    return [upload for name in request.FILES for upload in request.FILES.getlist(name)]
