"""Who may do what with money, said the same way everywhere; and what a refusing law means in words.

Laws of the database hold the most of it whatever the code does; here it is worded for the person.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models import Conflict, Programme, Startup
from payouts.models import Payment, PaymentBatch, PaymentSource
from portal.models import Role, User
from portal.refusals import Refusal

P = ParamSpec("P")
R = TypeVar("R")

STAFF = (Role.MANAGER, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
FINANCE = (Role.FINANCE_PREPARER, Role.FINANCE_APPROVER)
WATCHERS = (*STAFF, Role.AUDITOR)


def watched_programmes(user: User) -> set[int]:
    """Return the ids of the programmes whose money the person may look at."""
    return user.scopes(*WATCHERS)


# Laws that a race can break after the act has looked: what to tell who lost it.
WORDS: dict[str, Any] = {
    "disbursement_not_on_hold": gettext_lazy("A hold was placed on one of these startups just now."),
    "payment_one_live": gettext_lazy("One of these months is in another batch by now."),
    "payment_to_a_payable_account": gettext_lazy("The bank details of one of these startups changed just now."),
    "batch_frozen_only_payable": gettext_lazy(
        "The bank details of one of these startups changed, or a hold was placed, just now."
    ),
    "batch_people_free_of_conflict": gettext_lazy("You have a conflict of interest with a startup of this batch."),
    "payment_preparer_free_of_conflict": gettext_lazy("You have a conflict of interest with one of these startups."),
    "payout_account_one_current": gettext_lazy("Somebody else gave other bank details just now. Look at them first."),
}


def lawful(act: Callable[P, R]) -> Callable[P, R]:
    """Do an act in a transaction, and word the refusal of a law that a race has broken."""

    @wraps(act)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return act(*args, **kwargs)
        except IntegrityError as error:
            if (law := law_of(error)) in WORDS:
                raise Refusal(str(WORDS[law])) from error
            raise

    return done


def law_of(error: IntegrityError) -> str:
    """Give the name of the law that refused."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def require(by: User, roles: Iterable[str], programme_id: int, *, at: datetime) -> None:
    """Refuse who holds none of the roles for the programme."""
    roles = tuple(roles)
    if not by.holds(*roles, at=at, scope_id=programme_id):
        names = ", ".join(str(Role(role).label) for role in roles)
        raise Refusal(_("This takes another role for this programme: %(roles)s.") % {"roles": names})


def may_release(batch: PaymentBatch, by: User, *, at: datetime) -> bool:
    """Say whether the file is theirs to download, so that nobody is offered what is refused."""
    return by.pk != batch.prepared_by_id and by.holds(Role.FINANCE_APPROVER, at=at, scope_id=batch.programme_id)


def require_source(programme: Programme) -> PaymentSource:
    """Return the bank through which a programme pays.

    :raises Refusal: if none is set up that carries its currency.
    """
    if source := PaymentSource.objects.of(programme):
        return source
    raise Refusal(
        _("%(programme)s has no rail for payments in %(currency)s: its payment source is not set up.")
        % {"programme": programme, "currency": programme.currency}
    )


def conflicts(by: User, startups: models.QuerySet[Any] | list[int]) -> list[str]:
    """Give the names of those startups with which the person has a conflict of interest."""
    mine = Conflict.objects.startups_of(by).filter(startup__in=startups)
    return Startup.objects.filter(pk__in=mine).names()


def require_free(by: User, startups: models.QuerySet[Any] | list[int]) -> None:
    """Refuse who is in conflict with one of the startups: whoever that is pays nothing to it."""
    if names := conflicts(by, startups):
        raise Refusal(
            _("You have a conflict of interest with %(names)s. Somebody else does this.") % {"names": few(names)}
        )


def require_second_person(batch: PaymentBatch, by: User, at: datetime) -> None:
    """Let an approver pass who did not prepare the batch and is free of conflict with all it pays.

    :raises Refusal: for everybody else.
    """
    require(by, (Role.FINANCE_APPROVER,), batch.programme_id, at=at)
    if by.pk == batch.prepared_by_id:
        raise Refusal(_("You prepared this batch. Another person approves, freezes and releases it."))
    live = batch.payments.exclude(state=Payment.State.WITHDRAWN)
    require_free(by, live.values("disbursement__award__startup"))


def few(names: list[str], most: int = 5) -> str:
    """List some names, and say how many more there are."""
    if len(names) <= most:
        return ", ".join(names)
    return _("%(names)s and %(n)d more") % {"names": ", ".join(names[:most]), "n": len(names) - most}
