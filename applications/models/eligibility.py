"""What is known of a startup's eligibility, and what each criterion said of it."""

import hashlib
import json

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from applications.models import applications_laws as laws
from applications.models.applications import Application
from applications.models.cohorts import EligibilityCriterion
from portal.language.text import colon
from portal.laws.declared import AppendOnly, Stands


class EligibilityFact(models.Model):
    """What is known of a startup as of a day: stated by a founder, perhaps verified by staff with evidence."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="facts", verbose_name=_("application"))
    fact = models.SlugField(_("fact"))
    value = models.JSONField(_("value"))
    as_of = models.DateField(_("as of"))
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("stated by")
    )
    stated_at = models.DateTimeField(_("stated"))
    evidence = models.CharField(_("evidence"), max_length=300, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("verified by")
    )
    verified_at = models.DateTimeField(_("verified"), null=True, blank=True)

    class Meta:
        verbose_name = _("eligibility fact")
        verbose_name_plural = _("eligibility facts")
        constraints = [
            models.UniqueConstraint(fields=["application", "fact"], name="fact_once"),
            Stands("fact_stays_with_its_application", "application_id", "fact"),
            models.CheckConstraint(
                name="fact_verified_by_and_at",
                condition=Q(verified_by=None, verified_at=None)
                | Q(verified_by__isnull=False, verified_at__isnull=False),
            ),
            laws.only_while_editable(
                "fact_stated_only_while_editable",
                "BEFORE INSERT OR UPDATE OF application_id, fact, value, as_of, stated_by_id, stated_at OR DELETE",
            ),
        ]

    def __str__(self) -> str:
        return self.fact

    @property
    def version(self) -> int:
        """Name this very statement, as a version names an answer: another value or a later day has another name."""
        said = json.dumps([self.value, self.stated_at.timestamp()], sort_keys=True)
        return int(hashlib.sha256(said.encode()).hexdigest()[:7], 16) + 1  # nine digits at most, and never 0


class EligibilityFinding(models.Model):
    """What a criterion said of an application's facts at an instant, with the input it saw. It only grows."""

    class Verdict(models.TextChoices):
        PASS = "pass", _("met")
        FAIL = "fail", _("not met")
        UNKNOWN = "unknown", _("not answered")

    application = models.ForeignKey(Application, models.PROTECT, related_name="findings", verbose_name=_("application"))
    criterion = models.ForeignKey(
        EligibilityCriterion, models.PROTECT, related_name="findings", verbose_name=_("criterion")
    )
    verdict = models.CharField(_("verdict"), max_length=8, choices=Verdict.choices)
    value = models.JSONField(_("value seen"), null=True)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("eligibility finding")
        verbose_name_plural = _("eligibility findings")
        constraints = [
            models.CheckConstraint(
                name="finding_unknown_never_passes",
                condition=~Q(verdict="pass") | (Q(value__isnull=False) & ~Q(value=Value(None, models.JSONField()))),
            ),
            AppendOnly("applications_eligibilityfinding_append_only"),
        ]

    def __str__(self) -> str:
        return colon(self.criterion, self.get_verdict_display())
