"""The demo's accounts: one person for each part, with one password that everybody may know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from applications.models import Programme
from portal.accounts.actions import confirm_grant, grant_role
from portal.language.dates import day_of
from portal.models import Role, User

DOMAIN = "demo.tremplin.example"
PASSWORD = "springboard"  # noqa: S105  # printed by `make run`; production has no demo
IN_OFFICE_FOR = timedelta(days=40)

PARIS = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demo: `key` is the first part of their address, `label` what `make run` calls them."""

    key: str
    label: str
    name: str
    role: str = ""
    language: str = "en"
    timezone: str = "America/New_York"

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


CAST = (
    Person("founder", "founder", "Amara Okafor", timezone="America/Chicago"),
    Person("cofounder", "second founder", "Étienne Lacroix-Delmas", language="fr", timezone=PARIS),
    Person("reviewer", "reviewer", "Priya Raghunathan", Role.REVIEWER, timezone="America/Los_Angeles"),
    Person("reviewer2", "second reviewer", "Tomasz Wiśniewski", Role.REVIEWER, timezone=PARIS),
    Person("manager", "manager", "Ruth Abernathy", Role.MANAGER),
    Person("manager2", "second manager", "Søren Kjærgaard", Role.MANAGER, timezone=PARIS),
    Person("mentor", "mentor", "Mei-Ling Castellanos", Role.MENTOR),
    Person("preparer", "finance: prepares", "Guadalupe Hernández Ortiz", Role.FINANCE_PREPARER),
    Person("approver", "finance: approves", "Kwabena Asante-Mensah", Role.FINANCE_APPROVER),
    Person("auditor", "auditor", "Hélène Marchetti-Dubois", Role.AUDITOR, language="fr", timezone=PARIS),
    Person("operator", "operator", "Joon-ho Park", timezone="UTC"),
)


def introduce(at: datetime) -> dict[str, User]:
    """Make every account, by its key; the password is hashed once for all of them."""
    password = make_password(PASSWORD)
    made = {
        person.key: User(
            email=person.email,
            name=person.name,
            language=person.language,
            timezone=person.timezone,
            password=password,
            is_operator=person.key == "operator",
            joined_at=at - IN_OFFICE_FOR,
        )
        for person in CAST
    }
    save(made.values())
    return made


def save(people: Iterable[User]) -> None:
    """Save people whose addresses are known to be theirs."""
    for user in people:
        user.save()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def give_roles(cast: dict[str, User], programme: Programme, at: datetime) -> None:
    """Give everybody their role for a programme: by the operator, and where money is touched confirmed by a manager."""
    since = at - IN_OFFICE_FOR
    starts_on = day_of(since, zone=programme.timezone)
    for person in CAST:
        if not person.role:
            continue
        grant = grant_role(
            cast[person.key],
            role=person.role,
            scope=programme,
            starts_on=starts_on,
            by=cast["operator"],
            at=since,
        )
        if grant.awaits_confirmation:
            # Read anew: a person's grants are remembered, and the manager's own may be younger than the memory.
            confirm_grant(grant, by=User.objects.get(pk=cast["manager"].pk), at=since)
    for user in cast.values():
        user.forget_grants()
