"""A session, who is expected at it, and what is sent before it."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from applications.models import Membership, Startup
from mentorship.models import sessions_laws as laws
from mentorship.models.availability import TimeOff
from mentorship.models.mentors import Mentorship, Side
from portal.bounds import FURTHEST, bounded
from portal.language.fields import WebAddress
from portal.laws.declared import AppendOnly, StateMachine
from portal.laws.transitions import Transitions
from portal.models import Role, User

# What an act on a session reads of its two sides: read along with the session, it is one query.
BOTH_SIDES = (
    "mentorship__mentor__person",
    "mentorship__participation__startup",
    "mentorship__participation__cohort__programme",
)


class MentorSessionQuerySet(models.QuerySet["MentorSession"]):
    def of_person(self, user: User) -> "MentorSessionQuerySet":
        """Keep the sessions that are theirs: as the mentor, or as somebody of the startup."""
        startups = Membership.objects.current().filter(person=user).values("startup")
        return self.filter(
            Q(mentorship__in=Mentorship.objects.of_mentor(user)) | Q(mentorship__participation__startup__in=startups)
        )

    def booked(self) -> "MentorSessionQuerySet":
        return self.filter(state=MentorSession.State.BOOKED)

    def booked_within(self, time_off: TimeOff) -> "MentorSessionQuerySet":
        """Filter the booked sessions that fall into a mentor's time off: they stay until somebody cancels them."""
        span = time_off.span
        hers = self.booked().filter(mentorship__mentor=time_off.mentor)
        return hers.filter(starts_at__lt=span.upper, ends_at__gt=span.lower).order_by("starts_at", "id")

    def visible_to(self, user: User) -> "MentorSessionQuerySet":
        return self.filter(mentorship__participation__cohort__programme__in=user.scopes(*Role.oversight()))


class MentorSession(models.Model):
    """One hour between a mentor and a startup.

    Making its row books both sides: the database writes an Attendance for each, moves them with the session and frees
    them with its state, so that raw SQL, too, books nobody twice (law 8).
    """

    class State(models.TextChoices):
        BOOKED = "booked", _("booked")
        HELD = "held", _("held")
        NO_SHOW = "no_show", _("nobody came")
        CANCELLED = "cancelled", _("cancelled")
        CANCELLED_LATE = "cancelled_late", _("cancelled late")

    # "Nobody came" may have been a mistake, or the wrong room: the mentor may still log what was held.
    TRANSITIONS: Transitions = {
        "": ["booked"],
        "booked": ["held", "no_show", "cancelled", "cancelled_late"],
        "no_show": ["held"],
    }

    mentorship = models.ForeignKey(Mentorship, models.PROTECT, related_name="sessions", verbose_name=_("mentorship"))
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.BOOKED)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    topic = models.TextField(_("what it is about"), max_length=500, blank=True)
    meeting_link = WebAddress(_("meeting link"), max_length=400, blank=True)
    late_after = models.DateTimeField(
        _("late after"), help_text=_("A later cancellation counts as late: what was promised at the booking.")
    )
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("booked by")
    )
    booked_at = models.DateTimeField(_("booked at"))
    # What calendars know it by, for life; how often it changed, and when last.
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(_("changes"), default=0)
    changed_at = models.DateTimeField(_("changed"))
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("cancelled by"),
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_side = models.CharField(_("cancelled on the side of"), max_length=10, choices=Side.choices, blank=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=300, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes held"), null=True, blank=True)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("logged by")
    )
    logged_at = models.DateTimeField(_("logged"), null=True, blank=True)

    objects = MentorSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(fields=["mentorship", "starts_at"], name="session_of_pair"),
            models.Index(fields=["starts_at", "id"], name="session_in_time"),
            models.Index(fields=["starts_at"], condition=Q(state="booked"), name="session_ahead"),
        ]
        constraints = [
            models.CheckConstraint(
                name="session_lasts_minutes_or_hours",
                condition=Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + timedelta(hours=8)),
            ),
            bounded("session_hours_known", instants=["starts_at", "ends_at"], last=FURTHEST),
            models.CheckConstraint(name="session_booked_ahead", condition=Q(booked_at__lte=F("starts_at"))),
            models.CheckConstraint(
                name="session_cancelled_at_when_cancelled",
                condition=Q(state__in=["cancelled", "cancelled_late"], cancelled_at__isnull=False)
                & ~Q(cancelled_side="")
                | Q(cancelled_at=None, cancelled_by=None, cancelled_side="")
                & ~Q(state__in=["cancelled", "cancelled_late"]),
            ),
            models.CheckConstraint(
                name="session_late_is_late",
                condition=~Q(state="cancelled_late") | Q(cancelled_at__gt=F("late_after")),
            ),
            models.CheckConstraint(
                name="session_cancelled_in_time",
                condition=~Q(state="cancelled")
                | Q(cancelled_at__lte=F("late_after"))
                | Q(cancelled_side=Side.PROGRAMME.value),
            ),
            models.CheckConstraint(
                name="session_logged_once_begun",
                condition=Q(state__in=["held", "no_show"], logged_at__isnull=False, logged_by__isnull=False)
                & Q(logged_at__gte=F("starts_at"))
                | Q(logged_at=None, logged_by=None) & ~Q(state__in=["held", "no_show"]),
            ),
            models.CheckConstraint(
                name="session_minutes_when_held",
                condition=Q(state="held", minutes__isnull=False, minutes__gte=1, minutes__lte=480)
                | ~Q(state="held") & Q(minutes=None),
            ),
            StateMachine("moves_mentorship_mentorsession"),
            *laws.SESSION,
        ]

    def __str__(self) -> str:
        return f"{self.mentorship}, {self.starts_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_cancelled(self) -> bool:
        return self.state in (self.State.CANCELLED, self.State.CANCELLED_LATE)

    def has_begun(self, at: datetime) -> bool:
        return self.starts_at <= at

    def is_late(self, at: datetime) -> bool:
        """Return whether a cancellation now would count as late."""
        return at > self.late_after


