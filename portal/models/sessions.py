"""Sessions of browsers, how often somebody tried, and what happened at the door."""

from importlib import import_module
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portal.laws.act_clock import IS_FREE
from portal.laws.declared import Refuse


class SessionManager(BaseSessionManager["Session"]):
    """Find sessions by whose they are."""

    def of(self, person: models.Model) -> models.QuerySet["Session"]:
        """Return those in which a person is signed in, the one seen last first."""
        return self.filter(person=person.pk, handle__isnull=False).order_by("-seen_at", "session_key")

    def elsewhere(self, person: models.Model, session_key: str | None) -> models.QuerySet["Session"]:
        """Return a person's sessions but one."""
        return self.of(person).exclude(session_key=session_key or "")


class Session(AbstractBaseSession):
    """A browser's session; in which somebody is signed in, it tells whose it is, since when, from where, and when it was seen.

    Written by `portal.accounts.session_store`. It ends by `expire_date`: a while after it was seen last, and on its last day.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("person"), db_index=False
    )
    # Names it to its owner, who shall not read its key. While a session changes its key, two rows have the same.
    handle = models.UUIDField(null=True, editable=False)
    started_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    network = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    objects: ClassVar[SessionManager] = SessionManager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(fields=["person", "-seen_at"], condition=Q(person__isnull=False), name="session_of_person"),
            models.Index(fields=["expire_date"], name="session_expires"),
        ]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store


class Attempts(models.Model):
    """How often something was tried, by whom or from where, until when it is counted; the key tells neither."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("attempts")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return self.key


class AccountEvent(models.Model):
    """What happened at the door: who came in, who did not, and what they changed about how they come in."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        REFUSED = "refused", _("wrong password")
        FACTOR_REFUSED = "factor_refused", _("wrong second factor")
        LIMITED = "limited", _("too many attempts")
        PASSWORD = "password", _("password changed")  # a kind
        ADDRESS = "address", _("email address changed")
        FACTOR_ADDED = "factor_added", _("second factor added")
        FACTOR_REMOVED = "factor_removed", _("second factor removed")
        ENDED = "ended", _("signed out elsewhere")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("person")
    )
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind.choices)
    network = models.CharField(_("network"), max_length=45, blank=True)
    device = models.CharField(_("device"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        verbose_name = _("sign-in event")
        verbose_name_plural = _("sign-in events")
        constraints = [
            Refuse("account_event_stays_what_it_is", "UPDATE"),
            # As `housekeeping` forgets them, for a machine whose clock is a little ahead of its database's.
            Refuse(
                "account_event_is_kept_its_time",
                "DELETE",
                when=f"OLD.at > now() - interval '179 days' AND NOT ({IS_FREE})",
            ),
        ]

    def __str__(self) -> str:
        return capfirst(self.get_kind_display())
