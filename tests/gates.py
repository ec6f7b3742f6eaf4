"""How the tests prove that a gate's pure rule and its set-based twin agree: each app says what its gates may load.

A `Scene` writes one combination of what a gate loads into real rows; which combinations there are is a hypothesis strategy.
A gate that no scene is written for fails `test_every_gate_has_its_scene`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis.strategies import SearchStrategy

from applications.models import Participation


@dataclass(frozen=True, slots=True)
class Scene:
    """What some gates may find of a seat: the combinations, and how one is written for a seat, whatever the laws say."""

    codes: tuple[str, ...]
    combinations: SearchStrategy[Any]
    write: Callable[[Participation, Any], None]


SCENES: list[Scene] = []


def scene_of(codes: Iterable[str], combinations: SearchStrategy[Any]) -> Callable[[Callable[..., None]], None]:
    """Register how the combinations of what some gates load are written."""

    def register(write: Callable[[Participation, Any], None]) -> None:
        SCENES.append(Scene(tuple(codes), combinations, write))

    return register
