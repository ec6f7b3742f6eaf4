"""What the people of a rehearsal know of it: its day, its dice, and what it has been told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

# Fixed, so that a seed tells the same story whenever it is told. A Monday.
BEGINS_ON = date(2030, 1, 7)


class Violation(Exception):
    """Something happened that must not: `rows` say what, for the report."""

    def __init__(self, words: str, rows: Iterable[str] = ()) -> None:
        super().__init__(words)
        self.rows = list(rows)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does at an instant. `act` fetches what it needs anew, as a page would, and does one act.

    `what` names the act, the same for everybody who does it; `about` says of what, in words that a story can repeat.
    """

    at: datetime
    who: str
    what: str
    about: str
    act: Callable[[datetime], object]


@dataclass
class Play:
    """One rehearsal: how large, which seed, which day it is, and what has been counted."""

    startups: int
    months: int
    seed: int
    faulty: bool = False
    out: Path | None = None
    today: date = BEGINS_ON
    # What parts keep between days: their people, the bank's book. By the part's name.
    memory: dict[str, Any] = field(default_factory=dict)

    def dice(self, *about: object) -> Random:
        """Return dice of one matter: the same for a seed, whatever happens elsewhere."""
        return Random(":".join(map(str, (self.seed, *about))))  # noqa: S311  # a story, no secret

    def chance(self, probability: float, *about: object) -> bool:
        """Throw the dice of one matter once."""
        return self.dice(*about).random() < probability

    def instant(self, hour: float, *about: object, within: float = 0) -> datetime:
        """Return an instant of the day, in hours UTC; with `within`, some time in the hours after."""
        late = self.dice("instant", self.today, *about).random() * within if within else 0
        midnight = datetime.combine(self.today, time(), UTC)
        return midnight + timedelta(seconds=round((hour + late) * 3600))

    def is_workday(self) -> bool:
        """Return whether people are at work."""
        return self.today.weekday() < 5

    def keep(self, name: str, data: bytes) -> None:
        """Keep a file that went out or came in, where they are kept."""
        if self.out is not None:
            (self.out / name).write_bytes(data)


@dataclass(frozen=True, slots=True)
class Intrusion:
    """What a hand with a database client tries, and the laws must refuse.

    A statement that finds no row to work on ends the attempt: there is nothing to try it on yet.
    """

    name: str
    statements: tuple[str, ...]


def _nothing(_play: Play) -> Iterable[str]:
    return ()


def _no_counts(_play: Play) -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Part:
    """What an app plays: its scenery, what its people do on a day, its own proof each night, and what it counts."""

    name: str
    set_up: Callable[[Play, datetime], None]
    day: Callable[[Play], Iterable[Step]]
    # Words for what is wrong at the end of a day, beyond the laws; empty when all is right.
    proof: Callable[[Play], Iterable[str]] = _nothing
    # Words for what was lost, asked once at the end.
    last_proof: Callable[[Play], Iterable[str]] = _nothing
    counts: Callable[[Play], Mapping[str, int]] = _no_counts
    # The last day on which something is sure to happen, and whether something is still under way after it.
    ends_on: Callable[[Play], date] | None = None
    under_way: Callable[[Play], bool] = lambda _play: False
    intrusions: tuple[Intrusion, ...] = ()
