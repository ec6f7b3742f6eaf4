"""Dumps of the database: written whole or not at all, and brought back into an empty one.

The programs are those that come with the embedded server, PostgreSQL 18's; they dump and restore every version that
Tremplin runs on. They are told where to connect by their environment, which no list of processes shows.
"""

import os
import subprocess
from datetime import datetime
from pathlib import Path

from django.db import connection

from portal.embedded import client_program

PREFIX, SUFFIX = "tremplin-", ".dump"
# Roles and rights belong to the server, and are made there: docker/make-roles.sh, `manage.py grant_serving`.
WITHOUT_ROLES = ("--no-owner", "--no-privileges")
SPOKEN = ("host", "port", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service")


class DumpError(Exception):
    """The program failed; the text is what it said."""


def dump(folder: Path, at: datetime) -> Path:
    """Dump the database into a new file of the folder, readable by its owner alone.

    :raises DumpError: and leaves no file behind.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    final = folder / f"{PREFIX}{at:%Y%m%dT%H%M%SZ}{SUFFIX}"
    draft = final.with_suffix(".part")
    try:
        draft.touch(mode=0o600)
        _run("pg_dump", "--format=custom", *WITHOUT_ROLES, f"--file={draft}")
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(final)
    finally:
        draft.unlink(missing_ok=True)
    return final


def forget_old(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest dumps of a folder; give those deleted."""
    old = sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))[:-keep]
    for path in old:
        path.unlink()
    return old


def restore(path: Path) -> None:
    """Bring a dump back into the empty database of the settings, all of it or nothing.

    :raises DumpError: if the database is not empty, or the dump cannot be read.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        if cursor.fetchone()[0]:
            raise DumpError("The database is not empty. Make a new one, and name it in DATABASE_URL.")
    _run("pg_restore", "--exit-on-error", "--single-transaction", *WITHOUT_ROLES, str(path))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _run(program: str, *arguments: str) -> None:
    connection.ensure_connection()
    link = connection.connection.info
    told = link.get_parameters()
    environment = {f"PG{name.upper()}": told[name] for name in SPOKEN if name in told}
    if link.password:
        environment["PGPASSWORD"] = link.password
    command = [str(client_program(program)), f"--dbname={link.dbname}", *arguments]
    done = subprocess.run(  # noqa: S603  # ours, with arguments of ours
        command, env=environment | {"PATH": os.defpath}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DumpError(done.stderr.strip())
