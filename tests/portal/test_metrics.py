"""/metrics: figures that Prometheus can read, equal to what stands in the database."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from portal import health, jobs
from portal.models import JobRun
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
    jobs.run_sweep("laws", money.DUE + timedelta(days=10))
    found = figures()
    assert {key[1]: value for key, value in found.items() if key[0] == "tremplin_payments"} == {"settled": 1, "sent": 1}
    assert found["tremplin_disbursements", "paid"] == 1
    assert found["tremplin_payment_batches", "sent"] == 1
    assert found["tremplin_sweep_failures", "mail"] == 1
    assert 0 <= found["tremplin_sweep_age_seconds", "laws"] < 60
    assert [found["tremplin_law_violations", str(law)] for law in range(1, 14)] == [0] * 13
    assert found["tremplin_ready", "database"] == 1


def test_figures_name_nobody() -> None:
    money.settled()
    text = Client().get("/metrics").content.decode()
    assert not any(word in text for word in ("@", "Startup", "Person", money.NUMBER))
