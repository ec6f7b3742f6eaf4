"""Asks the laws of what each step touched, and of everything at the end of each day."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from portal.laws.questions import LawQuestion
from portal.laws.transitions import stateful_models
from portal.models import LawCheck, Transition
from portal.operations import jobs, law_checks
from portal.registry import registry

HISTORY = Transition._meta.db_table


class Watch:
    """What has been looked at so far: the last row of the history, and of each table that grows without states."""

    def __init__(self) -> None:
        self.asked = 0
        self._questions: dict[str, list[tuple[LawQuestion, str]]] = {}
        for question in (*law_checks.of_history(), *law_checks.KERNEL, *registry.law_questions):
            for table, which in question.touched.items():
                self._questions.setdefault(table, []).append((question, which))
        stateful = {model._meta.db_table for model in stateful_models()}
        self._last = dict.fromkeys([HISTORY, *sorted(self._questions.keys() - stateful)], 0)

    def look(self, at: datetime) -> list[str]:
        """Ask the laws of what was touched since the last look; give what breaks them, one line a row."""
        touched = self._touched()
        arms: list[str] = []
        params: dict[str, Any] = {"at": at}
        asked = list(self._asked(touched))
        for number, (question, which, table) in enumerate(asked):
            which = which.replace("%(ids)s", f"%(ids_{table})s")
            arms.append(f"SELECT {number}, answer FROM ({question.asked(which)}) AS found_{number} (answer)")  # noqa: S608  # our own
            params[f"ids_{table}"] = touched[table]
        self.asked += len(asked)
        if not arms:
            return []
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(arms), params)
            return [f"law {asked[n][0].law}, {asked[n][0].words}: {answer}" for n, answer in cursor.fetchall()]

    def look_at_all(self, at: datetime) -> list[str]:
        """Let the nightly sweep ask every question of every row; give what breaks a law, one line a row."""
        jobs.run_sweep("laws", at)
        self.asked += len(registry.law_questions) + len(law_checks.KERNEL) + len(stateful_models())
        checks = LawCheck.objects.filter(checked_on=at.date()).order_by("law")
        if len(checks) != len(law_checks.LAWS):
            return ["the laws were not checked tonight"]
        return [f"law {check.law}, {row}" for check in checks if check.count for row in check.rows]

    def _asked(self, touched: dict[str, list[int]]) -> Iterator[tuple[LawQuestion, str, str]]:
        for table in sorted(touched):
            for question, which in self._questions.get(table, ()):
                yield question, which, table

    def _touched(self) -> dict[str, list[int]]:
        """Return the rows that moved or came since the last look, by table."""
        moved = (
            "SELECT %s, subject_table::text, array_agg(DISTINCT subject_id), max(id) FROM {0} WHERE id > {1} GROUP BY 2"
        )
        came = "SELECT %s, '{0}', array_agg(id), max(id) FROM {0} WHERE id > {1} HAVING count(*) > 0"
        arms = [(moved if table == HISTORY else came).format(table, last) for table, last in self._last.items()]
        touched = {}
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(arms), list(self._last))
            for source, table, ids, last in cursor.fetchall():
                touched[table] = ids
                self._last[source] = max(self._last[source], last)
        return touched
