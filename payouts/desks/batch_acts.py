"""What can be done with a batch and with a payment, and the pages that ask before it is done."""

from datetime import datetime

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from payouts import actions
from payouts.forms.payments import ReturnForm, SettleForm
from payouts.models import Payment, PaymentBatch
from payouts.models.corrections import with_corrections
from payouts.permissions import FINANCE, conflicts, watched_programmes
from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts
from portal.desk.acts import Act, ReasonForm
from portal.desk.frame import Crumb, crumb
from portal.language.text import colon, few
from portal.models import Role, User
from portal.money import Money
from portal.refusals import as_message
from portal.views.methods import posted_from

State = PaymentBatch.State


def approve_and_freeze(batch: PaymentBatch, *, by: User, at: datetime) -> None:
    """Approve a batch, and freeze it right after: two acts, so that an approval outlives a file that cannot be written."""
    actions.approve_batch(batch, by=by, at=at)
    actions.freeze_batch(batch, by=by, at=at)


APPROVER = (Role.FINANCE_APPROVER.value,)
BATCH_ACTS = {
    act.name: act
    for act in (
        Act(
            "approve",
            gettext_lazy("Approve"),
            approve_and_freeze,
            APPROVER,
            states=(State.DRAFT,),
            into=State.FROZEN,
            consequences=(
                gettext_lazy("The months of this batch are approved for the accounts you have seen."),
                gettext_lazy("Their money becomes payable, and nobody can change amount or payee any more."),
                gettext_lazy("The payment file is written and sealed. Nothing goes to the bank yet."),
            ),
            done=gettext_lazy("Approved and frozen. The file can be downloaded."),
        ),
        Act(
            "freeze",
            gettext_lazy("Freeze"),
            actions.freeze_batch,
            APPROVER,
            states=(State.APPROVED,),
            into=State.FROZEN,
            consequences=(
                gettext_lazy("The payment file is written and sealed. Nothing goes to the bank yet."),
                gettext_lazy("Nothing in the batch can be changed after that."),
            ),
            done=gettext_lazy("Frozen. The file can be downloaded."),
            final=True,
        ),
        Act(
            "send",
            gettext_lazy("Mark as sent"),
            actions.mark_sent,
            APPROVER,
            states=(State.FROZEN,),
            into=State.SENT,
            consequences=(
                gettext_lazy("You confirm that this file has gone to the bank."),
                gettext_lazy("Its money is in transit, and every founder gets an email."),
            ),
            done=gettext_lazy("Sent. Payments that the bank does not return in time count as paid."),
            final=True,
        ),
        Act(
            "settle",
            gettext_lazy("Mark all as paid"),
            actions.settle_batch,
            FINANCE,
            states=(State.SENT,),
            into=State.CLOSED,
            consequences=(
                gettext_lazy("Every payment on its way counts as paid now, and every founder gets an email."),
            ),
            done=gettext_lazy("All payments are marked as paid."),
        ),
        Act(
            "cancel",
            gettext_lazy("Cancel batch"),
            actions.cancel_batch,
            FINANCE,
            states=(State.DRAFT, State.APPROVED),
            into=State.CANCELLED,
            consequences=(gettext_lazy("All its months are ready again and can go into another batch."),),
            form=ReasonForm,
            done=gettext_lazy("Cancelled. Its months are ready again."),
            danger=True,
        ),
    )
}
PAYMENT_ACTS = {
    act.name: act
    for act in (
        Act(
            "take-out",
            gettext_lazy("Remove"),
            actions.take_out,
            FINANCE,
            title=gettext_lazy("Remove from batch"),
            states=(Payment.State.PREPARED,),
            into=Payment.State.WITHDRAWN,
            consequences=(gettext_lazy("This month is ready again and can go into another batch."),),
            form=ReasonForm,
            done=gettext_lazy("Removed from the batch."),
        ),
        Act(
            "settle",
            gettext_lazy("Mark as paid"),
            actions.settle,
            FINANCE,
            states=(Payment.State.SENT,),
            into=Payment.State.SETTLED,
            consequences=(gettext_lazy("The month counts as paid, and every founder gets an email."),),
            form=SettleForm,
            done=gettext_lazy("Marked as paid."),
        ),
        Act(
            "return",
            gettext_lazy("Mark as returned"),
            actions.return_payment,
            FINANCE,
            states=(Payment.State.SENT, Payment.State.SETTLED),
            into=Payment.State.RETURNED,
            consequences=(
                gettext_lazy("The money is payable again, and the month can go into another batch."),
                gettext_lazy("If the reason says that the account is wrong, the account is rejected."),
                gettext_lazy("Every founder gets an email."),
            ),
            form=ReturnForm,
            done=gettext_lazy("Marked as returned. The month is ready for another attempt."),
            danger=True,
        ),
        Act(
            "correct",
            gettext_lazy("Request correction"),
            actions.ask_correction,
            FINANCE,
            title=gettext_lazy("Correct a mistake"),
            states=(Payment.State.SETTLED, Payment.State.RETURNED),
            consequences=(
                gettext_lazy("Another person must confirm the correction. Nothing changes until then."),
                gettext_lazy("After that the payment is on its way again, with its month and its money."),
            ),
            form=ReasonForm,
            offered=lambda payment: payment.correction_asked_by is None and not payment.has_newer_attempt,
            doer=lambda payment: payment.correction_asked_by,
            done=gettext_lazy("Requested. Another person must confirm the correction."),
        ),
    )
}

