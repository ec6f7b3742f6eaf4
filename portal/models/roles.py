"""What can be granted for a programme, and on which days it holds."""

from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.language.dates import day_of
from portal.laws.declared import Function


class Role(models.TextChoices):
    """What can be granted for a programme."""

    REVIEWER = "reviewer", _("Reviewer")
    MENTOR = "mentor", _("Mentor")
    MANAGER = "manager", _("Programme manager")
    FINANCE_PREPARER = "finance_preparer", _("Finance: prepares payments")
    FINANCE_APPROVER = "finance_approver", _("Finance: approves and releases payments")
    AUDITOR = "auditor", _("Auditor")

    @classmethod
    def finance(cls) -> tuple[str, ...]:
        """Return the roles that touch money: granted by one person, confirmed by another."""
        return (cls.FINANCE_PREPARER.value, cls.FINANCE_APPROVER.value)

    @classmethod
    def oversight(cls) -> tuple[str, ...]:
        """Return the roles that look at all of a programme, its money or not: who manages it, and who audits it."""
        return (cls.MANAGER.value, cls.AUDITOR.value)

    @classmethod
    def desk(cls) -> tuple[str, ...]:
        """Return the roles that work in the admin, behind a second factor."""
        return (cls.MANAGER.value, *cls.finance(), cls.AUDITOR.value)


def days_hold(starts_on: date, ends_on: date | None, at: datetime, *, zone: str) -> bool:
    """Return whether an instant falls on the days of a grant, which begin and end in its programme's zone."""
    return starts_on <= (day := day_of(at, zone=zone)) and (ends_on is None or day < ends_on)


# The same, asked by laws and querysets.
DAYS_HOLD = Function(
    "portal_days_hold(starts_on date, ends_on date, at timestamp with time zone, zone text)",
    "RETURNS boolean LANGUAGE sql STABLE",
    """
    SELECT starts_on <= (at AT TIME ZONE zone)::date AND (ends_on IS NULL OR (at AT TIME ZONE zone)::date < ends_on)
    """,
    reads_tables=False,
)
