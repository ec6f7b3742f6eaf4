"""An application: a draft that is never lost, then frozen versions of it."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from applications.models import applications_laws as laws
from applications.models.cohorts import Cohort, Question
from applications.models.startups import Conflict, Startup
from portal.laws.declared import AppendOnly, StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User

NOBODY = 1_000_000_001


class ApplicationQuerySet(models.QuerySet["Application"]):
    def of_member(self, user: User) -> "ApplicationQuerySet":
        """Keep the applications of the startups the person belongs to."""
        return self.filter(startup__memberships__person=user, startup__memberships__ended_at=None)

    def visible_to(self, user: User) -> "ApplicationQuerySet":
        """Keep what a desk person's grants cover; a draft is the startup's own until it is submitted."""
        return self.filter(cohort__programme__in=user.scopes(*Role.desk())).handed_in()

    def handed_in(self) -> "ApplicationQuerySet":
        """Keep what was submitted and not taken back into writing since."""
        return self.exclude(submitted_at=None).exclude(state=Application.State.DRAFT)

    def undecided(self) -> "ApplicationQuerySet":
        """Filter what no released decision has answered, information asked or not."""
        return self.filter(state__in=Application.UNDECIDED)

    def with_few_readers(self) -> "ApplicationQuerySet":
        """Keep those that too few people judge."""
        return self.filter(readers__lt=Application.ENOUGH)

    def ranked(self) -> "ApplicationQuerySet":
        """Order by the weighted score of the reviews handed in, best first; what nobody judged yet stands last."""
        return self.order_by(*Application.RANKING)


class Application(models.Model):
    """One startup's application to one cohort."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("information asked")
        ACCEPTED = "accepted", _("accepted")
        WAITLISTED = "waitlisted", _("on the waitlist")
        DECLINED = "declined", _("not chosen")
        WITHDRAWN = "withdrawn", _("withdrawn")

    TRANSITIONS: Transitions = {
        "": ["draft"],
        "draft": ["submitted", "withdrawn"],
        "submitted": ["draft", "returned", "accepted", "waitlisted", "declined", "withdrawn"],
        "returned": ["submitted", "withdrawn"],
        "waitlisted": ["accepted", "declined", "withdrawn"],
    }
    EDITABLE = (State.DRAFT, State.RETURNED)
    UNDECIDED = (State.SUBMITTED, State.RETURNED)
    RANKING = ("shortfall", "id")
    ENOUGH = 2  # readers

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="applications", verbose_name=_("cohort"))
    startup = models.ForeignKey(Startup, models.PROTECT, related_name="applications", verbose_name=_("startup"))
    reference = models.CharField(_("reference"), max_length=24, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    started_at = models.DateTimeField(_("started"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    returned_question = models.TextField(_("what is asked"), blank=True, max_length=2000)
    # Its review progress, written by the database from assignments and reviews (law application_review_progress_is_computed).
    readers = models.PositiveIntegerField(db_default=0, editable=False)  # who is asked to judge it, or does
    judged = models.PositiveIntegerField(db_default=0, editable=False)  # reviews handed in that count
    # What their weighted score lacks of all there is to get, in billionths: an index ranks by it. NOBODY without a score.
    shortfall = models.PositiveIntegerField(db_default=NOBODY, editable=False)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        indexes = [
            models.Index(fields=["cohort", "state", "-id"], name="application_board"),
            models.Index(fields=["state", "-id"], name="application_states"),
            models.Index(fields=["cohort", "shortfall", "id"], name="application_ranking"),
            models.Index(
                fields=["cohort", "id"],
                include=["state", "readers", "judged"],
                name="application_waiting",
                condition=Q(state__in=["submitted", "returned"]),
            ),
            models.Index(
                fields=["cohort", "id"],
                include=["state", "startup"],
                name="application_few_readers",
                condition=Q(state__in=["submitted", "returned"], readers__lt=2),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "startup"], name="application_once_per_cohort"),
            models.CheckConstraint(
                name="application_submitted_at_when_submitted",
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False),
            ),
            StateMachine("moves_applications_application"),
            *laws.APPLICATION,
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    @property
    def score(self) -> Decimal | None:
        """Return the weighted score of all reviews handed in, from 0 to 100, one decimal; None without any."""
        got = NOBODY - 1 - self.shortfall
        return None if got < 0 else (Decimal(got) * 100 / (NOBODY - 1)).quantize(Decimal("0.1"))


class Answer(models.Model):
    """One answer, saved by itself. `version` counts its changes, so that two editors are told of each other."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="answers", verbose_name=_("application"))
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers", verbose_name=_("question"))
    value = models.JSONField(_("answer"))
    version = models.PositiveIntegerField(_("version"), default=1)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("saved by"))
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["application", "question"], name="answer_once"),
            *laws.ANSWER,
        ]

    def __str__(self) -> str:
        return f"{self.application} / {self.question}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def readable_by(self, user: User) -> "DocumentQuerySet":
        """Keep what the person may open: their startup's, their programme's at the desk, or what they review unblinded.

        Others than its members read what belongs to what was submitted, and those with a current conflict of interest
        nothing at all.
        """
        mine = Q(application__startup__in=Startup.objects.of_member(user))
        desk = Q(
            application__cohort__programme__in=user.scopes(*Role.oversight()),
            application__in=Application.objects.handed_in().values("pk"),
        )
        cleared = Application.objects.filter(
            assignments__reviewer=user,
            assignments__state="cleared",
            assignments__phase__is_blind=False,
            cohort__programme__in=user.scopes(Role.REVIEWER),
        )
        conflicted = Conflict.objects.startups_of(user)
        as_submitted = Q(uploaded_at__lte=F("application__submitted_at")) & (
            Q(removed_at=None) | Q(removed_at__gt=F("application__submitted_at"))
        )
        others = (desk | Q(application__in=cleared.values("pk"))) & ~Q(application__startup__in=conflicted)
        return self.filter((mine & Q(removed_at=None)) | (others & as_submitted))


class Document(models.Model):
    """An uploaded file, bound to its question at upload. The bytes lie in private storage under `stored_as`."""

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="documents", verbose_name=_("application")
    )
    question = models.ForeignKey(Question, models.PROTECT, related_name="documents", verbose_name=_("question"))
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    stored_as = models.CharField(max_length=200, unique=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    uploaded_at = models.DateTimeField(_("uploaded"))
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(name="document_not_empty", condition=Q(size__gt=0)),
            models.UniqueConstraint(
                fields=["application", "question", "sha256"], condition=Q(removed_at=None), name="document_once"
            ),
            *laws.DOCUMENT,
        ]

    def __str__(self) -> str:
        return self.name


class ApplicationVersion(models.Model):
    """What was submitted, word for word: questions, answers, documents, facts. It never changes."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="versions", verbose_name=_("application"))
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted"))

    class Meta:
        verbose_name = _("application version")
        verbose_name_plural = _("application versions")
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="version_number_once"),
            AppendOnly("applications_applicationversion_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.application} v{self.number}"

    @staticmethod
    def digest_of(content: dict[str, Any]) -> str:
        """Return the SHA-256 of a content, as canonical JSON (sorted keys, UTF-8)."""
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
