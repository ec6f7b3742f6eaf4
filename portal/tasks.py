"""What the worker runs: one sweep a message. What is due stands in the database, so a lost message loses nothing."""

from celery import shared_task

from portal import clock
from portal.jobs import run_sweep


@shared_task
def tick(name: str) -> None:
    """Run one sweep; how it went stands in its JobRun."""
    run_sweep(name, clock.now())
