"""From the decision to the seat."""

from datetime import datetime

from django.conf import settings
from django.contrib import admin
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import decisions_laws as laws
from applications.models.applications import Application
from applications.models.cohorts import Cohort
from applications.models.programmes import Terms
from portal.bounds import FURTHEST, LARGEST_COUNT, bounded
from portal.db.expressions import words_of
from portal.language.text import colon
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User
from portal.money import Money

# Asked for by name: a CHECK takes what is unknown for true.
_GIVEN = Q(months__isnull=False, monthly_cap_minor__isnull=False, first_period__isnull=False) & Q(
    months__gte=1, monthly_cap_minor__gt=0, first_period__day=1
)


class DecisionQuerySet(models.QuerySet["Decision"]):
    def current(self) -> "DecisionQuerySet":
        return self.exclude(state=Decision.State.WITHDRAWN)

    def in_work(self) -> "DecisionQuerySet":
        """Keep what is proposed or confirmed, and not released."""
        return self.filter(state__in=[Decision.State.PROPOSED, Decision.State.CONFIRMED])

    def releasable(self, cohort: Cohort) -> "DecisionQuerySet":
        """Filter the confirmed decisions of a cohort whose application still waits for one."""
        waiting = Application.State.SUBMITTED
        return self.filter(application__cohort=cohort, application__state=waiting, state=Decision.State.CONFIRMED)

    def for_free_seats(self, cohort: Cohort) -> "DecisionQuerySet":
        """Filter the released decisions of a cohort by which an application waits for a seat, the next one first."""
        waiting = self.filter(application__cohort=cohort, application__state=Application.State.WAITLISTED, offer=None)
        of_waitlist = waiting.filter(outcome=Decision.Outcome.WAITLIST, state=Decision.State.RELEASED)
        return of_waitlist.select_related("application__startup").order_by("rank", "id")

    def visible_to(self, user: User) -> "DecisionQuerySet":
        return self.filter(application__cohort__programme__in=user.scopes(*Role.desk()))


