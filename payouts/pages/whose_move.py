"""Whose move a startup's money or a batch is, since when, what was promised and what happens next: one answer for every page."""

from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from applications.pages.whose_move import Wait
from payouts.models import Disbursement, Hold, Payment, PaymentBatch, PayoutAccount
from payouts.pages.money import ENDED, SeatMoney
from portal.language.dates import day, day_of
from portal.models import User
from portal.registry import Gate, Mover

Account = PayoutAccount.State
Batch = PaymentBatch.State
# The gates of which the page says more than that they are closed.
SAID_BELOW = {"account_missing", "account_unconfirmed", "account_unverified", "account_cooling"}


def for_money(seat_money: SeatMoney, *, user: User) -> Wait:
    """Say whose move the money of a participation is, as one of its members sees it."""
    month = seat_money.month
    if month is None:
        return Wait(mine=False, who="", since=None, headline=_("Every month is paid or closed"))
    if month.state == Disbursement.State.APPROVED:
        return _under_way(seat_money, seat_money.payments[month.pk])
    closed = {gate.code: gate for gate in seat_money.closed(month)}
    if seat_money.hold:
        return _held(seat_money.hold)
    if others := [gate for code, gate in closed.items() if code not in SAID_BELOW]:
        return _kept_back(others[0])
    if seat_money.account is None or seat_money.account.state != Account.VERIFIED:
        return for_account(seat_money, user=user)
    if "account_cooling" in closed:
        return Wait(
            mine=False,
            who="",
            since=seat_money.account.created_at,
            promised=seat_money.account.payable_from,
            headline=_("Your bank details are cooling off"),
            next=_("Details that were changed wait some days, for your safety. Then money flows by itself."),
        )
    payment = seat_money.payments.get(month.pk)
    if payment and payment.state == Payment.State.RETURNED:
        return _came_back(seat_money, payment)
    return _due(month, seat_money.due_on(month))


def for_account(seat_money: SeatMoney, *, user: User) -> Wait:
    """Say whose move the bank details are."""
    participation, account = seat_money.participation, seat_money.account
    page = reverse("payout_account", args=[participation.pk])
    if account is None:
        signed = getattr(participation.offer, "agreement", None)
        return Wait(
            mine=True,
            who=_("you"),
            since=signed.signed_at if signed else participation.created_at,
            headline=_("Give your bank details"),
            next=_("A second founder confirms them, the programme verifies them, and money can flow."),
            action_url=page,
            action_label=_("Give bank details"),
        )
    if account.state == Account.CONFIRMED:
        return Wait(
            mine=False,
            who=_("the programme"),
            since=account.confirmed_at,
            promised=_payment_day(seat_money, account.payable_from),
            next=_("It verifies that the account is yours, and money can flow."),
        )
    if account.state == Account.VERIFIED:
        return Wait(mine=False, who="", since=account.verified_at, headline=_("Your bank details are verified"))
    others = [founder for founder in seat_money.founders if founder.pk != account.changed_by_id]
    if user in others:
        return Wait(
            mine=True,
            who=_("you"),
            since=account.created_at,
            headline=_("Confirm the bank details"),
            next=_("Your co-founder gave them. Look whether they are right, and confirm them as the second person."),
            action_url=reverse("payout_account_confirm", args=[participation.pk, account.version]),
            action_label=_("Look and confirm"),
        )
    return Wait(
        mine=False,
        who=", ".join(str(f) for f in others) or _("the programme"),
        since=account.created_at,
        promised="" if others else _payment_day(seat_money, account.payable_from),
        next=_("A second person confirms your bank details, so that nobody can redirect your money alone."),
    )


def _payment_day(seat_money: SeatMoney, after: datetime | None) -> date | str:
    """Return the first payment day not before an instant, of the months still to be paid; else nothing."""
    zone = seat_money.participation.cohort.programme.timezone
    days = sorted(seat_money.due_on(month) for month in seat_money.months if month.state not in ENDED)
    return next((day for day in days if after is None or day >= day_of(after, zone=zone)), "")


def _kept_back(gate: Gate) -> Wait:
    who = {Mover.STARTUP: _("you"), Mover.PROGRAMME: _("the programme"), Mover.NOBODY: ""}
    return Wait(mine=gate.mover == Mover.STARTUP, who=who[gate.mover], since=None, headline=str(gate.words))


