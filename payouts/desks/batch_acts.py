"""What can be done with a batch and with a payment, and the pages that ask before it is done."""

from datetime import datetime

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from payouts import actions
from payouts.desks.page import DeskAct, ask, scopes
from payouts.forms.money import ReasonForm, ReturnForm, SettleForm
from payouts.models import Payment, PaymentBatch
from payouts.permissions import FINANCE
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.language.text import colon
from portal.models import Role, User
from portal.money import Money
from portal.refusals import Refusal

State = PaymentBatch.State


def approve_and_freeze(batch: PaymentBatch, *, by: User, at: datetime) -> None:
    """Approve a batch, and freeze it right after: two acts, so that an approval outlives a file that cannot be written."""
    actions.approve_batch(batch, by=by, at=at)
    actions.freeze_batch(batch, by=by, at=at)


APPROVER = (Role.FINANCE_APPROVER.value,)
BATCH_ACTS = {
    act.name: act
    for act in (
        DeskAct(
            "approve",
            gettext_lazy("Approve"),
            approve_and_freeze,
            APPROVER,
            (State.DRAFT,),
            (
                gettext_lazy("The months of this batch are approved for the accounts you have seen."),
                gettext_lazy("Their money becomes payable, and nobody can change amount or payee any more."),
                gettext_lazy("The payment file is written, hashed and sealed. Nothing goes to the bank yet."),
            ),
            done=gettext_lazy("Approved and frozen. The file can be downloaded."),
        ),
        DeskAct(
            "freeze",
            gettext_lazy("Freeze"),
            actions.freeze_batch,
            APPROVER,
            (State.APPROVED,),
            (gettext_lazy("The payment file is written, hashed and sealed. Nothing of the batch changes after that."),),
            done=gettext_lazy("Frozen. The file can be downloaded."),
            final=True,
        ),
        DeskAct(
            "send",
            gettext_lazy("Mark as sent"),
            actions.mark_sent,
            APPROVER,
            (State.FROZEN,),
            (
                gettext_lazy("You say that this very file went to the bank."),
                gettext_lazy("Its money is in transit, and every founder gets a mail."),
            ),
            done=gettext_lazy("Sent. What does not come back within the banking days settles by itself."),
            final=True,
        ),
        DeskAct(
            "settle",
            gettext_lazy("All arrived"),
            actions.settle_batch,
            FINANCE,
            (State.SENT,),
            (gettext_lazy("Every payment on its way counts as paid now, and every founder gets a mail."),),
            done=gettext_lazy("Settled."),
        ),
        DeskAct(
            "cancel",
            gettext_lazy("Cancel the batch"),
            actions.cancel_batch,
            FINANCE,
            (State.DRAFT, State.APPROVED),
            (gettext_lazy("All its months are ready again and can go into another batch."),),
            form=ReasonForm,
            done=gettext_lazy("Cancelled. Its months are ready again."),
            danger=True,
        ),
    )
}
PAYMENT_ACTS = {
    act.name: act
    for act in (
        DeskAct(
            "take-out",
            gettext_lazy("Take out"),
            actions.take_out,
            FINANCE,
            (Payment.State.PREPARED,),
            (gettext_lazy("This month is ready again and can go into another batch."),),
            form=ReasonForm,
            done=gettext_lazy("Taken out."),
        ),
        DeskAct(
            "settle",
            gettext_lazy("It arrived"),
            actions.settle,
            FINANCE,
            (Payment.State.SENT,),
            (gettext_lazy("The month counts as paid, and every founder gets a mail."),),
            form=SettleForm,
            done=gettext_lazy("Settled."),
        ),
        DeskAct(
            "return",
            gettext_lazy("It came back"),
            actions.return_payment,
            FINANCE,
            (Payment.State.SENT, Payment.State.SETTLED),
            (
                gettext_lazy("The money is payable again, and the month can go into another batch."),
                gettext_lazy("If the reason says that the account is wrong, its details are turned down."),
                gettext_lazy("Every founder gets a mail."),
            ),
            form=ReturnForm,
            done=gettext_lazy("Recorded. The month is ready for another attempt."),
            danger=True,
        ),
    )
}


def batch_of(request: HttpRequest, batch_id: int) -> PaymentBatch:
    """Give a batch to those who may look at its programme's money."""
    found = PaymentBatch.objects.filter(programme__in=scopes(request)).select_related(
        "programme", "source", "prepared_by", "approved_by", "released_by"
    )
    return get_object_or_404(found, pk=batch_id)


@rescued_forms.restored
def batch_act(request: HttpRequest, batch_id: int, act: str) -> HttpResponse:
    """Ask before an act on a batch, and do it."""
    found = batch_of(request, batch_id)
    if act not in BATCH_ACTS:
        raise Http404
    back = reverse("admin:desk_batch", args=[found.pk])
    totals = found.payments.exclude(state=Payment.State.WITHDRAWN).aggregate(n=Count("pk"), sum=Sum("amount_minor"))
    about = _("%(batch)s: %(n)d payments, %(total)s") % {
        "batch": found,
        "n": totals["n"],
        "total": Money(totals["sum"] or 0, found.currency),
    }
    return ask(request, BATCH_ACTS[act], found, programme_id=found.programme_id, back=back, about=about)


@rescued_forms.restored
def payment_act(request: HttpRequest, payment_id: int, act: str) -> HttpResponse:
    """Ask before an act on one payment, and do it."""
    payments = Payment.objects.filter(batch__programme__in=scopes(request)).select_related(
        "batch__programme", "account", "disbursement__award__startup"
    )
    payment = get_object_or_404(payments, pk=payment_id)
    if act not in PAYMENT_ACTS:
        raise Http404
    about = colon(payment.end_to_end_id, f"{payment.disbursement.award.startup}, {payment.amount}")
    return ask(
        request,
        PAYMENT_ACTS[act],
        payment,
        programme_id=payment.batch.programme_id,
        back=reverse("admin:desk_batch", args=[payment.batch_id]),
        about=about,
    )


@never_cache
@require_POST
def batch_file(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Give the frozen file out, the same bytes every time; the look is logged, so it is a POST."""
    found = batch_of(request, batch_id)
    if not person(request).holds(Role.FINANCE_APPROVER, scope_id=found.programme_id):
        raise Http404
    try:
        data = actions.release_batch(found, by=person(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("admin:desk_batch", batch_id)
    response = HttpResponse(data, content_type="text/plain; charset=us-ascii")
    response["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    return response