class Decision(models.Model):
    """What the programme decided of one application: proposed by one person, confirmed by another, released for all."""

    class Outcome(models.TextChoices):
        ACCEPT = "accept", _("accept")
        WAITLIST = "waitlist", _("waitlist")
        DECLINE = "decline", _("decline")

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CONFIRMED = "confirmed", pgettext_lazy("decision", "confirmed")
        RELEASED = "released", _("released")
        WITHDRAWN = "withdrawn", _("withdrawn")

    TRANSITIONS: Transitions = {
        "": ["proposed"],
        "proposed": ["confirmed", "withdrawn"],
        "confirmed": ["released", "withdrawn"],
    }

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="decisions", verbose_name=_("application")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PROPOSED)
    months = models.PositiveSmallIntegerField(_("months"), null=True, blank=True)
    monthly_cap_minor = models.BigIntegerField(_("monthly maximum, in minor units"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    first_period = models.DateField(_("first month"), null=True, blank=True)
    rank = models.PositiveIntegerField(_("place on the waitlist"), null=True, blank=True)
    message = models.TextField(_("words to the applicant"), max_length=2000, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            # What is proposed or confirmed and not yet released is few, beside all that ever was. An index of those
            # alone would keep the room of all that passed through it, and look dearer than it is.
            models.Index(fields=["state", "application"], name="decision_states"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["application"], condition=~Q(state="withdrawn"), name="decision_once"),
            models.CheckConstraint(
                name="decision_confirmed_by_another",
                condition=~Q(state__in=["confirmed", "released"])
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="decision_says_what_is_given",
                condition=~Q(outcome="accept") | _GIVEN,
            ),
            models.CheckConstraint(
                name="decision_waitlist_is_ranked",
                condition=~Q(outcome="waitlist") | (_GIVEN & Q(rank__isnull=False, rank__range=(1, LARGEST_COUNT))),
            ),
            bounded("decision_first_month_known", days=["first_period"], last=FURTHEST),
            StateMachine("moves_applications_decision"),
            *laws.DECISION,
        ]

    def __str__(self) -> str:
        return colon(self.application, self.get_outcome_display())

    @property
    @admin.display(description=_("Monthly maximum"))
    def monthly_cap(self) -> Money | None:
        return Money(self.monthly_cap_minor, self.currency) if self.monthly_cap_minor is not None else None


class OfferQuerySet(models.QuerySet["Offer"]):
    def of_member(self, user: User) -> "OfferQuerySet":
        return self.filter(
            application__startup__memberships__person=user, application__startup__memberships__ended_at=None
        )

    def overdue(self, at: datetime) -> "OfferQuerySet":
        """Keep the open offers whose clock has run out."""
        return self.filter(state=Offer.State.OPEN, expires_at__lte=at)

    def holding_seats(self) -> "OfferQuerySet":
        """Keep the offers for which a seat is kept or taken."""
        return self.filter(state__in=[Offer.State.OPEN, Offer.State.ACCEPTED])

    def visible_to(self, user: User) -> "OfferQuerySet":
        return self.filter(cohort__programme__in=user.scopes(*Role.desk()))


class Offer(models.Model):
    """What one startup is offered, with a clock. A seat is taken and money reserved while it is open or accepted."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        LAPSED = "lapsed", _("expired")
        REVOKED = "revoked", _("revoked")

    TRANSITIONS: Transitions = {"": ["open"], "open": ["accepted", "declined", "lapsed", "revoked"]}

    decision = models.OneToOneField(Decision, models.PROTECT, related_name="offer", verbose_name=_("decision"))
    application = models.OneToOneField(Application, models.PROTECT, related_name="offer", verbose_name=_("application"))
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="offers", verbose_name=_("cohort"))
    terms = models.ForeignKey(Terms, models.PROTECT, related_name="offers", verbose_name=_("terms"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    months = models.PositiveSmallIntegerField(_("months"))
    monthly_cap_minor = models.BigIntegerField(_("monthly maximum, in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    first_period = models.DateField(_("first month"))
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("valid until"))
    decline_reason = models.CharField(_("reason for declining"), max_length=500, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="offer_clock"),
            models.Index(fields=["cohort", "expires_at", "id"], condition=Q(state="open"), name="offer_waits"),
            models.Index(fields=["cohort"], name="offer_holds_seat", condition=Q(state__in=["open", "accepted"])),
        ]
        constraints = [
            models.CheckConstraint(name="offer_has_time", condition=Q(expires_at__gt=F("made_at"))),
            models.CheckConstraint(
                name="offer_says_what_is_given",
                condition=Q(months__gte=1, monthly_cap_minor__gt=0, first_period__day=1),
            ),
            bounded("offer_days_known", days=["first_period"], instants=["expires_at"], last=FURTHEST),
            StateMachine("moves_applications_offer"),
            *laws.OFFER,
        ]

    def __str__(self) -> str:
        return str(self.application)

    @property
    @admin.display(description=_("Monthly maximum"))
    def monthly_cap(self) -> Money:
        return Money(self.monthly_cap_minor, self.currency)

    @property
    @admin.display(description=_("Total"))
    def total(self) -> Money:
        return self.monthly_cap * self.months


class Agreement(models.Model):
    """The signature: the words signed, their digest, who, when, from where. It never changes."""

    offer = models.OneToOneField(Offer, models.PROTECT, related_name="agreement", verbose_name=_("offer"))
    terms = models.ForeignKey(Terms, models.PROTECT, related_name="agreements", verbose_name=_("terms"))
    language = models.CharField(_("language read"), max_length=8)
    title = models.CharField(_("title"), max_length=300)
    text = models.TextField(_("text as signed"))
    digest = models.CharField(_("digest of the terms"), max_length=64)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by")
    )
    signed_name = models.CharField(_("name as signed"), max_length=160)
    signed_at = models.DateTimeField(_("signed"))
    ip_address = models.GenericIPAddressField(_("from address"))

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        indexes = [GinIndex(words_of("signed_name"), name="agreement_signers")]
        constraints = [
            models.CheckConstraint(name="agreement_is_signed", condition=~Q(signed_name="") & ~Q(text="")),
            *laws.AGREEMENT,
        ]

    def __str__(self) -> str:
        return colon(self.terms, self.signed_name)
