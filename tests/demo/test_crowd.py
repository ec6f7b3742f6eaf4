"""The crowd of `seed_demo --startups N`: bulk, and yet as lawful as what acts make."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from applications import rules
from applications.models import Application, ApplicationVersion, Decision, Offer, Participation, Programme
from applications.snapshot import snapshot
from demo.applications import crowd
from demo.applications.crowd.shape import ROUNDS, SLUG, members, spread
from mentorship.models import MentorSession
from payouts import ledger
from payouts.models import Award, Disbursement, Payment, PayoutAccount
from portal import clock
from portal.laws.transitions import stateful_models
from portal.models import OutgoingMail, Transition
from portal.operations import law_checks
from portal.registry import registry

N = 200


def seed(n: int) -> str:
    said = StringIO()
    call_command("seed_demo", startups=n, stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_a_crowd_is_lawful_and_whole() -> None:
    assert f"A crowd of {N} startups is there." in seed(N)
    connection.check_constraints()
    assert [verdict for verdict in law_checks.check(registry.law_questions, clock.now()) if verdict.count] == []
    assert ledger.discrepancies() == []
    found = Application.objects.filter(cohort__programme__slug=SLUG)
    assert found.count() == N
    assert set(found.values_list("state", flat=True)) == set(Application.State.values)
    assert set(Participation.objects.values_list("state", flat=True)) == {"onboarding", "active", "graduated"}
    assert set(Disbursement.objects.values_list("state", flat=True)) >= {"scheduled", "paid"}
    assert {row.state for row in PayoutAccount.objects.defer("sealed")} >= {"verified"}
    kinds: list[type[models.Model]] = [Decision, Offer, Award, Payment, MentorSession, OutgoingMail]
    for model in kinds:
        assert model._default_manager.exists()
    for model in stateful_models():
        told = Transition.objects.filter(subject_table=model._meta.db_table, from_state="").count()
        assert told == model._default_manager.count()

    # What was copied is what the act would have frozen and found.
    for version in ApplicationVersion.objects.filter(application__in=found).order_by("pk")[:3]:
        assert version.content == snapshot(version.application)
        judged = rules.judge(
            version.application.cohort.criteria.all(), dict(version.application.facts.values_list("fact", "value"))
        )
        assert rules.is_eligible(judged)

    # A second crowd is refused, and changes nothing.
    before = {model: model._default_manager.count() for model in apps.get_models()}
    with pytest.raises(CommandError, match="There is a crowd already"):
        seed(N)
    assert {model: model._default_manager.count() for model in apps.get_models()} == before


@pytest.mark.django_db
def test_a_crowd_has_some_of_each() -> None:
    with pytest.raises(CommandError, match="at least"):
        seed(crowd.FEWEST - 1)


@pytest.mark.django_db
def test_a_crowd_leaves_a_database_of_ones_own_alone() -> None:
    Programme.objects.create(
        slug="own",
        funder="Own",
        contact_email="own@example.org",
        currency="USD",
        monthly_cap_minor=1,
        months=1,
        timezone="UTC",
    )
    with pytest.raises(CommandError, match="needs the demo's people"):
        seed(N)
    assert Application.objects.count() == 0


def test_everybody_has_a_round_and_a_fate() -> None:
    crowd_of = members(1000, ROUNDS)
    assert [member.n for member in crowd_of] == list(range(1000))
    assert [sum(member.of is of for member in crowd_of) for of in ROUNDS] == [200, 200, 200, 150, 250]
    assert list(spread(6, {"a": 2, "b": 1})).count("a") == 4
