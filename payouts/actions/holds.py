"""Holds: what stops a startup's money, told to it, looked at again, and kept longer only by a second person (law 7)."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from applications.models import Participation
from payouts.law_words import lawful
from payouts.models import Disbursement, Hold, PayoutAccount
from payouts.models.accounts_laws import REVIEW_WITHIN
from payouts.permissions import STAFF, require, require_free
from portal.language.dates import day_of, day_short
from portal.laws.transitions import acting, lock
from portal.models import User
from portal.outbox.queue import queue_mail
from portal.refusals import Done, Refusal


@lawful
def place_hold(
    participation: Participation,
    *,
    reason: str,
    notice: str,
    review_on: date,
    note: str = "",
    account: PayoutAccount | None = None,
    by: User,
    at: datetime,
) -> Hold:
    """Stop a participation's money, or only one account of it, and tell every founder why.

    It waits until the months' approvals under way are done: what they approved was not held, so it bears no earlier instant.

    :raises Refusal: by who is no staff or in conflict, without words for the startup or an early review, or twice.
    """
    require(by, STAFF, participation.cohort.programme_id, at=at)
    require_free(by, [participation.startup_id])
    if not notice.strip():
        raise Refusal(_("Say to the startup why its money is held."))
    lock(participation)
    months = Disbursement.objects.filter(award__participation=participation)
    months.lock()
    at = max(at, months.last_approved_at() or at)
    _require_early(review_on, participation, at)
    if Hold.objects.open().filter(participation=participation, account=account, reason=reason, placed_by=by).exists():
        raise Refusal(_("You placed a hold for this reason already, and it is still open."))
    acting(by=by, at=at)
    hold = Hold.objects.create(
        participation=participation,
        account=account,
        reason=Hold.Reason(reason),
        notice=notice.strip(),
        note=note.strip(),
        placed_by=by,
        placed_at=at,
        noticed_at=at,
        review_on=review_on,
    )
    for person in participation.startup.founders():
        queue_mail("hold_placed", to=person, about=hold, at=at)
    return hold


@lawful
def keep_hold(hold: Hold, *, review_on: date, by: User, at: datetime) -> None:
    """Keep a hold longer, as a second person, until another day of review.

    :raises Refusal: by who placed it or kept it last, is no staff or in conflict; without a later, early day; once it is
        lifted.
    """
    participation = hold.participation
    require(by, STAFF, participation.cohort.programme_id, at=at)
    require_free(by, [participation.startup_id])
    lock(hold)
    _require_open(hold)
    if by.pk == hold.placed_by_id:
        raise Refusal(_("You placed this hold. A second person keeps it longer."))
    if by.pk == hold.kept_by_id:
        raise Refusal(_("You extended this hold last. Another person must extend it now."))
    _require_early(review_on, participation, at)
    if review_on <= hold.review_on:
        raise Refusal(_("Give a day after %(day)s.") % {"day": day_short(hold.review_on)})
    acting(by=by, at=at)
    hold.kept_by, hold.kept_at, hold.review_on = by, at, review_on
    hold.save(update_fields=["kept_by", "kept_at", "review_on"])


@lawful
def lift_hold(hold: Hold, *, why: str, by: User, at: datetime) -> None:
    """Lift a hold; money flows again with the next sweep.

    :raises Refusal: by who is no staff or in conflict, without a word why, or if it is lifted already.
    """
    participation = hold.participation
    require(by, STAFF, participation.cohort.programme_id, at=at)
    require_free(by, [participation.startup_id])
    if not why.strip():
        raise Refusal(_("Say why the hold is lifted."))
    lock(hold)
    _require_open(hold)
    acting(by=by, at=at)
    hold.lifted_by, hold.lifted_at, hold.lifted_why = by, at, why.strip()
    hold.save(update_fields=["lifted_by", "lifted_at", "lifted_why"])
    for person in participation.startup.founders():
        queue_mail("hold_lifted", to=person, about=hold, at=at)


def _require_open(hold: Hold) -> None:
    if hold.lifted_at is not None:
        raise Done(_("This hold is lifted already."))


def _require_early(review_on: date, participation: Participation, at: datetime) -> None:
    today = day_of(at, zone=participation.cohort.programme.timezone)
    if not today < review_on <= today + timedelta(days=REVIEW_WITHIN):
        raise Refusal(_("Look at the hold again within %(days)d days, from tomorrow on.") % {"days": REVIEW_WITHIN})
