"""The bank a programme pays through, and the rail that leads to it."""

import uuid
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models import Programme
from payouts.models import source_changes_laws as laws
from payouts.rails import DEFAULT, RAILS, choices
from payouts.rails.aba import AccountType
from payouts.rails.entries import Offset, Originator
from portal.language.text import colon
from portal.language.zones import known_zone, zone_names
from portal.laws.declared import Refuse, changed
from portal.models import Role, User
from portal.refusals import Refusal
from portal.sealing.ring import Place

ACCOUNT_TYPES = {AccountType.CHECKING.value: _("checking"), AccountType.SAVINGS.value: _("savings")}
# As `KeyRing.fingerprint` gives it.
FINGERPRINT = "^[0-9a-f]{64}$"


class PaymentSourceQuerySet(models.QuerySet["PaymentSource"]):
    def of(self, programme: Programme) -> "PaymentSource | None":
        """Return the source through which a programme pays in its currency; None where it is not set up."""
        return self.filter(programme=programme, currency=programme.currency).first()

    def required(self, programme: Programme) -> "PaymentSource":
        """Return the source through which a programme pays.

        :raises Refusal: if none is set up that carries its currency.
        """
        if source := self.of(programme):
            return source
        raise Refusal(
            gettext("%(programme)s has no rail for payments in %(currency)s: its payment source is not set up.")
            % {"programme": programme, "currency": programme.currency}
        )

    def visible_to(self, user: User) -> "PaymentSourceQuerySet":
        return self.filter(programme__in=user.scopes(*Role.desk()))


class PaymentSource(models.Model):
    """The bank a programme pays through, and how that bank wants its files: figures the bank gives."""

    class LineEnd(models.TextChoices):
        LF = "lf", _("LF")
        CRLF = "crlf", _("CR LF")

    LINE_ENDS = {LineEnd.LF: "\n", LineEnd.CRLF: "\r\n"}

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    programme = models.OneToOneField(
        Programme, models.PROTECT, related_name="payment_source", verbose_name=_("programme")
    )
    rail = models.CharField(_("rail"), max_length=8, choices=choices, default=DEFAULT)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    destination = models.CharField(_("routing number of the bank the file goes to"), max_length=9)
    destination_name = models.CharField(_("name of that bank"), max_length=23)
    origin = models.CharField(_("sender: routing number, or the id the bank gave"), max_length=10)
    origin_name = models.CharField(_("sender's name"), max_length=23)
    company_name = models.CharField(_("company name, as recipients see it"), max_length=16)
    company_id = models.CharField(_("company id, as the bank gave it"), max_length=10)
    odfi = models.CharField(_("routing number of the originating bank"), max_length=9)
    description = models.CharField(_("entry description"), max_length=10, default="GRANT PAY")
    discretionary = models.CharField(_("discretionary data"), max_length=20, blank=True)
    reference = models.CharField(_("reference"), max_length=8, blank=True)
    timezone = models.CharField(
        _("time zone of the bank"), max_length=64, default="America/New_York", validators=[known_zone]
    )
    line_end = models.CharField(_("line end"), max_length=4, choices=LineEnd.choices, default=LineEnd.LF)
    padding = models.BooleanField(_("fill the last block of ten lines"), default=True)
    offset_routing = models.CharField(_("debited account: routing number"), max_length=9, blank=True)
    offset_account_type = models.CharField(
        _("debited account: type"), max_length=10, blank=True, choices=list(ACCOUNT_TYPES.items())
    )
    offset_sealed = models.BinaryField(null=True, editable=False)
    offset_last_four = models.CharField(_("debited account: last four"), max_length=4, blank=True)
    offset_fingerprint = models.CharField(max_length=64, blank=True, editable=False)

    objects = PaymentSourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment source")
        verbose_name_plural = _("payment sources")
        constraints = [
            models.CheckConstraint(name="source_rail_carries_currency", condition=~Q(rail="nacha") | Q(currency="USD")),
            models.CheckConstraint(
                name="source_balanced_or_not",
                condition=Q(
                    offset_routing="",
                    offset_account_type="",
                    offset_sealed=None,
                    offset_last_four="",
                    offset_fingerprint="",
                )
                | (
                    ~Q(offset_routing="")
                    & ~Q(offset_account_type="")
                    & Q(offset_sealed__isnull=False, offset_fingerprint__regex=FINGERPRINT)
                ),
            ),
            # The sealed number opens under this name alone, and batches were prepared for this rail and currency.
            Refuse(
                "source_stays_its_programmes", "UPDATE", when=changed("id", "uuid", "programme_id", "rail", "currency")
            ),
            *laws.SOURCE,
        ]

    def __str__(self) -> str:
        return colon(self.programme, self.origin_name)

    @property
    def place(self) -> Place:
        """Return where the sealed number of the own account belongs."""
        return Place(self._meta.db_table, self.uuid, "offset_sealed")

    @property
    def is_balanced(self) -> bool:
        """Return whether its files close with a debit of the programme's own account."""
        return bool(self.offset_routing)

    def originator(self, offset: Offset | None = None) -> Originator:
        """Return what the writer of files needs of the sender; `offset` is the own account of balanced files."""
        return Originator(
            destination=self.destination,
            destination_name=self.destination_name,
            origin=self.origin,
            origin_name=self.origin_name,
            company_name=self.company_name,
            company_id=self.company_id,
            odfi=self.odfi,
            description=self.description,
            discretionary=self.discretionary,
            reference=self.reference,
            zone=ZoneInfo(self.timezone),
            line_end=self.LINE_ENDS[self.LineEnd(self.line_end)],
            padding=self.padding,
            offset=offset,
        )

    def clean(self) -> None:
        """Refuse settings that no file could carry; of a column that is none of its choices its own field tells."""
        if self.rail not in RAILS or self.line_end not in self.LINE_ENDS or self.timezone not in zone_names():
            return
        rail = RAILS[self.rail]
        if self.offset_routing and (problem := rail.accounts.bank_problem(self.offset_routing)):
            raise ValidationError({"offset_routing": problem})
        try:
            rail.check_originator(self.originator())
        except Refusal as refusal:
            raise ValidationError(str(refusal)) from refusal
