"""Rails: how money, and word of it, travels between the programme and banks.

Everything here is plain code: no database, no clock, no programme. What a rail cannot do with the data it is given it
refuses (`portal.refusals.Refusal`) rather than cutting or guessing.
"""

from portal import external
from portal.external import Unavailable

__all__ = ["Rejected", "Unavailable"]


class Rejected(external.Rejected):
    """A bank said no, or a file is not what it must be: asking again changes nothing.

    `line` is the number of the line that is wrong, from 1, where there is one.
    """

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return self.reason if self.line is None else f"line {self.line}: {self.reason}"
