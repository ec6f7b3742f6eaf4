"""Why a month's money does not flow yet: one list of gates, asked by the sweep, by the batch and by every page.

A gate is a condition in the database, so that a whole cohort is judged in one query, and a sentence for founders and
one for staff. What opens a month is that no gate is closed; what a page shows are the closed ones.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from applications.models import Participation
from payouts.models import Award, Disbursement, Hold, PayoutAccount
from payouts.models.awards import DisbursementQuerySet
from portal.prepared import Slot

Account = PayoutAccount.State
Moment = datetime | Slot  # an instant, or its place in a prepared query


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must be right before money flows. `closed` gives when it is not; `mover` says whose move it is."""

    code: str
    closed: Callable[[Moment], Any]
    words: Any
    staff_words: Any
    mover: str


def _current(**states: Any) -> Exists:
    return Exists(PayoutAccount.objects.current().filter(participation=OuterRef("award__participation"), **states))


def _held(at: Moment) -> Exists:
    holds = Hold.objects.open().filter(participation=OuterRef("award__participation"))
    return Exists(holds.filter(Q(account=None) | Q(account__state__in=PayoutAccount.CURRENT)))


STARTUP, PROGRAMME, NOBODY = "startup", "programme", ""

GATES = (
    Gate(
        "award",
        lambda at: ~Q(award__state__in=[Award.State.COMMITTED, Award.State.CLOSED]),
        _("The agreement is not signed yet."),
        _("The agreement is not signed."),
        STARTUP,
    ),
    Gate(
        "participation",
        lambda at: ~Q(award__participation__state__in=[Participation.State.ACTIVE, Participation.State.GRADUATED]),
        _("Your participation is paused or has ended."),
        _("The participation is not active."),
        PROGRAMME,
    ),
    Gate(
        "account_missing",
        lambda at: ~_current(),
        _("We do not know your bank details yet."),
        _("No bank details."),
        STARTUP,
    ),
    Gate(
        "account_unconfirmed",
        lambda at: _current(state=Account.PENDING),
        _("A second person must confirm your bank details."),
        _("Bank details wait for a second person."),
        STARTUP,
    ),
    Gate(
        "account_unverified",
        lambda at: _current(state=Account.CONFIRMED),
        _("The programme is verifying your bank details."),
        _("Bank details wait to be verified."),
        PROGRAMME,
    ),
    Gate(
        "account_cooling",
        lambda at: _current(state=Account.VERIFIED, payable_from__gt=at),
        _("Your bank details are new: money flows when the cooling-off is over."),
        _("Bank details are cooling off."),
        NOBODY,
    ),
    Gate(
        "hold",
        _held,
        _("The programme has placed a hold. The mail about it says why."),
        _("On hold."),
        PROGRAMME,
    ),
)


def opened(months: DisbursementQuerySet, at: datetime) -> DisbursementQuerySet:
    """Keep the months of which no gate is closed."""
    for gate in GATES:
        closed = gate.closed(at)
        months = months.filter(~closed)
    return months


def shut(months: DisbursementQuerySet, at: Moment) -> DisbursementQuerySet:
    """Keep the months of which a gate is closed: all that `opened` does not keep."""
    closed = Q()
    for gate in GATES:
        closed |= Q(gate.closed(at))
    return months.filter(closed)


def judged(months: DisbursementQuerySet, at: Moment) -> DisbursementQuerySet:
    """Add to each month which gates are closed, for `reasons`."""
    flags = {f"gate_{gate.code}": _flag(gate.closed(at)) for gate in GATES}
    return months.annotate(**flags)


def reasons(month: Disbursement) -> list[Gate]:
    """Give the closed gates of a month that came out of `judged`."""
    return [gate for gate in GATES if getattr(month, f"gate_{gate.code}")]


def _flag(closed: Any) -> Case:
    return Case(When(closed, then=Value(True)), default=Value(False), output_field=BooleanField())
