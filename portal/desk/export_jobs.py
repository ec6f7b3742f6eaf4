"""Exports that the worker makes: found by the tick, kept for a week for who asked, forgotten by a sweep."""

import logging
import tempfile
from datetime import datetime, timedelta

from django.core.files.base import File
from django.db.models import F
from django.http import Http404, QueryDict
from django.utils.translation import override

from portal.desk.export_files import write
from portal.desk.tables_by_name import open_table
from portal.files import private
from portal.models import Export, JobRun, User
from portal.operations import jobs

log = logging.getLogger(__name__)

SWEEP = "exports"
FOLDER = "exports"
# An export that nobody reported on is taken up anew after this: more than a worker's task may take.
LEASE = timedelta(minutes=6)
MOST_ATTEMPTS = 3


def make_due(at: datetime) -> int:
    """Make every export that waits, also one whose worker died; return how many were made."""
    made = 0
    for export in Export.objects.due(at).order_by("id").select_related("person"):
        if _claim(export, at):
            made += _make(export, at)
    return made


def forget_old(at: datetime) -> int:
    """Delete the files that were kept long enough; return how many. The rows stay: they are the log."""
    old = Export.objects.filter(forgotten_at=None, made_at__lte=at - Export.KEPT).exclude(stored_as="")
    gone = [export.pk for export in old if private.discard(export.stored_as)]
    return Export.objects.filter(pk__in=gone).update(forgotten_at=at)


def _claim(export: Export, at: datetime) -> bool:
    """Take an export up under a lease, unless another worker has it or it failed too often."""
    claimed = Export.objects.due(at).filter(pk=export.pk)
    if export.attempts >= MOST_ATTEMPTS:
        claimed.update(failed_at=at, lease_until=None)
        return False
    return bool(claimed.update(lease_until=at + LEASE, attempts=F("attempts") + 1))


def _make(export: Export, at: datetime) -> int:
    try:
        with jobs.long_run(f"{SWEEP}:{export.table}") as run, override(export.person.language or None):
            Export.objects.filter(pk=export.pk).update(run_key=run.pk)
            run.acted = _written(export, run, at)
    except Http404:  # no longer theirs
        Export.objects.filter(pk=export.pk).update(failed_at=at, lease_until=None)
        return 0
    except Exception:
        log.exception("The export %s failed", export.pk)  # it is tried again when its lease ends
        return 0
    return 1


def _written(export: Export, run: JobRun, at: datetime) -> int:
    """Write the file, store it under a key of its own, and only then say that it is made."""
    # Read anew: they may have lost their role, or their account, while the exports before this one were made.
    table = open_table(export.table, User.objects.get(pk=export.person_id), export.place, at)
    with tempfile.TemporaryFile() as file:
        rows = write(
            table, QueryDict(export.query), file, export.format, lambda n: jobs.report_progress(run, f"{n} rows")
        )
        file.seek(0)
        bytes_ = File(file, name="export")
        sha256 = private.digest_of(bytes_)
        key = f"{FOLDER}/{export.token}.{export.format}"
        private.discard(key)  # of an attempt that was killed between storing and saying so
        stored_as = private.store(key, bytes_)
    Export.objects.filter(pk=export.pk).update(
        rows=rows, made_at=at, stored_as=stored_as, sha256=sha256, lease_until=None
    )
    return rows
