"""What the desks of applications share: whose cohort it is, pages of rows, and the choice of a cohort."""

from dataclasses import dataclass

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from applications.models import Application, Cohort, Conflict
from portal.accounts.access import person
from portal.desk.counts import Bounded, Counted
from portal.desk.frame import Crumb, crumb, show
from portal.models import Role
from portal.money import Money
from portal.registry import registry

ROWS = 20
TO_DECIDE = ngettext_lazy("%(shown)s to decide", "%(shown)s to decide", "n")


def cohorts_of(request: HttpRequest) -> models.QuerySet[Cohort]:
    """Return the cohorts of the programmes that the person manages or audits."""
    programmes = person(request).scopes(*Role.oversight())
    return Cohort.objects.filter(programme__in=programmes).select_related("programme")


def cohort_of(request: HttpRequest, cohort_id: int) -> Cohort:
    """Return a cohort the person may look at, else 404."""
    return get_object_or_404(cohorts_of(request), pk=cohort_id)


def may_act(request: HttpRequest, cohort: Cohort) -> bool:
    """Return whether the person manages the cohort's programme; auditors only look."""
    user = person(request)
    return user.holds(Role.MANAGER, at=user.seen_at, scope_id=cohort.programme_id)


def application_of(request: HttpRequest, pk: int, *, to_act: bool = True) -> Application:
    """Return an application the person may work on, else 404: not one of a startup they are in conflict with."""
    roles = (Role.MANAGER,) if to_act else Role.oversight()
    found = Application.objects.handed_in().filter(cohort__programme__in=person(request).scopes(*roles))
    free = found.exclude(startup__in=Conflict.objects.startups_of(person(request)))
    return get_object_or_404(free.select_related("startup", "cohort__programme"), pk=pk)


def money_of(cohort: Cohort) -> dict[str, Money]:
    """Return what the money's app knows of a cohort, by figure; nothing where there is no such app."""
    known: dict[str, Money] = {}
    for source in registry.cohort_money:
        known.update(source(cohort))
    return known


def crumbs_of(cohort: Cohort, desk: tuple[object, str], board: str) -> list[Crumb]:
    """Return the pages above one of a cohort's board: the desk, as label and URL name, and the board."""
    return [crumb(*desk), crumb(cohort, board, cohort.pk)]


@dataclass(frozen=True, slots=True)
class CohortCard:
    """One cohort to choose: its names, its board, and what waits there; `state` once its decisions are released."""

    title: object
    programme: object
    href: str
    text: str
    state: str


def cohort_cards(request: HttpRequest, url_name: str, title: object, lead: object) -> HttpResponse:
    """Show the cohorts of a desk to choose from, the newest first."""
    waiting = Bounded(Application.objects.filter(cohort=models.OuterRef("pk")).undecided())
    cohorts = (
        cohorts_of(request).filter(published_at__isnull=False).annotate(waiting=waiting).order_by("-opens_at", "pk")
    )
    cards = [
        CohortCard(
            title=cohort.name,
            programme=cohort.programme.name,
            href=reverse(f"admin:{url_name}", args=[cohort.pk]),
            text=str(Counted(cohort.waiting, TO_DECIDE)) if cohort.waiting else _("Nothing to do"),
            state="released" if cohort.released_at else "",
        )
        for cohort in cohorts
    ]
    return show(request, "applications/desks/cohorts.html", title, {"cards": cards, "lead": lead})
