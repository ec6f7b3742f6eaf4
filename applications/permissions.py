"""Who may act on a cohort, and on a startup: managers of its programme, free of a conflict of interest (law 5)."""

from datetime import datetime

from django.utils.translation import gettext as _

from applications.models import Application, Cohort, Conflict, Startup
from portal.models import Role, User
from portal.refusals import Refusal


def require_manager(cohort: Cohort, *, by: User, at: datetime) -> None:
    """Let managers of the cohort's programme pass.

    :raises Refusal: for everybody else.
    """
    if not by.holds(Role.MANAGER, at=at, scope_id=cohort.programme_id):
        raise Refusal(_("Only managers of this programme can do this."))


def require_free_manager(application: Application, *, by: User, at: datetime) -> None:
    """Let managers of the application's programme pass who have no conflict of interest with its startup.

    :raises Refusal: for everybody else.
    """
    require_manager(application.cohort, by=by, at=at)
    if has_conflict(application, by):
        raise Refusal(_("You have a conflict of interest with this startup. Somebody else does this."))


def has_conflict(application: Application, person: User | int) -> bool:
    """Return whether a person has a current conflict of interest with an application's startup."""
    return Conflict.objects.startups_of(person).filter(startup=application.startup_id).exists()


def require_founder(startup: Startup, person: User) -> None:
    """Let founders pass.

    :raises Refusal: for everybody else.
    """
    if not startup.founders().filter(pk=person.pk).exists():
        raise Refusal(_("Only a founder can do this."))


def require_editor(startup: Startup, person: User) -> None:
    """Let founders and editors pass.

    :raises Refusal: for everybody else.
    """
    if not startup.memberships.writers().filter(person=person).exists():
        raise Refusal(_("You may read this, but only founders and editors can change it."))
