"""Lost second factors, and who took them away."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.laws.declared import Refuse, changed
from portal.models.people import User
from portal.models.two_people import by_who_acts


class SecondFactorResetQuerySet(models.QuerySet["SecondFactorReset"]):
    def visible_to(self, user: User) -> "SecondFactorResetQuerySet":
        """Keep those of the people whom one may vouch for."""
        return self if user.is_operator else self.filter(person__in=User.objects.visible_to(user))


class SecondFactorReset(models.Model):
    """A lost second factor: one operator or manager asks, another confirms, and only then it is taken away."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    reason = models.TextField(_("how the person was recognised"), max_length=1000)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    objects = SecondFactorResetQuerySet.as_manager()

    class Meta:
        verbose_name = _("second factor reset")
        verbose_name_plural = _("second factor resets")
        constraints = [
            models.CheckConstraint(
                name="factor_reset_by_two_others",
                condition=~Q(asked_by=F("person"))
                & (Q(confirmed_by=None) | (~Q(confirmed_by=F("person")) & ~Q(confirmed_by=F("asked_by")))),
            ),
            models.CheckConstraint(
                name="factor_reset_confirmed_by_and_at",
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            Refuse(
                "factor_reset_stays_what_it_is",
                "UPDATE",
                when=changed("id", "person_id", "reason", "asked_by_id", "asked_at")
                + " OR OLD.confirmed_by_id IS NOT NULL",
            ),
            Refuse("factor_reset_is_kept", "DELETE"),
            *by_who_acts("factor_reset"),
        ]

    def __str__(self) -> str:
        return str(self.person)
