"""How the web is served: what gunicorn reads, whoever starts it."""

from pathlib import Path

from django.apps import apps

from portal.operations.warm import warm

MEMORY = "/dev/shm"  # noqa: S108  # gunicorn makes its files there by itself, with names nobody can guess
# `make run`, the bench, the tests and the image (Dockerfile) say this, and behind it the place to listen on.
COMMAND = ("gunicorn", "portal.wsgi", "--config", "python:portal.operations.web", "--bind")

worker_class = "portal.operations.web_worker.Buffered"
workers = 2
threads = 8
preload_app = True
# As many connections as a moment may bring wait at the door.
backlog = 2048
timeout = 30
graceful_timeout = 30
max_requests = 2000
max_requests_jitter = 200
loglevel = "warning"
control_socket_disable = True
# Heartbeats of the workers are files: they belong into memory, where there is such a folder, not onto a disk that may stall.
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None


def when_ready(_gunicorn: object) -> None:
    """Load what each process needs before they part: one that is new answers its first request as fast as any."""
    if apps.ready:
        warm()
