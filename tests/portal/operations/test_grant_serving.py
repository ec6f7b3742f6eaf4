"""The serving role: it does everything the acts need, and cannot touch what only grows."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from payouts.models import Transfer
from portal.management.commands import grant_serving
from portal.models import Transition
from tests import factories
from tests.mentorship import builders
from tests.payouts import money

pytestmark = pytest.mark.django_db


@contextmanager
def serving() -> Iterator[None]:
    """Act with the rights of the serving role."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE serving")
        call_command("grant_serving", "serving", stdout=StringIO())
        cursor.execute("SET ROLE serving")
        yield
        cursor.execute("RESET ROLE")


def test_acts_work_with_the_rights_of_the_serving_role() -> None:
    with serving():
        money.settled(money.ready(factories.participation(factories.submitted(factories.startup()))))
        builders.held(builders.pair(factories.participation(factories.submitted(factories.startup()))))
        assert Transfer.objects.exists()
        assert Transition.objects.exists()


@pytest.mark.parametrize("table", ["payouts_transfer", "payouts_funding", "portal_transition", "portal_disclosure"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_only_grows_is_out_of_its_reach(table: str, statement: str) -> None:
    money.settled()
    with (
        serving(),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        cursor.execute(statement.format(table))


def test_a_table_of_a_later_version_can_be_used_at_once() -> None:
    with serving(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE; CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY, n int); SET ROLE serving")
        cursor.execute("INSERT INTO later (n) VALUES (1); UPDATE later SET n = 2; DELETE FROM later WHERE n = 2")
        assert cursor.rowcount == 1


def test_no_temporary_table_is_made_from_whose_triggers_laws_could_be_got_round() -> None:
    with (
        serving(),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError, match="permission denied to create temporary tables"),
        transaction.atomic(),
    ):
        cursor.execute("CREATE TEMPORARY TABLE loophole (n int)")


def test_a_role_that_keeps_that_right_does_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grant_serving, "OWNS_DATABASE", "SELECT false, current_database()")
    with pytest.raises(CommandError, match="REVOKE TEMPORARY ON DATABASE"), serving():
        pass


@pytest.mark.parametrize(
    ("granted", "why"),
    [
        ("GRANT {owner} TO serving", "is a member of the tables' owner"),
        ("ALTER ROLE serving SUPERUSER", "or a superuser"),
        ("GRANT CREATE ON DATABASE {database} TO serving", "may make schemas of its own"),
    ],
)
def test_a_role_that_may_get_round_laws_does_not_serve(granted: str, why: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_user), quote_ident(current_database())")
        owner, database = cursor.fetchone()
        cursor.execute(f"CREATE ROLE serving; {granted.format(owner=owner, database=database)}")
    with pytest.raises(CommandError, match=why):
        call_command("grant_serving", "serving", stdout=StringIO())


def test_what_was_granted_too_much_is_taken_back() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE serving; GRANT ALL ON ALL TABLES IN SCHEMA public TO serving")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO serving; GRANT ALL ON SCHEMA public TO serving")
        call_command("grant_serving", "serving", stdout=StringIO())
        cursor.execute(
            "SELECT has_table_privilege('serving', 'payouts_payment', 'TRUNCATE, TRIGGER, REFERENCES'),"
            " has_sequence_privilege('serving', 'payouts_trace_number', 'UPDATE'),"
            " has_schema_privilege('serving', 'public', 'CREATE')"
        )
        assert cursor.fetchone() == (False, False, False)


def test_neither_a_stranger_nor_the_owner_is_made_to_serve() -> None:
    with pytest.raises(CommandError, match="no role nobody_here"):
        call_command("grant_serving", "nobody_here")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        [owner] = cursor.fetchone()
    with pytest.raises(CommandError, match="may do everything"):
        call_command("grant_serving", owner)
