"""Beat's ticks, and the request id on its way into a task."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.worker.request import Request
from django.conf import LazySettings
from kombu import Connection
from kombu.message import Message

from portal.celery import TICK_EXPIRES, TickScheduler, app
from portal.operations import logs
from portal.registry import registry
from portal.tasks import tick
from tests.waiting import PATIENCE


@pytest.fixture
def broker() -> Iterator[Connection]:
    """Give a broker within this process."""
    with Connection("memory://here") as connection:
        yield connection


@pytest.fixture
def ids() -> Iterator[list[str]]:
    """Give the request ids that the task `probe` has found."""
    found: list[str] = []

    @app.task(name="probe", shared=False)  # of this app alone, whatever other one is made later
    def probe() -> None:
        found.append(logs.request_id.get())

    yield found
    app.tasks.pop("probe")


def take(broker: Connection) -> Message:
    queue = broker.SimpleQueue("celery")
    try:
        message: Message = queue.get(timeout=PATIENCE)
        message.ack()
        return message
    finally:
        queue.close()


def work(message: Message) -> None:
    """Run a task from its message, as a worker would."""
    Request(message, app=app, body=message.body, headers=message.headers, decoded=False, utc=True).execute()


def test_beat_ticks_every_sweep_once_a_minute_and_at_once_after_its_start() -> None:
    scheduler = TickScheduler(app=app)
    assert registry.sweeps.keys() == scheduler.schedule.keys()
    for name, entry in scheduler.schedule.items():
        assert {"task": entry.task, "args": entry.args, "options": entry.options} == {
            "task": tick.name,
            "args": [name],
            "options": {"expires": TICK_EXPIRES},
        }
        is_due, _ = entry.is_due()
        assert is_due
        is_due_again, seconds = next(entry).is_due()
        assert not is_due_again
        assert 59 < seconds <= 60


def test_beat_is_told_to_keep_no_file() -> None:
    assert app.conf.beat_scheduler == "portal.celery:TickScheduler"


def test_beat_touches_its_file_with_every_round(settings: LazySettings, tmp_path: Path) -> None:
    settings.BEAT_HEARTBEAT_FILE = str(tmp_path / "beat")
    scheduler = TickScheduler(app=app, lazy=True)
    scheduler.tick()  # nothing is due
    assert (tmp_path / "beat").exists()


def test_a_task_bears_the_id_of_the_request_that_asked_for_it(broker: Connection, ids: list[str]) -> None:
    token = logs.request_id.set("request-0001")
    app.send_task("probe", connection=broker)
    logs.request_id.reset(token)

    work(take(broker))
    assert ids == ["request-0001"]
    assert logs.request_id.get() == "-"


def test_a_task_that_no_request_asked_for_bears_its_own_id(broker: Connection, ids: list[str]) -> None:
    app.send_task("probe", connection=broker, task_id="tick-0001")
    work(take(broker))
    assert ids == ["tick-0001"]
