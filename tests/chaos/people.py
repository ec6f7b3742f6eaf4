"""What the people of a run have in common: one act at a time, through the pages, as a browser without scripts would."""

import itertools
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from tests.chaos.visitor import Page, Tally, Visitor
from tests.chaos.world import World

Promise = tuple[str, str, tuple[Any, ...]]  # what was promised, and the question that must have rows


@dataclass
class Told:
    """What the product said yes to, and the files it gave out; written by many threads."""

    promises: list[Promise] = field(default_factory=list)
    # By application and question: what may stand there: what was saved last, and what was sent since without an answer.
    written: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    files: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def promise(self, words: str, sql: str, *params: Any) -> None:
        """Keep a promise of the product."""
        with self.lock:
            self.promises.append((words, sql, params))


@dataclass
class Life:
    """What everybody shares."""

    world: World
    tally: Tally
    told: Told
    today: Callable[[], date]
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))


class Someone(Protocol):
    """Whoever can act."""

    name: str
    random: random.Random

    def act(self) -> None:
        """Do one thing.

        :raises Cut: without an answer.
        """


class Person:
    """Somebody with a browser and a part to play."""

    def __init__(self, name: str, visitor: Visitor, chance: random.Random, life: Life) -> None:
        self.name, self.visitor, self.random, self.life = name, visitor, chance, life

    def act(self) -> None:
        """Do one thing.

        :raises Cut: without an answer.
        """
        raise NotImplementedError

    def did(self, act: str, words: str = "", sql: str = "", *params: Any) -> None:
        """Count an act that was answered with a yes, and keep what it promised."""
        self.life.tally.act(act)
        if sql:
            self.life.told.promise(words, sql, *params)

    def confirm(self, path: str, **told: str) -> Page | None:
        """Open the page that asks before an act, say yes, and give the page after it if it tells of a success."""
        asked = self.visitor.get(path)
        form = asked.form(*(told or ["csrfmiddlewaretoken"]), action=path)
        if form is None:
            return None
        answer = self.visitor.send(form, told)
        after = self.visitor.get(answer.location) if answer.location else answer
        if after.says_done:
            return after
        self.life.tally.count(refused=1)
        return None


class OneAfterTheOther:
    """Several people of whom one acts at a time, so that a run needs no thread for each."""

    def __init__(self, name: str, people: Sequence[Someone], chance: random.Random) -> None:
        self.name, self.people, self.random = name, people, chance

    def act(self) -> None:
        """Let one of them act."""
        self.random.choice(self.people).act()
