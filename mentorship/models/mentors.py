"""Who helps, and whom."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from applications.models import Participation
from mentorship.models import mentors_laws as laws
from portal.language.fields import WebAddress
from portal.laws.declared import Law, StateMachine, break_if
from portal.laws.transitions import Transitions
from portal.models import Role, User


class Side(models.TextChoices):
    """The sides of a pairing, and the programme above them."""

    MENTOR = "mentor", _("the mentor")
    STARTUP = "startup", _("the startup")
    PROGRAMME = "programme", _("the programme")


def between(least: int, most: int) -> list[MinValueValidator | MaxValueValidator]:
    """Return the validators of a whole number within bounds."""
    return [MinValueValidator(least), MaxValueValidator(most)]


class MentorQuerySet(models.QuerySet["Mentor"]):
    def visible_to(self, user: User) -> "MentorQuerySet":
        """Keep the mentors who ever held the role for a programme the desk person works for."""
        scopes = user.scopes(*Role.oversight())
        return self.filter(
            pk__in=Mentor.objects.filter(
                person__role_grants__role=Role.MENTOR, person__role_grants__scope__in=scopes
            ).values("pk")
        )


class Mentor(models.Model):
    """A mentor's profile: one per person, whatever the number of programmes that granted the role.

    Her terms of booking are hers, not constants: how long a session is, how early it is booked, until when it may be
    cancelled without counting as late. Her time zone is the person's.
    """

    person = models.OneToOneField(User, models.PROTECT, related_name="mentor", verbose_name=_("person"))
    headline = models.CharField(_("in one line"), max_length=160, blank=True)
    skills = models.TextField(_("can help with"), max_length=1000, blank=True)
    meeting_link = WebAddress(
        _("meeting link"),
        max_length=400,
        blank=True,
        validators=[URLValidator(["https"])],
        help_text=_("Where you meet: an https:// address. It goes into the invitations."),
    )
    minutes = models.PositiveSmallIntegerField(_("minutes per session"), default=45, validators=between(15, 180))
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes between sessions"), default=15, validators=between(0, 120)
    )
    notice_hours = models.PositiveSmallIntegerField(
        _("notice, in hours"),
        default=24,
        validators=between(0, 336),
        help_text=_("A session is booked at least so long before it begins."),
    )
    cancel_hours = models.PositiveSmallIntegerField(
        _("late cancellation, in hours"),
        default=24,
        validators=between(0, 168),
        help_text=_("Cancelled closer to its beginning than this, a session counts as cancelled late."),
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("days ahead"), default=28, validators=between(1, 120), help_text=_("How far ahead hours are offered.")
    )
    created_at = models.DateTimeField(_("created"))

    objects = MentorQuerySet.as_manager()

    class Meta:
        verbose_name = _("mentor")
        verbose_name_plural = _("mentors")
        constraints = [
            models.CheckConstraint(
                name="mentor_terms_sane",
                condition=Q(minutes__gte=15, minutes__lte=180, buffer_minutes__lte=120, notice_hours__lte=336)
                & Q(cancel_hours__lte=168, horizon_days__gte=1, horizon_days__lte=120),
            ),
            models.CheckConstraint(
                name="mentor_link_is_https", condition=Q(meeting_link="") | Q(meeting_link__startswith="https://")
            ),
            Law(
                "mentor_holds_the_role",
                "BEFORE INSERT OR UPDATE OF person_id",
                break_if("""NOT EXISTS (
            SELECT FROM portal_rolegrant g WHERE g.person_id = NEW.person_id AND g.role = 'mentor'
        )"""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)

    def earliest(self, at: datetime) -> datetime:
        """Return the first instant at which a session booked now may begin."""
        return at + timedelta(hours=self.notice_hours)

    def latest(self, at: datetime) -> datetime:
        """Return the instant before which a session booked now must begin."""
        return at + timedelta(days=self.horizon_days)


class MentorshipQuerySet(models.QuerySet["Mentorship"]):
    def active(self) -> "MentorshipQuerySet":
        return self.filter(state=Mentorship.State.ACTIVE)

    def of_mentor(self, user: User) -> "MentorshipQuerySet":
        """Keep the person's own pairings, in the programmes for which the mentor role still holds."""
        return self.filter(mentor__person=user, participation__cohort__programme__in=user.scopes(Role.MENTOR))

    def least_busy(self, people: models.QuerySet[User]) -> models.QuerySet[User]:
        """Order people by how many of these pairings they mentor, the fewest first."""
        of_person = self.filter(mentor__person=OuterRef("pk")).order_by().values("mentor__person")
        load = Coalesce(Subquery(of_person.annotate(n=Count("pk")).values("n")), 0)
        return people.annotate(load=load).order_by("load", "name", "id")

    def visible_to(self, user: User) -> "MentorshipQuerySet":
        return self.filter(participation__cohort__programme__in=user.scopes(*Role.oversight()))


class Mentorship(models.Model):
    """The pairing of a mentor with a participation.

    The database notes the conflict of interest that comes with it: who mentors a startup approves nothing of it, and
    the conflict outlives the pairing until a person ends it. Who is in conflict for another reason is never paired.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")

    TRANSITIONS: Transitions = {"": ["active"], "active": ["ended"]}

    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="mentorships", verbose_name=_("participation")
    )
    mentor = models.ForeignKey(Mentor, models.PROTECT, related_name="mentorships", verbose_name=_("mentor"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    is_primary = models.BooleanField(
        _("first mentor"), default=False, help_text=_("The one whose hours are offered first.")
    )
    paired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("paired by")
    )
    paired_at = models.DateTimeField(_("paired"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = MentorshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("mentorship")
        verbose_name_plural = _("mentorships")
        constraints = [
            models.UniqueConstraint(
                fields=["participation", "mentor"], condition=Q(state="active"), name="mentorship_pair_once"
            ),
            models.UniqueConstraint(
                fields=["participation"], condition=Q(state="active", is_primary=True), name="mentorship_one_primary"
            ),
            models.CheckConstraint(
                name="mentorship_ended_at_when_ended",
                condition=Q(state="active", ended_at=None) | Q(state="ended", ended_at__isnull=False),
            ),
            StateMachine("moves_mentorship_mentorship"),
            *laws.MENTORSHIP,
        ]

    def __str__(self) -> str:
        return f"{self.mentor} – {self.participation.startup}"
