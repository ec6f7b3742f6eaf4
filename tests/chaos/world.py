"""The programme of a run: startups at every stage, laid out through the real acts, so that the months to come fall due."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.management import call_command
from django.test import Client

from applications import actions
from applications.models import Application, Cohort, Offer, Participation, Programme
from mentorship import actions as mentoring
from portal.language.dates import first_of_month
from portal.models import Role, User
from tests import factories
from tests.mentorship import builders
from tests.payouts import money

RUNNING, OFFERED, MENTORS = 9, 12, 3
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class World:
    """Who and what there is at the start; people by their part."""

    programme: Programme
    open_cohort: Cohort
    writers: list[User]
    offers: list[Offer]
    seats: list[Participation]
    mentors: list[User]
    staff: dict[str, User] = field(default_factory=dict)


def build(now: datetime) -> World:
    """Fill an empty, migrated database: seats with verified accounts and mentors, offers to answer, a cohort to apply to."""
    _set_the_present(now)
    programme = factories.programme(slug="chaos", offer_days=60, payment_day=2)
    money.source(programme)
    staff = {
        "manager": factories.holder(Role.MANAGER, programme, "Mona Manager"),
        "preparer": factories.holder(Role.FINANCE_PREPARER, programme, "Paula Preparer"),
        "preparer2": factories.holder(Role.FINANCE_PREPARER, programme, "Pavel Preparer"),
        "approver": factories.holder(Role.FINANCE_APPROVER, programme, "Ada Approver"),
        "approver2": factories.holder(Role.FINANCE_APPROVER, programme, "Amos Approver"),
    }
    mentors = [factories.holder(Role.MENTOR, programme, f"Mentor {n}") for n in range(MENTORS)]
    first = first_of_month(now.date())
    seats = _seats(programme, mentors, first)
    offers = _offers(programme, first)
    open_cohort = _cohort(programme, first, closes_at=now + timedelta(days=3000), seats=1)
    writers = [factories.user(f"Writer {n}") for n in range(3)]
    return World(programme, open_cohort, writers, offers, seats, mentors, staff)


def _set_the_present(now: datetime) -> None:
    """Let the tests' builders live a few weeks before the run."""
    factories.AT, factories.DECIDED = now - timedelta(days=40), now - timedelta(days=3)
    builders.NOW = now - timedelta(days=2)


def _cohort(programme: Programme, first: date, **fields: Any) -> Cohort:
    decisions_on = factories.DECIDED.date()
    closes_at = fields.pop("closes_at", factories.AT + timedelta(days=30))
    return factories.cohort(programme, first_period=first, decisions_on=decisions_on, closes_at=closes_at, **fields)


def _startup(n: int, kind: str, cohort: Cohort) -> Application:
    """Make a startup with a submitted application; it has one founder, so that staff confirms its bank details."""
    return factories.submitted(factories.startup(factories.user(f"{kind} {n}"), name=f"{kind} Works {n}"), cohort)


def _seats(programme: Programme, mentors: list[User], first: date) -> list[Participation]:
    cohort = _cohort(programme, first, seats=RUNNING)
    for n in range(RUNNING):
        factories.confirmed(_startup(n, "Running", cohort))
    seats = [_taken(offer, n) for n, offer in enumerate(_release(cohort))]
    for n, seat in enumerate(seats):
        builders.pair(seat, mentors[n % MENTORS], hours=False)
    for mentor in mentors:
        for weekday in range(7):
            mentoring.add_rule(
                mentor.mentor,
                weekday=weekday,
                starts=time(8),
                ends=time(20),
                zone="America/New_York",
                from_on=builders.NOW.date(),
                by=mentor,
                at=builders.NOW,
            )
    return seats


def _taken(offer: Offer, n: int) -> Participation:
    by = factories.founder_of(offer.application.startup)
    seat = actions.accept_offer(offer, by=by, at=factories.DECIDED)
    factories.sign(offer)
    seat.refresh_from_db()
    money.verified(seat, at=factories.DECIDED, account_number=f"1000{n:06}", holder_name=f"Running Works {n}")
    return seat


def _offers(programme: Programme, first: date) -> list[Offer]:
    cohort = _cohort(programme, first, seats=OFFERED)
    for n in range(OFFERED):
        factories.confirmed(_startup(n, "Offered", cohort))
    return _release(cohort)


def _release(cohort: Cohort) -> list[Offer]:
    factories.fund(cohort)
    manager = factories.holder(Role.MANAGER, cohort.programme)
    return list(actions.release(cohort, by=manager, at=factories.DECIDED))


def session_of(person: User) -> str:
    """Sign a person in, without the page's form, and give the session's key."""
    client = Client()
    client.force_login(User.objects.get(pk=person.pk), backend=BACKEND)
    return str(client.cookies["sessionid"].value)


def prepare() -> None:
    """Make tables, cache and static files, as a deployment does before it serves."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
