"""When a mentor can be booked: weekly hours, single hours, and time off."""

from typing import Self, TypeVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from mentorship.models.mentors import Mentor
from portal.bounds import bounded
from portal.models import User

M = TypeVar("M", bound=models.Model)


class OwnQuerySet(models.QuerySet[M]):
    def visible_to(self, user: User) -> Self:
        """Keep those of the mentors of a programme the desk person works for."""
        return self.filter(mentor__in=Mentor.objects.visible_to(user))


class AvailabilityRule(models.Model):
    """Hours of one weekday, every week, as the clock on the wall of a zone shows them.

    Wall time is kept, instants are computed: nine o'clock stays nine o'clock when the clocks change. An `ends` of
    midnight is the end of the day.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    mentor = models.ForeignKey(Mentor, models.PROTECT, related_name="rules", verbose_name=_("mentor"))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("to"))
    zone = models.CharField(_("time zone"), max_length=64)
    from_on = models.DateField(_("first day"))
    until_on = models.DateField(_("last day"), null=True, blank=True)

    objects = OwnQuerySet["AvailabilityRule"].as_manager()

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        constraints = [
            bounded("rule_days_known", days=["from_on", "until_on"]),
            models.CheckConstraint(name="rule_weekday_exists", condition=Q(weekday__lte=6)),
            models.CheckConstraint(name="rule_ends_after_start", condition=Q(ends__gt=F("starts")) | Q(ends="00:00")),
            models.CheckConstraint(
                name="rule_until_after_from", condition=Q(until_on=None) | Q(until_on__gte=F("from_on"))
            ),
            models.UniqueConstraint(
                fields=["mentor", "weekday", "starts", "ends", "zone", "from_on"], name="rule_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M} {self.zone}"


class Opening(models.Model):
    """Single hours beside the weekly ones."""

    mentor = models.ForeignKey(Mentor, models.PROTECT, related_name="openings", verbose_name=_("mentor"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))

    objects = OwnQuerySet["Opening"].as_manager()

    class Meta:
        verbose_name = _("single hours")
        verbose_name_plural = _("single hours")
        constraints = [
            bounded("opening_hours_known", instants=["starts_at", "ends_at"]),
            models.CheckConstraint(name="opening_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(fields=["mentor", "starts_at"], name="opening_once"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%H:%M} UTC"


class TimeOff(models.Model):
    """A stretch without sessions, whatever the hours say. Booked sessions stay until somebody cancels them."""

    mentor = models.ForeignKey(Mentor, models.PROTECT, related_name="time_off", verbose_name=_("mentor"))
    span = DateTimeRangeField(_("stretch"))

    objects = OwnQuerySet["TimeOff"].as_manager()

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        constraints = [
            models.CheckConstraint(
                name="time_off_is_bounded",
                condition=Q(span__isempty=False, span__lower_inf=False, span__upper_inf=False),
            ),
            models.UniqueConstraint(fields=["mentor", "span"], name="time_off_once"),
            bounded("time_off_days_known", spans=["span"]),
        ]

    def __str__(self) -> str:
        return f"{self.span.lower:%Y-%m-%d} – {self.span.upper:%Y-%m-%d}"