class Attendance(models.Model):
    """One side's place in a session: a person or a startup, from when to when (law 8).

    `span` and `is_active` follow the session by trigger: nobody writes them.
    """

    class Outcome(models.TextChoices):
        PRESENT = "present", _("was there")
        LATE = "late", _("came late")
        ABSENT = "absent", _("did not come")

    session = models.ForeignKey(MentorSession, models.PROTECT, related_name="attendances", verbose_name=_("session"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="attendances",
        verbose_name=_("person"),
    )
    startup = models.ForeignKey(
        Startup, models.PROTECT, null=True, blank=True, related_name="attendances", verbose_name=_("startup")
    )
    span = DateTimeRangeField(_("from and to"))
    is_active = models.BooleanField(_("takes the hour"), default=True)
    outcome = models.CharField(_("attendance"), max_length=8, choices=Outcome.choices, blank=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.CheckConstraint(
                name="attendance_of_one_side",
                condition=Q(person__isnull=False, startup=None) | Q(person=None, startup__isnull=False),
            ),
            models.UniqueConstraint(fields=["session", "person"], name="attendance_person_once_a_session"),
            models.UniqueConstraint(fields=["session", "startup"], name="attendance_startup_once_a_session"),
            # Range types alone say it, without an extension: the id as a range of one.
            *(
                ExclusionConstraint(
                    name=f"attendance_{side}_booked_once",
                    expressions=[
                        (
                            Func(
                                F(side), F(side), Value("[]"), function="int8range", output_field=BigIntegerRangeField()
                            ),
                            RangeOperators.OVERLAPS,
                        ),
                        ("span", RangeOperators.OVERLAPS),
                    ],
                    condition=Q(is_active=True) & Q(**{f"{side}__isnull": False}),
                )
                for side in ("person", "startup")
            ),
            *laws.ATTENDANCE,
        ]

    def __str__(self) -> str:
        return str(self.person or self.startup)


class SessionMove(models.Model):
    """One time a session was moved: from when to when, by whom. It only grows."""

    session = models.ForeignKey(MentorSession, models.PROTECT, related_name="moves", verbose_name=_("session"))
    from_starts_at = models.DateTimeField(_("from"))
    to_starts_at = models.DateTimeField(_("to"))
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("moved by"))
    moved_at = models.DateTimeField(_("moved"))

    class Meta:
        verbose_name = _("move of a session")
        verbose_name_plural = _("moves of sessions")
        constraints = [
            AppendOnly("mentorship_sessionmove_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.from_starts_at:%Y-%m-%d %H:%M} → {self.to_starts_at:%Y-%m-%d %H:%M} UTC"


class SessionReminderQuerySet(models.QuerySet["SessionReminder"]):
    def due(self, at: datetime) -> "SessionReminderQuerySet":
        """Filter the reminders whose instant has come, and that no sweep has handled yet."""
        return self.filter(handled_at=None, due_at__lte=at)


class SessionReminder(models.Model):
    """One reminder due before a session begins; a sweep hands it to the outbox, once.

    `starts_at` is the beginning it was written for: a moved session has reminders of its own.
    """

    class Kind(models.TextChoices):
        DAY = "day", _("a day before")
        HOUR = "hour", _("an hour before")

    AHEAD = {Kind.DAY: timedelta(hours=24), Kind.HOUR: timedelta(hours=1)}

    session = models.ForeignKey(MentorSession, models.PROTECT, related_name="reminders", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    starts_at = models.DateTimeField(_("session begins"))
    due_at = models.DateTimeField(_("due"))
    handled_at = models.DateTimeField(_("handled"), null=True, blank=True)
    was_sent = models.BooleanField(_("was sent"), default=False)

    objects = SessionReminderQuerySet.as_manager()

    class Meta:
        verbose_name = _("session reminder")
        verbose_name_plural = _("session reminders")
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(handled_at=None), name="reminder_due")]
        constraints = [
            models.UniqueConstraint(fields=["session", "kind", "starts_at"], name="reminder_once"),
            models.CheckConstraint(name="reminder_before_the_session", condition=Q(due_at__lt=F("starts_at"))),
            models.CheckConstraint(
                name="reminder_sent_when_handled", condition=Q(was_sent=False) | Q(handled_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.get_kind_display()}"
