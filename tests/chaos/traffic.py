"""The people of a run, each in a thread with a browser of their own."""

import random
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.chaos import founders, staff
from tests.chaos.people import Life, OneAfterTheOther, Person, Someone, Told
from tests.chaos.visitor import Cut, Explain, Tally, Visitor
from tests.chaos.world import World, session_of

THINKING = (0.05, 0.4)  # seconds between two acts of a person
AFTER_A_CUT = (0.4, 1.2)
CALM_ROUNDS = 3


class Traffic:
    """Everybody, while there is chaos and after it."""

    def __init__(
        self,
        world: World,
        port: int,
        seed: int,
        explained: Explain,
        lines: Callable[[str], str],
        today: Callable[[], date],
    ) -> None:
        self.life = Life(world, Tally(), Told(), today)
        self._seed = seed
        self._port, self._explained, self._lines = port, explained, lines
        self._over = threading.Event()
        self.finance = self._finance()
        everybody = [*self.finance, *self._founders(), *self._mentors()]
        self._threads = [threading.Thread(target=self._live, args=(someone,)) for someone in everybody]

    def start(self) -> None:
        """Let everybody come."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they are at, and go."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def close_the_books(self) -> None:
        """Let finance go through everything that waits, undisturbed."""
        for _ in range(CALM_ROUNDS):
            for person in self.finance:
                person.act()

    def lift_holds(self) -> None:
        """Let the manager lift every hold that stands on her desk."""
        for person in self.finance:
            if isinstance(person, staff.Manager):
                person.lift_holds()

    def _live(self, someone: Someone) -> None:
        while not self._over.is_set():
            try:
                someone.act()
            except Cut:
                self._over.wait(someone.random.uniform(*AFTER_A_CUT))
            except Exception as bug:
                self.life.tally.wonder(f"{someone.name} does not understand the page: {bug!r}")
            self._over.wait(someone.random.uniform(*THINKING))

    def _person(self, kind: type[Person], name: str, user: Any, **more: Any) -> Any:
        visitor = Visitor(self._port, session_of(user), self.life.tally, self._explained, self._lines)
        made = kind(name, visitor, self._chance(name), self.life)
        for key, value in more.items():
            setattr(made, key, value)
        return made

    def _chance(self, name: str) -> random.Random:
        return random.Random(f"{name} {self._seed}")

    def _founders(self) -> list[Someone]:
        world = self.life.world
        chosen = [
            self._person(founders.Chosen, f"chosen{n}", offer.application.startup.created_by, offer=offer.pk)
            for n, offer in enumerate(world.offers)
        ]
        booking = [
            self._person(founders.Booking, f"booking{n}", seat.startup.created_by, seat=seat.pk)
            for n, seat in enumerate(world.seats)
        ]
        return [
            *(self._person(founders.Writer, f"writer{n}", user) for n, user in enumerate(world.writers)),
            OneAfterTheOther("chosen", chosen, self._chance("chosen")),
            OneAfterTheOther("booking", booking, self._chance("booking")),
        ]

    def _finance(self) -> list[Person]:
        parts = {
            "manager": staff.Manager,
            "preparer": staff.Preparer,
            "preparer2": staff.Preparer,
            "approver": staff.Approver,
            "approver2": staff.Approver,
        }
        return [self._person(kind, part, self.life.world.staff[part]) for part, kind in parts.items()]

    def _mentors(self) -> list[Someone]:
        mentors = [self._person(staff.Mentor, f"mentor{n}", user) for n, user in enumerate(self.life.world.mentors)]
        return [OneAfterTheOther("mentors", mentors, self._chance("mentors"))]
