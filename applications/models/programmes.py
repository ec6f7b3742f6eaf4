"""What a funder offers, and the terms that are signed for it."""

import hashlib
import json
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import settings_changes_laws as laws
from portal.language.fields import LocalText, pick
from portal.language.zones import known_zone
from portal.laws.declared import Refuse, Stands
from portal.models import Role, User
from portal.money import Money

MOST_MONTHS = 60
MOST_COOLING_OFF = 90  # days


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: User) -> "ProgrammeQuerySet":
        """Keep the programmes for which the person holds any role; operators see all."""
        return self if user.is_operator else self.filter(pk__in=user.scopes(*Role.values))


class Programme(models.Model):
    """A funder's offer: how much, how long, in which currency, by whose rules. Roles are granted for it."""

    slug = models.SlugField(_("address"), unique=True)
    name = LocalText(_("name"))
    funder = models.CharField(_("who pays"), max_length=120)
    tagline = LocalText(_("in one line"))
    offer = LocalText(_("what is offered"))
    conditions = LocalText(_("under which conditions"))
    afterwards = LocalText(_("what happens after"))
    contact_email = models.EmailField(_("contact"))
    currency = models.CharField(_("currency"), max_length=3)
    monthly_cap_minor = models.BigIntegerField(_("monthly maximum, in minor units"))
    months = models.PositiveSmallIntegerField(
        _("months"), validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)]
    )
    timezone = models.CharField(_("time zone"), max_length=64, validators=[known_zone])
    banking_calendar = models.CharField(_("banking days"), max_length=8, default="FED")
    cooling_off_days = models.PositiveSmallIntegerField(
        _("cooling-off days"),
        default=3,
        validators=[MaxValueValidator(MOST_COOLING_OFF)],
        help_text=_("How old a bank account's last change must be before money goes there."),
    )
    payment_day = models.PositiveSmallIntegerField(
        _("payment day"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text=_("Day of the month on which a month's money is due."),
    )
    offer_days = models.PositiveSmallIntegerField(
        _("days to accept an offer"), default=10, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        constraints = [
            models.CheckConstraint(name="programme_cap_positive", condition=Q(monthly_cap_minor__gt=0)),
            models.CheckConstraint(name="programme_months_sane", condition=Q(months__gte=1, months__lte=MOST_MONTHS)),
            models.CheckConstraint(
                name="programme_payment_day_in_every_month", condition=Q(payment_day__gte=1, payment_day__lte=28)
            ),
            models.CheckConstraint(name="programme_offer_days_sane", condition=Q(offer_days__range=(1, 365))),
            *laws.PROGRAMME,
            Stands("programme_keeps_its_key"),
        ]

    def __str__(self) -> str:
        return pick(self.name)

    @property
    def monthly_cap(self) -> Money:
        return Money(self.monthly_cap_minor, self.currency)

    @property
    def total(self) -> Money:
        """Return the most one startup can get."""
        return self.monthly_cap * self.months


class Terms(models.Model):
    """One version of the terms a startup signs. Published, it never changes; its digest goes with every signature."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="terms", verbose_name=_("programme"))
    version = models.PositiveIntegerField(_("version"))
    title = LocalText(_("title"))
    text = LocalText(_("text"))
    is_material = models.BooleanField(_("asks for fresh consent"), default=True)
    digest = models.CharField(_("digest"), max_length=64)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="terms_version_once"),
            models.CheckConstraint(name="terms_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
            Stands("terms_stay_in_their_programme", "programme_id"),
            Refuse("terms_published_stand_still", "UPDATE OR DELETE", when="OLD.published_at IS NOT NULL"),
        ]

    def __str__(self) -> str:
        return f"{pick(self.title)} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the digest true to the words."""
        self.digest = self.digest_of(self.title, self.text)
        super().save(*args, **kwargs)

    @staticmethod
    def digest_of(title: dict[str, str], text: dict[str, str]) -> str:
        """Return the SHA-256 of title and text in every language, as canonical JSON (sorted keys, UTF-8)."""
        canonical = json.dumps(
            {"text": text, "title": title}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
        )
        return hashlib.sha256(canonical.encode()).hexdigest()
