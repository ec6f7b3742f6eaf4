"""New money settings of a programme, by two people: asked for by one manager, in force once another confirms them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from applications.models.cohorts import Cohort
from applications.models.programmes import MOST_COOLING_OFF, Programme, ProgrammeQuerySet
from applications.models.settings_changes_laws import CHANGE
from portal.laws.declared import StateMachine
from portal.models import Role, User
from portal.models.two_people import Difference, TwoPersonChange, by_two_people
from portal.money import Money


class SettingsChangeQuerySet(models.QuerySet["SettingsChange"]):
    def visible_to(self, user: User) -> "SettingsChangeQuerySet":
        return self.filter(programme__in=user.scopes(*Role.desk()))

    def asked(self) -> "SettingsChangeQuerySet":
        """Filter those that wait for a second person."""
        return self.filter(state=SettingsChange.State.ASKED)


class SettingsChange(TwoPersonChange):
    """Other money settings of a programme that has a published cohort: asked for, confirmed by another, in force at once.

    A change says all three, as they are to be and as they were when it was asked for. The database itself carries it
    out, and nothing else changes them: one person alone weakens no law of money.
    """

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="settings_changes", verbose_name=_("programme")
    )
    monthly_cap_minor = models.BigIntegerField(_("monthly maximum, in minor units"))
    months = models.PositiveSmallIntegerField(_("months"), validators=[MinValueValidator(1), MaxValueValidator(60)])
    cooling_off_days = models.PositiveSmallIntegerField(
        _("cooling-off days"), validators=[MaxValueValidator(MOST_COOLING_OFF)]
    )
    monthly_cap_minor_before = models.BigIntegerField(_("monthly maximum before, in minor units"))
    months_before = models.PositiveSmallIntegerField(_("months before"))
    cooling_off_days_before = models.PositiveSmallIntegerField(_("cooling-off days before"))
    objects = SettingsChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of money settings")
        verbose_name_plural = _("changes of money settings")
        constraints = [
            models.UniqueConstraint(fields=["programme"], condition=Q(state="asked"), name="settings_change_one_asked"),
            models.CheckConstraint(
                name="settings_change_changes_something",
                condition=~Q(
                    monthly_cap_minor=F("monthly_cap_minor_before"),
                    months=F("months_before"),
                    cooling_off_days=F("cooling_off_days_before"),
                ),
            ),
            *by_two_people("settings_change"),
            StateMachine("moves_applications_settingschange"),
            *CHANGE,
        ]

    def __str__(self) -> str:
        return f"{self.programme} #{self.pk}"

    @property
    def differences(self) -> list[Difference]:
        """Return what changes, each as it was and as it becomes."""
        currency = self.programme.currency
        every = [
            Difference(
                gettext("Monthly maximum"),
                Money(self.monthly_cap_minor_before, currency),
                Money(self.monthly_cap_minor, currency),
            ),
            Difference(gettext("Months"), self.months_before, self.months),
            Difference(gettext("Cooling-off days"), self.cooling_off_days_before, self.cooling_off_days),
        ]
        return [each for each in every if each.before != each.after]


def with_settings(programmes: ProgrammeQuerySet) -> ProgrammeQuerySet:
    """Annotate each with `takes_two` for its money settings, and `change_asked_by`, of the change that waits."""
    published = Cohort.objects.published().filter(programme=OuterRef("pk"))
    asked = SettingsChange.objects.asked().filter(programme=OuterRef("pk"))
    return programmes.annotate(takes_two=Exists(published), change_asked_by=Subquery(asked.values("asked_by")[:1]))
