"""Judging: who judges what, free of conflicts, against the rubric."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from applications.models import review_laws as laws
from applications.models.applications import Application
from applications.models.cohorts import ReviewPhase, RubricCriterion
from portal.language.text import colon
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User


class ReviewAssignmentQuerySet(models.QuerySet["ReviewAssignment"]):
    def of_reviewer(self, user: User) -> "ReviewAssignmentQuerySet":
        """Keep what the person is asked to judge, in programmes whose reviewer they still are."""
        return self.filter(reviewer=user, application__cohort__programme__in=user.scopes(Role.REVIEWER)).exclude(
            state=ReviewAssignment.State.REMOVED
        )

    def visible_to(self, user: User) -> "ReviewAssignmentQuerySet":
        return self.filter(application__cohort__programme__in=user.scopes(*Role.desk()))


class ReviewAssignment(models.Model):
    """One application asked of one reviewer in one phase; nothing is seen before the conflict question is answered."""

    class State(models.TextChoices):
        ASSIGNED = "assigned", _("assigned")
        CLEARED = "cleared", _("no conflict")
        CONFLICTED = "conflicted", _("conflict of interest")
        REMOVED = "removed", _("unassigned")

    TRANSITIONS: Transitions = {
        "": ["assigned"],
        "assigned": ["cleared", "conflicted", "removed"],
        "cleared": ["conflicted", "removed"],
    }

    phase = models.ForeignKey(ReviewPhase, models.PROTECT, related_name="assignments", verbose_name=_("phase"))
    application = models.ForeignKey(
        Application, models.PROTECT, related_name="assignments", verbose_name=_("application")
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("reviewer")
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ASSIGNED)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("assigned by")
    )
    assigned_at = models.DateTimeField(_("assigned at"))

    objects = ReviewAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("review assignment")
        verbose_name_plural = _("review assignments")
        indexes = [
            models.Index(
                fields=["phase", "reviewer"], name="assignment_at_work", condition=Q(state__in=["assigned", "cleared"])
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["phase", "application", "reviewer"], condition=~Q(state="removed"), name="assignment_once"
            ),
            StateMachine("moves_applications_reviewassignment"),
            *laws.ASSIGNMENT,
        ]

    def __str__(self) -> str:
        return f"{self.application} / {self.reviewer}"


class Review(models.Model):
    """One reviewer's judgement of one application."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")

    class Recommendation(models.TextChoices):
        ACCEPT = "accept", _("accept")
        UNSURE = "unsure", _("not sure")
        DECLINE = "decline", _("decline")

    TRANSITIONS: Transitions = {"": ["draft"], "draft": ["submitted"], "submitted": ["draft"]}

    assignment = models.OneToOneField(
        ReviewAssignment, models.PROTECT, related_name="review", verbose_name=_("assignment")
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.DRAFT)
    recommendation = models.CharField(_("recommendation"), max_length=10, choices=Recommendation.choices, blank=True)
    comment = models.TextField(_("for the committee"), max_length=4000, blank=True)
    feedback = models.TextField(_("for the applicant"), max_length=4000, blank=True)
    started_at = models.DateTimeField(_("started"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(
                name="review_complete_when_submitted",
                condition=~Q(state="submitted") | (Q(submitted_at__isnull=False) & ~Q(recommendation="")),
            ),
            StateMachine("moves_applications_review"),
            *laws.REVIEW,
        ]

    def __str__(self) -> str:
        return str(self.assignment)


class Score(models.Model):
    """Points for one criterion; the database holds them at most the criterion's, and still once submitted."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="scores", verbose_name=_("review"))
    criterion = models.ForeignKey(RubricCriterion, models.PROTECT, related_name="scores", verbose_name=_("criterion"))
    points = models.PositiveSmallIntegerField(_("points"))

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="score_once"),
            *laws.SCORE,
        ]

    def __str__(self) -> str:
        return colon(self.criterion, self.points)
