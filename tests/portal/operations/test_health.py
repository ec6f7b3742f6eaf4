"""/healthz answers whatever happens; /readyz says what is wrong, and nothing a stranger should not read."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from portal.celery import app
from portal.clock import now
from portal.models import JobRun
from portal.operations import health
from portal.outbox.queue import queue_mail
from tests import factories
from tests.portal.outbox.test_queue import URLS

FINE = {"database", "migrations", "broker", "tick", "mail", "documents"}


@pytest.fixture(autouse=True)
def _broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use kombu's broker in memory, and know nothing of migrations yet."""
    monkeypatch.setattr(app, "connection_for_write", lambda **kwargs: type(app).connection_for_write(app, "memory://"))
    monkeypatch.setattr(health, "_migrated", False)


def ready() -> tuple[int, dict[str, Any]]:
    response = Client().get("/readyz")
    return response.status_code, response.json()["checks"]


def faults() -> set[str]:
    status, checks = ready()
    wrong = {name for name, finding in checks.items() if not finding["ok"]}
    assert status == (503 if wrong else 200)
    assert set(checks) == FINE
    return wrong


def ticked(ago: timedelta) -> None:
    at = timezone.now() - ago
    JobRun.objects.create(name="mail", started_at=at, finished_at=at)


def test_alive_without_database_or_session() -> None:
    response = Client().get("/healthz")  # no database mark: a query would fail the test
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert not response.cookies


@pytest.mark.django_db
def test_ready_when_all_is_well() -> None:
    ticked(timedelta(seconds=30))
    status, checks = ready()
    assert status == 200
    assert checks["tick"]["age_seconds"] in (30, 31)
    del checks["tick"]["age_seconds"]
    assert checks == {
        "database": {"ok": True},
        "migrations": {"ok": True, "pending": 0},
        "broker": {"ok": True},
        "tick": {"ok": True},
        "mail": {"ok": True, "oldest_due_seconds": 0},
        "documents": {"ok": True},
    }


@pytest.mark.django_db
def test_not_ready_before_the_first_tick_nor_after_five_minutes_without() -> None:
    assert faults() == {"tick"}
    ticked(timedelta(minutes=6))
    assert faults() == {"tick"}
    JobRun.objects.create(name="mail", started_at=timezone.now())  # begun, not finished
    assert faults() == {"tick"}
    ticked(timedelta(minutes=4))
    assert faults() == set()


@pytest.mark.django_db
def test_not_ready_while_a_migration_waits() -> None:
    ticked(timedelta())
    [last] = MigrationLoader(connection).graph.leaf_nodes("portal")
    MigrationRecorder(connection).record_unapplied(*last)
    assert faults() == {"migrations"}
    assert ready()[1]["migrations"]["pending"] >= 1
    MigrationRecorder(connection).record_applied(*last)
    assert faults() == set()


@pytest.mark.django_db
def test_not_ready_without_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    ticked(timedelta())
    nowhere = "redis://:very-secret@127.0.0.1:1/0"
    monkeypatch.setattr(app, "connection_for_write", lambda **kw: type(app).connection_for_write(app, nowhere, **kw))
    assert faults() == {"broker"}
    assert b"very-secret" not in Client().get("/readyz").content


@pytest.mark.django_db
def test_not_ready_while_due_mail_piles_up() -> None:
    ticked(timedelta())
    ada, at = factories.user(), now()
    with transaction.atomic():
        queue_mail(
            "account_exists", to=ada, about=ada, at=at, context=URLS, due_at=at + timedelta(days=1), once="later"
        )
        queue_mail("account_exists", to=ada, about=ada, at=at, context=URLS, due_at=at - timedelta(minutes=5), once="1")
    assert faults() == set()
    assert 300 <= ready()[1]["mail"]["oldest_due_seconds"] < 310
    queue_mail("account_exists", to=ada, about=ada, at=at, context=URLS, due_at=at - timedelta(minutes=16), once="2")
    assert faults() == {"mail"}


def test_not_ready_without_database(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    def gone(*args: object) -> None:
        raise OperationalError("password=very-secret")

    monkeypatch.setattr(connection, "cursor", gone)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert b"very-secret" not in response.content
    assert {name for name, finding in response.json()["checks"].items() if finding["ok"]} == {"broker", "documents"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(path: str) -> None:
    assert Client().post(path).status_code == 405
