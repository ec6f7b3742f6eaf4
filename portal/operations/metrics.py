"""What /metrics says, in Prometheus' format: figures of the whole, read from the database; no person, no sum of money."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portal import clock
from portal.models import JobRun, LawCheck, OutgoingMail, Transition
from portal.operations import health, jobs
from portal.registry import registry

IN_TROUBLE = (OutgoingMail.State.FAILED, OutgoingMail.State.BOUNCED)


class Figures(Collector):
    """The figures of this moment, of the kernel and of every app; without the database only that it is away."""

    def collect(self) -> Iterable[Metric]:
        checks = health.examine()["checks"]
        yield ready(checks)
        if checks["database"]["ok"]:
            at = clock.now()
            for source in (ticks, mails, laws, backups, *registry.metrics):
                yield from source(at)


def exposition() -> bytes:
    """Return everything as the text that Prometheus reads."""
    collectors = CollectorRegistry()
    collectors.register(Figures())
    return generate_latest(collectors)


def by_state(name: str, words: str, counts: Iterable[tuple[str, int]]) -> Metric:
    """Return one gauge with a value a state."""
    family = GaugeMetricFamily(name, words, labels=["state"])
    for state, count in counts:
        family.add_metric([state], count)
    return family


def ready(checks: Mapping[str, health.Finding]) -> Metric:
    """Say what /readyz says, check by check."""
    family = GaugeMetricFamily("tremplin_ready", "1 where the check of /readyz is in order", labels=["check"])
    for check, finding in checks.items():
        family.add_metric([check], int(finding["ok"]))
    return family


def ticks(at: datetime) -> Iterable[Metric]:
    """Say when each sweep last ended well, and how many of its runs of the last day failed. The machine's time.

    A sweep that did not end well for a day has an infinite age: no alarm falls silent for want of a figure.
    """
    age = GaugeMetricFamily("tremplin_sweep_age_seconds", "Since the sweep last ended well", labels=["sweep"])
    failed = GaugeMetricFamily("tremplin_sweep_failures", "Runs of the last 24 hours that failed", labels=["sweep"])
    now = timezone.now()
    rows = (
        JobRun.objects.filter(name__in=registry.sweeps, started_at__gte=now - timedelta(days=1))
        .values_list("name")
        .annotate(well=Max("finished_at", filter=Q(error="")), failed=Count("id", filter=~Q(error="")))
        .order_by("name")
    )
    found = {name: (ended, errors) for name, ended, errors in rows}
    for name in sorted(registry.sweeps):
        ended, errors = found.get(name, (None, 0))
        age.add_metric([name], (now - ended).total_seconds() if ended else math.inf)
        failed.add_metric([name], errors)
    yield from (age, failed)


def mails(at: datetime) -> Iterable[Metric]:
    """Count mails by state, those lately in trouble once more, and say how long the oldest due one has waited."""
    mails = OutgoingMail.objects.values_list("state").annotate(Count("id")).order_by("state")
    yield by_state("tremplin_mails", "Mails of the outbox by state", mails)
    told = Transition.objects.filter(
        subject_table=OutgoingMail._meta.db_table, subject_id=OuterRef("pk"), to_state=OuterRef("state")
    )
    lately = dict(mails.filter(Exists(told.filter(at__gt=at - timedelta(days=1))), state__in=IN_TROUBLE))
    yield by_state(
        "tremplin_mails_in_trouble",
        "Mails that failed or came back within the last 24 hours and were not sent again",
        [(state.value, lately.get(state.value, 0)) for state in IN_TROUBLE],
    )
    waited = health.mail()["oldest_due_seconds"]
    yield GaugeMetricFamily("tremplin_mail_oldest_due_seconds", "How long the oldest due mail has waited", value=waited)


def laws(at: datetime) -> Iterable[Metric]:
    """Yield the violations that the last check found, law by law, and its age."""
    last = LawCheck.objects.order_by("-checked_on").values_list("checked_on", flat=True)[:1]
    violations = GaugeMetricFamily(
        "tremplin_law_violations", "Rows that break a law, at the last check", labels=["law"]
    )
    checks = list(LawCheck.objects.filter(checked_on__in=last).order_by("law"))
    for check in checks:
        violations.add_metric([str(check.law)], check.count)
    yield violations
    age = (at - checks[0].checked_at).total_seconds() if checks else math.inf
    yield GaugeMetricFamily("tremplin_law_check_age_seconds", "Since the laws were last checked", value=age)


def backups(at: datetime) -> Iterable[Metric]:
    """Say how old what the last whole backup holds is; infinite where none was noted. The machine's time."""
    began = JobRun.objects.filter(name=jobs.BACKUP).order_by("-started_at").values_list("started_at", flat=True).first()
    age = (timezone.now() - began).total_seconds() if began else math.inf
    yield GaugeMetricFamily("tremplin_backup_age_seconds", "Since the last whole backup began", value=age)
