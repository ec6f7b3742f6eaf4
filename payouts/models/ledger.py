"""The ledger: accounts, and the one table of transfers between them that only grows (law 4)."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import Cohort
from payouts.models import ledger_laws as laws
from portal.models import Role, User
from portal.money import Money


class Kind(models.TextChoices):
    """Where money stands. The first two belong to a cohort, the others to one award of it."""

    OUTSIDE = "outside", _("outside")
    BUDGET = "budget", _("left in the budget")
    RESERVED = "reserved", _("reserved")
    COMMITTED = "committed", _("committed")
    PAYABLE = "payable", _("approved to be paid")
    IN_TRANSIT = "in_transit", _("on its way")
    DISBURSED = "disbursed", _("paid")


COHORT_KINDS = (Kind.OUTSIDE, Kind.BUDGET)
AWARD_KINDS = (Kind.RESERVED, Kind.COMMITTED, Kind.PAYABLE, Kind.IN_TRANSIT, Kind.DISBURSED)


class Event(models.TextChoices):
    """What can happen to money; `EVENTS` says between which accounts."""

    FUND = "fund", _("budget given")
    RESERVE = "reserve", _("reserved with an offer")
    FREE = "free", _("freed with an offer")
    COMMIT = "commit", _("committed by the signature")
    APPROVE = "approve", _("month approved")
    SEND = "send", _("sent to the bank")
    SETTLE = "settle", _("arrived")
    RETURN = "return", _("came back")
    LATE_RETURN = "late_return", _("came back after it had arrived")
    LAPSE = "lapse", _("month lapsed")
    CANCEL = "cancel", _("month cancelled")
    LOWER = "lower", _("month lowered")
    REFUND = "refund", _("paid back by the startup")
    REVERSAL = "reversal", _("taken back")


# What each event moves, from where to where; a reversal moves it back. The database holds every transfer to it.
EVENTS: Mapping[Event, tuple[Kind, Kind]] = {
    Event.FUND: (Kind.OUTSIDE, Kind.BUDGET),
    Event.RESERVE: (Kind.BUDGET, Kind.RESERVED),
    Event.FREE: (Kind.RESERVED, Kind.BUDGET),
    Event.COMMIT: (Kind.RESERVED, Kind.COMMITTED),
    Event.APPROVE: (Kind.COMMITTED, Kind.PAYABLE),
    Event.SEND: (Kind.PAYABLE, Kind.IN_TRANSIT),
    Event.SETTLE: (Kind.IN_TRANSIT, Kind.DISBURSED),
    Event.RETURN: (Kind.IN_TRANSIT, Kind.PAYABLE),
    Event.LATE_RETURN: (Kind.DISBURSED, Kind.PAYABLE),
    Event.LAPSE: (Kind.COMMITTED, Kind.BUDGET),
    Event.CANCEL: (Kind.COMMITTED, Kind.BUDGET),
    Event.LOWER: (Kind.COMMITTED, Kind.BUDGET),
    Event.REFUND: (Kind.DISBURSED, Kind.BUDGET),
}

RARE = tuple(
    event.value
    for event in Event
    if event not in (Event.RESERVE, Event.COMMIT, Event.APPROVE, Event.SEND, Event.SETTLE)
)


class LedgerAccountQuerySet(models.QuerySet["LedgerAccount"]):
    def visible_to(self, user: User) -> "LedgerAccountQuerySet":
        return self.filter(cohort__programme__in=user.scopes(*Role.desk()))

    def budget_of(self, cohort: Cohort) -> Money:
        """Return what a cohort's budget still has to give."""
        currency = cohort.programme.currency
        return Money(self.filter(cohort=cohort, award=None, kind=Kind.BUDGET, currency=currency).balance(), currency)

    def balance(self) -> int:
        """Return the balance of these accounts together, in minor units; only for accounts of one currency."""
        total: int | None = self.aggregate(total=models.Sum(F("credits_posted") - F("debits_posted")))["total"]
        return total or 0


