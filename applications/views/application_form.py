"""Writing an application. Save, autosave and submit are one path: what was changed on the page goes to `save_draft`."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from applications import actions
from applications.documents.storage import safe_name
from applications.models import Application, Document, Membership
from applications.pages.application_form import ApplicationForm
from applications.questions.questionnaire import Questionnaire, questionnaire_of
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.forms import posted_id
from portal.refusals import Done, Refusal

SOON = timedelta(days=2)
# What saving reads of the draft, its cohort, programme and startup: all else would be read with each pause of who writes.
SAVING = (
    *("state", "startup__id", "cohort__published_at", "cohort__opens_at", "cohort__closes_at"),
    "cohort__programme__timezone",
)
STATUS = {"saved": 200, "failed": 422, "conflict": 409}


@rescued_forms.restored
@never_cache  # the way back after submitting leads to what is, not to a page of before
@login_required
def application_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the draft on one page, saved as one writes, or as a whole by its buttons."""
    application = _application_of_member(request, pk)
    if application.role not in Membership.WRITERS:  # type: ignore[attr-defined]  # annotated
        messages.info(request, _("You can read this application. Only founders and editors can edit it."))
        return redirect("application", pk)
    if request.method == "POST":
        return _save_page(request, ApplicationForm(application, request.POST, request.FILES))
    if not application.is_editable:
        messages.info(request, _("This application is submitted. This is what you sent."))
        return redirect("application", pk)
    form = ApplicationForm(application, rescued_forms.look(request))
    return _page(request, form, is_restored=form.restore())


@rescued_forms.restored
@login_required
def application_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was changed, while one writes; answer with what the page is to know of it."""
    application = _application_of_member(request, pk, *SAVING)
    if request.method != "POST":
        return redirect("application_edit", pk)
    form = ApplicationForm(application, request.POST, request.FILES, asked=_asked(request, application))
    try:
        _save(request, form)
    except Refusal as refusal:
        line = {"state": "failed", "text": str(refusal)}
        return render(request, "applications/_saved.html", line, status=422)
    line = _line(form)
    context = {**_shown(form), **line, "items": form.touched(), "is_autosave": True}
    if form.changed_side() or request.POST.get("parts") == "wrong":
        context["whole"] = whole = ApplicationForm(application, request.POST, request.FILES)
        whole.unsaved = form.unsaved
    return render(request, "applications/_saved.html", context, status=STATUS[line["state"]])


def _asked(request: HttpRequest, application: Application) -> Questionnaire:
    """Read as much of the questionnaire as the page sent fields of."""
    sent = {name.removeprefix("seen-") for name in (*request.POST, *request.FILES)}
    return questionnaire_of(application.cohort, sent)


def _application_of_member(request: HttpRequest, pk: int, *only: str) -> Application:
    applications = Application.objects.of_member(person(request)).annotate(role=F("startup__memberships__role"))
    return get_object_or_404(applications.select_related("cohort__programme", "startup").only(*only), pk=pk)


def _save(request: HttpRequest, form: ApplicationForm) -> None:
    """Save what was changed on the page; what could not be stands in `form.unsaved`.

    :raises Refusal: if nothing of it can be saved.
    """
    by, at = person(request), clock.now()
    form.saved = actions.save_draft(form.application, form.sent, by=by, at=at)
    form.unsaved = form.saved.refused
    if (removed := _removed(request, form)) and removed.removed_at is None:
        actions.remove_document(removed, by=by, at=at)
    rescued_forms.forget(request)


def _removed(request: HttpRequest, form: ApplicationForm) -> Document | None:
    key = posted_id(request.POST.get("remove"))
    return form.application.documents.filter(pk=key).first() if key else None


# --- The page -----------------------------------------------------------------------------------------


def _save_page(request: HttpRequest, form: ApplicationForm) -> HttpResponse:
    try:
        _save(request, form)
    except Refusal as refusal:
        return _not_saved(request, form, refusal)
    if form.unsaved:
        return _page(request, form, refusal=_("Everything else you wrote is saved."), state="unsaved")
    if request.POST.get("action") == "submit":
        return _submit(request, form)
    if (field := _field_of_act(request, form)) in form.kinds:
        return redirect(f"{reverse('application_edit', args=[form.application.pk])}#q-{field}")
    messages.success(request, _("Saved. You can leave and come back at any time."))
    return redirect("application_edit", form.application.pk)


def _field_of_act(request: HttpRequest, form: ApplicationForm) -> str:
    """Return the field at which a button within the form was pressed; empty for the buttons at its foot."""
    if removed := _removed(request, form):
        return f"answer-{removed.question_id}"
    return request.POST.get("keep") or request.POST.get("drop") or ""


def _submit(request: HttpRequest, form: ApplicationForm) -> HttpResponse:
    application, at = form.application, clock.now()
    try:
        actions.submit(application, by=person(request), at=at, asked=form.questionnaire)
    except Done:
        messages.info(request, _("This application is already submitted, with everything you wrote."))
        return redirect("application", application.pk)
    except Refusal as refusal:
        form.is_refused = application.state != Application.State.DRAFT or application.cohort.is_open(at)
        words = _("It is not submitted yet. Everything you wrote is saved.") if form.problems else str(refusal)
        return _page(request, form, refusal=words)
    messages.success(request, _("Submitted. We sent you an email with your reference."))
    return redirect("application", application.pk)


def _not_saved(request: HttpRequest, form: ApplicationForm, refusal: Refusal) -> HttpResponse:
    """Give back what could not be saved, word for word; nothing is lost, where nothing of it is in the draft."""
    application = form.application
    there = set(application.documents.filter(removed_at=None).values_list("name", "size"))
    sent = [upload for name in request.FILES for upload in request.FILES.getlist(name)]
    files = [upload.name for upload in sent if (safe_name(upload.name or ""), upload.size) not in there]
    words = [(str(each.asked), each.text) for each in form.differing()]
    if not words and not files:
        messages.info(request, _("This application is already submitted, with everything you wrote."))
        return redirect("application", application.pk)
    context = {"application": application, "refusal": refusal, "words": words, "files": files}
    return render(request, "applications/application_unsaved.html", context, status=409)


def _page(
    request: HttpRequest, form: ApplicationForm, *, refusal: str = "", is_restored: bool = False, state: str = "saved"
) -> HttpResponse:
    context = {
        **_shown(form),
        "refusal": refusal,
        "is_restored": is_restored,
        "state": "unsaved" if is_restored else state,
    }
    return render(request, "applications/application_edit.html", context, status=422 if refusal else 200)


def _shown(form: ApplicationForm) -> dict[str, Any]:
    at, cohort = clock.now(), form.application.cohort
    is_late = form.application.state == Application.State.DRAFT and not cohort.is_open(at)
    is_soon = cohort.closes_at - at < SOON
    return {"application": form.application, "cohort": cohort, "form": form, "is_late": is_late, "is_soon": is_soon}


def _line(form: ApplicationForm) -> dict[str, Any]:
    """Return what the line beside the buttons says."""
    if form.is_overtaken:
        return {
            "state": "conflict",
            "text": _("Someone changed the same answer. Choose which one to keep."),
        }
    if form.unsaved:
        return {"state": "failed", "text": _("Saved, except what is marked.")}
    return {"state": "saved", "at": clock.now()}
