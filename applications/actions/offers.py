"""The offer's clock, the signature, the seat, and who comes next on the waitlist (laws 11, 12)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from applications.actions.decisions import make_offers
from applications.models import Agreement, Application, Cohort, Decision, Offer, Participation
from applications.permissions import require_founder, require_free_manager, require_manager
from portal.language.fields import pick
from portal.laws.transitions import lock, move
from portal.models import User
from portal.outbox.queue import queue_mail
from portal.refusals import Done, Refusal
from portal.registry import registry

LAPSED_AT_ONCE = 200
State = Offer.State


@transaction.atomic
def accept_offer(offer: Offer, *, by: User, at: datetime) -> Participation:
    """Accept an offer in time, and take the seat that was kept.

    :raises Refusal: by who is no founder, after the offer's clock, or if it is no longer open.
    """
    require_founder(offer.application.startup, by)
    lock(offer)
    if offer.state == State.OPEN and offer.expires_at <= at:
        raise Refusal(_("This offer has run out. Write to the programme if that is a mistake."))
    move(offer, State.ACCEPTED, by=by, at=at)
    participation = Participation.objects.create(
        offer=offer,
        application=offer.application,
        startup=offer.application.startup,
        cohort=offer.cohort,
        months=offer.months,
        first_period=offer.first_period,
        created_at=at,
    )
    registry.emit("offer_accepted", offer=offer, participation=participation, by=by, at=at)
    for person in participation.startup.members():
        queue_mail("offer_accepted", to=person, about=participation, at=at)
    return participation


@transaction.atomic
def decline_offer(offer: Offer, reason: str, *, by: User, at: datetime) -> None:
    """Turn an offer down; its seat and money go to the next on the waitlist.

    :raises Refusal: by who is no founder, or if it is no longer open.
    """
    require_founder(offer.application.startup, by)
    move(offer, State.DECLINED, by=by, at=at, reason=reason, decline_reason=reason)
    _end(offer, by=by, at=at)


@transaction.atomic
def revoke_offer(offer: Offer, reason: str, *, by: User, at: datetime) -> None:
    """Take an open offer back, saying why.

    :raises Refusal: by who is no manager or in conflict, without a reason, or if it is no longer open.
    """
    require_free_manager(offer.application, by=by, at=at)
    if not reason.strip():
        raise Refusal(_("Say why."))
    move(offer, State.REVOKED, by=by, at=at, reason=reason)
    for person in offer.application.startup.members():
        queue_mail("offer_revoked", to=person, about=offer, at=at, context={"reason": reason})
    _end(offer, by=by, at=at)


@transaction.atomic
def lapse_offer(offer: Offer, *, at: datetime) -> bool:
    """Let an offer lapse whose clock ran out; give whether it did. Asked twice, it lapses once."""
    lock(offer)
    if offer.state != State.OPEN or offer.expires_at > at:
        return False
    move(offer, State.LAPSED, by=None, at=at)
    for person in offer.application.startup.members():
        queue_mail("offer_lapsed", to=person, about=offer, at=at)
    _end(offer, by=None, at=at)
    return True


def lapse_due_offers(at: datetime) -> int:
    """Let every offer lapse whose clock ran out, oldest first, each in a transaction of its own; return how many did."""
    due = Offer.objects.overdue(at).order_by("expires_at", "id")[:LAPSED_AT_ONCE]
    return sum(lapse_offer(offer, at=at) for offer in due)


@transaction.atomic
def sign_agreement(
    offer: Offer, *, signed_name: str, digest: str, language: str, ip_address: str, by: User, at: datetime
) -> Agreement:
    """Sign the offered terms: the words, their digest, name, instant and address are kept as they were.

    :param digest: of the terms that the founder had on screen; other terms than the offered ones are refused.
    :param language: in which they stood there; its words are kept.
    :raises Refusal: by who is no founder, before the offer is accepted, twice, without a name, or for other terms.
    """
    require_founder(offer.application.startup, by)
    lock(offer)
    if offer.state != State.ACCEPTED:
        raise Refusal(_("Accept the offer first."))
    if Agreement.objects.filter(offer=offer).exists():
        raise Done(_("The agreement is signed already."))
    if not signed_name.strip():
        raise Refusal(_("Type your full name to sign."))
    if digest != offer.terms.digest:
        raise Refusal(_("These are not the terms of your offer. Load the page again and read them anew."))
    if not offer.terms.text.get(language):
        raise Refusal(_("Load the page again: it does not say in which language you read the terms."))
    agreement = Agreement.objects.create(
        offer=offer,
        terms=offer.terms,
        language=language,
        title=pick(offer.terms.title, language),
        text=offer.terms.text[language],
        digest=offer.terms.digest,
        signed_by=by,
        signed_name=signed_name.strip(),
        signed_at=at,
        ip_address=ip_address,
    )
    participation = offer.participation
    move(participation, Participation.State.ACTIVE, by=by, at=at)
    registry.emit("agreement_signed", agreement=agreement, participation=participation, by=by, at=at)
    for person in participation.startup.members():
        queue_mail("agreement_signed", to=person, about=agreement, at=at, context={"participation": participation})
    return agreement


def _end(offer: Offer, *, by: User | None, at: datetime) -> None:
    """Free what was kept for an offer, and offer it to the next on the ranked waitlist in the same transaction.

    The cohort is locked before anything of its money is, as a release does: otherwise two of these wait for each other.
    """
    lock(offer.cohort)
    registry.emit("offers_ended", offers=[offer], by=by, at=at)
    _promote_next(offer.cohort, by=by, at=at)


@transaction.atomic
def offer_free_seat(cohort: Cohort, *, by: User, at: datetime, seen: int | None = None) -> Offer:
    """Offer a seat that stayed free to the next on the waitlist, once there is money again.

    :param seen: id of the decision that was shown as the next one; nobody else gets the offer.
    :raises Refusal: by who is no manager, without a free seat or somebody waiting, if another one is next by now, or
        with too little budget.
    """
    require_manager(cohort, by=by, at=at)
    lock(cohort)
    if Offer.objects.filter(cohort=cohort).holding_seats().count() >= cohort.seats:
        raise Refusal(_("No seat of this cohort is free."))
    decision = Decision.objects.for_free_seats(cohort).first()
    if decision is None:
        raise Refusal(_("Nobody waits for a seat."))
    if seen is not None and seen != decision.pk:
        raise Refusal(_("The waitlist has changed since you looked. Check who is next, then confirm again."))
    return _promote(decision, cohort, by=by, at=at)


def _promote_next(cohort: Cohort, *, by: User | None, at: datetime) -> Offer | None:
    decision = Decision.objects.for_free_seats(cohort).first()
    if decision is None:
        return None
    try:
        with transaction.atomic():
            return _promote(decision, cohort, by=by, at=at)
    except Refusal:
        return None  # too little money for this one: the seat stays free and the desk shows it


def _promote(decision: Decision, cohort: Cohort, *, by: User | None, at: datetime) -> Offer:
    """Offer the locked cohort's free seat to a waitlisted startup, with the money that goes with it."""
    move(decision.application, Application.State.ACCEPTED, by=by, at=at, reason=_("Next on the waitlist"))
    [offer] = make_offers([decision], cohort, by=by, at=at)
    registry.emit("decisions_released", offers=[offer], by=by, at=at)
    for person in decision.application.startup.members():
        queue_mail("decision_accepted", to=person, about=decision, at=at, once=f"promoted-{offer.pk}")
    return offer
