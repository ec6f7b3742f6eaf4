"""Deciding: proposed by one person, confirmed by another, released for a whole cohort at once (law 11)."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Cohort, Conflict, Decision, Offer, Terms
from portal import mail
from portal.models import Role, User
from portal.refusals import Refusal
from portal.registry import registry
from portal.transitions import acting, lock, move, move_many

Outcome = Decision.Outcome
State = Decision.State


@transaction.atomic
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
) -> Decision:
    """Propose what to decide of an application; an earlier proposal for it is taken back.

    Accept and waitlist say how many months, at most how much a month and from which month; waitlist its place too.

    :raises Refusal: by who is no manager or in conflict, for figures beyond the programme, or after release.
    """
    _require_decider(application, by)
    lock(application)
    if application.state not in (Application.State.SUBMITTED, Application.State.RETURNED):
        raise Refusal(_("This application is not waiting for a decision."))
    programme = application.cohort.programme
    given: dict[str, object] = {}
    if outcome in (Outcome.ACCEPT, Outcome.WAITLIST):
        if not months or not monthly_cap_minor or not first_period:
            raise Refusal(_("Say how many months, how much a month and from which month."))
        if months > programme.months or monthly_cap_minor > programme.monthly_cap_minor:
            raise Refusal(
                _("The programme gives at most %(cap)s a month for %(months)d months.")
                % {"cap": programme.monthly_cap, "months": programme.months}
            )
        given = {"months": months, "monthly_cap_minor": monthly_cap_minor, "first_period": first_period.replace(day=1)}
    if outcome == Outcome.WAITLIST:
        if not rank:
            raise Refusal(_("Say which place on the waitlist."))
        given["rank"] = rank
    for earlier in Decision.objects.current().filter(application=application):
        move(earlier, State.WITHDRAWN, by=by, at=at, reason=_("Proposed anew"))
    acting(by=by, at=at)
    return Decision.objects.create(
        application=application,
        outcome=outcome,
        currency=programme.currency,
        message=message,
        proposed_by=by,
        proposed_at=at,
        **given,
    )


@transaction.atomic
def confirm(decision: Decision, *, by: User, at: datetime) -> None:
    """Confirm a proposal, as the second person.

    :raises Refusal: by the proposer, by who is no manager or in conflict, or if it is not proposed any more.
    """
    _require_decider(decision.application, by)
    if decision.proposed_by_id == by.pk:
        raise Refusal(_("You proposed this decision. A second person confirms it."))
    move(decision, State.CONFIRMED, by=by, at=at, confirmed_by=by, confirmed_at=at)


def take_back(decision: Decision, *, by: User, at: datetime, reason: str = "") -> None:
    """Take a decision back before it is released.

    :raises Refusal: by who is no manager or in conflict, or once it is released.
    """
    _require_decider(decision.application, by)
    move(decision, State.WITHDRAWN, by=by, at=at, reason=reason)


@transaction.atomic
def release(cohort: Cohort, *, by: User, at: datetime) -> list[Offer]:
    """Release every decision of a cohort together: states, offers, seats, reserved money and mails in one transaction.

    :raises Refusal: if an application has no confirmed decision, there are too few seats, or too little budget;
        nothing has changed then.
    """
    if not by.holds(Role.MANAGER, scope_id=cohort.programme_id):
        raise Refusal(_("Only managers of this programme release its decisions."))
    lock(cohort)
    decisions = Decision.objects.filter(application__cohort=cohort, state=State.CONFIRMED)
    _require_all_decided(cohort)
    accepted = list(decisions.filter(outcome=Outcome.ACCEPT).select_related("application").order_by("id"))
    if len(accepted) > cohort.seats:
        raise Refusal(
            _("%(offers)d startups are to be accepted, but the cohort has %(seats)d seats.")
            % {"offers": len(accepted), "seats": cohort.seats}
        )
    ids = list(decisions.values_list("pk", flat=True))
    move_many(Decision.objects.filter(pk__in=ids), State.RELEASED, by=by, at=at)
    for outcome, state in _STATE_OF.items():
        chosen = Application.objects.filter(decisions__in=Decision.objects.filter(pk__in=ids, outcome=outcome))
        move_many(Application.objects.filter(pk__in=chosen.values("pk")), state, by=by, at=at)
    offers = make_offers(accepted, cohort, by=by, at=at)
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
            # The law decision_says_what_is_given holds these three.
            months=d.months,  # type: ignore[misc]
            monthly_cap_minor=d.monthly_cap_minor,
            currency=d.currency,
            first_period=d.first_period,
            made_at=at,
            expires_at=expires_at,
        )
        for d in decisions
    )


def _require_all_decided(cohort: Cohort) -> None:
    waiting = Application.objects.filter(
        cohort=cohort, state__in=[Application.State.SUBMITTED, Application.State.RETURNED]
    )
    undecided = waiting.exclude(decisions__state=State.CONFIRMED).count()
    if undecided:
        raise Refusal(
            ngettext(
                "%(n)d application has no confirmed decision yet.",
                "%(n)d applications have no confirmed decision yet.",
                undecided,
            )
            % {"n": undecided}
        )
    if not waiting.exists():
        raise Refusal(_("There is nothing to release."))


def _require_decider(application: Application, by: User) -> None:
    if not by.holds(Role.MANAGER, scope_id=application.cohort.programme_id):
        raise Refusal(_("Only managers of this programme decide."))
    if Conflict.objects.current().filter(person=by, startup=application.startup_id).exists():
        raise Refusal(_("You have a conflict of interest with this startup. Somebody else decides."))


def _tell_applicants(decision_ids: list[int], at: datetime) -> None:
    kinds = {
        Outcome.ACCEPT: "decision_accepted",
        Outcome.WAITLIST: "decision_waitlisted",
        Outcome.DECLINE: "decision_declined",
    }
    released = Decision.objects.filter(pk__in=decision_ids).select_related(
        "application__startup", "application__cohort__programme", "offer"
    )
    for decision in released.order_by("id"):
        for person in decision.application.startup.members():
            mail.queue(kinds[Outcome(decision.outcome)], to=person, about=decision, at=at)
