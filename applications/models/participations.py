"""Participations: the seats that accepted offers take."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from applications.models import decisions_laws as laws
from applications.models.applications import Application
from applications.models.cohorts import Cohort
from applications.models.decisions import Offer
from applications.models.startups import Startup
from portal.bounds import FURTHEST, bounded
from portal.language.dates import months_from
from portal.laws.declared import StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def of_member(self, user: User) -> "ParticipationQuerySet":
        return self.filter(startup__memberships__person=user, startup__memberships__ended_at=None)

    def visible_to(self, user: User) -> "ParticipationQuerySet":
        return self.filter(cohort__programme__in=user.scopes(*Role.desk()))


class Participation(models.Model):
    """The seat: the one record on which money, mentorship and everything after hang."""

    class State(models.TextChoices):
        ONBOARDING = "onboarding", _("onboarding")
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        GRADUATED = "graduated", _("graduated")
        ENDED = "ended", _("ended early")
        WITHDRAWN = "withdrawn", _("withdrawn")

    TRANSITIONS: Transitions = {
        "": ["onboarding"],
        "onboarding": ["active", "withdrawn"],
        "active": ["paused", "graduated", "ended"],
        "paused": ["active"],
    }
    RUNNING = (State.ONBOARDING, State.ACTIVE, State.PAUSED)

    offer = models.OneToOneField(Offer, models.PROTECT, related_name="participation", verbose_name=_("offer"))
    application = models.OneToOneField(
        Application, models.PROTECT, related_name="participation", verbose_name=_("application")
    )
    startup = models.ForeignKey(Startup, models.PROTECT, related_name="participations", verbose_name=_("startup"))
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="participations", verbose_name=_("cohort"))
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ONBOARDING)
    months = models.PositiveSmallIntegerField(_("months"))
    first_period = models.DateField(_("first month"))
    created_at = models.DateTimeField(_("accepted"))

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("participation")
        verbose_name_plural = _("participations")
        constraints = [
            bounded("participation_first_month_known", days=["first_period"], last=FURTHEST),
            StateMachine("moves_applications_participation"),
            *laws.PARTICIPATION,
        ]

    def __str__(self) -> str:
        return f"{self.startup}, {self.cohort}"

    @property
    def zone(self) -> str:
        """Return the zone in which its days begin: its programme's."""
        return self.cohort.programme.timezone

    def periods(self) -> list[date]:
        """Return the first day of each of its months."""
        return months_from(self.first_period, self.months)
