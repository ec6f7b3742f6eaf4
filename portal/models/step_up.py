"""An act that waits for one more proof of who asks for it."""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from portal.laws.declared import Refuse, changed
from portal.models.people import User
from portal.sealing.ring import Place

LIVES = timedelta(minutes=10)
TRIES = 5


class StepUpQuerySet(models.QuerySet["StepUp"]):
    def of(self, person: User, act: str, subject_id: int) -> "StepUpQuerySet":
        """Keep what one person asked to do to one thing."""
        return self.filter(person=person, act=act, subject_id=subject_id)


class StepUp(models.Model):
    """What somebody asked to do, sealed until they prove once more who they are: by a second factor, or by a mailed code.

    One proof is for one act, of one person, on one thing, with exactly these words. Undone it is forgotten within hours;
    done, it keeps by which proof, and its words no more.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    act = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    about = models.CharField(max_length=200)
    sealed = models.BinaryField(null=True, editable=False)
    by_mail = models.BooleanField()
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=80, blank=True)

    objects = StepUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("act that waits for a proof")
        verbose_name_plural = _("acts that wait for a proof")
        indexes = [models.Index(fields=["person", "-asked_at"], name="step_up_of_person")]
        constraints = [
            models.CheckConstraint(
                name="step_up_short_lived",
                condition=Q(expires_at__gt=F("asked_at"), expires_at__lte=F("asked_at") + LIVES),
            ),
            models.CheckConstraint(name="step_up_few_tries", condition=Q(tries__lte=TRIES)),
            models.CheckConstraint(
                name="step_up_done_by_a_proof_in_time",
                condition=Q(done_at=None, proof="", sealed__isnull=False)
                | (Q(done_at__lte=F("expires_at"), sealed=None) & ~Q(proof="")),
            ),
            models.UniqueConstraint(
                fields=["person", "proof"], condition=~Q(proof=""), name="step_up_proof_serves_once"
            ),
            Refuse(
                "step_up_stays_what_it_is",
                "UPDATE",
                when=changed(
                    "id", "uuid", "person_id", "act", "subject_id", "about", "by_mail", "asked_at", "expires_at"
                )
                + " OR NEW.tries < OLD.tries OR OLD.done_at IS NOT NULL",
            ),
            Refuse("step_up_done_is_kept", "DELETE", when="OLD.done_at IS NOT NULL"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject_id}"

    @property
    def place(self) -> Place:
        """Return where its sealed words belong."""
        return Place("portal_stepup", self.uuid, "sealed")
