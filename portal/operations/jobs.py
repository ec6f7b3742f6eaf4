"""Runs of sweeps, each leaving a JobRun committed apart from the work (law 13)."""

import logging
import traceback
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from portal.models import JobRun
from portal.operations import logs
from portal.registry import Sweep, registry

log = logging.getLogger(__name__)

# Beat ticks every sweep once a minute: runs that found nothing to do say only that the clockwork goes round.
UNEVENTFUL_KEPT = timedelta(hours=1)
EVENTFUL_KEPT = timedelta(days=90)
BACKUP = "backup"


def run_sweep(name: str, at: datetime) -> JobRun:
    """Run one sweep for what is due at `at`, and leave a JobRun that tells how it went.

    A sweep that fails keeps its error there and in the log, and troubles no other sweep.

    :raises KeyError: if nothing is registered under the name.
    """
    sweep = registry.sweeps[name]
    token = logs.request_id.set(uuid.uuid4().hex) if logs.request_id.get() == "-" else None
    try:
        return _run(sweep, at)
    finally:
        if token:
            logs.request_id.reset(token)


def run_all(at: datetime) -> list[JobRun]:
    """Run every sweep once, in their order."""
    return [run_sweep(name, at) for name in registry.sweeps_in_order()]


def report_progress(run: JobRun, words: str) -> None:
    """Say how far a long job has come, for whoever waits for it."""
    JobRun.objects.filter(pk=run.pk).update(progress=words[:200])


@contextmanager
def long_run(name: str) -> Iterator[JobRun]:
    """Leave a JobRun of a long job, apart from the sweep that found it: its progress, what it did, how it failed.

    Its error is raised on, for the sweep to say.
    """
    run = JobRun.objects.create(name=name[:60], started_at=timezone.now(), request_id=logs.request_id.get())
    try:
        yield run
    except Exception:
        run.error = traceback.format_exc(limit=-8)
        raise
    finally:
        run.finished_at = timezone.now()
        run.save(update_fields=["acted", "error", "finished_at"])


def note_backup(began: datetime, ended: datetime) -> JobRun:
    """Keep that rows and documents of `began` or later lie in a backup. Never dull: /metrics tells its age."""
    return JobRun.objects.create(name=BACKUP, started_at=began, finished_at=ended, acted=1)


@contextmanager
def alone(name: str, *, waits: bool = False) -> Iterator[bool]:
    """Hold the one seat of a job for the length of a transaction; give False if another process sits in it, or wait.

    The lock lives and dies with the transaction, so that a killed process leaves nothing behind and a pool of
    connections does not matter.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        lock = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
        cursor.execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"tremplin:{name}"])
        yield waits or bool(cursor.fetchone()[0])


def has_each_run(names: Collection[str], now: datetime) -> bool:
    """Return whether each of these sweeps ended a run, well or not, within the time for which every run is kept."""
    ended = JobRun.objects.filter(name__in=names, finished_at__gte=now - UNEVENTFUL_KEPT)
    return ended.values("name").distinct().count() == len(set(names))


def prune(now: datetime) -> int:
    """Forget runs that nobody will ask about: soon where nothing happened, after a season where something did."""
    old = JobRun.objects.filter(started_at__lt=now - EVENTFUL_KEPT)
    dull = JobRun.objects.filter(started_at__lt=now - UNEVENTFUL_KEPT, acted=0, error="", finished_at__isnull=False)
    return old.delete()[0] + dull.delete()[0]


def _run(sweep: Sweep, at: datetime) -> JobRun:
    run = JobRun.objects.create(name=sweep.name, started_at=timezone.now(), request_id=logs.request_id.get())
    try:
        run.acted = sweep.run(at)
    except Exception:
        log.exception("The sweep %s failed", sweep.name)
        run.error = traceback.format_exc(limit=-8)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()  # the error may be the server's end
    run.finished_at = timezone.now()
    run.save(update_fields=["acted", "error", "finished_at"])
    if run.acted:
        log.info("The sweep %s acted on %d", sweep.name, run.acted)
    return run
