"""What remains of a session: notes and action items."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from mentorship.models.mentors import Side
from mentorship.models.sessions import MentorSession
from portal.bounds import bounded
from portal.laws.declared import STILL, Law, Refuse, StateMachine, break_if, changed
from portal.laws.transitions import Transitions
from portal.models import Role, User


class SessionNoteQuerySet(models.QuerySet["SessionNote"]):
    def readable_by(self, user: User) -> "SessionNoteQuerySet":
        """Keep what a person of the session's two sides may read: what is shared, and their own."""
        return self.filter(Q(kind=SessionNote.Kind.SHARED) | Q(author=user))

    def visible_to(self, user: User) -> "SessionNoteQuerySet":
        """Keep the shared notes of a desk person's programmes. A private note is its author's at every desk, too."""
        scopes = user.scopes(*Role.oversight())
        return self.filter(
            kind=SessionNote.Kind.SHARED, session__mentorship__participation__cohort__programme__in=scopes
        )


class SessionNote(models.Model):
    """A mentor's words about a session, in numbered versions; the highest number is what stands.

    The kind is decided before the first word and never changes. A shared note is read by the mentor, the startup and
    the programme's desks. A private note is read by its author and by nobody else, whatever their role: it is in no
    other page, mail, export or search, and not in the admin.
    """

    class Kind(models.TextChoices):
        SHARED = "shared", _("shared")
        PRIVATE = "private", _("private")

    session = models.ForeignKey(MentorSession, models.PROTECT, related_name="notes", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    number = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"), max_length=10_000, blank=True)
    written_at = models.DateTimeField(_("written"))

    objects = SessionNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("session note")
        verbose_name_plural = _("session notes")
        constraints = [
            models.UniqueConstraint(fields=["session", "kind", "author", "number"], name="note_version_once"),
            models.CheckConstraint(name="note_numbered_from_one", condition=Q(number__gte=1)),
            Law(
                "note_by_its_mentor",
                "BEFORE INSERT",
                break_if("""NOT EXISTS (
            SELECT FROM mentorship_mentorsession x
            JOIN mentorship_mentorship s ON s.id = x.mentorship_id JOIN mentorship_mentor m ON m.id = s.mentor_id
            WHERE x.id = NEW.session_id AND m.person_id = NEW.author_id
        )"""),
            ),
            # The kind is decided before the first word; afterwards words can only be emptied, when their time is over.
            Refuse(
                "note_stands_as_written",
                "UPDATE",
                when=changed("id", "session_id", "kind", "author_id", "number", "written_at")
                + " OR (NEW.text <> OLD.text AND NEW.text <> '')",
            ),
            Refuse("note_is_kept", "DELETE"),
        ]

    def __str__(self) -> str:
        return f"{self.session} ({self.get_kind_display()}, {self.number})"


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def open(self) -> "ActionItemQuerySet":
        return self.filter(state=ActionItem.State.OPEN)

    def of_person(self, user: User) -> "ActionItemQuerySet":
        return self.filter(session__in=MentorSession.objects.of_person(user))

    def visible_to(self, user: User) -> "ActionItemQuerySet":
        return self.filter(session__mentorship__participation__cohort__programme__in=user.scopes(*Role.oversight()))


class ActionItem(models.Model):
    """What one side promised in a session, and by when."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    # A wrong click on a phone is taken back by opening it again.
    TRANSITIONS: Transitions = {"": ["open"], "open": ["done", "dropped"], "done": ["open"], "dropped": ["open"]}

    session = models.ForeignKey(MentorSession, models.PROTECT, related_name="items", verbose_name=_("session"))
    side = models.CharField(
        _("owed by"), max_length=10, choices=[(s.value, s.label) for s in (Side.STARTUP, Side.MENTOR)]
    )
    text = models.CharField(_("what"), max_length=300)
    due_on = models.DateField(_("by"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("written"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        indexes = [models.Index(fields=["session", "id"], condition=Q(state="open"), name="item_open")]
        constraints = [
            bounded("item_day_known", days=["due_on"]),
            models.CheckConstraint(name="item_has_words", condition=~Q(text="")),
            models.CheckConstraint(name="item_owed_by_a_side", condition=Q(side__in=["startup", "mentor"])),
            models.CheckConstraint(
                name="item_closed_by_and_at",
                condition=Q(state="open", closed_at=None, closed_by=None)
                | ~Q(state="open") & Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
            StateMachine("moves_mentorship_actionitem"),
            # Who closed it, and when, comes with that step.
            Refuse(
                "item_stands_as_promised",
                "UPDATE",
                when=changed("id", "session_id", "side", "text", "due_on", "created_by_id", "created_at")
                + f" OR ({changed('closed_by_id', 'closed_at')} AND {STILL})",
            ),
            Refuse("item_is_kept", "DELETE"),
        ]

    def __str__(self) -> str:
        return self.text
