"""The one history of states, and the log of looks at secrets. Both only grow; the database sees to it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.laws.declared import AppendOnly, OfThePresent, Refuse
from portal.models import history_laws as laws


class TransitionQuerySet(models.QuerySet["Transition"]):
    def of(self, obj: models.Model) -> "TransitionQuerySet":
        """Keep the history of one object, oldest first."""
        return self.filter(subject_table=obj._meta.db_table, subject_id=obj.pk).order_by("id")


class Transition(models.Model):
    """One change of state: from, to, by whom, when, why. Written by the database's triggers alone (law 1).

    `actor` is the person, or empty where `agent` names what acted by itself.
    """

    subject_table = models.CharField(_("table"), max_length=63)
    subject_id = models.BigIntegerField(_("row"))
    from_state = models.CharField(_("from"), max_length=24, blank=True)
    to_state = models.CharField(_("to"), max_length=24)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )
    agent = models.CharField(_("agent"), max_length=24, blank=True)
    at = models.DateTimeField(_("at"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    recorded_at = models.DateTimeField(_("recorded"), db_default=Now())

    objects = TransitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transition")
        verbose_name_plural = _("history")
        indexes = [models.Index(fields=["subject_table", "subject_id", "id"], name="transition_subject")]
        constraints = [
            models.CheckConstraint(
                name="transition_has_actor_and_instant",
                condition=(Q(actor__isnull=False) | ~Q(agent="")) & Q(at__isnull=False),
            ),
            *laws.KERNEL,
            AppendOnly("portal_transition_append_only"),
            OfThePresent("portal_transition_of_the_present"),
            Refuse("transition_only_by_trigger", "INSERT", when="pg_trigger_depth() = 0"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_table} {self.subject_id}: {self.from_state} → {self.to_state}"


class Disclosure(models.Model):
    """One look at a secret in clear: who saw whose, when, and what for (law 16)."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )
    subject_table = models.CharField(_("table"), max_length=63)
    subject_id = models.BigIntegerField(_("row"))
    purpose = models.CharField(_("purpose"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        constraints = [
            AppendOnly("portal_disclosure_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_table} {self.subject_id}: {self.purpose}"
