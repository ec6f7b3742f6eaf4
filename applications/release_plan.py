"""What a release would do, reckoned by the database: a cohort's decisions are counted, not read."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Cohort, Decision, Membership, Offer
from portal.money import Money

Outcome = Decision.Outcome


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What a release would do at this moment. `seen` names exactly this set of decisions."""

    accepted: int
    waitlisted: int
    declined: int
    mails: int
    seats: int
    seats_taken: int
    reserved: Money
    undecided: int
    returned: int
    seen: str

    @property
    def decisions(self) -> int:
        """Return how many decisions would be released."""
        return self.accepted + self.waitlisted + self.declined

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is left to decide or to release."""
        return not self.undecided + self.returned + self.decisions

    @property
    def seats_left(self) -> int:
        """Return how many seats would be left; negative when there are too few."""
        return self.seats - self.seats_taken - self.accepted

    @property
    def refusal(self) -> str:
        """Return why it cannot be released, as far as is known before trying; empty when all is well."""
        if self.returned:
            return ngettext(
                "%(n)d application waits for information from its startup. Go on without it, or wait.",
                "%(n)d applications wait for information from their startups. Go on without it, or wait.",
                self.returned,
            ) % {"n": self.returned}
        if self.undecided:
            return ngettext(
                "%(n)d application has no confirmed decision yet.",
                "%(n)d applications have no confirmed decision yet.",
                self.undecided,
            ) % {"n": self.undecided}
        if not self.decisions:
            return _("There is nothing to release.")
        if self.seats_left < 0:
            return _("%(offers)d startups are to be accepted, but only %(seats)d seats are left.") % {
                "offers": self.accepted,
                "seats": self.seats - self.seats_taken,
            }
        return ""


def plan_release(cohort: Cohort) -> ReleasePlan:
    """Return what releasing the cohort's decisions would do now."""
    confirmed = Decision.objects.releasable(cohort)
    found = confirmed.aggregate(
        **{outcome.value: Count("pk", filter=Q(outcome=outcome)) for outcome in Outcome},
        asked=Sum(F("months") * F("monthly_cap_minor"), filter=Q(outcome=Outcome.ACCEPT)),
        ids=StringAgg(Cast("pk", TextField()), ",", order_by="pk", default=Value("")),
    )
    decided = sum(found[outcome.value] for outcome in Outcome)
    counts = cohort_counts(cohort)
    return ReleasePlan(
        accepted=found[Outcome.ACCEPT.value],
        waitlisted=found[Outcome.WAITLIST.value],
        declined=found[Outcome.DECLINE.value],
        mails=Membership.objects.told().filter(startup__in=confirmed.values("application__startup")).count()
        if decided
        else 0,
        seats=cohort.seats,
        seats_taken=counts.seats_taken,
        reserved=Money(found["asked"] or 0, cohort.programme.currency),
        undecided=counts.submitted - decided,
        returned=counts.returned,
        seen=hashlib.sha256(found["ids"].encode()).hexdigest(),
    )


@dataclass(frozen=True, slots=True)
class CohortCounts:
    """How many applications of a cohort wait for a decision or a seat, and how many seats its offers hold."""

    submitted: int
    returned: int
    waitlisted: int
    seats_taken: int


def cohort_counts(cohort: Cohort) -> CohortCounts:
    """Count what waits in a cohort and what holds a seat, in one query that reads indexes alone."""
    found, state = Application.objects.filter(cohort=OuterRef("pk")), Application.State
    counted: list[models.QuerySet[Any, Any]] = [
        *(found.filter(state=each) for each in (state.SUBMITTED, state.RETURNED, state.WAITLISTED)),
        Offer.objects.filter(cohort=OuterRef("pk")).holding_seats(),
    ]
    numbers = [Subquery(rows.order_by().values("cohort").annotate(n=Count("*")).values("n")) for rows in counted]
    return CohortCounts(*(n or 0 for n in Cohort.objects.filter(pk=cohort.pk).values_list(*numbers).get()))
