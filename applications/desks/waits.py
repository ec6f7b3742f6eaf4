"""What waits for a person at the desks of applications: one count each, nothing for who only looks."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import ngettext_lazy

from applications.models import Application, Conflict, Decision
from portal.models import Role, User

TO_ASSIGN = ngettext_lazy("%(n)d application needs reviewers", "%(n)d applications need reviewers", "n")
TO_CONFIRM = ngettext_lazy("%(n)d decision to confirm", "%(n)d decisions to confirm", "n")


def to_assign(user: User, at: datetime) -> int | None:
    """Count the submitted applications without enough reviewers that nobody has decided about yet."""
    if not user.holds(Role.MANAGER):
        return None
    found = Application.objects.filter(
        cohort__programme__in=user.scopes(Role.MANAGER), state=Application.State.SUBMITTED
    )
    decided = Decision.objects.current().values("application")
    return found.with_few_readers().exclude(pk__in=decided).exclude(startup__in=_conflicts(user)).count()


def to_confirm(user: User, at: datetime) -> int | None:
    """Count the proposals of others that the person may confirm."""
    if not user.holds(Role.MANAGER):
        return None
    proposed = Decision.objects.filter(
        application__cohort__programme__in=user.scopes(Role.MANAGER), state=Decision.State.PROPOSED
    )
    free = proposed.exclude(application__startup__in=_conflicts(user))
    return free.exclude(proposed_by=user).count()


def _conflicts(user: User) -> QuerySet[Conflict, Any]:
    return Conflict.objects.current().filter(person=user).values("startup")
