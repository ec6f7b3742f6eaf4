"""One line a request, with the id that its answer names; no line tells a secret."""

import logging
import re
from collections.abc import Iterable, Iterator
from io import StringIO

import pytest
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string

from portal.middleware import RequestIdMiddleware
from portal.operations import logs
from tests import factories as f

pytestmark = pytest.mark.django_db
ID = "asked-0001"


@pytest.fixture(autouse=True)
def _with_ids(caplog: pytest.LogCaptureFixture) -> None:
    """Let the records that are caught bear what the console's do."""
    caplog.handler.addFilter(logs.RequestIdFilter())
    caplog.set_level(logging.INFO)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """Give level, words without the milliseconds, and request id of each line."""
    return [
        (record.levelname, re.sub(r"\d+ ms", "… ms", record.getMessage()), vars(record)["request_id"])
        for record in caplog.records
    ]


def test_answered_request_leaves_one_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    response = client.get("/?email=ada@example.org", headers={"X-Request-ID": ID})
    assert response["X-Request-ID"] == ID
    assert told(caplog) == [("INFO", "GET / 200 in … ms for -", ID)]


def test_missing_page_leaves_one_line_with_its_id(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    person = f.user()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    caplog.clear()
    response = client.get("/nowhere/?q=1")
    assert told(caplog) == [("WARNING", f"GET /nowhere/ 404 in … ms for {person.pk}", response["X-Request-ID"])]


def test_line_has_fields(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.post("/nowhere/")
    fields = vars(caplog.records[0])
    assert {name: fields[name] for name in ("method", "path", "status", "user_id")} == {
        "method": "POST",
        "path": "/nowhere/",
        "status": 404,
        "user_id": "-",
    }
    assert 0 <= fields["ms"] < 60_000


def test_what_django_says_last_bears_the_id(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="django.request")
    client.get("/nowhere/", headers={"X-Request-ID": ID})
    assert told(caplog)[-1] == ("WARNING", "Not Found: /nowhere/", ID)


def test_id_ends_with_its_request(client: Client) -> None:
    client.get("/", headers={"X-Request-ID": ID})
    assert logs.request_id.get() == "-"


def test_id_that_is_none_is_replaced(client: Client) -> None:
    assert client.get("/", headers={"X-Request-ID": "x y\tz"})["X-Request-ID"] not in {"", "-", "x y\tz"}


def test_static_files_leave_no_line(caplog: pytest.LogCaptureFixture) -> None:
    ask = RequestIdMiddleware(lambda request: HttpResponse())
    assert ask(RequestFactory().get("/static/portal/portal.css")).status_code == 200
    assert told(caplog) == []
    logs.drop_request_id()


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/invitations/a:b-c/", "/invitations/***/"),
        ("/account/setup/abc123/", "/account/setup/***/"),
        ("/account/password/reset/key/7-abc-123/", "/account/password/reset/key/***/"),
        ("/account/confirm-email/MQ:1abc:d-e/", "/account/confirm-email/***/"),
        ("/invitations/SECRET", "/invitations/***"),
        ("/invitations//SECRET", "/invitations//***"),
        ("/Invitations/SECRET/more", "/Invitations/***/more"),
        ("/account/setup/SECRET", "/account/setup/***"),
        ("/account/confirm-email/SECRET", "/account/confirm-email/***"),
        ("/account/password/reset/key/7-SECRET", "/account/password/reset/key/***"),
        ("/fr/invitations/SECRET/", "/fr/invitations/***/"),
        ("/copied/MTI:1wXyZa:abcdefghijklmnop", "/copied/***"),
        ("/invitations/12/withdraw/", "/invitations/12/withdraw/"),
        ("/programmes/spring-2027-generative-models/", "/programmes/spring-2027-generative-models/"),
        ("/nowhere%0aINFO/", "/nowhere%0AINFO/"),
    ],
)
def test_line_tells_no_secret_and_stays_one(
    client: Client, caplog: pytest.LogCaptureFixture, address: str, path: str
) -> None:
    client.get(address)
    assert [vars(record)["path"] for record in caplog.records if record.name == "portal.requests"] == [path]


@pytest.mark.parametrize("formatter", [logs.Plain(), logs.Json()])
def test_no_line_of_anybody_tells_a_secret(formatter: logging.Formatter) -> None:
    request = RequestFactory().get("/account/setup/SECRET/")
    about = {"msg": "Not Found: %s", "args": ("/invitations/SECRET",), "request": request}
    line = formatter.format(logging.makeLogRecord(about))
    assert ("SECRET" in line, "***" in line) == (False, True)


def test_every_address_with_a_secret_is_masked_without_its_last_slash(client: Client) -> None:
    routes = [route for route in _routes(get_resolver().url_patterns) if "token" in route or "key>" in route]
    assert len(routes) >= 4
    for route in routes:
        path = re.sub(r"\(\?P<\w+>.*?\)|<\w+:(token|key)>", "SECRET", f"/{route}").rstrip("/$")
        assert "SECRET" not in logs.masked(path) or "uuid" in route, path


def _routes(patterns: Iterable[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


@pytest.fixture
def console() -> Iterator[StringIO]:
    """Write what is told of security as the console's handler writes it."""
    ours, stream = settings.LOGGING["handlers"]["console"], StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Plain("%(levelname)s %(name)s %(message)s"))
    for name in ours["filters"]:
        handler.addFilter(import_string(settings.LOGGING["filters"][name]["()"])())
    logger = logging.getLogger("django.security")
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


@pytest.mark.parametrize("host", ["evil.example", "evil.example, other.example", "[", "x" * 5000, "a b"])
def test_foreign_host_leaves_one_quiet_line(
    client: Client, monkeypatch: pytest.MonkeyPatch, console: StringIO, host: str
) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["ours.example"])
    assert client.get("/", headers={"host": host}).status_code == 400
    [line] = console.getvalue().splitlines()
    assert line.startswith("WARNING django.security.DisallowedHost Invalid HTTP_HOST header: ")
    assert len(line) < 400


def test_too_many_fields_leave_one_quiet_line(client: Client, console: StringIO) -> None:
    assert client.post("/account/login/", {f"field{n}": "1" for n in range(2100)}).status_code == 400
    [line] = console.getvalue().splitlines()
    assert line.startswith("WARNING django.security.TooManyFieldsSent ")


def test_what_may_be_our_fault_keeps_its_traceback(console: StringIO) -> None:
    try:
        raise SuspiciousFileOperation("Detected path traversal attempt")
    except SuspiciousFileOperation as error:
        logging.getLogger("django.security.SuspiciousFileOperation").error("x", exc_info=error)
    assert "Traceback" in console.getvalue()


def test_line_needs_no_database(caplog: pytest.LogCaptureFixture) -> None:
    class Unreachable:
        @property
        def pk(self) -> int:
            raise OperationalError

    def answer(request: HttpRequest) -> HttpResponse:
        request.user = Unreachable()  # type: ignore[assignment]  # all that is read of it is its key
        return HttpResponse(status=500)

    RequestIdMiddleware(answer)(RequestFactory().get("/"))
    assert told(caplog)[0][1] == "GET / 500 in … ms for -"
    logs.drop_request_id()
