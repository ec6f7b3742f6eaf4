"""The commitment to one startup, and its months."""

from datetime import datetime
from typing import cast

from django.contrib import admin
from django.db import models
from django.db.models import Exists, F, Max, Min, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from applications.models import Cohort, Offer, Participation, Startup
from payouts.models import awards_laws as laws
from payouts.models.batches import Payment
from portal import gates
from portal.bounds import FURTHEST, bounded
from portal.language.text import colon
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, Transition, User
from portal.money import Money


class AwardQuerySet(models.QuerySet["Award"]):
    def visible_to(self, user: User) -> "AwardQuerySet":
        return self.filter(cohort__programme__in=user.scopes(*Role.desk()))

    def of_member(self, user: User) -> "AwardQuerySet":
        return self.filter(startup__memberships__person=user, startup__memberships__ended_at=None)

    def with_first_money(self) -> "AwardQuerySet":
        """Annotate each award with `first_paid_at`: when its first money arrived, of what did not come back."""
        arrived = Disbursement.objects.filter(award=OuterRef("pk"), payments__state="settled").order_by()
        first = arrived.values("award").annotate(at=Min("payments__settled_at")).values("at")
        return self.annotate(first_paid_at=Subquery(first))


class Award(models.Model):
    """What one startup is given: at most `monthly_cap` a month, for `months` months.

    Its money lies in accounts of its own."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        COMMITTED = "committed", _("committed")
        CLOSED = "closed", _("closed")
        FREED = "freed", _("freed")

    TRANSITIONS: Transitions = {"": ["reserved"], "reserved": ["committed", "freed"], "committed": ["closed"]}

    offer = models.OneToOneField(Offer, models.PROTECT, related_name="award", verbose_name=_("offer"))
    participation = models.OneToOneField(
        Participation, models.PROTECT, null=True, blank=True, related_name="award", verbose_name=_("participation")
    )
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="awards", verbose_name=_("cohort"))
    startup = models.ForeignKey(Startup, models.PROTECT, related_name="awards", verbose_name=_("startup"))
    currency = models.CharField(_("currency"), max_length=3)
    monthly_cap_minor = models.BigIntegerField(_("monthly maximum, in minor units"))
    months = models.PositiveSmallIntegerField(_("months"))
    total_minor = models.BigIntegerField(_("total, in minor units"))
    first_period = models.DateField(_("first month"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RESERVED)
    created_at = models.DateTimeField(_("reserved at"))

    objects = AwardQuerySet.as_manager()

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        indexes = [
            models.Index(fields=["cohort", "state", "-id"], name="award_board"),
        ]
        constraints = [
            models.CheckConstraint(
                name="award_total_is_cap_times_months",
                condition=Q(monthly_cap_minor__gt=0, months__gte=1, total_minor=F("monthly_cap_minor") * F("months")),
            ),
            models.CheckConstraint(
                name="award_committed_to_a_participation",
                condition=Q(state__in=["reserved", "freed"]) | Q(participation__isnull=False),
            ),
            StateMachine("moves_payouts_award"),
            *laws.AWARD,
        ]

    def __str__(self) -> str:
        return colon(self.startup, self.total)

    @property
    def monthly_cap(self) -> Money:
        return Money(self.monthly_cap_minor, self.currency)

    @property
    @admin.display(description=_("Total"))
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class DisbursementQuerySet(models.QuerySet["Disbursement"]):
    def visible_to(self, user: User) -> "DisbursementQuerySet":
        return self.filter(award__cohort__programme__in=user.scopes(*Role.desk()))

    def of_member(self, user: User) -> "DisbursementQuerySet":
        return self.filter(award__startup__memberships__person=user, award__startup__memberships__ended_at=None)

    def due(self, at: datetime) -> "DisbursementQuerySet":
        """Filter the months whose day has come and that have not been opened."""
        return self.filter(state=Disbursement.State.SCHEDULED, due_at__lte=at)

    def unblocked(self, at: datetime) -> "DisbursementQuerySet":
        """Filter the months of which no gate is closed."""
        return gates.without_closed(self._as_months(), at)

    def blocked(self, at: datetime) -> "DisbursementQuerySet":
        """Filter the months of which a gate is closed."""
        return gates.with_closed(self._as_months(), at)

    def payable(self, at: datetime) -> "DisbursementQuerySet":
        """Filter the ready months that are in no batch and of which no gate has closed since."""
        in_a_batch = Payment.objects.live().filter(disbursement=OuterRef("pk"))
        return self.filter(state=Disbursement.State.READY).unblocked(at).exclude(Exists(in_a_batch))

    def due_but_blocked(self, at: datetime) -> "DisbursementQuerySet":
        """Filter the months whose day has come and that a gate keeps back."""
        # Each state by itself, as its index has it.
        states = [Q(state=state, due_at__lte=at) for state in (Disbursement.State.SCHEDULED, Disbursement.State.READY)]
        return self.filter(states[0] | states[1]).blocked(at)

    def lock(self) -> list[int]:
        """Lock the rows until the transaction ends, in one order for all who do; return their ids."""
        return list(self.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True))

    def last_approved_at(self) -> datetime | None:
        """Return when one of the months was approved last."""
        approvals = Transition.objects.filter(
            subject_table=Disbursement._meta.db_table,
            subject_id__in=self.values("pk"),
            to_state=Disbursement.State.APPROVED,
        )
        last: datetime | None = approvals.aggregate(last=Max("at"))["last"]
        return last

    def _as_months(self) -> "DisbursementQuerySet":
        """Return each row the seat of which the gates speak; its `period` it has."""
        return self.alias(**{gates.SEAT: F("award__participation")})


class Disbursement(models.Model):
    """Slot *n* of an award: one month's money. `period` is the first of its month and may be moved.

    `ceiling` is the most the month may have, `amount` what it has, fixed when the month becomes ready; `payee` is the
    account it was approved for.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        READY = "ready", _("ready")
        APPROVED = "approved", _("approved")
        PAID = "paid", _("paid")
        LAPSED = "lapsed", _("lapsed")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS: Transitions = {
        "": ["scheduled"],
        "scheduled": ["ready", "lapsed", "cancelled"],
        "ready": ["approved", "lapsed", "cancelled"],
        "approved": ["paid", "ready"],
        "paid": ["ready", "approved"],  # the last by a correction
    }

    # `disbursement_n_once` is the index of it.
    award = models.ForeignKey(
        Award, models.PROTECT, related_name="disbursements", verbose_name=_("award"), db_index=False
    )
    n = models.PositiveSmallIntegerField(_("number"))
    period = models.DateField(_("month"))
    ceiling_minor = models.BigIntegerField(_("ceiling, in minor units"))
    carried_minor = models.BigIntegerField(_("carried in, in minor units"), default=0)
    amount_minor = models.BigIntegerField(_("amount, in minor units"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"))
    payee = models.ForeignKey(
        "payouts.PayoutAccount",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="disbursements",
        verbose_name=_("approved for"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SCHEDULED)

    objects = DisbursementQuerySet.as_manager()

    class Meta:
        verbose_name = _("disbursement")
        verbose_name_plural = _("disbursements")
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="scheduled"), name="disbursement_due"),
            models.Index(fields=["state", "due_at", "id"], condition=Q(state="ready"), name="disbursement_ready"),
            models.Index(
                fields=["due_at", "id"], condition=Q(state__in=["scheduled", "ready"]), name="disbursement_waits"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["award", "n"], name="disbursement_n_once"),
            models.UniqueConstraint(
                fields=["award", "period"],
                name="disbursement_period_once",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(name="disbursement_period_is_a_month", condition=Q(period__day=1)),
            models.CheckConstraint(
                name="disbursement_figures_sane", condition=Q(n__gte=1, ceiling_minor__gt=0, carried_minor__gte=0)
            ),
            models.CheckConstraint(
                name="disbursement_amount_within_ceiling",
                condition=Q(amount_minor=None) | Q(amount_minor__gt=0, amount_minor__lte=F("ceiling_minor")),
            ),
            models.CheckConstraint(
                name="disbursement_ready_has_amount",
                condition=~Q(state__in=["ready", "approved", "paid"]) | Q(amount_minor__isnull=False),
            ),
            models.CheckConstraint(
                name="disbursement_approved_has_payee",
                condition=~Q(state__in=["approved", "paid"]) | Q(payee__isnull=False),
            ),
            bounded("disbursement_days_known", days=["period"], instants=["due_at"], last=FURTHEST),
            StateMachine("moves_payouts_disbursement"),
            *laws.DISBURSEMENT,
        ]

    def __str__(self) -> str:
        return f"{self.award.startup} {self.n}/{self.award.months}"

    @property
    def seat_id(self) -> int:
        """Return its participation's id: no award has months before it has a seat."""
        return cast(int, self.award.participation_id)

    @property
    def ceiling(self) -> Money:
        return Money(self.ceiling_minor, self.award.currency)

    @property
    @admin.display(description=_("Amount"))
    def amount(self) -> Money:
        """Return what the month has, or may have while that is not fixed."""
        return Money(self.ceiling_minor if self.amount_minor is None else self.amount_minor, self.award.currency)
