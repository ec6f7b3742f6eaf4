"""How lines of a NACHA file are read, by the reader of our own files and by the reader of what banks answer.

Written from the standard and not from the writer, so that an error of the one is found by the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, NoReturn

from payouts.rails.base import Rejected

WIDTH = 94


class Line(NamedTuple):
    """One record, with its number in the file; positions count from 1 and both ends belong to a field."""

    number: int
    text: str

    def at(self, first: int, last: int) -> str:
        return self.text[first - 1 : last]

    def fail(self, reason: str) -> NoReturn:
        raise Rejected(reason, line=self.number)

    def must(self, first: int, last: int, expected: str, what: str) -> None:
        """Demand these very characters."""
        if self.at(first, last) != expected:
            self.fail(f"{what} (positions {first}-{last}) is not {expected!r}")

    def integer(self, first: int, last: int, what: str) -> int:
        """Read a number, filled with zeros."""
        field = self.at(first, last)
        if not (field.isascii() and field.isdigit()):
            self.fail(f"{what} (positions {first}-{last}) is not a number")
        return int(field)

    def words(self, first: int, last: int, what: str) -> str:
        """Read a text that must be there and starts at the first position."""
        field = self.at(first, last)
        if field.startswith(" "):
            self.fail(f"{what} (positions {first}-{last}) is missing or does not start at its first position")
        return field.rstrip(" ")

    def blank(self, first: int, last: int) -> None:
        self.must(first, last, " " * (last - first + 1), "a reserved field")

    def day(self, first: int, last: int, what: str) -> date:
        """Read YYMMDD."""
        self.integer(first, last, what)
        year, month, day = (int(self.at(at, at + 1)) for at in range(first, last, 2))
        try:
            return date(2000 + year, month, day)
        except ValueError:
            self.fail(f"{what} (positions {first}-{last}) is not a day")

    def routing(self, first: int, what: str) -> str:
        """Read a routing number of nine digits whose check digit is right."""
        self.integer(first, first + 8, what)
        routing = self.at(first, first + 8)
        a, b, c = (sum(int(digit) for digit in routing[start::3]) for start in range(3))
        if (3 * a + 7 * b + c) % 10 or not routing.strip("0"):
            self.fail(f"{what} (positions {first}-{first + 8}) is not a routing number")
        return routing


class Cursor:
    """Walks the lines in their order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._next = 0

    @property
    def kind(self) -> str:
        """The record type of the next line, or nothing at the end of the file."""
        return self._lines[self._next].at(1, 1) if self._next < len(self._lines) else ""

    def take(self, kind: str) -> Line:
        """Return the next line, which must be of this type."""
        if self.kind != kind:
            found = f"one of type {self.kind!r}" if self.kind else "the end of the file"
            raise Rejected(f"a record of type {kind!r} is missing: here is {found}", line=self._next + 1)
        self._next += 1
        return self._lines[self._next - 1]

    def rest(self) -> Sequence[Line]:
        return self._lines[self._next :]


@dataclass
class Tally:
    """What was counted and summed, to be compared with what a control record states."""

    records: int = 0
    hash: int = 0
    debit: int = 0
    credit: int = 0

    def take(self, line: Line) -> None:
        """Count an entry or addenda record; codes ending in 1 to 4 are credits."""
        self.records += 1
        if line.at(1, 1) == "6":
            self.hash += line.integer(4, 11, "the receiving bank")
            amount = line.integer(30, 39, "the amount")
            if line.integer(2, 3, "the transaction code") % 10 <= 4:
                self.credit += amount
            else:
                self.debit += amount

    def add(self, other: "Tally") -> None:
        self.records += other.records
        self.hash += other.hash
        self.debit += other.debit
        self.credit += other.credit

    def check(self, control: Line, *, first: int, count_width: int) -> None:
        """Compare with the figures of a batch or file control, which start at `first`."""
        hashed = first + count_width
        for start, end, what, counted in (
            (first, hashed - 1, "the count of entries and addenda", self.records),
            (hashed, hashed + 9, "the entry hash", self.hash % 10**10),
            (hashed + 10, hashed + 21, "the total of debits", self.debit),
            (hashed + 22, hashed + 33, "the total of credits", self.credit),
        ):
            stated = control.integer(start, end, what)
            if stated != counted:
                control.fail(f"{what} (positions {start}-{end}) says {stated}, but the lines make {counted}")
