"""The startups of a rehearsal: each with a character that the dice gave."""

from dataclasses import dataclass
from typing import Any

from applications.models import Startup
from portal.models import User
from rehearsal.applications.scenery import OPEN_FOR
from rehearsal.play import BEGINS_ON, Play, Step

# Names as people have them: short, long, accented, with what HTML and bank files must not stumble over.
NAMES = (
    "Loomwork",
    "Müller & Söhne",
    "Ça va <bien>",
    "Łódź Labs",
    'O\'Hara "Quoted"',
    "数据工坊",
    "Ünïcödé Øre",
    "R&D 100%",
    "Fjord; DROP TABLE",
    "=SUM(A1)",
    "Žižka Systems 🚀",
    "Very Long Name of a Company That Would Not Stop Growing When Told To",
)
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu")


@dataclass(frozen=True, slots=True)
class Persona:
    """One startup's character: what it has, when it comes, and what it makes of an offer."""

    number: int
    name: str
    founders: int
    arrives: int  # days after the beginning
    is_eligible: bool
    is_complete: bool
    is_late: bool
    has_slides: bool
    reopens: bool
    withdraws: bool
    answer: str
    signs_after: int  # days

    @property
    def emails(self) -> list[str]:
        return [f"founder{self.number}-{i}@rehearsal.example" for i in range(self.founders)]


def personas(play: Play) -> list[Persona]:
    """Return every startup's character, the same for a seed."""
    if "personas" not in play.memory:
        play.memory["personas"] = [_persona(play, number) for number in range(1, play.startups + 1)]
    made: list[Persona] = play.memory["personas"]
    return made


def _persona(play: Play, number: int) -> Persona:
    dice = play.dice("persona", number)
    return Persona(
        number=number,
        name=f"{NAMES[number % len(NAMES)]} {number}",
        founders=dice.choice((1, 2, 2, 3)),
        arrives=dice.randint(0, OPEN_FOR - 6),
        is_eligible=dice.random() > 0.08,
        is_complete=dice.random() > 0.04,
        is_late=dice.random() < 0.03,
        has_slides=dice.random() < 0.2,
        reopens=dice.random() < 0.08,
        withdraws=dice.random() < 0.03,
        answer=dice.choices(("accept", "decline", "ignore"), (88, 6, 6))[0],
        signs_after=dice.randint(0, 4),
    )


def step_of(play: Play, persona: Persona, what: str, act: Any, hour: float = 14, about: str = "") -> Step:
    """Return a step of a startup's founders, at some time after an hour."""
    at = play.instant(hour, persona.number, what, about, within=3)
    return Step(at, f"founder {persona.number}", what, about, act)


def days_played(play: Play) -> int:
    """Return how many days have passed since the beginning."""
    return (play.today - BEGINS_ON).days


def founder_of(startup_id: int, nth: int = 0) -> User:
    """Fetch the n-th of those who answer for a startup."""
    return Startup(pk=startup_id).founders().order_by("pk")[nth]
