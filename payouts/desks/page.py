"""What the desks of money have in common: their frame, whose page it is, and the page that asks before an act."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from payouts.forms.money import ActForm
from payouts.permissions import WATCHERS
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.refusals import Refusal


@dataclass(frozen=True, slots=True)
class DeskAct:
    """One act offered on a desk: who may do it, in which states, and what to say before and after.

    `run(subject, by=, at=, **form.cleaned_data)` is a function of `payouts.actions`.
    """

    name: str
    label: Any
    run: Callable[..., object]
    roles: tuple[str, ...]
    states: tuple[str, ...]
    consequences: Sequence[Any] = ()
    form: type[ActForm] = ActForm
    done: Any = ""
    danger: bool = False
    final: bool = False

    def is_offered(self, request: HttpRequest, subject: Any, programme_id: int) -> bool:
        """Say whether the person may do it, and the subject's state allows it."""
        return subject.state in self.states and self.is_of(request, programme_id)

    def is_of(self, request: HttpRequest, programme_id: int) -> bool:
        """Say whether the person holds the role."""
        return person(request).holds(*self.roles, scope_id=programme_id)


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Answer with a page in the admin's frame."""
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context}, status=status)


def scopes(request: HttpRequest) -> set[int]:
    """Give the programmes whose money the person may look at."""
    return person(request).scopes(*WATCHERS)


def ask(
    request: HttpRequest,
    act: DeskAct,
    subject: models.Model,
    *,
    programme_id: int,
    back: str,
    about: str,
    text: str = "",
) -> HttpResponse:
    """Ask before an act, do it on POST, and show its refusal. Who lacks the role learns nothing of the page.

    It shows again what was written before the login: the views that call it are marked so.
    """
    if not act.is_of(request, programme_id):
        raise Http404
    form = act.form(rescued_forms.written(request))
    if request.method == "POST" and form.is_valid():
        try:
            act.run(subject, by=person(request), at=clock.now(), **form.cleaned_data)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, act.done or act.label)
        return redirect(back)
    told = {"about": about, "text": text, "back": back}
    context = {"title": act.label, "act": act, "form": form if form.fields else None, **told}
    return show(
        request, "payouts/desks/act.html", context, status=422 if request.method == "POST" and form.errors else 200
    )
