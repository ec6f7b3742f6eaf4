"""The outbox: a mail is a row written with the act that causes it (law 14)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.laws.declared import STILL, Refuse, Stands, StateMachine
from portal.laws.transitions import Transitions


class OutgoingMail(models.Model):
    """One mail to one recipient about one event; a sweep sends it.

    A secret mail (reset, sign-in code, invitation) keeps no words: its template is rendered at sending from
    `subject_id`, and staff can neither read nor re-send it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        BOUNCED = "bounced", _("came back")

    TRANSITIONS: Transitions = {
        "": ["queued"],
        "queued": ["sending"],
        "sending": ["sent", "failed", "queued"],
        "sent": ["bounced", "queued"],
        "failed": ["queued"],
        "bounced": ["queued"],
    }

    key = models.CharField(_("event and recipient"), max_length=250, unique=True)
    kind = models.CharField(_("kind"), max_length=60)
    # `mail_recipient` is the index of it.
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("recipient"),
        db_index=False,
    )
    to_email = models.EmailField(_("address"))
    language = models.CharField(_("language"), max_length=8)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    text = models.TextField(_("text"), blank=True)
    calendar = models.TextField(_("invitation"), blank=True, help_text=_("iCalendar part, if any"))
    secret = models.BooleanField(_("carries a secret"), default=False)
    subject_id = models.BigIntegerField(_("subject's id"), null=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    queued_at = models.DateTimeField(_("queued"))
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [
            models.Index(fields=["due_at", "id"], name="mail_due", condition=Q(state__in=["queued", "sending"])),
            models.Index(fields=["recipient", "-id"], name="mail_recipient"),
            models.Index(fields=["to_email"], name="mail_address"),
            # So few that a list of them would read all the others.
            models.Index(fields=["-id"], name="mail_in_trouble", condition=Q(state__in=["failed", "bounced"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="mail_secret_keeps_no_words", condition=Q(secret=False) | Q(text="", calendar="")
            ),
            models.CheckConstraint(
                name="mail_sent_at_when_sent", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
            StateMachine("moves_portal_outgoingmail"),
            Stands(
                "mail_stands_as_written",
                "key",
                "kind",
                "recipient_id",
                "to_email",
                "language",
                "subject",
                "text",
                "calendar",
                "secret",
                "subject_id",
            ),
            Stands(
                "mail_tells_how_it_went",
                "queued_at",
                "due_at",
                "lease_until",
                "sent_at",
                "attempts",
                "error",
                once=STILL,
            ),
            Refuse("mail_is_kept", "DELETE"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to_email}"
