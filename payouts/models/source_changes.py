"""Another debited account, or other ids at the bank, of a payment source: asked for by one person, confirmed by another."""

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payouts.models.batches import PaymentBatch
from payouts.models.source_changes_laws import ACCOUNT, CHANGE, IDS
from payouts.models.sources import ACCOUNT_TYPES, FINGERPRINT, PaymentSource
from portal.laws.declared import StateMachine
from portal.models import Role, User
from portal.models.two_people import Difference, TwoPersonChange, by_two_people
from portal.sealing.ring import Place


class SourceChangeQuerySet(models.QuerySet["SourceChange"]):
    def visible_to(self, user: User) -> "SourceChangeQuerySet":
        return self.filter(source__programme__in=user.scopes(*Role.desk()))

    def asked(self) -> "SourceChangeQuerySet":
        """Filter those that wait for a second person."""
        return self.filter(state=SourceChange.State.ASKED)


class SourceChange(TwoPersonChange):
    """Other ids and another debited account of a payment source, as they are to be and as they were when it was asked.

    The database itself carries it out, and nothing else changes them: no person alone sends the programme's money from
    another account. Without `offset_sealed` the account stays as it is. The number is sealed for the source, whose row it
    is copied to as it is.
    """

    source = models.ForeignKey(PaymentSource, models.PROTECT, related_name="changes", verbose_name=_("payment source"))
    destination = models.CharField(_("routing number of the bank the file goes to"), max_length=9)
    origin = models.CharField(_("sender: routing number, or the id the bank gave"), max_length=10)
    company_id = models.CharField(_("company id, as the bank gave it"), max_length=10)
    odfi = models.CharField(_("routing number of the originating bank"), max_length=9)
    offset_routing = models.CharField(_("debited account: routing number"), max_length=9, blank=True)
    offset_account_type = models.CharField(_("debited account: type"), max_length=10, blank=True)
    offset_last_four = models.CharField(_("debited account: last four"), max_length=4, blank=True)
    offset_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    offset_sealed = models.BinaryField(null=True, editable=False)
    destination_before = models.CharField(max_length=9)
    origin_before = models.CharField(max_length=10)
    company_id_before = models.CharField(max_length=10)
    odfi_before = models.CharField(max_length=9)
    offset_routing_before = models.CharField(max_length=9, blank=True)
    offset_account_type_before = models.CharField(max_length=10, blank=True)
    offset_last_four_before = models.CharField(max_length=4, blank=True)
    offset_fingerprint_before = models.CharField(max_length=64, blank=True, editable=False)

    objects = SourceChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of a payment source")
        verbose_name_plural = _("changes of payment sources")
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(state="asked"), name="source_change_one_asked"),
            *by_two_people("source_change"),
            models.CheckConstraint(
                name="source_change_changes_something",
                condition=~Q(offset_sealed=None, **{name: F(f"{name}_before") for name in IDS}),
            ),
            models.CheckConstraint(
                name="source_change_account_is_whole",
                condition=Q(offset_sealed=None, **{name: F(f"{name}_before") for name in ACCOUNT})
                | (
                    Q(offset_sealed__isnull=False, offset_fingerprint__regex=FINGERPRINT)
                    & ~Q(offset_routing="")
                    & ~Q(offset_account_type="")
                ),
            ),
            StateMachine("moves_payouts_sourcechange"),
            *CHANGE,
        ]

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"

    @property
    def place(self) -> Place:
        """Return where the sealed number belongs: to the source."""
        return self.source.place

    @property
    def is_of_now(self) -> bool:
        """Return whether its source is still as it was when the change was asked for."""
        return all(getattr(self.source, name) == getattr(self, f"{name}_before") for name in (*IDS, *ACCOUNT))

    @property
    def differences(self) -> list[Difference]:
        """Return what changes, each as it was and as it becomes; of a number its last four."""
        every = [
            Difference(
                capfirst(str(self._meta.get_field(name).verbose_name)),  # type: ignore[union-attr]  # columns have one
                getattr(self, f"{name}_before"),
                getattr(self, name),
            )
            for name in IDS
        ]
        found = [each for each in every if each.before != each.after]
        if self.offset_sealed is not None:
            before, after = (self._account(suffix) for suffix in ("_before", ""))
            found.append(Difference(gettext("Debited account"), before, after))
        return found

    def _account(self, suffix: str) -> str:
        routing, account_type, last_four, _proof = (getattr(self, f"{name}{suffix}") for name in ACCOUNT)
        return f"{routing} …{last_four} ({ACCOUNT_TYPES[account_type]})" if routing else gettext("none")


def with_changes(sources: models.QuerySet[PaymentSource]) -> models.QuerySet[PaymentSource]:
    """Annotate each with `is_used`, once a batch was prepared, and `change_asked_by`, of the change that waits."""
    batches = PaymentBatch.objects.filter(source=OuterRef("pk"))
    asked = SourceChange.objects.asked().filter(source=OuterRef("pk"))
    return sources.annotate(is_used=Exists(batches), change_asked_by=Subquery(asked.values("asked_by")[:1]))
