"""The crowd's offers, signatures and seats."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F

from applications.actions.decisions import make_offers
from applications.models import Agreement, Cohort, Decision, Offer, Participation
from demo import bulk
from demo.applications.crowd.shape import Calendar, Member, spread
from portal.laws.transitions import acting, move_many
from portal.models import User

State = Offer.State
SIGNING = timedelta(hours=30)
LAPSING = timedelta(days=10, hours=1)


def offer(cohort: Cohort, members: Sequence[Member], on: Calendar, *, by: User) -> None:
    """Make the offers of the released decisions, and let founders answer them."""
    accepted = Decision.objects.filter(application__cohort=cohort, outcome=Decision.Outcome.ACCEPT)
    offers = make_offers(list(accepted.select_related("application").order_by("pk")), cohort, by=by, at=on.decided_at)
    answers: dict[str, list[Offer]] = {state: [] for state in State.values}
    for made, answer in zip(offers, spread(len(offers), on.of.offers), strict=True):
        answers[answer].append(made)
    answered_at = on.decided_at + timedelta(days=1)
    for state, at in (
        (State.ACCEPTED, answered_at),
        (State.DECLINED, answered_at),
        (State.LAPSED, on.decided_at + LAPSING),
    ):
        chosen = Offer.objects.filter(pk__in=[made.pk for made in answers[state]])
        move_many(chosen, state, by=None, at=at)
    _seat(answers[State.ACCEPTED], {m.application: m for m in members}, on)


def _seat(offers: Sequence[Offer], members: dict[int, Member], on: Calendar) -> None:
    at = on.decided_at + timedelta(days=1)
    acting(by=None, at=at)
    bulk.copy(
        Participation,
        ("offer", "application", "startup", "cohort", "state", "months", "first_period", "created_at"),
        (
            (
                o.pk,
                o.application_id,
                members[o.application_id].startup,
                o.cohort_id,
                "onboarding",
                o.months,
                o.first_period,
                at,
            )
            for o in offers
        ),
    )
    if signed := offers[: len(offers) * on.of.signed // 100]:
        _sign(signed, members, at + SIGNING)


def _sign(signed: Sequence[Offer], members: dict[int, Member], at: datetime) -> None:
    terms = signed[0].terms
    bulk.copy(
        Agreement,
        (
            "offer",
            "terms",
            "language",
            "title",
            "text",
            "digest",
            "signed_by",
            "signed_name",
            "signed_at",
            "ip_address",
        ),
        (
            (
                o.pk,
                terms.pk,
                "en",
                terms.title["en"],
                terms.text["en"],
                terms.digest,
                members[o.application_id].founder,
                members[o.application_id].person()[0],
                at,
                "192.0.2.1",
            )
            for o in signed
        ),
    )
    seats = Participation.objects.filter(offer__in=[o.pk for o in signed]).values("pk")
    move_many(Participation.objects.filter(pk__in=seats), Participation.State.ACTIVE, by=None, at=at)


def graduate(cohort: Cohort, *, by: User, at: Calendar) -> int:
    """Let nine of ten seats of a cohort come to their end, whose months are all over."""
    ours = Participation.objects.filter(cohort=cohort, state=Participation.State.ACTIVE)
    chosen = ours.annotate(place=F("pk") % 10).filter(place__gt=0).values_list("pk", flat=True)
    ended = Participation.objects.filter(pk__in=list(chosen))
    return move_many(ended, Participation.State.GRADUATED, by=by, at=at.at)
