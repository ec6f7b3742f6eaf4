"""What desks leave to a worker: acts on many rows, and exports of a table. Both are rows, so that no message can lose them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from portal.laws.declared import Refuse, Stands
from portal.models.jobs import JobRun
from portal.models.people import User
from portal.models.roles import Role


class AskedOfTable(models.Model):
    """What a person asked of a table: of which rows, as the filter in the address says, and who in the worker is at it."""

    token = models.UUIDField(_("token"), unique=True, default=uuid.uuid4)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    table = models.CharField(_("table"), max_length=60)
    place = models.BigIntegerField(_("of"), default=0)
    query = models.TextField(_("filter"), blank=True)
    asked_at = models.DateTimeField(_("asked"))
    # No foreign key: runs are forgotten sooner, and the row stays.
    run_key = models.BigIntegerField(_("job run"), null=True)

    class Meta:
        abstract = True


class BulkJob(AskedOfTable):
    """One act on many rows of a table, confirmed once: its rows are fixed, and `position` says how many are behind it.

    Each row's act and the new position are one transaction, so that a job that is killed, repeated or run by two
    workers does each row once. The form's `token` is the job's: sent twice, it is one job.
    """

    act = models.CharField(_("act"), max_length=60)
    told = models.JSONField(_("form"), default=dict)
    keys = ArrayField(models.BigIntegerField(), verbose_name=_("rows"))
    position = models.PositiveIntegerField(_("rows handled"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    result_url = models.CharField(_("result"), max_length=300, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("bulk act")
        verbose_name_plural = _("bulk acts")
        indexes = [models.Index(fields=["id"], condition=Q(finished_at=None), name="bulkjob_waits")]
        constraints = [
            models.CheckConstraint(name="bulkjob_done_is_handled", condition=Q(done__lte=F("position"))),
            models.CheckConstraint(name="bulkjob_handles_its_rows", condition=Q(keys__len__gte=F("position"))),
            Stands(
                "bulkjob_stands_as_asked",
                "token",
                "person_id",
                "table",
                "place",
                "query",
                "asked_at",
                "act",
                "told",
                "keys",
            ),
            Stands(
                "bulkjob_stands_once_finished", "position", "done", "finished_at", once="OLD.finished_at IS NOT NULL"
            ),
            Refuse("bulkjob_handles_a_row_once", "UPDATE", when="NEW.position < OLD.position OR NEW.done < OLD.done"),
            Refuse("bulkjob_is_kept_until_finished", "DELETE", when="OLD.finished_at IS NULL"),
        ]

    def __str__(self) -> str:
        return f"{self.table}: {self.act} ({len(self.keys)})"

    @property
    def total(self) -> int:
        """Return how many rows it is about."""
        return len(self.keys)

    @property
    def is_done(self) -> bool:
        """Return whether every row is done, none refused."""
        return self.done == self.total


class BulkRefusal(models.Model):
    """One row on which a bulk act was refused, and the refusal in the words of the person who asked."""

    job = models.ForeignKey(BulkJob, models.PROTECT, related_name="refusals", verbose_name=_("bulk act"))
    label = models.CharField(_("row"), max_length=200)
    words = models.TextField(_("refusal"))

    class Meta:
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")

    def __str__(self) -> str:
        return f"{self.label}: {self.words}"


class ExportQuerySet(models.QuerySet["Export"]):
    def visible_to(self, user: User) -> "ExportQuerySet":
        """Filter exports from the programmes that the person audits; operators see all."""
        if user.is_operator:
            return self
        return self.filter(programmes__overlap=sorted(user.scopes(Role.AUDITOR)))

    def with_progress(self) -> "ExportQuerySet":
        """Annotate each export with `progress`: how far its worker has come, as the run says."""
        return self.annotate(progress=JobRun.objects.filter(pk=OuterRef("run_key")).values("progress"))

    def due(self, at: datetime) -> "ExportQuerySet":
        """Filter exports to be made, nobody being at them."""
        free = Q(lease_until=None) | Q(lease_until__lte=at)
        return self.filter(free, made_at=None, failed_at=None)


class Export(AskedOfTable):
    """One export: who asked for what, when, and how many rows it gave. The row stays when its file is forgotten."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    KEPT = timedelta(days=7)

    title = models.CharField(_("what"), max_length=200)
    programmes = ArrayField(models.BigIntegerField(), default=list, verbose_name=_("programmes"))
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    made_at = models.DateTimeField(_("made"), null=True)
    failed_at = models.DateTimeField(_("failed"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    stored_as = models.CharField(_("stored as"), max_length=120, blank=True)
    sha256 = models.CharField(_("digest"), max_length=64, blank=True)
    forgotten_at = models.DateTimeField(_("file forgotten"), null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["id"], condition=Q(made_at=None, failed_at=None), name="export_waits"),
            models.Index(fields=["made_at"], condition=Q(forgotten_at=None) & ~Q(stored_as=""), name="export_kept"),
            models.Index(fields=["person", "-id"], name="export_of_person"),
            GinIndex(fields=["programmes"], name="export_programmes"),
        ]
        constraints = [
            models.CheckConstraint(
                name="export_made_with_rows",
                condition=Q(made_at=None, rows=None) | Q(made_at__isnull=False, rows__isnull=False),
            ),
            models.CheckConstraint(
                name="export_file_is_made", condition=Q(stored_as="") | Q(made_at__isnull=False, sha256__gt="")
            ),
            Refuse("export_is_kept", "DELETE"),
            Stands(
                "export_stays_what_it_is", "person_id", "table", "place", "query", "programmes", "format", "asked_at"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def kept_until(self) -> datetime | None:
        """Return until when its file is there, or None for an export without one."""
        return self.made_at + self.KEPT if self.made_at and self.stored_as else None

    @property
    def state(self) -> str:
        """Return the look of how far it is, a key of the state badges."""
        if self.failed_at:
            return "failed"
        if self.made_at is None:
            return "running" if self.lease_until else "queued"
        return "closed" if self.forgotten_at or not self.stored_as else "ready"

    def get_state_display(self) -> Any:
        """Return how far it is, in words."""
        return {
            "failed": _("Failed"),
            "queued": _("Waiting"),
            "running": _("Being prepared"),
            "ready": _("Ready"),
            "closed": _("Deleted") if self.stored_as else _("Downloaded"),
        }[self.state]
