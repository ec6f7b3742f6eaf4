"""What /readyz looks at. Its answer names no address, no person and no error text."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from portal import clock
from portal.models import JobRun, OutgoingMail
from portal.operations import jobs

log = logging.getLogger(__name__)

TICK_IS_LATE_AFTER = timedelta(minutes=5)
MAIL_IS_LATE_AFTER = timedelta(minutes=15)
BROKER_ANSWERS_WITHIN = 2  # seconds

Finding = dict[str, Any]
_migrated = False


def examine() -> dict[str, Any]:
    """Look at everything the service leans on; what stands in a database that is away is not asked for, one by one."""
    checks: dict[str, Finding] = {}
    for name, check in CHECKS.items():
        away = name in OF_THE_DATABASE and not checks["database"]["ok"]
        checks[name] = {"ok": False} if away else _look(name, check)
    return {"ready": all(finding["ok"] for finding in checks.values()), "checks": checks}


def database() -> Finding:
    """Ask the database for anything at all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True}


def migrations() -> Finding:
    """Count the migrations still to be applied; once there are none, this process knows."""
    global _migrated
    if _migrated:
        return {"ok": True, "pending": 0}
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _migrated = not pending
    return {"ok": not pending, "pending": pending}


def broker() -> Finding:
    """Reach the broker, with little patience."""
    patience = {"socket_connect_timeout": BROKER_ANSWERS_WITHIN, "socket_timeout": BROKER_ANSWERS_WITHIN}
    with current_app.connection_for_write(transport_options=patience) as link:
        link.ensure_connection(max_retries=1, interval_start=0, timeout=BROKER_ANSWERS_WITHIN)
    return {"ok": True}


def tick() -> Finding:
    """Return the age of the last finished run of any sweep. The machine's time: the demo's clock may jump."""
    last = (
        JobRun.objects.filter(finished_at__isnull=False)
        .exclude(name=jobs.BACKUP)
        .order_by("-id")
        .values_list("finished_at", flat=True)
        .first()
    )
    if last is None:
        return {"ok": False, "age_seconds": None}
    age = timezone.now() - last
    return {"ok": age < TICK_IS_LATE_AFTER, "age_seconds": round(age.total_seconds())}


def mail() -> Finding:
    """Return how long the oldest due mail has been waiting."""
    waiting = OutgoingMail.objects.filter(state__in=["queued", "sending"])
    now = clock.now()
    oldest: datetime | None = (
        waiting.filter(due_at__lte=now).order_by("due_at", "id").values_list("due_at", flat=True).first()
    )
    age = now - oldest if oldest else timedelta()
    return {"ok": age < MAIL_IS_LATE_AFTER, "oldest_due_seconds": round(age.total_seconds())}


def documents() -> Finding:
    """Ask the storage of documents for one that nobody has."""
    default_storage.exists("readyz")
    return {"ok": True}


CHECKS: dict[str, Callable[[], Finding]] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
    "tick": tick,
    "mail": mail,
    "documents": documents,
}
OF_THE_DATABASE = {"migrations", "tick", "mail"}


def _look(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception:
        log.warning("Not ready: %s", name, exc_info=True)
        return {"ok": False}
