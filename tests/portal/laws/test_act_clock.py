"""The instant of an act lies at the database's own clock, but for demos, rehearsals and tests."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from portal.laws import act_clock
from portal.laws.transitions import move
from portal.models import Transition
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> None:
    """Hold acts to the clock, as on a database of production."""
    act_clock.set_free(connection, False)


def withdraw(ahead: timedelta) -> str:
    """Withdraw an application as of an instant before or after the present; give what refused it."""
    application = f.submitted()
    act_clock.set_free(connection, False)
    try:
        with transaction.atomic():
            move(application, "withdrawn", by=None, at=timezone.now() + ahead)
    except IntegrityError as error:
        return str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", ""))
    finally:
        act_clock.set_free(connection, True)
    return ""


@pytest.mark.parametrize(
    ("ahead", "law"),
    [
        (timedelta(), ""),
        (timedelta(minutes=4), ""),
        (timedelta(minutes=-59), ""),
        (timedelta(minutes=6), "transition_happens_now"),
        (timedelta(minutes=-61), "transition_happens_now"),
        (timedelta(days=-400), "transition_happens_now"),
    ],
)
def test_an_act_happens_within_an_hour_of_the_databases_clock(ahead: timedelta, law: str) -> None:
    assert withdraw(ahead) == law


def test_a_demos_acts_tell_any_instant() -> None:
    application = f.submitted()
    assert act_clock.is_free(connection)
    move(application, "withdrawn", by=None, at=f.AT)
    last = Transition.objects.of(application).last()
    assert last
    assert last.at == f.AT


@pytest.mark.parametrize(
    "statement",
    [
        "SET LOCAL tremplin.clock = 'free'",
        "SELECT set_config('tremplin.free', 'on', true)",
        "ALTER ROLE serving SET tremplin.clock = 'free'",
        f"COMMENT ON TABLE portal_transition IS '{act_clock.FREE}'",
        "COMMENT ON TABLE portal_outgoingmail IS 'anything'",
        f"CREATE FUNCTION obj_description(oid, name) RETURNS text LANGUAGE sql AS $$ SELECT '{act_clock.FREE}' $$",
    ],
)
def test_who_serves_does_not_free_the_clock(held: None, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE serving")
        call_command("grant_serving", "serving", stdout=StringIO())
        cursor.execute("SET LOCAL ROLE serving")
        try:
            with transaction.atomic():
                cursor.execute(statement)
        except DatabaseError as refused:
            came = str(refused)
        else:
            came = "permission denied, or of no use"
        cursor.execute("RESET ROLE")
    assert "permission denied" in came or "must be owner" in came
    assert not act_clock.is_free(connection)


@pytest.mark.parametrize("demo", [True, False])
def test_migrate_frees_the_clock_of_a_demo_alone(settings: LazySettings, demo: bool) -> None:
    settings.DEMO, settings.PRODUCTION = demo, not demo
    act_clock.set_free(connection, not demo)
    for _ in range(2):
        act_clock.follow_settings(using="default")
        assert act_clock.is_free(connection) is demo
