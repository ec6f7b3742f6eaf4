"""Figures of a cohort that a sweep writes, for pages that show them as of their time."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import Cohort
from payouts.models.ledger import Kind


class CohortFigures(models.Model):
    """How long the first money of a cohort's startups took: one row a cohort, written anew once it is old.

    Reckoned from every payment of the cohort, it would take a page longer the more there are; nobody acts by it.
    """

    cohort = models.OneToOneField(Cohort, models.PROTECT, related_name="money_figures", verbose_name=_("cohort"))
    paid_startups = models.PositiveIntegerField(_("startups paid"))
    first_money_wait = models.DurationField(_("median wait from signing to first payment"), null=True)
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("figures of a cohort")
        verbose_name_plural = _("figures of cohorts")
        constraints = [
            models.CheckConstraint(
                name="figures_wait_of_those_paid",
                condition=Q(paid_startups=0, first_money_wait=None)
                | Q(paid_startups__gt=0, first_money_wait__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.cohort)


class CohortBalance(models.Model):
    """What stands on a cohort's accounts of one kind, added up each minute for the page that shows all cohorts.

    Added up where it is shown, it would take that page longer the more awards there are. Acts and a cohort's own page
    ask the ledger.
    """

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="balances", verbose_name=_("cohort"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    amount_minor = models.BigIntegerField(_("amount"))
    as_of = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("balance of a cohort")
        verbose_name_plural = _("balances of cohorts")
        constraints = [models.UniqueConstraint("cohort", "kind", name="balance_once_per_cohort_and_kind")]

    def __str__(self) -> str:
        return f"{self.cohort}: {self.get_kind_display()}"
