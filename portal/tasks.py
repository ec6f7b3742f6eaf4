"""What the worker runs: one sweep a message. What is due stands in the database, so a lost message loses nothing."""

from contextlib import suppress
from typing import Any

from celery import Task, shared_task
from kombu.exceptions import OperationalError

from portal import clock
from portal.celery import TICK_EXPIRES
from portal.operations.jobs import run_sweep
from portal.operations.sweeps import MAIL


@shared_task(bind=True)
def tick(self: Task[Any, Any], name: str) -> None:
    """Run one sweep; how it went stands in its JobRun. What it wrote mails about goes out at once, not with the next tick."""
    run = run_sweep(name, clock.now())
    if run.acted and name != MAIL and not self.request.called_directly:
        nudge(MAIL)


def nudge(name: str) -> None:
    """Ask for a sweep at once. Where the broker is away, the next tick finds what is due as well."""
    with suppress(OperationalError):
        tick.apply_async((name,), expires=TICK_EXPIRES, retry_policy={"max_retries": 1, "interval_start": 0})
