"""A role is judged by the day of the act in the zone of its programme: by Python, by querysets and by laws alike."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from applications.actions import publish_terms
from applications.models import Cohort, Programme, Terms
from mentorship.actions import pair
from payouts.actions import fund_cohort
from portal import clock
from portal.language.zones import zone_names
from portal.models import Role, RoleGrant
from portal.models.roles import days_hold
from portal.refusals import Refusal
from tests import factories

# A manager's last day, and an act after it that the present day knows nothing of.
DAY = date(2026, 12, 1)
LATER = datetime(2027, 1, 29, 12, tzinfo=UTC)

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
CASES = st.lists(
    st.tuples(
        DAYS,
        st.none() | DAYS,
        st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: BEGINNING + timedelta(minutes=minutes)),
        st.sampled_from(zone_names()),
    ),
    min_size=1,
    max_size=50,
)
ASKED = "SELECT portal_days_hold(%s::date, %s::date, %s::timestamptz, %s)"


@pytest.mark.django_db
@given(CASES)
def test_python_and_the_database_agree_on_the_days_of_a_role(
    cases: list[tuple[date, date | None, datetime, str]],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([ASKED] * len(cases)), [part for case in cases for part in case])
        held = [answer for (answer,) in cursor.fetchall()]
    assert held == [days_hold(starts, ends, at, zone=zone) for starts, ends, at, zone in cases]


EDGES = [
    ("Pacific/Auckland", datetime(2027, 3, 4, 10, 59, tzinfo=UTC), False),
    ("Pacific/Auckland", datetime(2027, 3, 4, 11, tzinfo=UTC), True),
    ("Pacific/Auckland", datetime(2027, 3, 6, 11, tzinfo=UTC), False),
    ("America/Los_Angeles", datetime(2027, 3, 5, 7, 59, tzinfo=UTC), False),
    ("America/Los_Angeles", datetime(2027, 3, 7, 7, 59, tzinfo=UTC), True),
    ("America/Los_Angeles", datetime(2027, 3, 7, 8, tzinfo=UTC), False),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("zone", "at", "held"), EDGES)
def test_a_role_begins_and_ends_at_midnight_of_its_programme(zone: str, at: datetime, held: bool) -> None:
    programme = factories.programme(timezone=zone)
    mentor = factories.user("Mentor")
    factories.grant(mentor, Role.MENTOR, programme, starts_on=date(2027, 3, 5), ends_on=date(2027, 3, 7))
    assert mentor.holds(Role.MENTOR, at=at) is held
    assert mentor.scopes(Role.MENTOR, at=at) == ({programme.pk} if held else set())
    assert list(RoleGrant.objects.people(Role.MENTOR, programme.pk, at)) == ([mentor] if held else [])


@pytest.mark.django_db
def test_a_mentor_is_paired_on_the_first_day_where_the_programme_is() -> None:
    seat = factories.participation()
    Programme.objects.filter(pk=seat.cohort.programme_id).update(timezone="Pacific/Auckland")
    seat.refresh_from_db()
    manager, mentor = factories.holder(Role.MANAGER, seat.cohort.programme), factories.user("Mentor")
    factories.grant(mentor, Role.MENTOR, seat.cohort.programme, starts_on=date(2027, 3, 5))
    evening = datetime(2027, 3, 4, 20, tzinfo=UTC)  # nine in the morning of the fifth over there
    with pytest.raises(Refusal, match="not a mentor"):
        pair(seat, mentor, by=manager, at=evening - timedelta(days=1))
    assert pair(seat, mentor, by=manager, at=evening).paired_at == evening


@pytest.mark.django_db
def test_an_act_is_judged_by_its_own_day_and_not_by_the_present() -> None:
    cohort = factories.cohort()
    manager = factories.user("Manager")
    factories.grant(manager, Role.MANAGER, cohort.programme, ends_on=DAY)
    clock.stand(datetime(2026, 11, 30, 12, tzinfo=UTC))
    try:
        assert manager.holds(Role.MANAGER, at=clock.now())
        terms = Terms.objects.create(
            programme=cohort.programme, version=2, title={"en": "Terms"}, text={"en": "Words"}, digest="0" * 64
        )
        with pytest.raises(Refusal, match="Only managers"):
            publish_terms(terms, by=manager, at=LATER)
        with pytest.raises(Refusal, match="another role"):
            fund_cohort(cohort, 1, by=manager, at=LATER)
    finally:
        clock.stand(None)


@pytest.mark.django_db
def test_what_is_visible_is_what_was_theirs_when_they_looked() -> None:
    cohort = factories.cohort()
    manager = factories.user("Manager")
    factories.grant(manager, Role.MANAGER, cohort.programme, ends_on=DAY)
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZoneInfo(cohort.programme.timezone))
    seen = []
    for manager.seen_at in (midnight - timedelta(seconds=1), midnight):
        seen.append(list(Cohort.objects.visible_to(manager)))
    assert seen == [[cohort], []]


@pytest.mark.django_db
def test_a_request_looks_at_one_instant(client: Client) -> None:
    person = factories.user("Founder")
    client.force_login(person)
    clock.stand(LATER)
    try:
        response = client.get("/dashboard/")
    finally:
        clock.stand(None)
    assert response.wsgi_request.user.seen_at == LATER