class LedgerAccount(models.Model):
    """A place where money stands. Its two counters are the sums of its transfers, added up by the database alone."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="ledger_accounts", verbose_name=_("cohort"))
    # `account_once_per_award` is the index of it.
    award = models.ForeignKey(
        "payouts.Award",
        models.PROTECT,
        null=True,
        related_name="ledger_accounts",
        verbose_name=_("award"),
        db_index=False,
    )
    currency = models.CharField(_("currency"), max_length=3)
    debits_posted = models.BigIntegerField(_("gone out"), default=0)
    credits_posted = models.BigIntegerField(_("come in"), default=0)

    objects = LedgerAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.CheckConstraint(
                name="account_never_overdrawn",
                condition=Q(kind="outside") | Q(credits_posted__gte=F("debits_posted")),
            ),
            models.CheckConstraint(
                name="account_kind_and_owner",
                condition=Q(kind__in=["outside", "budget"], award=None)
                | Q(kind__in=["reserved", "committed", "payable", "in_transit", "disbursed"], award__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["cohort", "currency", "kind"], condition=Q(award=None), name="account_once_per_cohort"
            ),
            models.UniqueConstraint(
                fields=["award", "kind"], condition=Q(award__isnull=False), name="account_once_per_award"
            ),
            # What a transfer points at, together with its currency.
            models.UniqueConstraint(fields=["id", "currency"], name="payouts_ledgeraccount_id_currency_key"),
            *laws.ACCOUNT,
        ]

    def __str__(self) -> str:
        return self.code

    @property
    @admin.display(description=_("Balance"))
    def balance(self) -> Money:
        return Money(self.credits_posted - self.debits_posted, self.currency)

    @property
    @admin.display(description=_("Gone out"))
    def gone_out(self) -> Money:
        return Money(self.debits_posted, self.currency)

    @property
    @admin.display(description=_("Come in"))
    def come_in(self) -> Money:
        return Money(self.credits_posted, self.currency)


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, user: User) -> "TransferQuerySet":
        return self.filter(debit_account__cohort__programme__in=user.scopes(*Role.desk()))

    def about(self, subject: models.Model) -> "TransferQuerySet":
        """Keep the transfers that tell of one object, oldest first."""
        return self.filter(subject_table=subject._meta.db_table, subject_id=subject.pk).order_by("id")

    def unreversed(self) -> "TransferQuerySet":
        """Filter the transfers that were not reversed and are no reversals themselves."""
        return self.filter(reverses=None, reversal=None)

    def approvals_of(self, payments: models.QuerySet[Any]) -> "TransferQuerySet":
        """Filter the unreversed transfers by which the months of these payments became payable."""
        table = payments.model._meta.db_table
        return self.unreversed().filter(event=Event.APPROVE, subject_table=table, subject_id__in=payments.values("pk"))

    def answers_of(self, payments: models.QuerySet[Any]) -> "TransferQuerySet":
        """Filter the unreversed transfers by which these payments arrived or came back."""
        table, events = payments.model._meta.db_table, (Event.SETTLE, Event.RETURN, Event.LATE_RETURN)
        return self.unreversed().filter(event__in=events, subject_table=table, subject_id__in=payments.values("pk"))


class Transfer(models.Model):
    """One movement of money from one account (debited) to another (credited). It never changes and is never deleted.

    `key` is the event's own name: the same movement cannot be booked twice. `subject` is what it is about.
    """

    key = models.CharField(_("key"), max_length=80, unique=True)
    # Both are foreign keys together with the currency: `transfer_debit_currency`, `transfer_credit_currency`.
    debit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="debits", verbose_name=_("from"), db_constraint=False
    )
    credit_account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="credits", verbose_name=_("to"), db_constraint=False
    )
    amount_minor = models.BigIntegerField(_("amount, in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    event = models.CharField(_("event"), max_length=12, choices=Event.choices)
    subject_table = models.CharField(_("table"), max_length=63)
    subject_id = models.BigIntegerField(_("row"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversal", verbose_name=_("takes back")
    )
    booked_at = models.DateTimeField(pgettext_lazy("ledger", "booked"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        indexes = [
            models.Index(fields=["subject_table", "subject_id", "id"], name="transfer_subject"),
            # What happens to few: a list of it is found without reading all that happens to every month.
            models.Index(fields=["event", "id"], condition=Q(event__in=RARE), name="transfer_rare"),
        ]
        constraints = [
            models.CheckConstraint(name="transfer_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="transfer_between_two", condition=~Q(debit_account=F("credit_account"))),
            models.CheckConstraint(
                name="transfer_reversal_names_original",
                condition=Q(event="reversal", reverses__isnull=False) | (~Q(event="reversal") & Q(reverses=None)),
            ),
            *laws.transfer(EVENTS.items()),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    @admin.display(description=_("Amount"))
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
