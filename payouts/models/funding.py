"""Where a cohort's money comes from."""

import uuid

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import Cohort
from portal.language.text import colon
from portal.laws.declared import AppendOnly
from portal.models import Role, User
from portal.money import Money


class FundingQuerySet(models.QuerySet["Funding"]):
    def visible_to(self, user: User) -> "FundingQuerySet":
        return self.filter(cohort__programme__in=user.scopes(*Role.desk()))


class Funding(models.Model):
    """Money given to a cohort's budget: how much, on whose word, under which reference. It never changes.

    `key` names the one entry of it, so that the same entry sent twice gives money once.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="fundings", verbose_name=_("cohort"))
    amount_minor = models.BigIntegerField(_("amount, in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    funded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    funded_at = models.DateTimeField(_("entered"))

    objects = FundingQuerySet.as_manager()

    class Meta:
        verbose_name = _("funding")
        verbose_name_plural = _("fundings")
        constraints = [
            models.CheckConstraint(name="funding_positive", condition=Q(amount_minor__gt=0)),
            AppendOnly("payouts_funding_append_only"),
        ]

    def __str__(self) -> str:
        return colon(self.cohort, self.amount)

    @property
    @admin.display(description=_("Amount"))
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
