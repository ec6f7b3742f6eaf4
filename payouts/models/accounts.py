"""Where a startup's money goes, and what stops it."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import Membership, Participation
from payouts.models import accounts_laws as laws
from payouts.rails import AccountScheme, scheme_of
from portal.bounds import bounded
from portal.language.dates import day_of
from portal.language.text import colon
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User
from portal.sealing.ring import Place


class PayoutAccountQuerySet(models.QuerySet["PayoutAccount"]):
    def visible_to(self, user: User) -> "PayoutAccountQuerySet":
        return self.filter(participation__cohort__programme__in=user.scopes(*Role.desk()))

    def current(self) -> "PayoutAccountQuerySet":
        """Keep the one version of each participation that counts."""
        return self.filter(state__in=PayoutAccount.CURRENT)

    def with_other_founder(self, at: datetime) -> "PayoutAccountQuerySet":
        """Annotate each with `has_other_founder`: one besides who gave these details, who can confirm them."""
        founders = Membership.objects.founders().trusted(at).filter(startup=OuterRef("participation__startup"))
        return self.annotate(has_other_founder=Exists(founders.exclude(person=OuterRef("changed_by"))))


class PayoutAccount(models.Model):
    """One version of the bank account of a participation. A change is a new version; the number is sealed.

    `payable_from` is when the cooling-off after this change ends. `sealed` opens only through
    `payouts.actions.open_numbers`, which leaves a Disclosure.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waits for a second person")
        CONFIRMED = "confirmed", _("waits to be verified")
        VERIFIED = "verified", _("verified")
        RETIRED = "retired", _("replaced")
        REJECTED = "rejected", _("rejected")

    class Type(models.TextChoices):
        CHECKING = "checking", _("checking account")
        SAVINGS = "savings", _("savings account")
        IBAN = "iban", _("account with an IBAN")

    TRANSITIONS: Transitions = {
        "": ["pending"],
        "pending": ["confirmed", "retired", "rejected"],
        "confirmed": ["verified", "retired", "rejected"],
        "verified": ["retired", "rejected"],
        "rejected": ["verified"],  # with the bank's mistaken word that rejected it
    }
    CURRENT = (State.PENDING, State.CONFIRMED, State.VERIFIED)

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="payout_accounts", verbose_name=_("participation")
    )
    version = models.PositiveIntegerField(_("version"))
    holder_name = models.CharField(_("account holder"), max_length=120)
    holder_name_ascii = models.CharField(_("account holder, as the bank sees it"), max_length=70)
    routing_number = models.CharField(_("routing number or BIC"), max_length=11, blank=True)
    account_type = models.CharField(_("type of account"), max_length=10, choices=Type.choices)
    sealed = models.BinaryField(editable=False)
    last_four = models.CharField(_("last four"), max_length=4)
    fingerprint = models.CharField(max_length=64, db_index=True, editable=False)
    country = models.CharField(_("country of the bank"), max_length=2)
    currency = models.CharField(_("currency"), max_length=3)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    created_at = models.DateTimeField(_("given"))
    payable_from = models.DateTimeField(_("payable from"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_evidence = models.CharField(_("how staff confirmed it"), max_length=500, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("verified by")
    )
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=500, blank=True)

    objects = PayoutAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("payout account")
        verbose_name_plural = _("payout accounts")
        indexes = [
            # With what a desk's tile asks of those that wait, so that it need not read them.
            models.Index(
                fields=["created_at", "id"],
                include=["participation", "state", "changed_by", "confirmed_by"],
                condition=Q(state__in=["pending", "confirmed"]),
                name="payout_account_waiting",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["participation", "version"], name="payout_account_version_once"),
            models.UniqueConstraint(
                fields=["participation"],
                condition=Q(state__in=["pending", "confirmed", "verified"]),
                name="payout_account_one_current",
            ),
            models.CheckConstraint(
                name="payout_account_is_one_of_its_kind",
                condition=Q(
                    account_type__in=["checking", "savings"], routing_number__regex=r"^[0-9]{9}$", currency="USD"
                )
                | Q(account_type="iban", routing_number__regex=r"^([A-Z0-9]{8}([A-Z0-9]{3})?)?$"),
            ),
            models.CheckConstraint(
                name="payout_account_confirmed_by_another",
                condition=Q(confirmed_by=None, confirmed_at=None)
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("changed_by"))),
            ),
            models.CheckConstraint(
                name="payout_account_verified_by_another",
                condition=Q(verified_by=None, verified_at=None)
                | (
                    Q(verified_by__isnull=False, verified_at__isnull=False)
                    & ~Q(evidence="")
                    & ~Q(verified_by=F("changed_by"))
                    & ~Q(verified_by=F("confirmed_by"))
                ),
            ),
            models.CheckConstraint(
                name="payout_account_steps_in_order",
                condition=Q(state__in=["pending", "retired", "rejected"])
                | Q(state="confirmed", confirmed_at__isnull=False)
                | Q(state="verified", confirmed_at__isnull=False, verified_at__isnull=False),
            ),
            StateMachine("moves_payouts_payoutaccount"),
            *laws.PAYOUT_ACCOUNT,
        ]

    def __str__(self) -> str:
        return f"{self.holder_name}, …{self.last_four}"

    def __repr__(self) -> str:
        return f"<PayoutAccount {self.pk} v{self.version} …{self.last_four}>"

    @property
    def place(self) -> Place:
        """Say where the sealed number belongs."""
        return Place(self._meta.db_table, self.uuid, "sealed")

    @property
    def scheme(self) -> AccountScheme:
        """Return how accounts of its type are named."""
        return scheme_of(self.account_type)

    @property
    def is_current(self) -> bool:
        return self.state in self.CURRENT

    def is_payable(self, at: datetime) -> bool:
        """Return whether money may go there: verified, current, and its last change has cooled off."""
        return self.state == self.State.VERIFIED and self.payable_from <= at


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, user: User) -> "HoldQuerySet":
        return self.filter(participation__cohort__programme__in=user.scopes(*Role.desk()))

    def open(self) -> "HoldQuerySet":
        return self.filter(lifted_at=None)

    def stopping(self) -> "HoldQuerySet":
        """Filter those that stop money now: open, and of the whole seat or of its current account."""
        return self.open().filter(Q(account=None) | Q(account__state__in=PayoutAccount.CURRENT))


