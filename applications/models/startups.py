"""Companies, their people, and who must not judge or pay them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from applications.models import startups_laws as laws
from portal.bounds import bounded, known_day
from portal.language.fields import WebAddress
from portal.language.names import plain_name
from portal.language.text import fold
from portal.models import Role, User


class StartupQuerySet(models.QuerySet["Startup"]):
    def of_member(self, user: User) -> "StartupQuerySet":
        return self.filter(memberships__person=user, memberships__ended_at=None)

    def of_writer(self, user: User) -> "StartupQuerySet":
        """Keep the startups for which the person may write."""
        return self.filter(pk__in=Membership.objects.writers().filter(person=user).values("startup"))

    def names(self) -> list[str]:
        """Return the startups' names in alphabetical order."""
        return list(self.order_by("name_folded", "id").values_list("name", flat=True))

    def visible_to(self, user: User) -> "StartupQuerySet":
        """Keep the startups that applied to a programme the desk person works for; a draft is not yet seen."""
        applied = Startup.objects.filter(
            applications__cohort__programme__in=user.scopes(*Role.desk()), applications__submitted_at__isnull=False
        )
        return self.filter(pk__in=applied.values("pk"))


class Startup(models.Model):
    """A company that applies. Its people are memberships; its money lies with its participation."""

    name = models.CharField(_("name"), max_length=120, validators=[plain_name])
    name_folded = models.CharField(max_length=200, editable=False, db_index=True)
    legal_name = models.CharField(_("legal name"), max_length=160, blank=True, validators=[plain_name])
    country = models.CharField(_("country"), max_length=2)
    city = models.CharField(_("city"), max_length=80, blank=True)
    website = WebAddress(_("website"), blank=True)
    registry_number = models.CharField(_("registry number"), max_length=40, blank=True)
    founded_on = models.DateField(_("founded on"), null=True, blank=True, validators=[known_day])
    description = models.TextField(_("in a few words"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"))

    objects = StartupQuerySet.as_manager()

    class Meta:
        verbose_name = _("startup")
        verbose_name_plural = _("startups")
        # By the beginnings of its words (portal.desk.search).
        indexes = [GinIndex(SearchVector("name_folded", config="simple"), name="startup_words")]
        constraints = [
            models.CheckConstraint(name="startup_country_is_iso", condition=Q(country__regex=r"^[A-Z]{2}$")),
            models.CheckConstraint(name="startup_has_a_name", condition=~Q(name="")),
            bounded("startup_founding_known", days=["founded_on"]),
            *laws.STARTUP,
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the folded name true to the name."""
        self.name_folded = fold(self.name)
        super().save(*args, **kwargs)

    def founders(self) -> models.QuerySet[User]:
        """Return the people who answer for the startup and get its mail."""
        people: models.QuerySet[User] = User.objects.filter(
            pk__in=self.memberships.founders().values("person"), is_active=True
        )
        return people

    def role_of(self, person: User) -> str:
        """Return a person's role in the startup; empty for who does not belong to it."""
        roles = self.memberships.current().filter(person=person).values_list("role", flat=True)
        return next(iter(roles), "")

    def trusted_founders(self, at: datetime) -> models.QuerySet[User]:
        """Return the founders who may give and confirm bank details at an instant."""
        return self.founders().filter(pk__in=self.memberships.founders().trusted(at).values("person"))

    def members(self) -> models.QuerySet[User]:
        """Return everybody who belongs to the startup."""
        people: models.QuerySet[User] = User.objects.filter(
            pk__in=self.memberships.current().values("person"), is_active=True
        )
        return people


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        return self.filter(ended_at=None)

    def founders(self) -> "MembershipQuerySet":
        """Filter the places of those who answer for their startup."""
        return self.current().filter(role=Membership.Role.FOUNDER)

    def trusted(self, at: datetime) -> "MembershipQuerySet":
        """Filter the places that are old enough to decide about money, and those of who made their startup.

        The law's twin is `startups_laws.is_new`.
        """
        made_it = Q(person=F("startup__created_by"), joined_at=F("startup__created_at"))
        return self.filter(made_it | Q(joined_at__lte=at - laws.NEW_FOR))

    def writers(self) -> "MembershipQuerySet":
        """Filter the places of those who may write for their startup: founders and editors."""
        return self.current().filter(role__in=Membership.WRITERS)

    def told(self) -> "MembershipQuerySet":
        """Filter the places of those who get a startup's mails: who belongs to it and may sign in."""
        return self.current().filter(person__is_active=True)

    def people_of(self, startups: Iterable[int]) -> dict[int, list[User]]:
        """Return the people of each startup, with what a mail needs of them, by the startup's id: one query for all.

        Who may no longer sign in is left out.
        """
        found: dict[int, list[User]] = {startup: [] for startup in startups}
        places = self.filter(startup__in=found, person__is_active=True).select_related("person")
        named = ("email", "name", "language", "timezone")
        for place in places.only("startup", *(f"person__{field}" for field in named)).order_by("pk"):
            found[place.startup_id].append(place.person)
        return found


class Membership(models.Model):
    """A person's place in a startup. The database notes the conflict of interest that comes with it."""

    class Role(models.TextChoices):
        FOUNDER = "founder", _("founder")
        EDITOR = "editor", _("editor")
        VIEWER = "viewer", _("viewer")

    WRITERS = (Role.FOUNDER, Role.EDITOR)

    startup = models.ForeignKey(Startup, models.PROTECT, related_name="memberships", verbose_name=_("startup"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField(_("joined"))
    ended_at = models.DateTimeField(_("left"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["startup", "person"], condition=Q(ended_at=None), name="membership_once"),
            *laws.MEMBERSHIP,
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.startup}"

    @property
    def trusted_from(self) -> datetime:
        """Return when who did not make the startup may decide about its money."""
        return self.joined_at + laws.NEW_FOR


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Keep what was neither accepted nor withdrawn; it may have run out."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def of_last_day(self, person: User, at: datetime) -> "InvitationQuerySet":
        """Filter what a person sent within a day, accepted and withdrawn ones among them."""
        return self.filter(invited_by=person, invited_at__gt=at - timedelta(days=1))

    def waiting_for(self, email: str, at: datetime) -> "InvitationQuerySet":
        """Keep the invitations that the person of an address can accept now."""
        return self.open().filter(email__iexact=email, expires_at__gt=at)


class Invitation(models.Model):
    """A co-founder asked to join. The link's token is made from the row at sending and never stored."""

    startup = models.ForeignKey(Startup, models.PROTECT, related_name="invitations", verbose_name=_("startup"))
    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"))
    expires_at = models.DateTimeField(_("valid until"))
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                "startup", Lower("email"), condition=Q(accepted_at=None, withdrawn_at=None), name="invitation_once_open"
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_and_at",
                condition=Q(accepted_by=None, accepted_at=None)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False),
            ),
            *laws.INVITATION,
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.startup}"


class ConflictQuerySet(models.QuerySet["Conflict"]):
    def visible_to(self, user: User) -> "ConflictQuerySet":
        """Keep those with startups that the desk person sees."""
        return self.filter(startup__in=Startup.objects.visible_to(user).values("pk"))

    def current(self) -> "ConflictQuerySet":
        return self.filter(ended_at=None)

    def startups_of(self, person: User | int) -> models.QuerySet["Conflict", Any]:
        """Return the startups with which a person is in conflict now, as values for `startup__in`."""
        return self.current().filter(person=person).values("startup")

    def declared_since(self, person: User, at: datetime) -> "ConflictQuerySet":
        """Filter the current ones of a person that began at an instant or later."""
        return self.current().filter(person=person, declared_at__gte=at)

    def exists_for(self, person: User, startup: str = "startup") -> models.Exists:
        """Return the condition that a person is in conflict with the startup at a path of the outer row."""
        return models.Exists(self.current().filter(person=person, startup=models.OuterRef(startup)))

    def against_mentoring(self, startup: Startup) -> "ConflictQuerySet":
        """Filter the current ones with a startup that keep a person from mentoring it: all but that of its mentors."""
        return self.current().filter(startup=startup).exclude(kind=Conflict.Kind.MENTOR)


class Conflict(models.Model):
    """Why a person must not judge, decide or pay a startup. Laws of other tables read these rows."""

    class Kind(models.TextChoices):
        MEMBER = "member", _("belongs to it")
        EMPLOYER = "employer", _("works or worked with it")
        INVESTOR = "investor", _("has money in it")
        FAMILY = "family", _("family or close friend")
        MENTOR = "mentor", _("mentors it")
        OTHER = "other", _("another reason")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="conflicts", verbose_name=_("person")
    )
    startup = models.ForeignKey(Startup, models.PROTECT, related_name="conflicts", verbose_name=_("startup"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    declared_at = models.DateTimeField(_("declared"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "startup", "kind"], condition=Q(ended_at=None), name="conflict_once"
            ),
            *laws.CONFLICT,
        ]

    def __str__(self) -> str:
        return f"{self.person} / {self.startup}: {self.get_kind_display()}"
