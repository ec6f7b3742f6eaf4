"""The demo: filled once, valid to the last row, and playable from the first click to the signature."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection, models

from applications import actions
from applications.documents import storage
from applications.models import (
    Application,
    Cohort,
    Decision,
    Document,
    Membership,
    Participation,
    Programme,
    Question,
    ReviewAssignment,
    Terms,
)
from demo.applications import people, programmes
from demo.applications.pdf import one_page
from portal import clock
from portal.language.fields import LocalText
from portal.models import Role, RoleGrant, User
from tests import factories

pytestmark = pytest.mark.django_db

OURS = ("portal", "applications", "payouts", "mentorship")


def seed() -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue().strip()


def counts() -> dict[str, int]:
    return {
        m._meta.label: m._default_manager.count() for label in OURS for m in apps.get_app_config(label).get_models()
    }


def person(key: str) -> User:
    user: User = User.objects.get(email=f"{key}@{people.DOMAIN}")
    return user


def test_seeding_twice_changes_nothing() -> None:
    assert seed() == "The demo is there, with 11 accounts."
    before = counts()
    assert seed() == "There is a programme already: nothing was changed."
    assert counts() == before


def test_seeding_leaves_a_database_with_a_programme_alone() -> None:
    Programme.objects.create(
        slug="own",
        funder="Own",
        contact_email="own@example.org",
        currency="USD",
        monthly_cap_minor=1,
        months=1,
        timezone="UTC",
    )
    assert seed() == "There is a programme already: nothing was changed."
    assert User.objects.count() == 0


def test_production_refuses_the_demo(settings: LazySettings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="production refuses"):
        seed()
    assert counts()["applications.Programme"] == 0


def test_every_row_is_valid() -> None:
    seed()
    ours: list[type[models.Model]] = [User, RoleGrant, *apps.get_app_config("applications").get_models()]
    for model in ours:
        for row in model._default_manager.all():
            row.full_clean(exclude=_unset(row))
    connection.check_constraints()


def test_every_word_is_there_in_both_languages() -> None:
    seed()
    for model in apps.get_app_config("applications").get_models():
        for field in (f for f in model._meta.get_fields() if isinstance(f, LocalText)):
            for words in model._default_manager.values_list(field.name, flat=True):
                assert (words == {} and field.blank) or (set(words) == {"en", "fr"} and all(words.values())), (
                    field,
                    words,
                )
    for choices in Question.objects.exclude(choices=[]).values_list("choices", flat=True):
        assert all(set(words) == {"en", "fr"} for _key, words in choices)


def test_every_account_can_sign_in_and_has_its_part() -> None:
    seed()
    listed = StringIO()
    call_command("seed_demo", accounts=True, stdout=listed)
    assert [line.split()[-2:] for line in listed.getvalue().splitlines()] == [
        [person.email, people.PASSWORD] for person in people.CAST
    ]
    for each in people.CAST:
        user = User.objects.get(email=each.email)
        assert user.check_password(people.PASSWORD)
        assert EmailAddress.objects.get(user=user).verified
    held = {p.key: set(person(p.key).grants(clock.now())) for p in people.CAST}
    assert held == {p.key: {p.role} - {""} for p in people.CAST}
    for p in people.CAST:
        assert person(p.key).scopes(*Role.values) == (
            set(Programme.objects.values_list("pk", flat=True)) if p.role else set()
        )
    assert [u.email for u in User.objects.filter(is_operator=True)] == [person("operator").email]


def test_finance_roles_took_three_people() -> None:
    seed()
    finance = RoleGrant.objects.filter(role__in=Role.finance())
    assert finance.count() == 4
    assert all(len({g.person_id, g.granted_by_id, g.confirmed_by_id}) == 3 for g in finance)


def test_roles_are_given_while_it_is_still_yesterday_where_the_programme_is() -> None:
    made, at = factories.programme(timezone="America/New_York"), datetime(2026, 12, 1, 3, 30, tzinfo=UTC)
    cast = people.introduce(at)
    people.give_roles(cast, made, at)
    since = at - people.IN_OFFICE_FOR
    for key, role in (("manager", Role.MANAGER), ("preparer", Role.FINANCE_PREPARER)):
        assert cast[key].holds(role, at=since, scope_id=made.pk)


def test_the_newcomer_starts_without_a_startup() -> None:
    seed()
    assert not Membership.objects.filter(person__email__endswith=people.DOMAIN).exists()
    others = User.objects.filter(memberships__isnull=False)
    assert others.exists()
    assert not any(user.has_usable_password() for user in others)


def test_programmes_differ_in_everything_that_is_data() -> None:
    seed()
    model, french = Programme.objects.order_by("id")
    assert (model.monthly_cap.format(), model.months, model.currency) == ("$6,000.00", 6, "USD")
    assert (french.monthly_cap.format(), french.months, french.currency) == ("€4,000.00", 4, "EUR")
    for field in ("timezone", "banking_calendar", "cooling_off_days", "payment_day", "offer_days", "funder"):
        assert getattr(model, field) != getattr(french, field)
    kinds = set(Question.objects.filter(section__cohort__programme=model).values_list("kind", flat=True))
    assert kinds == set(Question.Kind.values)


def test_both_cohorts_are_open_and_something_happens_in_them() -> None:
    seed()
    assert Cohort.objects.open(clock.now()).count() == 2
    states = Application.objects.filter(cohort__programme__slug="sirocco").values_list("state", flat=True)
    assert sorted(states) == ["draft", *["submitted"] * 5]
    assert sorted(ReviewAssignment.objects.values_list("state", flat=True)) == [
        "assigned",
        *["cleared"] * 8,
        "conflicted",
    ]
    proposed = Decision.objects.filter(state="proposed").order_by("id").values_list("outcome", flat=True)
    assert list(proposed) == ["accept", "decline", "waitlist"]
    for document in Document.objects.all():
        with storage.read(document.stored_as, document.sha256) as file:
            assert len(file.read()) == document.size


@pytest.mark.parametrize("name", ["sirocco", "alcyane"])
@pytest.mark.parametrize(
    "at",
    [
        datetime(2027, 1, 31, 23, 30, tzinfo=UTC),
        datetime(2028, 2, 29, 4, 0, tzinfo=UTC),
        datetime(2027, 3, 13, 12, 0, tzinfo=UTC),  # the night before New York's clocks change
        datetime(2027, 12, 31, 23, 59, tzinfo=UTC),
    ],
)
def test_dates_fall_into_place_on_any_day(name: str, at: datetime) -> None:
    cohort = programmes.lay_out(programmes.read(name), at=at)
    assert cohort.published_at
    assert cohort.published_at < cohort.opens_at <= at < cohort.closes_at
    assert cohort.closes_at.date() < cohort.decisions_on < cohort.first_period
    assert cohort.first_period.day == 1
    first = cohort.phases.order_by("opens_at", "id")[0]
    assert first.opens_at <= cohort.opens_at
    assert first.closes_at > cohort.closes_at
    assert Terms.objects.filter(programme=cohort.programme, published_at__lt=at).exists()


def test_the_journey_can_be_played_to_the_signature() -> None:
    seed()
    at = clock.now()
    cohort = Cohort.objects.get(programme__slug="sirocco")
    founder, manager, second = person("founder"), person("manager"), person("manager2")
    mine = _apply(cohort, founder, at)
    _judge(mine, manager, [person("reviewer"), person("reviewer2")], at)
    for application in Application.objects.filter(cohort=cohort, state="submitted", decisions=None):
        _propose(application, manager, at)
    for decision in Decision.objects.filter(application__cohort=cohort):
        actions.confirm(decision, by=second, at=at)
    offers = {o.application_id: o for o in actions.release(cohort, by=second, at=at)}
    offer = offers[mine.pk]
    assert offer.total.format() == "$36,000.00"
    actions.accept_offer(offer, by=founder, at=at)
    actions.sign_agreement(
        offer,
        signed_name=founder.name,
        digest=offer.terms.digest,
        language="fr",
        ip_address="192.0.2.1",
        by=founder,
        at=at,
    )
    assert Participation.objects.get(startup__name="Newcomer").state == "active"


def test_page_is_a_pdf_whose_table_finds_its_objects() -> None:
    file = one_page("Ñandú (Pagos) \\ ", "Oluwaṣeun")
    assert file.startswith(b"%PDF-1.4\n")
    assert file.endswith(b"%%EOF\n")
    assert b"(\xd1and\xfa \\(Pagos\\) \\\\ )" in file
    assert b"(Oluwa?eun)" in file
    table = int(file.split(b"startxref\n")[1].split(b"\n")[0])
    lines = file[table:].split(b"\n")
    assert lines[:3] == [b"xref", b"0 6", b"0000000000 65535 f "]
    for number, line in enumerate(lines[3:8], start=1):
        assert file[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)


def _unset(row: models.Model) -> list[str]:
    """Name the fields that wait for a later act, or may hold any value: no form ever asks for them."""
    fields = row._meta.fields
    return [f.name for f in fields if (f.null and getattr(row, f.attname) is None) or type(f) is models.JSONField]


def _apply(cohort: Cohort, founder: User, at: datetime) -> Application:
    startup = actions.create_startup(by=founder, at=at, name="Newcomer", country="US")
    application = actions.start_application(startup, cohort, by=founder, at=at)
    for criterion in cohort.criteria.all():
        value = criterion.value[0] if isinstance(criterion.value, list) else criterion.value
        fits = value - 1 if criterion.operator == "lt" else value
        actions.state_fact(application, criterion, fits, by=founder, at=at)
    for question in Question.objects.filter(section__cohort=cohort, is_required=True):
        actions.save_answer(application, question, _answer(question), by=founder, at=at)
    actions.submit(application, by=founder, at=at)
    return application


def _answer(question: Question) -> Any:
    first = question.choices[0][0] if question.choices else ""
    return {"number": "3", "yes_no": "yes", "choice": first, "choices": [first]}.get(question.kind, "Words")


def _judge(application: Application, manager: User, reviewers: list[User], at: datetime) -> None:
    for reviewer in reviewers:
        assignment = actions.assign_reviewer(
            application, reviewer, application.cohort.phases.earliest("opens_at"), by=manager, at=at
        )
        review = actions.declare_clear(assignment, by=reviewer, at=at)
        points = dict.fromkeys(application.cohort.rubric.all(), 4)
        actions.save_review(review, points=points, recommendation="accept", comment="", feedback="", by=reviewer, at=at)
        actions.submit_review(review, by=reviewer, at=at + timedelta(minutes=1))


def _propose(application: Application, manager: User, at: datetime) -> None:
    cohort = application.cohort
    actions.propose(
        application,
        "accept",
        months=cohort.programme.months,
        monthly_cap_minor=cohort.programme.monthly_cap_minor,
        first_period=cohort.first_period,
        by=manager,
        at=at,
    )
