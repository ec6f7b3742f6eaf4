"""The instant that an act tells, held to the database's own clock: an act of yesterday or tomorrow is none.

Demo, rehearsal and tests move the clock. Their database says so in the comment of the history's table, which its owner
alone can write: a role that serves cannot free itself, whatever it sets in its session.
"""

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.laws.declared import AT

FREE = "Acts tell any instant: the clock of this database is moved."
TABLE = "portal_transition"
# An hour for an act that waits for locks, five minutes for a machine that is ahead of its database.
BOUNDS = "clock_timestamp() - interval '1 hour' AND clock_timestamp() + interval '5 minutes'"
IS_FREE = f"obj_description('public.{TABLE}'::regclass, 'pg_class') IS NOT DISTINCT FROM '{FREE}'"

COMMENT = """
SELECT COALESCE(obj_description(oid, 'pg_class'), '') FROM pg_class WHERE oid = to_regclass('public.portal_transition')
"""

# Without an act there is no instant, either. What a law judges by is looked at by that law itself: within one statement the
# session may tell one instant to the rows, and another to the history that follows them.
IS_NO_ACT_OF_NOW = f"({AT} IS NULL OR ({AT} NOT BETWEEN {BOUNDS} AND NOT ({IS_FREE})))"


def not_of_the_act(instant: str) -> str:
    """Say in SQL that an instant is not that of the act under way, or that the act is none of now."""
    return f"(({instant}) IS DISTINCT FROM {AT} OR {IS_NO_ACT_OF_NOW})"


def is_free(connection: BaseDatabaseWrapper) -> bool:
    """Return whether acts on a database may tell any instant."""
    return bool(_comment(connection) == FREE)


def set_free(connection: BaseDatabaseWrapper, free: bool) -> None:
    """Let acts on a database tell any instant, or hold them to its clock, as the owner of its tables."""
    words = f"'{FREE}'" if free else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE public.{TABLE} IS {words}")  # our own words


def follow_settings(*, using: str, **_: object) -> None:
    """Free the clock of a demo's database once its tables are there, and hold that of a real one."""
    if _comment(connections[using]) not in (None, FREE if settings.DEMO else ""):
        set_free(connections[using], settings.DEMO)


def _comment(connection: BaseDatabaseWrapper) -> str | None:
    """Return the comment of the history's table; None without that table."""
    with connection.cursor() as cursor:
        cursor.execute(COMMENT)
        found = cursor.fetchone()
    return found[0] if found else None
