"""What waits for a person at the desks of applications: no rows for who only looks."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import ngettext_lazy

from applications.models import Application, Cohort, Conflict, Decision
from portal.desk.counts import Rows
from portal.models import Role, User

TO_ASSIGN = ngettext_lazy("%(shown)s application needs reviewers", "%(shown)s applications need reviewers", "n")
TO_CONFIRM = ngettext_lazy("%(shown)s decision to confirm", "%(shown)s decisions to confirm", "n")


def to_assign(user: User, at: datetime) -> Rows:
    """Return the submitted applications without enough reviewers that nobody has decided about yet."""
    if not user.holds(Role.MANAGER, at=user.seen_at):
        return []
    found = Application.objects.filter(cohort__in=_cohorts(user)).undecided().with_few_readers()
    submitted = found.filter(state=Application.State.SUBMITTED).filter(~Conflict.objects.exists_for(user, "startup"))
    return [submitted.filter(~Exists(Decision.objects.current().filter(application=OuterRef("pk"))))]


def to_confirm(user: User, at: datetime) -> Rows:
    """Return the proposals of others that the person may confirm."""
    if not user.holds(Role.MANAGER, at=user.seen_at):
        return []
    proposed = Decision.objects.filter(application__cohort__in=_cohorts(user), state=Decision.State.PROPOSED)
    free = proposed.filter(~Conflict.objects.exists_for(user, "application__startup"))
    return [free.exclude(proposed_by=user)]


def _cohorts(user: User) -> QuerySet[Cohort, Any]:
    return Cohort.objects.filter(programme__in=user.scopes(Role.MANAGER)).values("pk")