# What who is in conflict may do all the same: nothing is paid by it.
FOR_ALL = ("cancel", "take-out")
# Those that say more than what will happen.
PAYMENT_PAGES = {"return": "payouts/desks/return.html"}


def batch_of(user: User, batch_id: int) -> PaymentBatch:
    """Return a batch to those who may look at its programme's money.

    :raises Http404: to others.
    """
    found = PaymentBatch.objects.filter(programme__in=watched_programmes(user)).select_related(
        "programme", "source", "prepared_by", "approved_by", "released_by"
    )
    return get_object_or_404(found, pk=batch_id)


def batch_crumbs(batch: PaymentBatch) -> list[Crumb]:
    """Return the pages above those of a batch's acts."""
    return [crumb(_("Payment batches"), "desk_batches"), crumb(batch, "desk_batch", batch.pk)]


def _conflict(user: User, act: str, payments: models.QuerySet[Payment]) -> str:
    """Return why a person leaves an act on these payments to a colleague."""
    if act in FOR_ALL:
        return ""
    names = conflicts(user, payments.values("disbursement__award__startup"))
    words = _("You have a conflict of interest with %(names)s. A colleague must do this.")
    return words % {"names": few(names)} if names else ""


@rescued_forms.restored
def batch_act(request: HttpRequest, batch_id: int, act: str) -> HttpResponse:
    """Ask before an act on a batch, and do it."""
    found = batch_of(person(request), batch_id)
    if act not in BATCH_ACTS:
        raise Http404
    back = reverse("admin:desk_batch", args=[found.pk])
    n, minor = found.payments.kept().total()
    about = _("%(batch)s: %(n)d payments, %(total)s") % {
        "batch": found,
        "n": n,
        "total": Money(minor, found.currency),
    }
    return acts.ask(
        request,
        BATCH_ACTS[act],
        found,
        scope_id=found.programme_id,
        back=back,
        crumbs=batch_crumbs(found),
        about=about,
        shown=(n, minor),
        refusal=_conflict(person(request), act, found.payments.kept()),
    )


@rescued_forms.restored
def payment_act(request: HttpRequest, payment_id: int, act: str) -> HttpResponse:
    """Ask before an act on one payment, and do it."""
    payments = Payment.objects.filter(batch__programme__in=watched_programmes(person(request))).select_related(
        "batch__programme", "account", "disbursement__award__startup"
    )
    payment = get_object_or_404(with_corrections(payments), pk=payment_id)
    if act not in PAYMENT_ACTS:
        raise Http404
    about = colon(payment.end_to_end_id, f"{payment.disbursement.award.startup}, {payment.amount}")
    return acts.ask(
        request,
        PAYMENT_ACTS[act],
        payment,
        scope_id=payment.batch.programme_id,
        back=reverse("admin:desk_batch", args=[payment.batch_id]),
        crumbs=batch_crumbs(payment.batch),
        about=about,
        refusal=_conflict(person(request), act, Payment.objects.filter(pk=payment.pk)),
        template=PAYMENT_PAGES.get(act, "desk/act.html"),
        context={"account_url": reverse("admin:desk_account", args=[payment.account_id])},
    )


@never_cache
@posted_from("admin:desk_batch")
def batch_file(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Return the frozen file out, the same bytes every time; the look is logged, so it is a POST."""
    found = batch_of(person(request), batch_id)
    if not person(request).holds(Role.FINANCE_APPROVER, at=person(request).seen_at, scope_id=found.programme_id):
        raise Http404
    with as_message(request):
        data = actions.release_batch(found, by=person(request), at=clock.now())
        response = HttpResponse(data, content_type="text/plain; charset=us-ascii")
        response["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
        return response
    return redirect("admin:desk_batch", batch_id)
