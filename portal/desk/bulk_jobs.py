"""Running bulk acts: a few rows at once in the request, more by the worker. Each row is done once, whoever runs the job."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import override

from portal.desk.bulk_act import BulkAct
from portal.desk.table import Selection, Table
from portal.desk.tables_by_name import open_table
from portal.desk.versions import SEEN_AS, versioned
from portal.models import BulkJob, BulkRefusal, JobRun, User
from portal.operations import jobs
from portal.refusals import Refusal
from portal.tasks import nudge

log = logging.getLogger(__name__)

SWEEP = "bulk_acts"
AT_ONCE = 200  # rows in a request
REOPENED_AFTER = 50  # rows: what the table shows to who has lost a role meanwhile is read anew
# A worker's task is killed after five minutes; what is left then is for the next tick.
STOPS_AFTER = 180.0


def start(job: BulkJob) -> BulkJob:
    """Save a job and run it, if its rows are few enough, else leave it to the worker. Sent twice, it is one job."""
    made, is_new = BulkJob.objects.get_or_create(
        token=job.token,
        defaults={
            field.attname: getattr(job, field.attname)
            for field in BulkJob._meta.concrete_fields
            if field.name not in ("id", "token")
        },
    )
    if is_new and made.total > AT_ONCE:
        transaction.on_commit(lambda: nudge(SWEEP))
    elif is_new:
        _work(made, made.asked_at, time.monotonic() + STOPS_AFTER)
    made.refresh_from_db()
    return made


def run_due(at: datetime) -> int:
    """Run every bulk act that waits, also one whose worker died; return how many rows were handled."""
    handled, ends = 0, time.monotonic() + STOPS_AFTER
    for job in BulkJob.objects.filter(finished_at=None).order_by("id").select_related("person"):
        with _reported(job) as run, override(job.person.language or None):
            handled += _work(job, at, ends, run)
    return handled


def forget_old(at: datetime) -> int:
    """Delete the jobs of long ago, with what was refused; return how many rows. What they did is in the history."""
    old = BulkJob.objects.filter(finished_at__lt=at - jobs.EVENTFUL_KEPT)
    with transaction.atomic():
        BulkRefusal.objects.filter(job__in=old).delete()
        return old.delete()[0]


@contextmanager
def _reported(job: BulkJob) -> Iterator[JobRun]:
    """Leave a JobRun that says how far the job is, committed apart from its acts."""
    with jobs.long_run(f"{SWEEP}:{job.table}") as run:
        BulkJob.objects.filter(pk=job.pk).update(run_key=run.pk)
        yield run
        job.refresh_from_db(fields=["position", "done"])
        run.acted = job.done


def _work(job: BulkJob, at: datetime, ends: float, run: JobRun | None = None) -> int:
    """Do the rows of a job until it is finished, its time is over, or another worker is at it; return how many."""
    handled = 0
    while time.monotonic() < ends:
        table = _opened(job, at)
        act = table.acts().get(job.act) if table else None
        chunk = _chunk(job, table, act, at, ends)
        handled += chunk
        if run and chunk:
            job.refresh_from_db(fields=["position"])
            jobs.report_progress(run, f"{job.position} / {job.total}")
        if not chunk:
            break
    return handled


def _chunk(job: BulkJob, table: Table | None, act: BulkAct | None, at: datetime, ends: float) -> int:
    """Do some rows before the table is opened anew; return how many. Each asks anew what its person may do."""
    handled = 0
    for _n in range(REOPENED_AFTER):
        if table:
            _as_now(table.user)
            table = table if table.user.is_active else None
        step = _step(job.pk, table, act, at) if time.monotonic() < ends else 0
        if not step:
            break
        handled += step
    return handled


def _opened(job: BulkJob, at: datetime) -> Table | None:
    """Open the job's table anew for its person, as they are now; None where it is not theirs any more."""
    _as_now(job.person)
    job.person.seen_at = at
    try:
        return open_table(job.table, job.person, job.place, at)
    except Http404:
        return None


def _as_now(person: User) -> None:
    """Read anew whether a person's account is open and which roles they hold."""
    person.refresh_from_db(fields=["is_active", "is_operator"])
    person.forget_grants()


@transaction.atomic
def _step(key: int, table: Table | None, act: BulkAct | None, at: datetime) -> int:
    """Do the next row of a job, or all of them for an act on the whole, and move on: one transaction, under its lock."""
    locked = BulkJob.objects.select_for_update(skip_locked=True, no_key=True).filter(pk=key, finished_at=None).first()
    if locked is None:
        return 0
    is_whole = act is not None and act.is_whole
    before, size = locked.position, locked.total if is_whole else 1
    keys = locked.keys[before : before + size]
    label, words = _refused(locked, table, act, dict(zip(keys, locked.versions[before:], strict=False)), at)
    if words:
        BulkRefusal.objects.create(job=locked, label=label[:200], words=words)
    else:
        locked.done += len(keys)
    locked.position += len(keys)
    if locked.position == locked.total:
        locked.finished_at = at
    locked.save(update_fields=["position", "done", "finished_at", "result_url"])
    return len(keys)


def _refused(
    job: BulkJob, table: Table | None, act: BulkAct | None, seen: dict[int, str], at: datetime
) -> tuple[str, str]:
    """Do the act on the next rows, if they are what was shown; return the label and the words of a refusal, or nothing."""
    key = next(iter(seen))
    if table is None or act is None:
        return str(key), _("You don't have permission any more.")
    label = str(table.title)
    try:
        told = _told(job, act, table, at)
        with transaction.atomic():
            if act.is_whole:
                job.result_url = _on_all(act, _selected(table, seen), at, told)
            else:
                table.lock(seen)  # and read then: what was changed meanwhile is seen
                row = versioned(table.selectable(table.queryset()), table.depends).filter(pk=key).first()
                if row is None:
                    return str(key), _("This row is no longer in the list.")
                [loaded] = table.rows([row])
                label = table.label_of(loaded)
                if getattr(row, SEEN_AS) != seen[key]:
                    raise Refusal(_("This changed since you looked. Look again."))
                act.run(row, by=table.user, at=at, **told)
    except Refusal as refusal:
        return label, str(refusal)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the next tick goes on with this row
    except Exception:
        log.exception("The bulk act %s failed on %s", act.name, label)
        return label, _("Something went wrong on our side. Nothing was changed.")
    return "", ""


def _on_all(act: BulkAct, selection: Selection, at: datetime, told: dict[str, object]) -> str:
    """Do an act on all rows at once; return the address of what it made."""
    made = act.run(selection, by=selection.table.user, at=at, **told) or ""
    if not selection.is_checked:
        raise AssertionError(f"{act.name} acts on rows without holding them to be what was shown")
    return str(made)


def _selected(table: Table, seen: dict[int, str]) -> Selection:
    return Selection(table, lambda: seen, table.selectable(table.queryset()).filter(pk__in=seen))


def _told(job: BulkJob, act: BulkAct, table: Table, at: datetime) -> dict[str, object]:
    """Return the cleaned data of the form that was filled in when the act was confirmed."""
    data = QueryDict(mutable=True)
    for name, values in job.told.items():
        data.setlist(name, values)
    form = act.form(data, by=table.user, at=at, subject=_selected(table, job.seen))
    if not form.is_valid():
        raise Refusal(_("What you filled in is no longer valid. Start again."))
    return dict(form.cleaned_data)