def _held(hold: Hold) -> Wait:
    return Wait(
        mine=False,
        who=_("the programme"),
        since=hold.placed_at,
        promised=hold.review_on,
        headline=_("Your money is on hold"),
        next=hold.notice,
    )


def _due(month: Disbursement, due_on: date) -> Wait:
    if month.state == Disbursement.State.SCHEDULED:
        return Wait(
            mine=False,
            who="",
            since=None,
            promised=due_on,
            headline=_("Your next money: %(amount)s") % {"amount": month.amount.format(short=True)},
            next=_("On that day the month becomes ready, and the programme sends it with its next payments."),
        )
    return Wait(
        mine=False,
        who=_("the programme"),
        since=due_on,
        promised=due_on,
        headline=_("%(amount)s is ready to be sent") % {"amount": month.amount.format(short=True)},
        next=_("Two people check the payment, and it goes to the bank. You get a mail."),
    )


def _came_back(seat_money: SeatMoney, payment: Payment) -> Wait:
    return Wait(
        mine=False,
        who=_("the programme"),
        since=payment.returned_at,
        promised=_payment_day(seat_money, payment.returned_at),
        headline=_("%(amount)s came back from the bank") % {"amount": payment.amount.format(short=True)},
        next=_("The money is kept for you. The programme looks into it and sends it again."),
    )


def _under_way(seat_money: SeatMoney, payment: Payment) -> Wait:
    amount = {"amount": payment.amount.format(short=True)}
    if payment.state == Payment.State.PREPARED:
        return Wait(
            mine=False,
            who=_("the programme"),
            since=payment.batch.approved_at,
            promised=payment.batch.effective_on,
            headline=_("%(amount)s is approved") % amount,
            next=_("It goes to the bank next. You get a mail."),
        )
    if _is_overdue(payment.batch, seat_money.participation.cohort.programme.timezone, seat_money.at):
        return Wait(
            mine=False,
            who=_("the programme"),
            since=payment.batch.sent_at,
            headline=_("%(amount)s is on its way") % amount,
            next=_("The programme asks the bank whether it arrived. You get a mail."),
        )
    return Wait(
        mine=False,
        who=_("the bank"),
        since=payment.batch.sent_at,
        promised=payment.batch.settles_on,
        headline=_("%(amount)s is on its way") % amount,
        next=_("If it does not come back by then, it counts as paid, and you get a mail."),
    )


def _is_overdue(batch: PaymentBatch, zone: str, at: datetime) -> bool:
    """Return whether a batch's payments count as paid by now: one that is still on its way was put right."""
    return batch.settles_on < day_of(at, zone=zone)


def for_batch(batch: PaymentBatch, *, mine: bool, is_preparer: bool, at: datetime) -> Wait | None:
    """Say whose move a batch is, as one of its staff sees it; None where nobody has to move.

    Only the approval fixes the day on which it takes effect.
    """
    who = _("a finance approver other than you") if is_preparer else _("a finance approver other than the preparer")
    approving, freezing, sending = (
        _("They look at every payee and approve."),
        _("They freeze it: the file is written."),
        _("They download the file, bring it to the bank, and mark it as sent."),
    )
    effective: date | str = batch.effective_on
    if mine:
        approving, freezing, sending = (
            _("Look at every payee, then approve."),
            _("Freeze it: the file is written."),
            _("Download the file, bring it to the bank, and mark it as sent."),
        )
        effective = _("in time for the bank to pay on %(day)s") % {"day": day(batch.effective_on)}
    if batch.state == Batch.SENT and _is_overdue(batch, batch.programme.timezone, at):
        asking = _("Ask the bank whether the corrected payments arrived, then mark them as paid or returned.")
        return Wait(mine, _("finance"), batch.sent_at, next=asking)
    moves = {
        Batch.DRAFT: Wait(mine, who, batch.prepared_at, next=approving),
        Batch.APPROVED: Wait(mine, who, batch.approved_at, promised=effective, next=freezing),
        Batch.FROZEN: Wait(mine, who, batch.frozen_at, promised=effective, next=sending),
        Batch.SENT: Wait(
            mine,
            _("the bank"),
            batch.sent_at,
            promised=batch.settles_on,
            next=_("What does not come back by then counts as paid."),
        ),
    }
    return moves.get(Batch(batch.state))
