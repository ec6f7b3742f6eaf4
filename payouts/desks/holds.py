"""The desk of holds: whose money is stopped and why, when that is looked at again, and what lifts or keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from applications.models import Conflict, Participation
from payouts import actions
from payouts.forms.holds import HoldForm, KeepForm, LiftForm
from payouts.models import Hold
from payouts.models.accounts import HoldQuerySet
from payouts.permissions import STAFF, watched_programmes
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act
from portal.desk.frame import crumb, show
from portal.desk.paging import cut
from portal.language.text import colon
from portal.models import User

PAGE = 30  # each with its words and acts
ORDER = ("review_on", "id")


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One open hold, the acts on it that are the person's, and why one is not."""

    hold: Hold
    is_due: bool
    acts: Sequence[Act]
    words: str


@dataclass(frozen=True, slots=True)
class Holds:
    """The first of some open holds, and whether there are more."""

    rows: Sequence[HoldRow]
    more: bool = False


def _place(seat: Participation, *, by: User, at: datetime, **told: Any) -> None:
    actions.place_hold(seat, by=by, at=at, **told)


def _is_open(hold: Hold) -> bool:
    return hold.lifted_at is None


PLACE = Act(
    "hold",
    gettext_lazy("Place hold"),
    _place,
    STAFF,
    consequences=(
        gettext_lazy("No month of this startup becomes ready or is approved until the hold is lifted."),
        gettext_lazy("Every founder gets an email with your message."),
        gettext_lazy("It must be reviewed by the day you choose. Only another person can extend it."),
    ),
    form=HoldForm,
    done=gettext_lazy("On hold. The founders have been told."),
    danger=True,
)
LIFT = Act(
    "lift",
    gettext_lazy("Lift hold"),
    actions.lift_hold,
    STAFF,
    consequences=(
        gettext_lazy("What is due becomes ready again by itself, unless something else keeps it back."),
        gettext_lazy("Every founder gets an email."),
        gettext_lazy("Your reason stays with the hold, for staff."),
    ),
    offered=_is_open,
    doer=lambda hold: hold.lifted_by_id,
    form=LiftForm,
    done=gettext_lazy("Lifted. The founders have been told."),
)
KEEP = Act(
    "keep",
    gettext_lazy("Extend hold"),
    actions.keep_hold,
    STAFF,
    consequences=(
        gettext_lazy("No month of this startup becomes ready or is approved until the hold is lifted."),
        gettext_lazy("Only a person other than the one who placed it, or extended it last, can extend it."),
        gettext_lazy("It must be reviewed by the day you choose; the founders see that day on their page."),
    ),
    offered=_is_open,
    form=KeepForm,
    done=gettext_lazy("Extended. It must be reviewed by the day you chose."),
    danger=True,
)
ACTS = {act.name: act for act in (LIFT, KEEP)}


def holds(request: HttpRequest) -> HttpResponse:
    """List every open hold of the person's programmes, those to be looked at again first."""
    mine = Hold.objects.filter(participation__cohort__programme__in=watched_programmes(person(request)))
    page = cut(request, _listed(request, mine), ORDER, PAGE)
    return show(
        request,
        "payouts/desks/holds.html",
        pgettext("of pay", "Holds"),
        {
            "holds": Holds(_rows(request, page.rows)),
            "has_cohorts": True,
            **page.addresses(request),
        },
    )


@rescued_forms.restored
def place_hold(request: HttpRequest, participation_id: int) -> HttpResponse:
    """Ask why a startup's money is to be held, and hold it."""
    seat = get_object_or_404(
        Participation.objects.select_related("startup", "cohort__programme"),
        pk=participation_id,
        cohort__programme__in=watched_programmes(person(request)),
    )
    back = reverse("admin:desk_cohort_money", args=[seat.cohort_id])
    return acts.ask(
        request,
        PLACE,
        seat,
        scope_id=seat.cohort.programme_id,
        back=back,
        crumbs=[crumb(_("Cohort money"), "desk_money"), crumb(seat.cohort, "desk_cohort_money", seat.cohort_id)],
        about=seat.startup,
    )


@rescued_forms.restored
def hold_act(request: HttpRequest, hold_id: int, act: str) -> HttpResponse:
    """Ask before a hold is lifted or kept longer, and do it."""
    seats = Hold.objects.select_related("participation__startup", "participation__cohort__programme")
    found = get_object_or_404(
        seats, pk=hold_id, participation__cohort__programme__in=watched_programmes(person(request))
    )
    if act not in ACTS:
        raise Http404
    return acts.ask(
        request,
        ACTS[act],
        found,
        scope_id=found.participation.cohort.programme_id,
        back=reverse("admin:desk_holds"),
        crumbs=[crumb(pgettext("of pay", "Holds"), "desk_holds")],
        about=colon(found.participation.startup, found.get_reason_display()),
        text=found.notice,
    )


def holds_of(request: HttpRequest, found: HoldQuerySet, *, most: int = PAGE) -> Holds:
    """Return the first of the open ones as rows, with what the person may do about each, and whether there are more."""
    rows = list(_listed(request, found).order_by(*ORDER)[: most + 1])
    return Holds(_rows(request, rows[:most]), more=len(rows) > most)


def _listed(request: HttpRequest, found: HoldQuerySet) -> HoldQuerySet:
    return (
        found.open()
        .select_related("participation__startup", "participation__cohort__programme", "account", "placed_by", "kept_by")
        .defer("account__sealed")
        .annotate(in_conflict=Conflict.objects.exists_for(person(request), "participation__startup"))
    )


def _rows(request: HttpRequest, listed: list[Any]) -> list[HoldRow]:
    user, at = person(request), clock.now()
    return [_row(hold, user, at) for hold in listed]


def _row(hold: Any, user: User, at: datetime) -> HoldRow:
    """Return a hold with the acts that are the person's, and words where one is not."""
    offered: list[Act] = []
    words = ""
    if user.holds(*STAFF, at=at, scope_id=hold.participation.cohort.programme_id):
        if hold.in_conflict:
            words = _("You have a conflict of interest with this startup. A colleague must do this.")
        elif hold.placed_by_id == user.pk:
            offered, words = [LIFT], _("You placed this hold. Another person must extend it.")
        elif hold.kept_by_id == user.pk:
            offered, words = [LIFT], _("You extended this hold last. Another person must extend it now.")
        else:
            offered = [LIFT, KEEP]
    return HoldRow(hold, is_due=hold.is_due(at), acts=offered, words=words)
