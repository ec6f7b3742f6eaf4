"""What is answered when something broke."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver

from portal.models import User
from portal.views import errors

GET = RequestFactory().get("/")
STOP = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.fixture
def other(db: None) -> Iterator[BaseDatabaseWrapper]:
    """Give another connection, which a test may break."""
    made = connection.copy()
    yield made
    made.close()


def answer_to(sql: str, database: BaseDatabaseWrapper) -> HttpResponse:
    """Give what an error of the database is answered with."""
    with pytest.raises(DatabaseError) as raised, database.cursor() as cursor:
        cursor.execute(sql)
    try:
        raise raised.value
    except DatabaseError:
        return errors.server_error(GET)


def test_database_that_stops_is_answered_with_a_503(other: BaseDatabaseWrapper) -> None:
    answer = answer_to(STOP, other)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Back in a moment" in answer.content.decode()


def test_database_that_is_not_there_is_answered_with_a_503(db: None, tmp_path: Path) -> None:
    nowhere = DatabaseWrapper(connection.settings_dict | {"HOST": str(tmp_path)}, alias="nowhere")
    assert answer_to("SELECT 1", nowhere).status_code == 503


@pytest.mark.parametrize("sql", ["SELECT 1 / 0", "SET statement_timeout = 1; SELECT pg_sleep(5)", "SELECT nothing"])
def test_database_that_answers_with_an_error_is_a_fault_of_ours(sql: str, other: BaseDatabaseWrapper) -> None:
    assert answer_to(sql, other).status_code == 500


def test_session_that_could_not_be_saved_for_want_of_a_database_is_answered_with_a_503(
    client: Client, django_user_model: type[User], transactional_db: None
) -> None:
    client.force_login(User.objects.create_user("ada@example.org"))

    def view(request: HttpRequest) -> HttpResponse:
        request.session["seen"] = True
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute(STOP)
        return HttpResponse()

    request = RequestFactory().get("/")
    request.COOKIES["sessionid"] = client.cookies["sessionid"].value
    with pytest.raises(SessionInterrupted) as raised:
        SessionMiddleware(view)(request)
    assert errors.bad_request(GET, raised.value).status_code == 503
    connection.close()


def test_bad_request_is_one(db: None) -> None:
    assert errors.bad_request(GET, SessionInterrupted()).status_code == 400


def test_these_answers_are_the_sites() -> None:
    found = [get_resolver().resolve_error_handler(code) for code in (400, 500)]
    assert found == [errors.bad_request, errors.server_error]
