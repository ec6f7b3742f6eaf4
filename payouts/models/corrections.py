"""A mistaken word about a payment, put right by two people: “returned” or “paid” is taken back, and it is on its way again."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, Expression, F, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from payouts.models import corrections_laws as laws
from payouts.models.batches import Payment, PaymentQuerySet
from portal.language.text import colon
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, user: User) -> "CorrectionQuerySet":
        return self.filter(payment__batch__programme__in=user.scopes(*Role.desk()))

    def asked(self) -> "CorrectionQuerySet":
        """Filter those that wait for a second person."""
        return self.filter(state=Correction.State.ASKED)

    def confirmed(self) -> "CorrectionQuerySet":
        """Filter those that were carried out."""
        return self.filter(state=Correction.State.CONFIRMED)

    def with_newer_attempt(self) -> "CorrectionQuerySet":
        """Annotate each with `has_newer_attempt`: the money goes out again, and the mistake stands."""
        return self.annotate(has_newer_attempt=Exists(newer_attempts("payment__")))


class Correction(models.Model):
    """One mistaken word about a payment: asked for by one person, confirmed and carried out by another.

    `mistaken` is the state that was a mistake. The payment goes back to “on its way”, with its month, batch and money.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("waits for a second person")
        CONFIRMED = "confirmed", _("carried out")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Mistaken(models.TextChoices):
        SETTLED = "settled", _("marked as paid")
        RETURNED = "returned", _("marked as returned")

    TRANSITIONS: Transitions = {"": ["asked"], "asked": ["confirmed", "withdrawn"]}

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="corrections", verbose_name=_("payment"))
    mistaken = models.CharField(_("mistake"), max_length=10, choices=Mistaken.choices)
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        constraints = [
            models.UniqueConstraint(fields=["payment"], condition=Q(state="asked"), name="correction_one_asked"),
            models.CheckConstraint(
                name="correction_says_what_and_why",
                condition=Q(mistaken__in=["settled", "returned"]) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="correction_confirmed_by_another",
                condition=(~Q(state="confirmed") & Q(confirmed_by=None, confirmed_at=None))
                | (
                    Q(state="confirmed", confirmed_by__isnull=False, confirmed_at__isnull=False)
                    & ~Q(confirmed_by=F("asked_by"))
                ),
            ),
            StateMachine("moves_payouts_correction"),
            *laws.CORRECTION,
        ]

    def __str__(self) -> str:
        return colon(self.payment, self.get_mistaken_display())


def newer_attempts(payment: str = "") -> PaymentQuerySet:
    """Return the later attempts of an outer row's month that were not taken out; `payment` is the path to it."""
    month, attempt = OuterRef(f"{payment}disbursement"), OuterRef(f"{payment}attempt")
    return Payment.objects.kept().filter(disbursement=month, attempt__gt=attempt)


def with_corrections(payments: PaymentQuerySet) -> PaymentQuerySet:
    """Annotate each with `correction_asked_by`, of the one that waits, and `has_newer_attempt`: what an act offers by."""
    asked = Correction.objects.asked().filter(payment=OuterRef("pk"))
    return payments.annotate(
        correction_asked_by=Subquery(asked.values("asked_by")[:1]), has_newer_attempt=Exists(newer_attempts())
    )


def round_of_payment() -> Expression:
    """Return what tells apart what is said of a payment again after a correction: empty at first, then “:2”, “:3”."""
    done = Correction.objects.confirmed().filter(payment=OuterRef("pk")).order_by().values("payment")
    nth = done.annotate(nth=Concat(Value(":"), Cast(Count("pk") + 1, TextField()), output_field=TextField())).values(
        "nth"
    )
    return Coalesce(Subquery(nth), Value(""), output_field=TextField())
