"""Builders of valid objects, each at the stage its name says, made through the real acts.

`AT` is the present of the tests: 2 March 2027, noon UTC, while the cohort is open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection, transaction

from applications import actions
from applications.models import (
    Application,
    Cohort,
    Decision,
    EligibilityCriterion,
    Membership,
    Offer,
    Participation,
    Programme,
    Question,
    ReviewPhase,
    RubricCriterion,
    Section,
    Startup,
    Terms,
)
from portal.laws.transitions import acting
from portal.models import Role, RoleGrant, User
from portal.models.two_people import STANDS
from tests.stages import stage

AT = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
DECIDED = datetime(2027, 4, 12, 12, 0, tzinfo=UTC)  # after the cohort closed
_n = count(1)


def user(name: str = "", **fields: Any) -> User:
    """Make a person with an address of their own."""
    n = next(_n)
    fields.setdefault("email", f"person{n}@example.org")
    return User.objects.create_user(name=name or f"Person {n}", **fields)


@contextmanager
def act_of(by: User, at: datetime = AT) -> Iterator[None]:
    """Tell the database who acts, and afterwards what it was told before."""
    names = ("tremplin.actor", "tremplin.at", "tremplin.reason")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"COALESCE(current_setting('{name}', true), '')" for name in names))
        before = cursor.fetchone()
        acting(by=by, at=at)
        yield
        cursor.execute("SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in names), before)


def grant(person: User, role: str, programme: Programme, **fields: Any) -> RoleGrant:
    """Grant a role that holds, confirmed where a second person must."""
    confirmed: dict[str, Any] = {}
    if role in Role.finance():
        confirmed = {"confirmed_by": user("Confirming Operator"), "confirmed_at": AT}
    told: dict[str, Any] = (
        {"granted_by": user("Granting Operator"), "granted_at": AT - timedelta(minutes=1)} | confirmed | fields
    )
    second, confirmed_at = told.pop("confirmed_by", None), told.pop("confirmed_at", None)
    starts_on = told.pop("starts_on", date(2020, 1, 1))
    with act_of(told["granted_by"], told["granted_at"]):
        made = RoleGrant.objects.create(person=person, role=role, scope=programme, starts_on=starts_on, **told)
    if second:
        made.confirmed_by, made.confirmed_at = second, confirmed_at
        with act_of(second, confirmed_at):
            made.save(update_fields=["confirmed_by", "confirmed_at"])
    person.forget_grants()
    return made


def holder(role: str, programme: Programme, name: str = "") -> User:
    """Make a person who holds a role."""
    person = user(name)
    grant(person, role, programme)
    return person


def programme(**fields: Any) -> Programme:
    """Make a programme of 6,000 USD × 6 months with published terms."""
    n = next(_n)
    values: dict[str, Any] = {
        "slug": f"programme-{n}",
        "name": {"en": f"Programme {n}", "fr": f"Programme {n} (fr)"},
        "funder": "Example Foundation",
        "tagline": {"en": "Help for young companies", "fr": "Une aide aux startups"},
        "offer": {"en": "Money and mentors", "fr": "De l’argent et des mentors"},
        "conditions": {"en": "No repayment", "fr": "Sans remboursement"},
        "afterwards": {"en": "We ask how you are", "fr": "Nous prenons de vos nouvelles"},
        "contact_email": "programme@example.org",
        "currency": "USD",
        "monthly_cap_minor": 600_000,
        "months": 6,
        "timezone": "America/New_York",
        "cooling_off_days": 0,
    }
    made = Programme.objects.create(**(values | fields))
    Terms.objects.create(
        programme=made,
        version=1,
        title={"en": "Participation agreement", "fr": "Convention de participation"},
        text={"en": "The startup agrees.", "fr": "La startup accepte."},
        published_at=AT - timedelta(days=60),
    )
    return made


def cohort(of: Programme | None = None, *, publish: bool = True, **fields: Any) -> Cohort:
    """Make a cohort, open at `AT`, with criteria, questions, rubric and a review phase."""
    n = next(_n)
    values: dict[str, Any] = {
        "programme": of or programme(),
        "slug": f"cohort-{n}",
        "code": f"C{n}",
        "name": {"en": f"Cohort {n}", "fr": f"Promotion {n}"},
        "opens_at": AT - timedelta(days=30),
        "closes_at": AT + timedelta(days=30),
        "decisions_on": date(2027, 4, 15),
        "first_period": date(2027, 5, 1),
        "seats": 10,
    }
    made = Cohort.objects.create(**(values | fields))
    _rules(made)
    if publish:
        made.published_at = AT - timedelta(days=31)
        made.save(update_fields=["published_at"])
    return made


def _rules(made: Cohort) -> None:
    K, O = EligibilityCriterion.Kind, EligibilityCriterion.Operator  # noqa: E741, N806  # short, for the table below
    for order, (fact, kind, operator, value) in enumerate(
        [
            ("country", K.COUNTRY, O.IN, ["US"]),
            ("raised", K.MONEY, O.BELOW, 1_000_000_000),
            ("developers", K.NUMBER, O.AT_LEAST, 1),
        ]
    ):
        EligibilityCriterion.objects.create(
            cohort=made,
            order=order,
            fact=fact,
            kind=kind,
            operator=operator,
            value=value,
            question={"en": f"{fact}?"},
            passed={"en": f"{fact} fits"},
            failed={"en": f"{fact} does not fit"},
        )
    section = Section.objects.create(cohort=made, order=1, title={"en": "Your product", "fr": "Votre produit"})
    questions = [
        ("product", "long", True),
        ("site", "url", False),
        ("team_name", "short", False),
        ("deck", "file", False),
    ]
    for order, (key, asked, required) in enumerate(questions):
        Question.objects.create(
            section=section,
            order=order,
            key=key,
            kind=asked,
            label={"en": f"{key}?", "fr": f"{key} ?"},
            is_required=required,
            identifies=key == "team_name",
            max_length=500,
        )
    for order, name in enumerate(["Product", "Team"]):
        RubricCriterion.objects.create(
            cohort=made,
            order=order,
            name={"en": name},
            guidance={"en": f"How good is the {name.lower()}?"},
            weight=order + 1,
        )
    ReviewPhase.objects.create(
        cohort=made, name={"en": "First reading"}, opens_at=made.opens_at, closes_at=made.closes_at + timedelta(days=30)
    )


def startup(founder: User | None = None, **fields: Any) -> Startup:
    """Make a startup with one founder."""
    n = next(_n)
    values: dict[str, Any] = {"name": f"Startup {n}", "country": "US"}
    return actions.create_startup(by=founder or user(f"Founder {n}"), at=AT, **(values | fields))


def takes_leave(person: User, how: str, at: datetime) -> datetime:
    """Let somebody who asked for something be unable to ask for it any more; give the instant of whoever confirms it.

    :param how: "role" ends their roles, "account" closes it, "time" lets too much of it pass.
    """
    if how == "role":
        RoleGrant.objects.filter(person=person).update(ends_on=at.date())
    elif how == "account":
        User.objects.filter(pk=person.pk).update(is_active=False)
    return at + (STANDS + timedelta(seconds=1) if how == "time" else timedelta(hours=1))


def founder_of(of: Startup) -> User:
    """Give a startup's first founder."""
    return Membership.objects.filter(startup=of, role="founder", ended_at=None).order_by("id")[0].person


