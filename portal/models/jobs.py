"""What ran by itself, and the demo's clock."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.laws.declared import Refuse, Stands, changed


class JobRun(models.Model):
    """One run of a sweep or a long job: when, on how much it acted, how it ended (law 13).

    Instants are the machine's own, not the demo's: the health page judges the machine.
    """

    name = models.CharField(_("name"), max_length=60)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    acted = models.PositiveIntegerField(_("acted on"), default=0)
    progress = models.CharField(_("progress"), max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    request_id = models.CharField(_("request"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [
            models.Index(fields=["name", "-started_at"], name="jobrun_latest"),
            models.Index(fields=["request_id"], name="jobrun_request"),
        ]
        constraints = [
            Stands("jobrun_stands_as_begun", "name", "started_at", "request_id"),
            Stands(
                "jobrun_stands_once_finished",
                "finished_at",
                "acted",
                "progress",
                "error",
                once="OLD.finished_at IS NOT NULL",
            ),
            # As `jobs.prune` forgets them, for a machine whose clock is a little ahead of its database's.
            Refuse(
                "jobrun_is_kept_its_time",
                "DELETE",
                when="OLD.started_at > now() - interval '50 minutes' OR (OLD.started_at > now() - interval '89 days'"
                " AND (OLD.acted > 0 OR OLD.error <> '' OR OLD.finished_at IS NULL))",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M}"


class LawCheck(models.Model):
    """What the nightly question about one law was answered: how many rows break it, and the first of them in words."""

    checked_on = models.DateField(_("day"))
    law = models.PositiveSmallIntegerField(_("law"))
    count = models.PositiveIntegerField(_("violations"))
    rows = models.JSONField(_("the first of them"), default=list, blank=True)
    checked_at = models.DateTimeField(_("checked"))

    class Meta:
        verbose_name = _("check of a law")
        verbose_name_plural = _("checks of the laws")
        constraints = [
            models.UniqueConstraint(fields=["checked_on", "law"], name="law_checked_once_a_day"),
            Stands("lawcheck_stands_for_its_day", "checked_on", "law"),
            # Asked anew by hand, the answer is a later one.
            Refuse(
                "lawcheck_stands_until_asked_anew",
                "UPDATE",
                when=changed("count", "rows", "checked_at") + " AND NEW.checked_at <= OLD.checked_at",
            ),
            Refuse("lawcheck_is_kept", "DELETE"),
        ]

    def __str__(self) -> str:
        return f"{self.law} {self.checked_on:%Y-%m-%d}"


class DemoClock(models.Model):
    """How far the demo's clock runs ahead: one row, never read in production."""

    ahead = models.DurationField(_("ahead"), default=timedelta)

    class Meta:
        verbose_name = _("demo clock")
        constraints = [
            models.CheckConstraint(name="demo_clock_one_row", condition=Q(id=1)),
            models.CheckConstraint(name="demo_clock_only_ahead", condition=Q(ahead__gte=timedelta())),
        ]

    def __str__(self) -> str:
        return f"+{self.ahead}"
