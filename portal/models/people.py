"""Who somebody is, and what they may do where."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import BooleanField, DateTimeField, F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.timezone import now as machine_now
from django.utils.translation import gettext_lazy as _

from portal import clock
from portal.bounds import bounded
from portal.db.expressions import Among, words_of
from portal.language.names import plain_name
from portal.language.text import colon
from portal.language.zones import known_zone
from portal.laws.declared import Refuse, changed
from portal.laws.own_acts import begins, own_act
from portal.models.roles import DAYS_HOLD, Role, days_hold


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> "UserQuerySet":
        """Keep oneself and the people who ever held a role in the programmes one runs or audits; operators see all."""
        if user.is_operator:
            return self
        ours = RoleGrant.objects.filter(scope_id__in=user.scopes(*Role.oversight()))
        return self.filter(Q(pk=user.pk) | Q(Among("pk", ours.values("person"))))


class UserManager(BaseUserManager["User"]):
    """Make and find people by their email address."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: "User") -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password they can sign in only after setting one."""
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        found: User = self.get(email__iexact=username)
        return found


class User(AbstractBaseUser):
    """A person. What they may do comes from memberships, pairings and RoleGrants, never from a flag here."""

    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True, validators=[plain_name])
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, blank=True, validators=[known_zone])
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_operator = models.BooleanField(
        _("operator"),
        default=False,
        help_text=_("Runs the system: people, roles, mail and jobs. Decides nothing, pays nothing."),
    )
    joined_at = models.DateTimeField(_("joined"), default=machine_now)
    # Browsers that were known before are strangers now: a factor or a password changed, or they were signed out.
    devices_since = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            GinIndex(words_of("name"), name="user_words"),
            models.Index(fields=["name", "id"], name="user_by_name"),
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        """Return what to call them in a greeting."""
        return self.name.split(" ")[0] if self.name else self.email

    @cached_property
    def seen_at(self) -> datetime:
        """Return the instant of which pages show this person what is theirs: the request's, where there is one."""
        return clock.now()

    @cached_property
    def _grants(self) -> list[tuple[str, int, date, date | None, str]]:
        columns = ("role", "scope_id", "starts_on", "ends_on", "scope__timezone")
        return list(self.role_grants.confirmed().values_list(*columns))

    @cached_property
    def _held(self) -> dict[datetime, dict[str, set[int]]]:
        return {}

    def forget_grants(self) -> None:
        """Read the grants anew when they are next asked for: somebody has changed them meanwhile."""
        for kept in ("_grants", "_held"):
            self.__dict__.pop(kept, None)

    def grants(self, at: datetime) -> dict[str, set[int]]:
        """Return the roles that the person holds at an instant, with the ids of their programmes; read once a request.

        Whose account is closed holds none, whatever their grants say.
        """
        if not self.is_active:
            return {}
        if at not in self._held:  # a page of the admin asks this for every record there is
            found: dict[str, set[int]] = {}
            for role, scope_id, starts_on, ends_on, zone in self._grants:
                if days_hold(starts_on, ends_on, at, zone=zone):
                    found.setdefault(role, set()).add(scope_id)
            self._held[at] = found  # whole at once: threads may share a person
        return self._held[at]

    def holds(self, *roles: str, at: datetime, scope_id: int | None = None) -> bool:
        """Return whether the person holds one of the roles at an instant, anywhere or for one programme."""
        held = self.grants(at)
        return any(role in held and (scope_id is None or scope_id in held[role]) for role in roles)

    def scopes(self, *roles: str, at: datetime | None = None) -> set[int]:
        """Return the ids of the programmes for which the person holds one of the roles: at an instant, or as pages show it."""
        held = self.grants(at or self.seen_at)
        return {scope_id for role in roles for scope_id in held.get(role, ())}

    @property
    def is_staff(self) -> bool:
        """Return whether any page of the admin is theirs."""
        return self.is_active and (self.is_operator or self.holds(*Role.desk(), at=self.seen_at))

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's own question; our admin asks `ScopedAdmin`, so only operators hold permissions here."""
        return self.is_active and self.is_operator

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    def visible_to(self, user: User) -> "RoleGrantQuerySet":
        """Keep one's own and those of the programmes one runs or audits; operators see all."""
        ours = user.scopes(*Role.oversight())
        return self if user.is_operator else self.filter(Q(person=user) | Q(scope_id__in=ours))

    def confirmed(self) -> "RoleGrantQuerySet":
        """Keep the grants that wait for nobody: a finance role holds once a second person has confirmed it."""
        return self.filter(~Q(role__in=Role.finance()) | Q(confirmed_at__isnull=False))

    def effective(self, at: datetime) -> "RoleGrantQuerySet":
        """Keep the grants that hold at an instant: confirmed, begun, and not ended."""
        days = (F("starts_on"), F("ends_on"), Value(at, DateTimeField()), F("scope__timezone"))
        return self.confirmed().filter(Func(*days, function="portal_days_hold", output_field=BooleanField()))

    def people(self, role: str, scope_id: int, at: datetime) -> models.QuerySet[User]:
        """Return the people who hold a role for a programme at an instant."""
        people: models.QuerySet[User] = User.objects.filter(
            pk__in=self.effective(at).filter(role=role, scope_id=scope_id).values("person"), is_active=True
        )
        return people


class RoleGrant(models.Model):
    """A role for one programme, from a day until a day (exclusive); a finance role waits for a second person.

    Its days begin and end in the programme's zone, whoever asks and wherever they are.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="role_grants", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)
    scope = models.ForeignKey(
        settings.ROLE_SCOPE_MODEL, models.PROTECT, related_name="role_grants", verbose_name=_("programme")
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("granted by"))
    granted_at = models.DateTimeField(_("granted"))
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        constraints = [
            models.CheckConstraint(
                name="grant_finance_not_to_oneself",
                condition=~Q(role__in=["finance_preparer", "finance_approver"]) | ~Q(granted_by=F("person")),
            ),
            models.CheckConstraint(
                name="grant_confirmed_by_another",
                condition=Q(confirmed_by=None) | (~Q(confirmed_by=F("person")) & ~Q(confirmed_by=F("granted_by"))),
            ),
            models.CheckConstraint(
                name="grant_confirmed_by_and_at",
                condition=Q(confirmed_by=None, confirmed_at=None)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="grant_ends_after_start", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
            bounded("grant_days_known", days=["starts_on", "ends_on"]),
            DAYS_HOLD,
            Refuse(
                "grant_stays_what_it_is",
                "UPDATE",
                when=changed("id", "person_id", "role", "scope_id", "granted_by_id", "granted_at")
                + " OR (OLD.confirmed_by_id IS NOT NULL AND "
                + changed("confirmed_by_id", "confirmed_at")
                + ")",
            ),
            # Whoever confirms does so in an act of their own, after it was given.
            own_act("grant_given_by_who_acts", "granted_by_id", "granted_at", may="NEW.confirmed_at IS NULL"),
            own_act(
                "grant_confirmed_by_who_acts",
                "confirmed_by_id",
                "confirmed_at",
                on="UPDATE",
                when=begins("confirmed_at"),
                after="granted_at",
            ),
            Refuse("grant_is_ended_not_deleted", "DELETE"),
            Refuse(
                "grant_end_comes_only_nearer",
                "UPDATE",
                when="OLD.starts_on <> NEW.starts_on"
                " OR (OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on))",
            ),
        ]

    def __str__(self) -> str:
        return colon(self.person, self.get_role_display())

    @property
    def awaits_confirmation(self) -> bool:
        """Return whether a second person has yet to confirm the role."""
        return self.role in Role.finance() and self.confirmed_at is None
