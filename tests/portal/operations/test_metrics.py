"""/metrics: figures that Prometheus can read, equal to what stands in the database."""

import math
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from portal import clock
from portal.laws.transitions import move
from portal.models import JobRun, OutgoingMail
from portal.operations import health, jobs, law_checks
from portal.outbox.queue import mark_bounced, queue_mail
from portal.registry import registry
from tests import factories
from tests.payouts import money

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _broker_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests a server for the one figure that asks the broker."""
    monkeypatch.setitem(health.CHECKS, "broker", lambda: {"ok": True})


def figures() -> dict[tuple[str, str], float]:
    """Read every figure: by its name, and the value of its one label."""
    text = Client().get("/metrics").content.decode()
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_are_those_of_the_database() -> None:
    money.settled()
    money.sent()
    JobRun.objects.create(name="mail", started_at=timezone.now(), finished_at=timezone.now(), error="Gone")
    JobRun.objects.bulk_create(
        JobRun(name=name, started_at=timezone.now(), finished_at=timezone.now())
        for name in registry.sweeps.keys() - {"mail"}
    )
    jobs.run_sweep("laws", money.DUE + timedelta(days=10))
    found = figures()
    assert {key[1]: value for key, value in found.items() if key[0] == "tremplin_payments"} == {"settled": 1, "sent": 1}
    assert found["tremplin_disbursements", "paid"] == 1
    assert found["tremplin_payment_batches", "sent"] == 1
    assert found["tremplin_sweep_failures", "mail"] == 1
    assert 0 <= found["tremplin_sweep_age_seconds", "laws"] < 60
    assert [found["tremplin_law_violations", str(law)] for law in law_checks.LAWS] == [0] * 16
    assert found["tremplin_ready", "database"] == 1


def test_age_is_that_of_the_oldest_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {figures()["tremplin_payout_oldest_seconds", side] for side in ("finance", "bank")} == {0}
    batch = money.sent()
    [ready] = money.ready_months(1)
    assert batch.sent_at
    monkeypatch.setattr(clock, "_stands_at", ready.due_at + timedelta(days=9))
    found = figures()
    assert found["tremplin_payout_oldest_seconds", "finance"] == timedelta(days=9).total_seconds()
    assert found["tremplin_payout_oldest_seconds", "bank"] == (clock.now() - batch.sent_at).total_seconds()


def test_a_mail_is_in_trouble_for_a_day_and_until_it_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    at = timezone.now()
    monkeypatch.setattr(clock, "_stands_at", at)

    def in_trouble() -> list[float]:
        found = figures()
        return [found["tremplin_mails_in_trouble", state] for state in ("failed", "bounced")]

    assert in_trouble() == [0, 0]
    queue_mail("account_changed", to=factories.user(), about=None, at=at)
    outgoing = OutgoingMail.objects.get()
    move(outgoing, "sending", by=None, at=at)
    move(outgoing, "failed", by=None, at=at)
    assert in_trouble() == [1, 0]
    monkeypatch.setattr(clock, "_stands_at", at + timedelta(days=1))
    assert in_trouble() == [0, 0]
    assert figures()["tremplin_mails", "failed"] == 1
    move(outgoing, "queued", by=None, at=clock.now())
    move(outgoing, "sending", by=None, at=clock.now())
    move(outgoing, "sent", by=None, at=clock.now(), sent_at=clock.now())
    mark_bounced(outgoing, by=None, at=clock.now(), error="full")
    assert in_trouble() == [0, 1]


def test_figures_name_nobody() -> None:
    money.settled()
    text = Client().get("/metrics").content.decode()
    assert not any(word in text for word in ("@", "Startup", "Person", money.NUMBER))


def test_a_sweep_that_never_ended_well_is_infinitely_old() -> None:
    ended = timezone.now() - timedelta(days=2)
    JobRun.objects.create(name="mail", started_at=ended, finished_at=ended)
    JobRun.objects.create(name="laws", started_at=timezone.now(), finished_at=timezone.now(), error="Gone")
    found = figures()
    ages = {key[1]: value for key, value in found.items() if key[0] == "tremplin_sweep_age_seconds"}
    assert ages == dict.fromkeys(registry.sweeps, math.inf)
    assert found["tremplin_law_check_age_seconds", ""] == math.inf


def test_the_age_of_a_backup_is_that_of_what_it_holds() -> None:
    assert figures()["tremplin_backup_age_seconds", ""] == math.inf
    began = timezone.now() - timedelta(hours=30)
    for ago in (timedelta(hours=30), timedelta(hours=54)):
        call_command("note_backup", began=(timezone.now() - ago).isoformat())
    jobs.prune(timezone.now())
    found = figures()
    assert 0 <= found["tremplin_backup_age_seconds", ""] - (timezone.now() - began).total_seconds() + 60 < 61
    assert not health.examine()["checks"]["tick"]["ok"], "a backup is no tick"


@pytest.mark.parametrize("began", ["yesterday", "2026-11-23T02:15:00", "2999-01-01T00:00:00Z"])
def test_a_backup_began_at_an_instant_that_is_past(began: str) -> None:
    with pytest.raises(CommandError):
        call_command("note_backup", began=began)
    assert not JobRun.objects.exists()


def test_without_its_database_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", gone)
    assert figures() == {
        ("tremplin_ready", "database"): 0,
        ("tremplin_ready", "migrations"): 0,
        ("tremplin_ready", "broker"): 1,
        ("tremplin_ready", "tick"): 0,
        ("tremplin_ready", "mail"): 0,
        ("tremplin_ready", "documents"): 1,
    }


def test_the_operators_page_names_every_figure() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    families = set(re.findall(r"^# TYPE (\w+)", Client().get("/metrics").content.decode(), re.MULTILINE))
    alarms = "".join(line for line in page.splitlines() if line.startswith("| `tremplin_"))
    assert families == set(re.findall(r"`(tremplin_(?!owner`)\w+)", alarms))
