"""One round of a programme: when, for whom, what is asked and how it is judged; all of it programme data."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from applications.models import cohorts_laws as laws
from applications.models.programmes import Programme
from portal.bounds import bounded, known_day
from portal.language.fields import LocalText, pick
from portal.models import Role, User


class CohortQuerySet(models.QuerySet["Cohort"]):
    def published(self) -> "CohortQuerySet":
        return self.filter(published_at__isnull=False)

    def open(self, at: datetime) -> "CohortQuerySet":
        """Keep the published cohorts that take applications at an instant."""
        return self.published().filter(opens_at__lte=at, closes_at__gt=at)

    def visible_to(self, user: User) -> "CohortQuerySet":
        return self if user.is_operator else self.filter(programme__in=user.scopes(*Role.values))


class Cohort(models.Model):
    """One round of a programme: its dates, seats, questions, criteria and rubric. Published, its rules stand still."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cohorts", verbose_name=_("programme"))
    slug = models.SlugField(_("address"), unique=True)
    code = models.CharField(_("prefix of references"), max_length=8)
    name = LocalText(_("name"))
    opens_at = models.DateTimeField(_("opens"), validators=[known_day])
    closes_at = models.DateTimeField(_("closes"), validators=[known_day])
    decisions_on = models.DateField(_("decisions by"), validators=[known_day])
    first_period = models.DateField(
        _("first month"), validators=[known_day], help_text=_("First of the month in which money first flows.")
    )
    seats = models.PositiveIntegerField(_("seats"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    released_at = models.DateTimeField(_("decisions released"), null=True, blank=True)

    objects = CohortQuerySet.as_manager()

    class Meta:
        verbose_name = _("cohort")
        verbose_name_plural = _("cohorts")
        constraints = [
            models.CheckConstraint(name="cohort_closes_after_opening", condition=Q(closes_at__gt=F("opens_at"))),
            models.CheckConstraint(name="cohort_first_period_is_a_month", condition=Q(first_period__day=1)),
            models.UniqueConstraint(fields=["code"], name="cohort_code_once"),
            bounded("cohort_days_known", days=["decisions_on", "first_period"], instants=["opens_at", "closes_at"]),
            *laws.COHORT,
        ]

    def __str__(self) -> str:
        return f"{self.programme}, {pick(self.name)}"

    def is_open(self, at: datetime) -> bool:
        return self.published_at is not None and self.opens_at <= at < self.closes_at


class EligibilityCriterion(models.Model):
    """One typed condition: a fact compared with a value; a missing fact is unknown and never passes."""

    class Kind(models.TextChoices):
        COUNTRY = "country", _("country")
        MONEY = "money", _("amount of money, in minor units of the programme's currency")
        NUMBER = "number", _("whole number")
        YES_NO = "yes_no", _("yes or no")
        CHOICE = "choice", _("one of a list")

    class Operator(models.TextChoices):
        IS = "is", _("is")
        IN = "in", _("is one of")
        BELOW = "lt", _("is below")
        AT_MOST = "le", _("is at most")
        AT_LEAST = "ge", _("is at least")

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="criteria", verbose_name=_("cohort"))
    order = models.PositiveSmallIntegerField(_("order"))
    fact = models.SlugField(_("fact"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    operator = models.CharField(_("comparison"), max_length=4, choices=Operator.choices)
    value = models.JSONField(_("value"))
    choices = models.JSONField(
        _("choices"), default=list, blank=True, help_text=_("For a list: [[“key”, {“en”: “…”}], …]")
    )
    is_hard = models.BooleanField(_("must be met"), default=True)
    question = LocalText(_("question"))
    passed = LocalText(_("message when met"))
    failed = LocalText(_("message when not met"))

    class Meta:
        verbose_name = _("eligibility criterion")
        verbose_name_plural = _("eligibility criteria")
        constraints = [
            models.UniqueConstraint(fields=["cohort", "fact"], name="criterion_fact_once"),
            models.CheckConstraint(
                name="criterion_operator_fits_kind",
                condition=Q(kind__in=["country", "choice"], operator__in=["is", "in"])
                | Q(kind="yes_no", operator="is")
                | Q(kind__in=["money", "number"], operator__in=["is", "lt", "le", "ge"]),
            ),
            laws.still_once_published("criterion_still_once_published", "{row}.cohort_id"),
        ]

    def __str__(self) -> str:
        return pick(self.question)


class Section(models.Model):
    """A page of the application form."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="sections", verbose_name=_("cohort"))
    order = models.PositiveSmallIntegerField(_("order"))
    title = LocalText(_("title"))
    intro = LocalText(_("introduction"), blank=True)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "order"], name="section_order_once", deferrable=models.Deferrable.DEFERRED
            ),
            laws.still_once_published("section_still_once_published", "{row}.cohort_id"),
        ]

    def __str__(self) -> str:
        return pick(self.title)


class Question(models.Model):
    """One question of the form: a row, not code."""

    class Kind(models.TextChoices):
        SHORT = "short", _("one line")
        LONG = "long", _("text")
        URL = "url", _("web address")
        NUMBER = "number", _("whole number")
        YES_NO = "yes_no", _("yes or no")
        CHOICE = "choice", _("one of a list")
        CHOICES = "choices", _("several of a list")
        FILE = "file", _("PDF document")

    section = models.ForeignKey(Section, models.PROTECT, related_name="questions", verbose_name=_("section"))
    order = models.PositiveSmallIntegerField(_("order"))
    key = models.SlugField(_("key"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    label = LocalText(_("question"))
    help = LocalText(_("help"), blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=True)
    identifies = models.BooleanField(
        _("tells who it is"), default=False, help_text=_("Hidden from reviewers in a blind phase.")
    )
    max_length = models.PositiveIntegerField(_("longest answer"), default=2000)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["section", "key"], name="question_key_once"),
            models.CheckConstraint(name="question_length_sane", condition=Q(max_length__gte=1, max_length__lte=20000)),
            laws.still_once_published(
                "question_still_once_published",
                "(SELECT s.cohort_id FROM applications_section s WHERE s.id = {row}.section_id)",
            ),
        ]

    def __str__(self) -> str:
        return pick(self.label)


class RubricCriterion(models.Model):
    """What reviewers score, how high, and with which weight."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="rubric", verbose_name=_("cohort"))
    order = models.PositiveSmallIntegerField(_("order"))
    name = LocalText(_("name"))
    guidance = LocalText(_("guidance"))
    max_points = models.PositiveSmallIntegerField(_("most points"), default=5)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)

    class Meta:
        verbose_name = _("rubric criterion")
        verbose_name_plural = _("rubric")
        constraints = [
            models.CheckConstraint(name="rubric_points_positive", condition=Q(max_points__gte=1)),
            models.CheckConstraint(name="rubric_weight_positive", condition=Q(weight__gte=1)),
            laws.still_once_published("rubric_still_once_published", "{row}.cohort_id"),
        ]

    def __str__(self) -> str:
        return pick(self.name)


class ReviewPhase(models.Model):
    """A stretch of reviewing: what reviewers may do and see in it."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="phases", verbose_name=_("cohort"))
    name = LocalText(_("name"))
    opens_at = models.DateTimeField(_("opens"), validators=[known_day])
    closes_at = models.DateTimeField(_("closes"), validators=[known_day])
    is_blind = models.BooleanField(
        _("blind"), default=False, help_text=_("Names, people and identifying answers are hidden.")
    )

    class Meta:
        verbose_name = _("review phase")
        verbose_name_plural = _("review phases")
        constraints = [
            models.CheckConstraint(name="phase_closes_after_opening", condition=Q(closes_at__gt=F("opens_at"))),
            bounded("phase_days_known", instants=["opens_at", "closes_at"]),
            *laws.PHASE,
        ]

    def __str__(self) -> str:
        return pick(self.name)

    def is_open(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at
