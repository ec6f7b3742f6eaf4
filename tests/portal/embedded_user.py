"""A process that uses the embedded servers below a folder, told what to do line by line.

`python embedded_user.py VAR GRACE` runs one statement of SQL a line and prints its rows as JSON. Instead of SQL a
line can be `nothing`, `fork` (the first process ends, a child of it goes on) or `publish` (send a message through
the broker).
"""

import json
import os
import sys
from pathlib import Path

import django
from django.conf import settings

from portal import embedded

VAR = Path(sys.argv[1])
GRACE = float(sys.argv[2])

settings.configure(
    VAR_DIR=VAR,
    DATABASES={"default": {"ENGINE": "portal.db", "NAME": "tremplin", "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 60}},
    CELERY_BROKER_URL="embedded://valkey",
)
django.setup()
embedded.postgres(VAR).grace = GRACE
embedded.valkey(VAR).grace = GRACE


def run(statement: str) -> list[list[str]]:
    """Run a statement on the connection that a request would find."""
    from django.db import close_old_connections, connection, reset_queries

    reset_queries()
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [[str(value) for value in row] for row in cursor.fetchall()] if cursor.description else []


def publish() -> list[list[str]]:
    """Send a message, and tell how many wait."""
    from portal.celery import app

    app.send_task("anything", ignore_result=True)
    with app.connection_for_read() as connection:
        return [[str(connection.SimpleQueue("celery").qsize())]]


for line in sys.stdin:
    answer: list[list[str]] = []
    match line.strip():
        case "nothing":
            pass
        case "fork":
            if os.fork():
                os._exit(0)
        case "publish":
            answer = publish()
        case statement:
            answer = run(statement)
    print(json.dumps(answer), flush=True)
