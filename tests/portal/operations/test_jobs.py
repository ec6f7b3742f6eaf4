"""Sweeps leave a JobRun each, whatever becomes of them, and trouble no other."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal import tasks
from portal.celery import app, tick_schedule
from portal.clock import now
from portal.models import JobRun, Session, User
from portal.operations import jobs, logs, sweeps
from portal.registry import registry
from tests import factories
from tests.factories import AT


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "sweeps", {})


def noting(asked: list[datetime], *, acted: int = 0) -> Callable[[datetime], int]:
    """Make a sweep that notes what it was asked for."""

    def run(at: datetime) -> int:
        asked.append(at)
        return acted

    return run


def boom(at: datetime) -> int:
    raise ValueError("no luck today")


@pytest.mark.django_db
def test_run_is_recorded_with_what_it_acted_on() -> None:
    asked: list[datetime] = []
    registry.sweep("count", noting(asked, acted=3))
    before = timezone.now()
    run = jobs.run_sweep("count", AT)
    kept = JobRun.objects.get()
    assert (run.pk, kept.name, kept.acted, kept.error) == (kept.pk, "count", 3, "")
    assert asked == [AT]
    assert kept.finished_at is not None
    assert before <= kept.started_at <= kept.finished_at <= timezone.now()  # the machine's time, not `at`


@pytest.mark.django_db
def test_failed_sweep_keeps_its_error_and_the_others_run(caplog: pytest.LogCaptureFixture) -> None:
    registry.sweep("bad", boom)
    registry.sweep("good", lambda at: 1)
    runs = jobs.run_all(AT)
    assert [(run.name, run.acted, bool(run.error)) for run in runs] == [("bad", 0, True), ("good", 1, False)]
    assert "ValueError: no luck today" in runs[0].error
    assert "no luck today" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_run_of_a_failed_sweep_survives_what_it_undid() -> None:
    @transaction.atomic
    def half(at: datetime) -> int:
        factories.user()
        raise ValueError("half way")

    registry.sweep("half", half)
    run = jobs.run_sweep("half", AT)
    assert "half way" in JobRun.objects.get(pk=run.pk).error
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_run_whose_connection_was_cut_is_recorded_all_the_same() -> None:
    def cut(at: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return 1

    registry.sweep("cut", cut)
    run = jobs.run_sweep("cut", AT)
    assert "terminating connection" in JobRun.objects.get(pk=run.pk).error


@pytest.mark.django_db(transaction=True)
def test_run_is_recorded_while_it_is_still_running() -> None:
    seen = []

    def look() -> None:
        try:
            seen.append(JobRun.objects.get().finished_at)
        finally:
            connections.close_all()

    def slow(at: datetime) -> int:
        other = threading.Thread(target=look)
        other.start()
        other.join()
        return 0

    registry.sweep("slow", slow)
    jobs.run_sweep("slow", AT)
    assert seen == [None]


@pytest.mark.django_db
def test_runs_have_an_id_of_their_own_or_that_of_who_asked() -> None:
    ids = []

    def note_id(at: datetime) -> int:
        ids.append(logs.request_id.get())
        return 0

    registry.sweep("id", note_id)
    first, second = jobs.run_sweep("id", AT), jobs.run_sweep("id", AT)
    token = logs.request_id.set("asked-by-a-page")
    third = jobs.run_sweep("id", AT)
    logs.request_id.reset(token)
    assert ids == [first.request_id, second.request_id, "asked-by-a-page"]
    assert len({first.request_id, second.request_id, third.request_id}) == 3
    assert logs.request_id.get() == "-"


@pytest.mark.django_db
def test_unknown_sweep_is_a_bug() -> None:
    with pytest.raises(KeyError):
        jobs.run_sweep("nothing", AT)


@pytest.mark.django_db
def test_long_job_tells_how_far_it_is() -> None:
    run = JobRun.objects.create(name="export", started_at=AT)
    jobs.report_progress(run, "7 of 9" + "x" * 300)
    run.refresh_from_db()
    assert run.progress.startswith("7 of 9x")


# --- One at a time --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_seat_of_a_job_is_held_by_one_and_free_afterwards() -> None:
    def elsewhere() -> bool:
        found: list[bool] = []

        def sit() -> None:
            try:
                with jobs.alone("statement") as mine:
                    found.append(mine)
            finally:
                connections.close_all()

        other = threading.Thread(target=sit)
        other.start()
        other.join()
        return found[0]

    with jobs.alone("statement") as mine:
        assert mine
        assert not elsewhere()
    assert elsewhere()


# --- Housekeeping ---------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_dull_runs_are_forgotten_soon_and_telling_ones_late() -> None:
    machine = timezone.now()

    def run(age: timedelta, **fields: object) -> int:
        begun = machine - age
        return JobRun.objects.create(name="x", **({"started_at": begun, "finished_at": begun} | fields)).pk

    hours, season = timedelta(hours=2), timedelta(days=91)
    kept = [run(timedelta()), run(hours, acted=1), run(hours, error="x"), run(hours, finished_at=None)]
    for gone in (run(hours), run(season, acted=1), run(season, error="x")):
        assert gone not in kept
    assert jobs.prune(machine) == 3
    assert list(JobRun.objects.order_by("id").values_list("pk", flat=True)) == kept


@pytest.mark.django_db
def test_sessions_that_ended_are_forgotten() -> None:
    for key, days in (("old", -1), ("new", 1)):
        Session.objects.create(
            session_key=key, session_data="", seen_at=timezone.now(), expire_date=timezone.now() + timedelta(days=days)
        )
    assert sweeps.housekeeping(AT) == 1
    assert [session.session_key for session in Session.objects.all()] == ["new"]


# --- Who runs them --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_task_runs_one_sweep_for_the_present() -> None:
    asked: list[datetime] = []
    registry.sweep("count", noting(asked))
    tasks.tick("count")
    assert abs(asked[0] - now()) < timedelta(seconds=5)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "acted", "then"), [("count", 2, ["mail"]), ("count", 0, []), ("mail", 2, [])])
def test_task_lets_the_mails_of_a_sweep_go_out_at_once(
    name: str, acted: int, then: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(tasks.tick, "apply_async", lambda args, **_: sent.extend(args))
    registry.sweep(name, lambda at: acted)
    tasks.tick.apply((name,))
    assert sent == then


@pytest.mark.django_db
def test_task_minds_no_broker_that_went_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.tick, "apply_async", refuse)
    registry.sweep("count", lambda at: 1)
    assert tasks.tick.apply(("count",)).successful()


def test_beat_ticks_every_sweep_by_a_task_that_exists() -> None:
    registry.sweep("count", lambda at: 0)
    app.loader.import_default_modules()
    [entry] = tick_schedule().values()
    assert entry["task"] in app.tasks
    assert entry["task"] == tasks.tick.name


@pytest.mark.django_db
def test_command_runs_one_or_all() -> None:
    for name in ("first", "second"):
        registry.sweep(name, lambda at: 2)
    assert tick("--all") == ["first                    acted on 2", "second                   acted on 2"]
    assert tick("second") == ["second                   acted on 2"]
    assert JobRun.objects.count() == 3


@pytest.mark.django_db
def test_command_tells_a_failure_after_running_the_rest() -> None:
    registry.sweep("bad", boom)
    registry.sweep("good", lambda at: 1)
    with pytest.raises(CommandError, match="failed"):
        tick("--all")
    assert JobRun.objects.filter(name="good", acted=1).exists()


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["--all", "good"]])
def test_command_refuses_what_it_does_not_know(arguments: list[str]) -> None:
    registry.sweep("good", lambda at: 1)
    with pytest.raises(CommandError):
        tick(*arguments)


def tick(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("tick", *arguments, stdout=out)
    return out.getvalue().splitlines()
