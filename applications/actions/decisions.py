"""Deciding: proposed by one person, confirmed by another, released for a whole cohort at once (law 11)."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from applications.law_words import lawful
from applications.models import Application, Cohort, Decision, Membership, Offer, Terms
from applications.permissions import has_conflict, require_free_manager, require_manager
from applications.release_plan import plan_release
from portal.language.dates import first_of_month
from portal.laws.transitions import acting, lock, move, move_many
from portal.models import User
from portal.outbox.queue import Letter, queue_mails
from portal.refusals import Done, Refusal
from portal.registry import registry

Outcome = Decision.Outcome
State = Decision.State


@lawful
def propose(
    application: Application,
    outcome: str,
    *,
    by: User,
    at: datetime,
    months: int | None = None,
    monthly_cap_minor: int | None = None,
    first_period: date | None = None,
    rank: int | None = None,
    message: str = "",
    seen: int | None = None,
) -> Decision:
    """Propose what to decide of an application; an earlier proposal for it is taken back.

    Accept and waitlist say how many months, at most how much a month and from which month; waitlist its place too.

    :param seen: id of the decision that the proposer saw (0 for none); another's later one is not overwritten.
    :raises Refusal: by who is no manager or in conflict, for figures beyond the programme, if somebody decided
        meanwhile, or after release.
    """
    require_free_manager(application, by=by, at=at)
    lock(application)
    if application.state == Application.State.RETURNED:
        raise Refusal(_("The startup was asked for more information. Wait for it, or go on without it first."))
    if application.state != Application.State.SUBMITTED:
        raise Refusal(_("This application is not waiting for a decision."))
    given: dict[str, object] = {"outcome": outcome, "message": message}
    if outcome in (Outcome.ACCEPT, Outcome.WAITLIST):
        given |= _given(application, months, monthly_cap_minor, first_period)
    if outcome == Outcome.WAITLIST:
        if not rank or rank < 1:
            raise Refusal(_("Say which place on the waitlist."))
        given["rank"] = rank
    earlier = Decision.objects.current().filter(application=application).first()
    if earlier is not None:
        if _says_the_same(earlier, given, by):
            return earlier  # the second click of a double click
        if seen is not None and seen != earlier.pk:
            raise Refusal(_("Somebody has decided about this application meanwhile. Look again."))
        move(earlier, State.WITHDRAWN, by=by, at=at, reason=_("Proposed anew"))
    acting(by=by, at=at)
    currency = application.cohort.programme.currency
    return Decision.objects.create(application=application, currency=currency, proposed_by=by, proposed_at=at, **given)


def _says_the_same(decision: Decision, given: dict[str, object], by: User) -> bool:
    is_mine = decision.proposed_by_id == by.pk and decision.state == State.PROPOSED
    return is_mine and all(getattr(decision, name) == value for name, value in given.items())


def _given(
    application: Application, months: int | None, monthly_cap_minor: int | None, first_period: date | None
) -> dict[str, object]:
    programme = application.cohort.programme
    if not months or not monthly_cap_minor or not first_period or months < 1 or monthly_cap_minor < 1:
        raise Refusal(_("Say how many months, how much a month and from which month."))
    if months > programme.months or monthly_cap_minor > programme.monthly_cap_minor:
        raise Refusal(
            _("The programme gives at most %(cap)s a month for %(months)d months.")
            % {"cap": programme.monthly_cap, "months": programme.months}
        )
    return {"months": months, "monthly_cap_minor": monthly_cap_minor, "first_period": first_of_month(first_period)}


@lawful
def confirm(decision: Decision, *, by: User, at: datetime) -> None:
    """Confirm a proposal, as the second person.

    :raises Refusal: by the proposer, by who is no manager or in conflict, if the proposer is in conflict by now, or
        if it is not proposed any more.
    """
    require_free_manager(decision.application, by=by, at=at)
    if decision.proposed_by_id == by.pk:
        raise Refusal(_("You proposed this decision. A colleague must confirm it."))
    if has_conflict(decision.application, decision.proposed_by_id):
        raise Refusal(_("Who proposed this has a conflict of interest by now. Propose it anew."))
    lock(decision)
    if decision.state == State.CONFIRMED and decision.confirmed_by_id == by.pk:
        return  # the second click of a double click
    move(decision, State.CONFIRMED, by=by, at=at, confirmed_by=by, confirmed_at=at)


def take_back(decision: Decision, *, by: User, at: datetime, reason: str = "") -> None:
    """Take a decision back before it is released.

    :raises Refusal: by who is no manager or in conflict, or once it is released.
    """
    require_free_manager(decision.application, by=by, at=at)
    move(decision, State.WITHDRAWN, by=by, at=at, reason=reason)


@lawful
def release(cohort: Cohort, *, by: User, at: datetime, seen: str | None = None) -> list[Offer]:
    """Release every decision of a cohort together: states, offers, seats, reserved money and mails in one transaction.

    :param seen: of the plan that was looked at; a list that has changed since is not released.
    :raises Refusal: if an application has no confirmed decision, there are too few seats, or too little budget;
        nothing has changed then.
    """
    require_manager(cohort, by=by, at=at)
    lock(cohort)
    _lock_decisions(cohort)
    plan = plan_release(cohort)
    if cohort.released_at and plan.is_empty:
        raise Done(_("All decisions of this cohort are released."))
    if plan.refusal:
        raise Refusal(plan.refusal)
    if seen is not None and seen != plan.seen:
        raise Refusal(_("The decisions have changed since you looked. Look again, then release."))
    ids = list(Decision.objects.releasable(cohort).values_list("pk", flat=True))
    move_many(Decision.objects.filter(pk__in=ids), State.RELEASED, by=by, at=at)
    for outcome, state in _STATE_OF.items():
        chosen = Decision.objects.filter(pk__in=ids, outcome=outcome).values("application")
        move_many(Application.objects.filter(pk__in=chosen), state, by=by, at=at)
    accepted = Decision.objects.filter(pk__in=ids, outcome=Outcome.ACCEPT).select_related("application")
    offers = make_offers(list(accepted.order_by("pk")), cohort, by=by, at=at)
    cohort.released_at = cohort.released_at or at
    cohort.save(update_fields=["released_at"])
    registry.emit("decisions_released", offers=offers, by=by, at=at)
    _tell_applicants(ids, at)
    return offers


_STATE_OF = {
    Outcome.ACCEPT: Application.State.ACCEPTED,
    Outcome.WAITLIST: Application.State.WAITLISTED,
    Outcome.DECLINE: Application.State.DECLINED,
}


def make_offers(decisions: list[Decision], cohort: Cohort, *, by: User | None, at: datetime) -> list[Offer]:
    """Make the offers of released decisions; part of an act that reserves seats and money for them.

    :raises Refusal: if the programme has published no terms.
    """
    terms = Terms.objects.filter(programme=cohort.programme_id, published_at__lte=at).order_by("-version").first()
    if decisions and terms is None:
        raise Refusal(_("The programme has no published terms to sign."))
    acting(by=by, at=at)
    expires_at = at + timedelta(days=cohort.programme.offer_days)
    return Offer.objects.bulk_create(
        Offer(
            decision=d,
            application=d.application,
            cohort=cohort,
            terms=terms,
            months=d.months,  # type: ignore[misc]  # none is null: the law decision_says_what_is_given
            monthly_cap_minor=d.monthly_cap_minor,
            currency=d.currency,
            first_period=d.first_period,
            made_at=at,
            expires_at=expires_at,
        )
        for d in decisions
    )


def _lock_decisions(cohort: Cohort) -> None:
    """Hold applications and decisions still: nobody withdraws, proposes or takes back while the list is released."""
    waiting = Application.objects.filter(cohort=cohort, state=Application.State.SUBMITTED).order_by("pk")
    list(waiting.select_for_update(no_key=True).values_list("pk", flat=True))
    decisions = Decision.objects.filter(application__cohort=cohort, state=State.CONFIRMED).order_by("pk")
    list(decisions.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def _tell_applicants(decision_ids: list[int], at: datetime) -> None:
    released = Decision.objects.filter(pk__in=decision_ids).select_related(
        "application__startup", "application__cohort__programme", "offer"
    )
    people: dict[int, list[User]] = {}
    told = Membership.objects.told().filter(startup__in=released.values("application__startup"))
    for membership in told.select_related("person").order_by("pk"):
        people.setdefault(membership.startup_id, []).append(membership.person)
    queue_mails(
        [
            Letter(_MAIL_OF[Outcome(decision.outcome)], person, decision)
            for decision in released.order_by("pk")
            for person in people.get(decision.application.startup_id, ())
        ],
        at=at,
    )


_MAIL_OF = {
    Outcome.ACCEPT: "decision_accepted",
    Outcome.WAITLIST: "decision_waitlisted",
    Outcome.DECLINE: "decision_declined",
}
