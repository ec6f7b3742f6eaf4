"""The laws of the record, asked of the live database: nothing should answer (docs/operations.md).

The database refuses what breaks a law at the moment it is tried. These questions find what got past it all the same: a
constraint somebody dropped, a trigger somebody switched off, a row restored from elsewhere, a sweep that never ran.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from portal.language.dates import day_of
from portal.laws.in_force import not_in_force
from portal.laws.questions import LawQuestion
from portal.laws.transitions import stateful_models
from portal.models import LawCheck

LAWS: Mapping[int, Any] = {
    1: _("One door per change of state, and the database writes the history"),
    2: _("No double payment"),
    3: _("No month above its ceiling, no award above its total"),
    4: _("Money is conserved"),
    5: _("Who prepares does not approve, and nobody in conflict does"),
    6: _("Pay only to a verified account that has cooled off"),
    7: _("A hold has a reason, a notice, a day of review, and two people to be kept"),
    8: _("Nobody is booked twice"),
    9: _("A draft is never lost, and what was submitted is frozen"),
    10: _("A conflict is declared before anything is seen"),
    11: _("Decisions are released together, with seat and money"),
    12: _("Terms are data, kept with the signature"),
    13: _("What is scheduled runs, and leaves its trace"),
    14: _("Mail is written with the act, once, and keeps no secret"),
    15: _("Roles are granted for a programme, those of finance by two people"),
    16: _("Bank data are encrypted, and each look is logged"),
}

SHOWN = 10
SWEEP = "laws"  # the job that asks, by night or by hand: one at a time
DAYS = "UTC"  # the zone of the days of which answers are kept


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the database answered about one law: how many rows break it, and the first of them in words."""

    law: int
    count: int
    rows: Sequence[str]

    @property
    def title(self) -> str:
        """Return the law in words."""
        return str(LAWS[self.law])


def check(questions: Sequence[LawQuestion], at: datetime) -> list[Verdict]:
    """Ask every question, the kernel's own among them, and give one verdict a law, in their order."""
    counts, rows = dict.fromkeys(LAWS, 0), {law: list[str]() for law in LAWS}
    for question in (*of_history(), *KERNEL, *questions):
        found = _answers(question, at)
        counts[question.law] += len(found)
        rows[question.law] += [f"{question.words}: {row}" for row in found[:SHOWN]]
    lifted = [
        *(f"a law the database no longer holds: {name}" for name in sorted(_promised() - _kept())),
        *not_in_force(),
    ]
    counts[1] += len(lifted)
    rows[1] += lifted[:SHOWN]
    return [Verdict(law, counts[law], rows[law]) for law in LAWS]


def keep(verdicts: Sequence[Verdict], at: datetime) -> None:
    """Keep the answers of a day, in place of those that were kept of it before."""
    LawCheck.objects.bulk_create(
        [
            LawCheck(checked_on=day_of(at, zone=DAYS), law=v.law, count=v.count, rows=list(v.rows), checked_at=at)
            for v in verdicts
        ],
        update_conflicts=True,
        unique_fields=["checked_on", "law"],
        update_fields=["count", "rows", "checked_at"],
    )


def _answers(question: LawQuestion, at: datetime) -> list[str]:
    if question.reckoned:
        return list(question.reckoned())
    with connection.cursor() as cursor:
        cursor.execute(question.asked(), {"at": at})
        return [str(row[0]) for row in cursor.fetchall()]


def of_history() -> Iterator[LawQuestion]:
    """Ask of every model with states whether its rows stand where their history ends."""
    for model in stateful_models():
        table = model._meta.db_table
        yield LawQuestion(
            1,
            "a state its history does not end in",
            f"""SELECT format('%%s #%%s is %%s', '{table}', r.id, r.state) FROM {table} r
            WHERE {{which}} AND r.state IS DISTINCT FROM (
                SELECT t.to_state FROM portal_transition t
                WHERE t.subject_table = '{table}' AND t.subject_id = r.id ORDER BY t.id DESC LIMIT 1
            )""",  # noqa: S608  # the names of our own tables
            {table: "r.id = ANY(%(ids)s)"},
        )


@cache
def _promised() -> set[str]:
    """Name what single columns promise: to be unique, to point at a row. `not_in_force` asks of all other laws."""
    columns = [(model._meta.db_table, column) for model in apps.get_models() for column in model._meta.local_fields]
    return {f"{table}.{column.column} is unique" for table, column in columns if column.unique} | {
        f"{table}.{column.column} points at {column.related_model._meta.db_table}"
        for table, column in columns
        if isinstance(column, models.ForeignKey)
    }


def _kept() -> set[str]:
    """Return what single columns promise and the database enforces."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.relname || '.' || a.attname || ' is unique' FROM pg_index i
                JOIN pg_class r ON r.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = i.indkey[0]
                WHERE i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL
            UNION ALL SELECT r.relname || '.' || a.attname || ' points at ' || o.relname FROM pg_constraint f
                JOIN pg_class r ON r.oid = f.conrelid JOIN pg_class o ON o.oid = f.confrelid
                JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = f.conkey[1]
                WHERE f.contype = 'f' AND f.convalidated AND NOT EXISTS (
                    SELECT FROM pg_attribute n
                    WHERE n.attrelid = r.oid AND n.attnum = ANY (f.conkey[2:]) AND NOT n.attnotnull)"""
        )
        return {name for (name,) in cursor.fetchall()}


# What roles are granted for.
SCOPES = apps.get_model(settings.ROLE_SCOPE_MODEL)._meta.db_table

KERNEL = [
    LawQuestion(
        1,
        "a history with a gap",
        """SELECT subject_table || ' #' || subject_id || ' at transition ' || id FROM (
            SELECT subject_table, subject_id, id, from_state,
                lag(to_state, 1, '') OVER (PARTITION BY subject_table, subject_id ORDER BY id) AS before
            FROM portal_transition
        ) told WHERE from_state <> before""",
    ),
    LawQuestion(
        13,
        "a run that never ended",
        """SELECT name || ' of ' || started_at FROM portal_jobrun
        WHERE finished_at IS NULL AND started_at < now() - interval '1 day'""",
    ),
    LawQuestion(
        13,
        "a mail that its sweep passed by for an hour",
        """SELECT 'mail #' || id || ' ' || kind FROM portal_outgoingmail
        WHERE state IN ('queued', 'sending') AND due_at < %(at)s - interval '1 hour' AND attempts = 0
          AND EXISTS (SELECT FROM portal_jobrun WHERE name = 'mail' AND error = '' AND finished_at IS NOT NULL)""",
    ),
    LawQuestion(
        14,
        "one mail twice",
        """SELECT 'mail key ' || key FROM portal_outgoingmail WHERE {which}
        GROUP BY key HAVING count(*) > 1""",
        {"portal_outgoingmail": "key IN (SELECT key FROM portal_outgoingmail WHERE id = ANY(%(ids)s))"},
    ),
    LawQuestion(
        14,
        "a secret kept in a mail",
        "SELECT 'mail #' || id FROM portal_outgoingmail WHERE secret AND (text <> '' OR calendar <> '')",
    ),
    LawQuestion(
        15,
        "a finance role that one person gave",
        f"""SELECT 'grant #' || g.id FROM portal_rolegrant g JOIN {SCOPES} s ON s.id = g.scope_id
        WHERE role LIKE 'finance%%' AND portal_days_hold(starts_on, ends_on, %(at)s, s.timezone)
          AND confirmed_at IS NOT NULL
          AND (confirmed_by_id = granted_by_id OR person_id IN (granted_by_id, confirmed_by_id))""",  # noqa: S608  # our table
    ),
]
