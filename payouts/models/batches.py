"""Payment batches, and the payments in them: one attempt each to move a month's money (laws 2, 5)."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import Programme, Startup
from applications.models.startups import StartupQuerySet
from payouts.models import batches_laws as laws
from payouts.models.accounts import PayoutAccount
from payouts.models.sources import PaymentSource
from payouts.rails import RAILS, choices
from portal import gates
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User
from portal.money import Money
from portal.sealing.ring import Place


class PaymentBatchQuerySet(models.QuerySet["PaymentBatch"]):
    def visible_to(self, user: User) -> "PaymentBatchQuerySet":
        return self.filter(programme__in=user.scopes(*Role.desk()))


class PaymentBatch(models.Model):
    """Payments that go to the bank in one file. Prepared by one person, approved by another; frozen, it stands still.

    `number` names the batch within its source; `nth_of_day` counts the files of one bank day from 1. The bytes of the
    file lie apart, in `BatchFile`; their hash stays here.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", _("approved")
        FROZEN = "frozen", _("frozen")
        SENT = "sent", _("sent")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS: Transitions = {
        "": ["draft"],
        "draft": ["approved", "cancelled"],
        "approved": ["frozen", "cancelled"],
        "frozen": ["sent"],
        "sent": ["closed"],
        "closed": ["sent"],  # by a correction
    }

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="batches", verbose_name=_("programme"))
    source = models.ForeignKey(PaymentSource, models.PROTECT, related_name="batches", verbose_name=_("payment source"))
    number = models.PositiveIntegerField(_("number"))
    rail = models.CharField(_("rail"), max_length=8, choices=choices)
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    effective_on = models.DateField(_("effective on"))
    settles_on = models.DateField(_("paid if nothing came back by"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    prepared_at = models.DateTimeField(_("prepared"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    total_minor = models.BigIntegerField(_("total of the file, in minor units"), null=True, blank=True)
    count = models.PositiveIntegerField(_("payments in the file"), null=True, blank=True)
    file_on = models.DateField(_("day of the file"), null=True, blank=True)
    nth_of_day = models.PositiveSmallIntegerField(_("file of that day"), null=True, blank=True)
    file_name = models.CharField(_("file name"), max_length=80, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("released by")
    )
    released_at = models.DateTimeField(pgettext_lazy("batch", "released"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment batch")
        verbose_name_plural = _("payment batches")
        indexes = [models.Index(fields=["settles_on", "id"], condition=Q(state="sent"), name="batch_unanswered")]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="batch_number_once"),
            models.UniqueConstraint(
                fields=["source", "file_on", "nth_of_day"],
                condition=Q(nth_of_day__isnull=False),
                name="batch_file_of_day_once",
            ),
            models.CheckConstraint(
                name="batch_approved_by_another",
                condition=Q(approved_by=None, approved_at=None)
                | (Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("prepared_by"))),
            ),
            models.CheckConstraint(
                name="batch_released_by_another",
                condition=Q(released_by=None, released_at=None)
                | (Q(released_by__isnull=False, released_at__isnull=False) & ~Q(released_by=F("prepared_by"))),
            ),
            models.CheckConstraint(
                name="batch_steps_in_order",
                condition=Q(state__in=["draft", "cancelled"])
                | Q(state="approved", approved_at__isnull=False)
                | Q(state="frozen", approved_at__isnull=False, frozen_at__isnull=False)
                | Q(
                    state__in=["sent", "closed"],
                    approved_at__isnull=False,
                    frozen_at__isnull=False,
                    released_at__isnull=False,
                    sent_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="batch_frozen_with_its_file",
                condition=Q(
                    frozen_at=None, total_minor=None, count=None, file_on=None, nth_of_day=None, file_name="", sha256=""
                )
                | Q(
                    frozen_at__isnull=False,
                    total_minor__isnull=False,
                    total_minor__gt=0,
                    count__isnull=False,
                    count__gt=0,
                    file_on__isnull=False,
                    nth_of_day__isnull=False,
                    nth_of_day__gte=1,
                    sha256__regex=r"^[0-9a-f]{64}$",
                )
                & ~Q(file_name=""),
            ),
            StateMachine("moves_payouts_paymentbatch"),
            *laws.BATCH,
        ]

    def __str__(self) -> str:
        return f"{self.programme} #{self.number}"

    @property
    @admin.display(description=_("Total"))
    def total(self) -> Money | None:
        """Return the total of the frozen file."""
        return None if self.total_minor is None else Money(self.total_minor, self.currency)


class BatchFile(models.Model):
    """The sealed bytes of a batch's file, apart from the batch, so that no list ever loads them.

    Written once, when the batch freezes. They may be purged after it was sent, and are never written again.
    """

    batch = models.OneToOneField(PaymentBatch, models.PROTECT, related_name="file", verbose_name=_("batch"))
    sealed = models.BinaryField(editable=False)

    class Meta:
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")
        constraints = [*laws.FILE]

    def __str__(self) -> str:
        return self.batch.file_name

    @property
    def place(self) -> Place:
        """Say where the sealed bytes belong."""
        return Place(self._meta.db_table, self.batch.uuid, "sealed")


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> "PaymentQuerySet":
        return self.filter(batch__programme__in=user.scopes(*Role.desk()))

    def live(self) -> "PaymentQuerySet":
        return self.filter(state__in=Payment.LIVE)

    def kept(self) -> "PaymentQuerySet":
        """Filter the payments that were not taken out of their batch: those its file has."""
        return self.exclude(state=Payment.State.WITHDRAWN)

    def total(self) -> tuple[int, int]:
        """Return how many payments these are, and their sum in minor units."""
        found = self.aggregate(n=Count("pk"), minor=Sum("amount_minor"))
        return found["n"], found["minor"] or 0

    def total_of_batches(self) -> dict[int, tuple[int, int]]:
        """Return the same of each batch that has any of them."""
        found = self.order_by().values_list("batch").annotate(n=Count("pk"), minor=Sum("amount_minor"))
        return {batch: (n, minor) for batch, n, minor in found}

    def blocked(self, at: datetime) -> "PaymentQuerySet":
        """Filter the payments of which a gate closed, or whose bank details changed, since they were prepared."""
        names = {gates.SEAT: F("disbursement__award__participation"), gates.PERIOD: F("disbursement__period")}
        unblocked = gates.without_closed(self.alias(**names), at)
        return self.exclude(pk__in=unblocked.filter(account__state=PayoutAccount.State.VERIFIED).values("pk"))

    def startups(self) -> StartupQuerySet:
        """Return the startups that these payments go to."""
        return Startup.objects.filter(pk__in=self.values("disbursement__award__startup"))


class Payment(models.Model):
    """One attempt to move one disbursement's money. The same attempt always bears the same name.

    `trace_number` comes from a sequence; its last seven digits go into the file.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", _("prepared")
        SENT = "sent", _("on its way")
        SETTLED = "settled", _("arrived")
        RETURNED = "returned", _("came back")
        WITHDRAWN = "withdrawn", _("taken out")

    TRANSITIONS: Transitions = {
        "": ["prepared"],
        "prepared": ["sent", "withdrawn"],
        "sent": ["settled", "returned"],
        "settled": ["returned", "sent"],  # the last by a correction
        "returned": ["sent"],  # as above
    }
    LIVE = (State.PREPARED, State.SENT, State.SETTLED)
    TRACES = 9_999_999

    # `payment_attempt_once` is the index of it.
    disbursement = models.ForeignKey(
        "payouts.Disbursement", models.PROTECT, related_name="payments", verbose_name=_("disbursement"), db_index=False
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    # `payment_of_batch` is the index of it.
    batch = models.ForeignKey(
        PaymentBatch, models.PROTECT, related_name="payments", verbose_name=_("batch"), db_index=False
    )
    account = models.ForeignKey(PayoutAccount, models.PROTECT, related_name="payments", verbose_name=_("account"))
    amount_minor = models.BigIntegerField(_("amount, in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    end_to_end_id = models.CharField(_("name at the bank"), max_length=35, unique=True)
    trace_number = models.BigIntegerField(_("trace number"), unique=True)
    payee_name_ascii = models.CharField(_("payee, as the bank sees it"), max_length=70)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PREPARED)
    settled_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    bank_reference = models.CharField(_("bank's reference"), max_length=60, blank=True)
    returned_at = models.DateTimeField(_("came back at"), null=True, blank=True)
    return_code = models.CharField(_("bank's reason"), max_length=10, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [models.Index(fields=["batch", "trace_number", "id"], name="payment_of_batch")]
        constraints = [
            models.UniqueConstraint(fields=["disbursement", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["disbursement"],
                condition=Q(state__in=["prepared", "sent", "settled"]),
                name="payment_one_live",
            ),
            models.CheckConstraint(name="payment_positive", condition=Q(amount_minor__gt=0, attempt__gte=1)),
            StateMachine("moves_payouts_payment"),
            *laws.PAYMENT,
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    @admin.display(description=_("Amount"))
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def trace_sequence(self) -> int:
        """Return the seven digits of its trace number, which are never zero."""
        return (self.trace_number - 1) % self.TRACES + 1

    @property
    def trace(self) -> str:
        """Return the trace number as the bank writes it."""
        return RAILS[self.batch.rail].trace(self.batch.source.odfi, self.trace_sequence)

    @property
    def return_meaning(self) -> str:
        """Return the words for the bank's reason, as the rail that brought it says them."""
        return RAILS[self.batch.rail].meaning(self.return_code)