class Hold(models.Model):
    """What stops a participation's money, or one account of it, until somebody lifts it (law 7).

    `notice` is what the startup is told, `note` is for staff. `review_on` is the day by which it is looked at again;
    to keep it longer takes a second person.
    """

    class Reason(models.TextChoices):
        ACCOUNT = "account", _("doubt about the bank details")
        REPORT = "report", _("something the agreement asks for is missing")
        ELIGIBILITY = "eligibility", _("doubt whether conditions still hold")
        BANK = "bank", _("the bank asked or warned")
        DISPUTE = "dispute", _("a dispute within the startup")
        OTHER = "other", _("another reason")

    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="holds", verbose_name=_("participation")
    )
    account = models.ForeignKey(
        PayoutAccount, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name=_("only this account")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    notice = models.CharField(_("what the startup is told"), max_length=1000)
    note = models.CharField(_("note for staff"), max_length=1000, blank=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed"))
    noticed_at = models.DateTimeField(_("startup told"))
    review_on = models.DateField(_("looked at again by"))
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kept by")
    )
    kept_at = models.DateTimeField(_("kept"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lifted by")
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_why = models.CharField(_("why it was lifted"), max_length=500, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = pgettext_lazy("of pay", "holds")
        indexes = [
            models.Index(fields=["participation"], condition=Q(lifted_at=None), name="hold_open"),
            models.Index(fields=["review_on", "id"], condition=Q(lifted_at=None), name="hold_to_review"),
        ]
        constraints = [
            bounded("hold_review_known", days=["review_on"]),
            models.CheckConstraint(name="hold_tells_the_startup", condition=~Q(notice="") & ~Q(reason="")),
            models.CheckConstraint(
                name="hold_kept_by_another",
                condition=Q(kept_by=None, kept_at=None)
                | (Q(kept_by__isnull=False, kept_at__isnull=False) & ~Q(kept_by=F("placed_by"))),
            ),
            models.CheckConstraint(
                name="hold_lifted_by_and_at",
                condition=Q(lifted_by=None, lifted_at=None)
                | (Q(lifted_by__isnull=False, lifted_at__isnull=False) & ~Q(lifted_why="")),
            ),
            *laws.HOLD,
        ]

    def __str__(self) -> str:
        return colon(self.participation, self.get_reason_display())

    def is_due(self, at: datetime) -> bool:
        """Return whether its day of review has come where its programme is."""
        return self.review_on <= day_of(at, zone=self.participation.cohort.programme.timezone)
