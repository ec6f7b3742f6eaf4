"""The Celery app: ticks that sweep what is due in the database (docs/decisions/0004)."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from celery import Celery, Task, beat, signals
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from portal.operations import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

TICK_SECONDS = 60
TICK_EXPIRES = 55  # seconds: a tick that nobody took is replaced by the next, they never pile up

OUR_TRANSPORT = "portal.operations.broker:Transport"
TRANSPORT_ALIASES |= {
    "redis": OUR_TRANSPORT,
    "rediss": OUR_TRANSPORT,
    "embedded": "portal.operations.broker:EmbeddedTransport",
}

app = Celery("tremplin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def tick_schedule() -> dict[str, dict[str, Any]]:
    """Return beat's entries: every registered sweep, once a minute, the first one at once."""
    from portal.registry import registry

    return {
        name: {
            "task": "portal.tasks.tick",
            "schedule": TICK_SECONDS,
            "args": [name],
            "options": {"expires": TICK_EXPIRES},
            "last_run_at": datetime.fromtimestamp(0, UTC),
        }
        for name in registry.sweeps
    }


class TickScheduler(beat.Scheduler):
    """A beat without memory: when it last ticked does not matter, so no file can corrupt, nor stop a second beat."""

    def setup_schedule(self) -> None:
        """Read the registry, which is full by now."""
        self.update_from_dict(tick_schedule())

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due, and touch the file by which a health check knows that beat goes round."""
        until_next = super().tick(*args, **kwargs)
        if heartbeat := settings.BEAT_HEARTBEAT_FILE:
            Path(heartbeat).touch()
        return until_next


@signals.setup_logging.connect
def keep_logging(**_: object) -> None:
    """Leave the logs as the settings have them; Celery sets up its own where nobody answers this signal."""


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: object) -> None:
    """Let a task know the request that asked for it."""
    if (request_id := logs.request_id.get()) != "-":
        headers.setdefault("request_id", request_id)


@signals.task_prerun.connect
def take_request_id(task_id: str, task: Task[..., Any], **_: object) -> None:
    """Name the request in the task's log lines, or else the task."""
    logs.request_id.set(task.request.get("request_id") or task_id)


@signals.task_postrun.connect
def drop_request_id(**_: object) -> None:
    """Forget the request."""
    logs.request_id.set("-")
