"""Corrections of mistaken words about payments: who asked for which, and the pages on which a second person confirms them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Conflict
from payouts import actions
from payouts.desks.batch_acts import batch_crumbs
from payouts.models import Correction
from payouts.models.corrections import CorrectionQuerySet
from payouts.permissions import FINANCE, watched_programmes
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act
from portal.language.text import colon
from portal.models import User

State = Correction.State
MOST = 30  # rows of a page


def _what_will_happen(correction: Correction, at: datetime) -> Sequence[Any]:
    lines = [
        _("The payment is on its way again, its month is approved for the same account, and its money is in transit.")
    ]
    if correction.mistaken == Correction.Mistaken.SETTLED:
        lines.append(
            _("It no longer counts as paid by itself. Mark it as paid or returned once the bank has answered.")
        )
    else:
        lines.append(
            _("Bank details that only this return rejected are valid again, unless the founders added others.")
        )
    return [*lines, _("Every founder gets an email.")]


ACTS = {
    act.name: act
    for act in (
        Act(
            "confirm",
            gettext_lazy("Confirm correction"),
            actions.confirm_correction,
            FINANCE,
            states=(State.ASKED,),
            into=State.CONFIRMED,
            consequences=_what_will_happen,
            offered=lambda correction: not correction.has_newer_attempt,
            done=gettext_lazy("Corrected. The payment is on its way again, and the founders have been told."),
        ),
        Act(
            "withdraw",
            gettext_lazy("Withdraw correction"),
            actions.withdraw_correction,
            FINANCE,
            states=(State.ASKED,),
            into=State.WITHDRAWN,
            consequences=(gettext_lazy("The payment stays as it is marked."),),
            done=gettext_lazy("Withdrawn. The payment stays as it is marked."),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One correction, the acts on it that are the person's, and why one is not."""

    correction: Correction
    acts: Sequence[Act]
    words: str


def correction_act(request: HttpRequest, correction_id: int, act: str) -> HttpResponse:
    """Ask before a correction is confirmed or withdrawn, and do it."""
    user = person(request)
    known = Correction.objects.filter(payment__batch__programme__in=watched_programmes(user)).with_newer_attempt()
    known = known.select_related("payment__batch__programme", "payment__disbursement__award__startup")
    found = get_object_or_404(known, pk=correction_id)
    if act not in ACTS:
        raise Http404
    payment, is_mine = found.payment, found.asked_by_id == user.pk
    return acts.ask(
        request,
        ACTS[act],
        found,
        scope_id=payment.batch.programme_id,
        back=reverse("admin:desk_batch", args=[payment.batch_id]),
        crumbs=batch_crumbs(payment.batch),
        about=colon(found, f"{payment.disbursement.award.startup}, {payment.amount}"),
        text=found.reason,
        refusal=_("You requested this correction. Another person must confirm it.")
        if is_mine and act == "confirm" and found.state == State.ASKED
        else "",
    )


def corrections_of(request: HttpRequest, found: CorrectionQuerySet) -> list[CorrectionRow]:
    """Return the newest corrections as rows, with what the person may do about each."""
    user = person(request)
    listed = found.with_newer_attempt().annotate(
        in_conflict=Conflict.objects.exists_for(user, "payment__disbursement__award__startup")
    )
    listed = listed.select_related(
        "payment__batch", "payment__disbursement__award__startup", "asked_by", "confirmed_by"
    )
    return [_row(correction, user) for correction in listed.order_by("-id")[:MOST]]


def _row(correction: Any, user: User) -> CorrectionRow:
    if correction.state != State.ASKED:
        return CorrectionRow(correction, (), "")
    programme = correction.payment.batch.programme_id
    offered = [act for act in ACTS.values() if act.is_offered(user, correction, programme)]
    if not offered or correction.in_conflict:
        words = _("You have a conflict of interest with this startup. A colleague must do this.") if offered else ""
        return CorrectionRow(correction, (), words)
    if correction.asked_by_id == user.pk:
        words = _("You requested this correction. Another person must confirm it.")
        return CorrectionRow(correction, [act for act in offered if act.name != "confirm"], words)
    words = _("The money goes out again: this can no longer be corrected.") if correction.has_newer_attempt else ""
    return CorrectionRow(correction, offered, words)
