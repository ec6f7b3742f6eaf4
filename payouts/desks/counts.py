"""What waits for a person at the desks of money: no rows for who only looks."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext_lazy

from applications.models import Conflict, Programme
from payouts.models import Correction, Disbursement, Hold, PaymentBatch, PayoutAccount
from payouts.permissions import STAFF
from portal.desk.counts import Rows
from portal.language.day_in import DayIn
from portal.models import Role, User

Account, Batch = PayoutAccount.State, PaymentBatch.State
BATCHES = ngettext_lazy("%(shown)s batch to process", "%(shown)s batches to process", "n")
ACCOUNTS = ngettext_lazy("%(shown)s account to verify", "%(shown)s accounts to verify", "n")
HOLDS = ngettext_lazy("%(shown)s hold to review", "%(shown)s holds to review", "n")


def batches(user: User, at: datetime) -> Rows:
    """Return the batches to make, as programmes with ready money, for who prepares; those of others for who approves.

    A batch with a correction of somebody else's waits for both.
    """
    preparing, approving = user.scopes(Role.FINANCE_PREPARER), user.scopes(Role.FINANCE_APPROVER)
    to_prepare = _programmes_with_ready_money(preparing, at, free_of=user)
    others = PaymentBatch.objects.filter(programme__in=approving).exclude(prepared_by=user)
    to_move = others.filter(state__in=[Batch.DRAFT, Batch.APPROVED, Batch.FROZEN])
    asked = Correction.objects.asked().filter(payment__batch__programme__in=preparing | approving)
    in_conflict = Conflict.objects.exists_for(user, "payment__disbursement__award__startup")
    asked = asked.exclude(asked_by=user).filter(~in_conflict)
    to_correct = PaymentBatch.objects.filter(pk__in=asked.values("payment__batch"))
    rows: list[QuerySet[Any]] = [*([to_prepare] if preparing else []), *([to_move] if approving else [])]
    return [*rows, to_correct] if rows else []


def accounts(user: User, at: datetime) -> Rows:
    """Return the bank details that the person may verify, or confirm where no second founder can."""
    if not user.holds(*STAFF, at=user.seen_at):
        return []
    found = PayoutAccount.objects.with_other_founder(at).filter(
        participation__cohort__programme__in=user.scopes(*STAFF), state__in=[Account.PENDING, Account.CONFIRMED]
    )
    alone = Q(state=Account.PENDING, has_other_founder=False)
    to_verify = Q(state=Account.CONFIRMED) & ~Q(confirmed_by=user)
    conflict = Conflict.objects.exists_for(user, "participation__startup")
    return [found.exclude(changed_by=user).filter(~conflict).filter(alone | to_verify)]


def holds(user: User, at: datetime) -> Rows:
    """Return the holds whose day of review has come where their programme is."""
    if not user.holds(*STAFF, at=user.seen_at):
        return []
    soon = Hold.objects.open().filter(
        participation__cohort__programme__in=user.scopes(*STAFF), review_on__lte=at.date() + timedelta(days=1)
    )
    due = soon.filter(review_on__lte=DayIn("participation__cohort__programme__timezone", at))
    return [due.exclude(participation__startup__in=Conflict.objects.startups_of(user))]


def _programmes_with_ready_money(programmes: set[int], at: datetime, *, free_of: User) -> QuerySet[Programme]:
    months = Disbursement.objects.filter(award__cohort__programme__in=programmes)
    ready = months.payable(at).exclude(award__startup__in=Conflict.objects.startups_of(free_of))
    return Programme.objects.filter(pk__in=ready.values("award__cohort__programme"))
