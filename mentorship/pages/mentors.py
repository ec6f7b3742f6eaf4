"""Who mentors in programmes, and how much each has to do: read for the pairing desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from mentorship.models import AvailabilityRule, Mentor, MentorSession, Mentorship, Opening
from portal.models import Role, RoleGrant, User

BUSY_DAYS = 30


@dataclass(frozen=True, slots=True)
class MentorRow:
    """One mentor, and their profile with its load; None before their first pairing."""

    person: User
    profile: Mentor | None


def mentors_of(user: User, at: datetime) -> "QuerySet[User]":
    """Return who holds the mentor role in the programmes whose mentoring a person watches."""
    granted = RoleGrant.objects.effective(at).filter(role=Role.MENTOR, scope__in=user.scopes(*Role.oversight()))
    return User.objects.filter(pk__in=granted.values("person"), is_active=True)


def with_load(people: Sequence[User], at: datetime) -> list[MentorRow]:
    """Return mentors with the startups mentored and the sessions soon: one query, whatever their number."""
    pairs = Mentorship.objects.filter(mentor=OuterRef("pk"))
    sessions = MentorSession.objects.booked().filter(mentorship__mentor=OuterRef("pk"))
    soon = sessions.filter(starts_at__gte=at, starts_at__lt=at + timedelta(days=BUSY_DAYS))
    profiles = Mentor.objects.filter(person__in=people).annotate(
        load=_count(pairs.active()),
        sessions_soon=_count(soon),
        hours=Exists(AvailabilityRule.objects.filter(mentor=OuterRef("pk")))
        | Exists(Opening.objects.filter(mentor=OuterRef("pk"), ends_at__gt=at)),
    )
    by_person = {profile.person_id: profile for profile in profiles}
    return [MentorRow(each, by_person.get(each.pk)) for each in people]


def _count(rows: "QuerySet[Any]") -> Coalesce:
    """Count by itself: joined, the counts would multiply."""
    counted = rows.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
