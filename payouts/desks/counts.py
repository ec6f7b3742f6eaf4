"""What waits for a person at the desks of money: one count each, nothing for who only looks."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import ngettext_lazy

from applications.models import Conflict, Membership, Programme
from payouts.models import Disbursement, Hold, PaymentBatch, PayoutAccount
from payouts.permissions import STAFF
from portal.desk.counts import up_to_most
from portal.language.dates import day_of
from portal.models import Role, User

Account, Batch = PayoutAccount.State, PaymentBatch.State
BATCHES = ngettext_lazy("%(n)d batch waits", "%(n)d batches wait", "n")
ACCOUNTS = ngettext_lazy("%(n)d account waits", "%(n)d accounts wait", "n")
HOLDS = ngettext_lazy("%(n)d hold to look at again", "%(n)d holds to look at again", "n")


def batches(user: User, at: datetime) -> int | None:
    """Count the batches to be made of ready money, for who prepares, and those of others to be moved on, for who approves."""
    preparing, approving = user.scopes(Role.FINANCE_PREPARER), user.scopes(Role.FINANCE_APPROVER)
    if not preparing and not approving:
        return None
    to_prepare = _programmes_with_ready_money(preparing, at, free_of=user).count() if preparing else 0
    others = PaymentBatch.objects.filter(programme__in=approving).exclude(prepared_by=user)
    to_move = others.filter(state__in=[Batch.DRAFT, Batch.APPROVED, Batch.FROZEN]).count() if approving else 0
    return to_prepare + to_move


def accounts(user: User, at: datetime) -> int | None:
    """Count the bank details that the person may verify, or confirm where the startup has no second founder."""
    if not user.holds(*STAFF):
        return None
    found = PayoutAccount.objects.filter(
        participation__cohort__programme__in=user.scopes(*STAFF), state__in=[Account.PENDING, Account.CONFIRMED]
    )
    founders = Membership.objects.founders().filter(startup=OuterRef("participation__startup"))
    alone = Q(state=Account.PENDING) & ~Exists(founders.exclude(person=OuterRef("changed_by")))
    to_verify = Q(state=Account.CONFIRMED) & ~Q(confirmed_by=user)
    conflict = Conflict.objects.exists_for(user, "participation__startup")
    return up_to_most(found.exclude(changed_by=user).filter(~conflict).filter(alone | to_verify))


def holds(user: User, at: datetime) -> int | None:
    """Count the holds whose day of review has come where their programme is."""
    if not user.holds(*STAFF):
        return None
    soon = Hold.objects.open().filter(
        participation__cohort__programme__in=user.scopes(*STAFF), review_on__lte=at.date() + timedelta(days=1)
    )
    free = soon.exclude(participation__startup__in=Conflict.objects.startups_of(user)).order_by()
    days = free.values_list("review_on", "participation__cohort__programme__timezone").annotate(n=Count("pk"))
    return sum(int(n) for review_on, zone, n in days if review_on <= day_of(at, zone=zone))


def _programmes_with_ready_money(programmes: set[int], at: datetime, *, free_of: User) -> QuerySet[Programme]:
    months = Disbursement.objects.filter(award__cohort__programme__in=programmes)
    ready = months.payable(at).exclude(award__startup__in=Conflict.objects.startups_of(free_of))
    return Programme.objects.filter(pk__in=ready.values("award__cohort__programme"))
