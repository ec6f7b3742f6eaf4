"""Mistaken words about payments, put right by two people: asked for by one, confirmed and carried out by another."""

from datetime import datetime

from django.utils.translation import gettext as _

from payouts import ledger
from payouts.law_words import lawful
from payouts.mails import tell_of_correction
from payouts.models import Correction, Disbursement, Payment, PaymentBatch, PayoutAccount, Transfer
from payouts.permissions import FINANCE, conflicts, require, require_free
from payouts.rails import RAILS
from portal.laws.transitions import acting, lock, move
from portal.models import Transition, User
from portal.models.two_people import later_than, require_standing
from portal.refusals import Refusal

State, Mistaken = Correction.State, Correction.Mistaken
# How the month of a payment stands that is marked so.
MONTHS = {Mistaken.SETTLED: Disbursement.State.PAID, Mistaken.RETURNED: Disbursement.State.READY}


@lawful
def ask_correction(payment: Payment, *, reason: str, by: User, at: datetime) -> Correction:
    """Ask that a payment be on its way again which was marked as paid or returned by mistake.

    :raises Refusal: by who does not work with payments or is in conflict, without a reason, a second time, or where
        nothing can be put right any more.
    """
    _require_finance(payment, by, at)
    if not reason.strip():
        raise Refusal(_("Say why."))
    lock(payment.batch)
    lock(payment)
    _require_unpaid_since(payment)
    if payment.corrections.asked().exists():
        raise Refusal(_("A correction of this payment was requested already. Another person must confirm it."))
    acting(by=by, at=at)
    return Correction.objects.create(
        payment=payment, mistaken=payment.state, reason=reason.strip(), asked_by=by, asked_at=at
    )


@lawful
def confirm_correction(correction: Correction, *, by: User, at: datetime) -> None:
    """Put a mistaken word right as a second person: payment, month, batch and ledger go back to “on its way” together.

    Details that the mistaken word alone turned down stand again, unless the founders gave others.

    :raises Refusal: by who asked for it, does not work with payments or is in conflict; or where nothing can be put
        right any more.
    """
    payment = correction.payment
    batch, why = payment.batch, correction.reason
    _require_finance(payment, by, at)
    if by.pk == correction.asked_by_id:
        raise Refusal(_("You requested this correction. Another person must confirm it."))
    lock(batch)
    lock(payment)
    lock(correction)
    month, account = payment.disbursement, payment.account
    lock(month)
    if correction.state == State.ASKED:
        asked_by = correction.asked_by
        may = asked_by.holds(*FINANCE, at=at, scope_id=batch.programme_id) and asked_by.is_active
        require_standing(correction.asked_at, may=may, at=at)
        _require_unpaid_since(payment)
        if conflicts(correction.asked_by, [month.award.startup_id]):
            raise Refusal(_("Who requested this has a conflict of interest by now. Withdraw it and request it again."))
    at = later_than(correction.asked_at, at)
    move(correction, State.CONFIRMED, by=by, at=at, is_locked=True, confirmed_by=by, confirmed_at=at)
    if batch.state == PaymentBatch.State.CLOSED:
        move(batch, PaymentBatch.State.SENT, by=by, at=at, reason=why)
    move(
        payment,
        Payment.State.SENT,
        by=by,
        at=at,
        reason=why,
        settled_at=None,
        bank_reference="",
        returned_at=None,
        return_code="",
    )
    move(month, Disbursement.State.APPROVED, by=by, at=at, reason=why, payee=account)
    ledger.take_back(Transfer.objects.answers_of(Payment.objects.filter(pk=payment.pk)), at=at)
    lock(account.participation)  # as who gives other details does
    lock(account)
    stands_again = _is_turned_down_by_mistake(account, RAILS[batch.rail].codes_of_wrong_account)
    if stands_again:
        move(account, PayoutAccount.State.VERIFIED, by=by, at=at, reason=why)
    tell_of_correction(correction, stands_again=stands_again, at=at)


@lawful
def withdraw_correction(correction: Correction, *, by: User, at: datetime) -> None:
    """Leave a payment as it is marked, after all.

    :raises Refusal: by who does not work with payments or is in conflict, or once it is confirmed.
    """
    _require_finance(correction.payment, by, at)
    move(correction, State.WITHDRAWN, by=by, at=at)


def _require_finance(payment: Payment, by: User, at: datetime) -> None:
    require(by, FINANCE, payment.batch.programme_id, at=at)
    require_free(by, [payment.disbursement.award.startup_id])


def _require_unpaid_since(payment: Payment) -> None:
    """Let a payment pass that is marked as paid or returned, and whose month stands as that mark left it."""
    if payment.state not in MONTHS:
        raise Refusal(_("Only a payment that is marked as paid or returned can be corrected."))
    month = payment.disbursement
    if again := month.payments.kept().filter(attempt__gt=payment.attempt).select_related("batch").last():
        raise Refusal(
            _(
                "This month is in another batch, %(batch)s. Remove it there first; once it is sent, nothing can be corrected."
            )
            % {"batch": again.batch}
        )
    if month.state != MONTHS[Mistaken(payment.state)]:
        raise Refusal(
            _("This month is “%(state)s” by now: nothing can be corrected.") % {"state": month.get_state_display()}
        )


def _is_turned_down_by_mistake(account: PayoutAccount, codes: frozenset[str]) -> bool:
    """Return whether a return turned the account down, no such return stands any more, and no others were given."""
    last = Transition.objects.of(account).last()
    if account.state != PayoutAccount.State.REJECTED or last is None:
        return False
    returns = Transition.objects.filter(
        subject_table=Payment._meta.db_table,
        subject_id__in=account.payments.values("pk"),
        to_state=Payment.State.RETURNED,
        reason__in=codes,
    )
    # One act wrote both, the payment's first.
    by_a_return = returns.filter(at=last.at, pk__lt=last.pk).exists()
    still_wrong = account.payments.filter(state=Payment.State.RETURNED, return_code__in=codes)
    newer = PayoutAccount.objects.filter(participation=account.participation_id, version__gt=account.version)
    return by_a_return and not still_wrong.exists() and not newer.exists()
