"""Who may do what with money, said the same way everywhere.

Laws of the database hold the most of it whatever the code does; here it is worded for the person.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from applications.models import Conflict, Startup
from payouts.models import PaymentBatch
from portal.language.text import few
from portal.models import Role, User
from portal.refusals import Refusal

STAFF = (Role.MANAGER, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)


def watched_programmes(user: User) -> set[int]:
    """Return the ids of the programmes whose money the person may look at."""
    return user.scopes(*Role.desk())


def require(by: User, roles: Iterable[str], programme_id: int, *, at: datetime) -> None:
    """Refuse who holds none of the roles for the programme."""
    roles = tuple(roles)
    if not by.holds(*roles, at=at, scope_id=programme_id):
        names = ", ".join(str(Role(role).label) for role in roles)
        raise Refusal(_("This takes another role for this programme: %(roles)s.") % {"roles": names})


def may_release(batch: PaymentBatch, by: User, *, at: datetime) -> bool:
    """Return whether the file is theirs to download, so that nobody is offered what is refused."""
    return by.pk != batch.prepared_by_id and by.holds(Role.FINANCE_APPROVER, at=at, scope_id=batch.programme_id)


def conflicts(by: User, startups: models.QuerySet[Any] | list[int]) -> list[str]:
    """Return the names of those startups with which the person has a conflict of interest."""
    mine = Conflict.objects.startups_of(by).filter(startup__in=startups)
    return Startup.objects.filter(pk__in=mine).names()


def require_free(by: User, startups: models.QuerySet[Any] | list[int]) -> None:
    """Refuse who is in conflict with one of the startups: whoever that is pays nothing to it."""
    if names := conflicts(by, startups):
        raise Refusal(
            _("You have a conflict of interest with %(names)s. Somebody else does this.") % {"names": few(names)}
        )


def require_free_of(payments: models.QuerySet[Any], by: User) -> None:
    """Refuse who is in conflict with a startup of one of the payments: they say nothing of what became of them."""
    require_free(by, payments.values("disbursement__award__startup"))


def require_second_person(batch: PaymentBatch, by: User, at: datetime) -> None:
    """Let an approver pass who did not prepare the batch and is free of conflict with all it pays.

    :raises Refusal: for everybody else.
    """
    require(by, (Role.FINANCE_APPROVER,), batch.programme_id, at=at)
    if by.pk == batch.prepared_by_id:
        raise Refusal(_("You prepared this batch. Another person approves, freezes and releases it."))
    require_free_of(batch.payments.kept(), by)
