"""What the tests of pages share: people who are signed in, the clock, and a form as a browser would send it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse, QueryDict
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from applications.models import Application, Membership, Question, Startup
from demo.applications.pdf import one_page
from portal import clock
from portal.accounts import devices
from portal.models import User
from tests import factories as f

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PASSWORD = "a springboard of spruce"
PDF = one_page("Deck", "Slides")
SCRIPT = "<script>alert(1)</script>"
LONG = "Nom" * 30 + "🦄"


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock of pages to the present of the tests."""
    set_clock(monkeypatch, f.AT)


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def text(response: Any) -> str:
    body: bytes = response.content
    return body.decode()


def told(response: Any) -> list[str]:
    """Give what the page says on top: the messages of the last act."""
    return [str(message) for message in response.context["messages"]]


def queries(client: Client, url: str) -> int:
    """Count the queries of a page, its session and its person included."""
    client.get(url)
    clock.forget()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def member(startup: Startup, role: str) -> User:
    """Make a person who belongs to a startup."""
    person = f.user()
    Membership.objects.create(startup=startup, person=person, role=role, joined_at=f.AT)
    return person


def with_password(person: User) -> User:
    """Let a person sign in by the login page."""
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def signed_out(person: User) -> Client:
    """Give a browser in which the person was signed in until their session ended."""
    request, response, client = RequestFactory().get("/"), HttpResponse(), Client()
    request.session = {}  # type: ignore[assignment]  # all that is asked of it
    devices.remember(request, person)
    devices.write(request, response)
    client.cookies["device"] = response.cookies["device"].value
    return client


def sign_in_by_page(client: Client, person: User, url: str) -> Any:
    """Give address and password to the login page one was sent to, and follow where it leads."""
    return client.post(url, {"login": person.email, "password": PASSWORD}, follow=True)


def name_of(application: Application, key: str) -> str:
    """Give the name of a question's field."""
    return f"answer-{Question.objects.get(section__cohort=application.cohort, key=key).pk}"


def form_on(response: Any) -> dict[str, Any]:
    """Give what a browser would send of the page on which an application is written, nothing changed on it."""
    return dict(_fields(response))


def _fields(response: Any) -> Iterator[tuple[str, Any]]:
    for item in response.context["form"].items:
        yield f"seen-{item.name}", item.token
        value = item.field.value()
        if not item.kind.is_document and value not in (None, "", []):
            yield item.name, value


def upload(body: bytes = PDF, name: str = "deck.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body, content_type="application/pdf")


def as_query(data: dict[str, Any]) -> QueryDict:
    """Give data as a request has it."""
    query = QueryDict(mutable=True)
    for name, value in data.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return query
