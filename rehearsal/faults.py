"""What goes wrong in a rehearsal with faults, decided by dice of its own: a seed is always unlucky in the same way."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.refusals import Refusal
from rehearsal.play import Intrusion, Step
from rehearsal.scratch import using

LOCK_NOT_AVAILABLE = "55P03"
# Long enough for the machine, short enough for the audience: who waits here waits for somebody who stands still.
PATIENCE = "30ms"
STATEMENTS = 12  # of an act that was not seen yet

# How often something befalls a step of a person, and a run of a sweep.
OF_PEOPLE = {"killed": 0.06, "twice": 0.05, "beside": 0.04}
OF_SWEEPS = {"killed": 0.08, "repeated": 0.10, "beside": 0.08, "dropped": 0.10}
A_JUMP, AN_OUTAGE, A_BUSY_SERVER, AN_INTRUSION = 0.03, 0.04, 0.05, 0.25


# Somebody who knows how the history is written writes it, too.
TOLD = "SELECT set_config('tremplin.actor', 'system', true), set_config('tremplin.at', %s, true)"


class Killed(BaseException):
    """The process dies here, between two statements: no code of the product may catch it."""


class Faults:
    """The dice of bad luck, and how often it struck."""

    def __init__(self, seed: int, other: BaseDatabaseWrapper) -> None:
        self.dice = Random(f"faults:{seed}")  # noqa: S311  # a story, no secret
        self.struck: Counter[str] = Counter()
        self.other = other
        self._sizes: dict[str, int] = {}
        with other.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{PATIENCE}'")

    def befall(self, odds: dict[str, float]) -> str:
        """Say what befalls somebody, if anything does."""
        thrown = self.dice.random()
        for kind, chance in odds.items():
            if thrown < chance:
                return kind
            thrown -= chance
        return ""

    def comes(self, chance: float) -> bool:
        """Return whether something comes to pass."""
        return self.dice.random() < chance

    def kill(self, step: Step) -> tuple[bool, object]:
        """Do a step until it dies at one of its statements; say whether it did, and else what it gave."""
        try:
            with self._at_a_statement(step.what, self._die):
                return False, step.act(step.at)
        except Killed:
            self.struck["killed"] += 1
            return True, None

    def beside(self, step: Step) -> object:
        """Do a step, and before one of its statements the same one whole, over a connection of its own."""

        def interrupt() -> None:
            self.struck["beside"] += 1
            with using(self.other):
                try:
                    step.act(step.at)
                except Refusal:
                    return
                except OperationalError as error:
                    if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
                        raise

        with self._at_a_statement(step.what, interrupt):
            return step.act(step.at)

    def intrude(self, intrusion: Intrusion, at: datetime) -> str:
        """Try what the laws must refuse, as somebody with a database client could; say how it went, if it was tried."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(TOLD, [at.isoformat()])
                for statement in intrusion.statements:
                    cursor.execute(statement)
                    if cursor.rowcount < 1:
                        transaction.set_rollback(True)
                        return ""
                connection.check_constraints()
        except IntegrityError as refusal:
            self.struck["intrusion"] += 1
            return f"refused by {_law(refusal)}"
        self.struck["intrusion"] += 1
        return "not refused"

    @contextmanager
    def _at_a_statement(self, what: str, strike: Callable[[], None]) -> Iterator[None]:
        """Strike once, before a statement that the dice choose among as many as the act ever had."""
        chosen = self.dice.randint(1, self._sizes.get(what, STATEMENTS))
        seen = 0

        def count(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == chosen:
                strike()
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            yield
        self._sizes[what] = max(seen, self._sizes.get(what, 1))

    @staticmethod
    def _die() -> None:
        raise Killed


def _law(refusal: IntegrityError) -> str:
    return getattr(getattr(refusal.__cause__, "diag", None), "constraint_name", None) or "the database"