@stage()
def draft(of: Startup | None = None, to: Cohort | None = None) -> Application:
    """Make a draft in which nothing is missing."""
    of = of or startup()
    by = founder_of(of)
    made = actions.start_application(of, to or cohort(), by=by, at=AT)
    question = Question.objects.get(section__cohort=made.cohort, key="product")
    actions.save_answer(made, question, "A fine product", by=by, at=AT)
    for fact, value in {"country": "US", "raised": 100_000_000, "developers": 2}.items():
        actions.state_fact(made, made.cohort.criteria.get(fact=fact), value, by=by, at=AT)
    return made


@stage()
def submitted(of: Startup | None = None, to: Cohort | None = None) -> Application:
    """Make a submitted application."""
    made = draft(of, to)
    actions.submit(made, by=founder_of(made.startup), at=AT)
    return made


@stage()
def confirmed(application: Application | None = None, outcome: str = "accept", **given: Any) -> Decision:
    """Make a confirmed decision, by two managers of the programme."""
    application = application or submitted()
    of = application.cohort.programme
    if outcome != "decline":
        given = {
            "months": of.months,
            "monthly_cap_minor": of.monthly_cap_minor,
            "first_period": application.cohort.first_period,
        } | given
    if outcome == "waitlist":
        given.setdefault("rank", 1)
    made = actions.propose(application, outcome, by=holder(Role.MANAGER, of), at=DECIDED, **given)
    actions.confirm(made, by=holder(Role.MANAGER, of), at=DECIDED)
    return made


@stage()
def offer(application: Application | None = None, **given: Any) -> Offer:
    """Make an open offer, by the release of its cohort; whatever reserves money finds a funded cohort."""
    decision = confirmed(application, **given)
    fund(decision.application.cohort)
    [made] = actions.release(
        decision.application.cohort, by=holder(Role.MANAGER, decision.application.cohort.programme), at=DECIDED
    )
    return made


def fund(of: Cohort, minor: int = 1_000_000_000) -> None:
    """Give a cohort its budget, if the money's app is there."""
    try:
        from payouts.actions import fund_cohort
    except ImportError:
        return
    with transaction.atomic():
        fund_cohort(of, minor, by=holder(Role.MANAGER, of.programme), at=DECIDED)


@stage()
def participation(application: Application | None = None, *, signed: bool = True, **given: Any) -> Participation:
    """Make a participation: offer accepted, and the agreement signed unless told otherwise."""
    made = offer(application, **given)
    by = founder_of(made.application.startup)
    seat = actions.accept_offer(made, by=by, at=DECIDED)
    if signed:
        sign(made)
    seat.refresh_from_db()
    return seat


def sign(made: Offer) -> None:
    """Sign an accepted offer's agreement."""
    actions.sign_agreement(
        made,
        signed_name="Ada Founder",
        digest=made.terms.digest,
        language="en",
        ip_address="192.0.2.1",
        by=founder_of(made.application.startup),
        at=DECIDED,
    )
