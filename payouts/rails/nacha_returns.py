"""Reads what a bank answers to a NACHA file: returns (addenda 99), notices of change (98), and dialogue about a return.

Strict about what protects from a damaged file (order, counts, hashes, totals, the trace that names the
payment) and tolerant of the rest: reason codes nobody has seen yet, blanks cut from line ends, headers
filled in the bank's way.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from payouts.rails.aba import AccountType
from payouts.rails.base import Rejected
from payouts.rails.nacha_lines import WIDTH, Cursor, Line, Tally
from payouts.rails.nacha_return_codes import DIALOGUE


@dataclass(frozen=True)
class Return:
    """Money that came back: `reason` as the bank gave it (`R01`), `original_trace` of the entry we sent."""

    line: int
    reason: str
    original_trace: str
    original_bank: str
    trace: str
    amount: int
    individual_id: str
    name: str
    account: str = field(repr=False)
    died_on: date | None
    text: str


@dataclass(frozen=True)
class Correction:
    """The details that a notice of change proposes; what it does not speak of is None."""

    routing: str | None = None
    account: str | None = field(default=None, repr=False)
    account_type: AccountType | None = None
    name: str | None = None
    individual_id: str | None = None


@dataclass(frozen=True)
class ChangeNotice:
    """A bank's word that an entry arrived but its details should change: `reason` as given (`C01`)."""

    line: int
    reason: str
    original_trace: str
    original_bank: str
    trace: str
    individual_id: str
    name: str
    account: str = field(repr=False)
    corrected: str = field(repr=False)

    @property
    def correction(self) -> Correction:
        """The corrected data, taken apart as the reason says; empty for a reason we do not know."""
        places = CORRECTIONS.get(self.reason, {})
        values = {name: self.corrected[start:end].strip(" ") for name, (start, end) in places.items()}
        return Correction(
            routing=values.get("routing") or None,
            account=values.get("account") or None,
            account_type=ACCOUNT_TYPES.get(values.get("code", "")[:1]),
            name=values.get("name") or None,
            individual_id=values.get("individual_id") or None,
        )


@dataclass(frozen=True)
class Dialogue:
    """What banks say to each other about a return (`R61` to `R77`): no money comes back by it, and a person looks."""

    line: int
    reason: str
    original_trace: str
    trace: str
    amount: int
    individual_id: str


Answer = Return | ChangeNotice | Dialogue

# Where each reason puts what in the 29 characters of corrected data (Nacha Operating Rules, appendix five).
CORRECTIONS: dict[str, dict[str, tuple[int, int]]] = {
    "C01": {"account": (0, 17)},
    "C02": {"routing": (0, 9)},
    "C03": {"routing": (0, 9), "account": (12, 29)},
    "C04": {"name": (0, 22)},
    "C05": {"code": (0, 2)},
    "C06": {"account": (0, 17), "code": (20, 22)},
    "C07": {"routing": (0, 9), "account": (9, 26), "code": (26, 28)},
    "C09": {"individual_id": (0, 22)},
}
ACCOUNT_TYPES = {"2": AccountType.CHECKING, "3": AccountType.SAVINGS}


def read_returns(data: bytes) -> tuple[Answer, ...]:
    """Read the bank's answers in their order; a file without any gives none.

    :raises Rejected: naming the line at which the file is damaged or is no file of answers.
    """
    lines = _split(data)
    cursor = Cursor(lines)
    cursor.take("1").must(35, 40, "094101", "record size, blocking factor and format code")
    answers: list[Answer] = []
    total, batches = Tally(), 0
    while cursor.kind == "5":
        cursor.take("5")
        tally = Tally()
        while cursor.kind == "6":
            answers.append(_answer(cursor, tally))
        tally.check(cursor.take("8"), first=5, count_width=6)
        total.add(tally)
        batches += 1
    control = cursor.take("9")
    if control.integer(2, 7, "the count of batches") != batches:
        control.fail(f"the count of batches (positions 2-7) is not {batches}")
    total.check(control, first=14, count_width=8)
    for line in cursor.rest():
        line.must(1, WIDTH, "9" * WIDTH, "the padding")
    return tuple(answers)


def _split(data: bytes) -> list[Line]:
    # Latin-1 reads any byte, and a name with an accent is no reason to leave money unbooked.
    text = data.decode("latin-1").rstrip("\r\n \x1a")
    parts = re.split("\r\n|\n|\r", text)
    lines = [Line(number, part.rstrip(" ").ljust(WIDTH)) for number, part in enumerate(parts, start=1)]
    for line in lines:
        if len(line.text) > WIDTH:
            line.fail(f"the line has {len(line.text)} characters, more than {WIDTH}")
    return lines


def _answer(cursor: Cursor, tally: Tally) -> Answer:
    entry = cursor.take("6")
    tally.take(entry)
    answers = []
    while cursor.kind == "7":
        addenda = cursor.take("7")
        tally.take(addenda)
        if addenda.at(2, 3) in ("98", "99"):
            answers.append(addenda)
    # A dialogue repeats what was said before it, the oldest first.
    if answers and answers[-1].at(2, 3) == "99" and answers[-1].at(4, 6) in DIALOGUE:
        return _dialogue(entry, answers[-1])
    if len(answers) != 1:
        entry.fail("the entry is not followed by one return (99) or one notice of change (98)")
    return _return(entry, answers[0]) if answers[0].at(2, 3) == "99" else _notice(entry, answers[0])


def _return(entry: Line, addenda: Line) -> Return:
    return Return(
        line=addenda.number,
        reason=addenda.at(4, 6).strip(" "),
        original_trace=_trace(addenda, 7),
        original_bank=addenda.at(28, 35).strip(" "),
        trace=_trace(addenda, 80),
        amount=entry.integer(30, 39, "the amount"),
        individual_id=entry.at(40, 54).strip(" "),
        name=entry.at(55, 76).strip(" "),
        account=entry.at(13, 29).strip(" "),
        died_on=_day_or_none(addenda, 22, 27),
        text=addenda.at(36, 79).strip(" "),
    )


def _notice(entry: Line, addenda: Line) -> ChangeNotice:
    return ChangeNotice(
        line=addenda.number,
        reason=addenda.at(4, 6).strip(" "),
        original_trace=_trace(addenda, 7),
        original_bank=addenda.at(28, 35).strip(" "),
        trace=_trace(addenda, 80),
        individual_id=entry.at(40, 54).strip(" "),
        name=entry.at(55, 76).strip(" "),
        account=entry.at(13, 29).strip(" "),
        corrected=addenda.at(36, 64),
    )


def _dialogue(entry: Line, addenda: Line) -> Dialogue:
    return Dialogue(
        line=addenda.number,
        reason=addenda.at(4, 6),
        original_trace=_trace(addenda, 7),
        trace=_trace(addenda, 80),
        amount=entry.integer(30, 39, "the amount"),
        individual_id=entry.at(40, 54).strip(" "),
    )


def _trace(addenda: Line, first: int) -> str:
    addenda.integer(first, first + 14, "the trace number")
    return addenda.at(first, first + 14)


def _day_or_none(line: Line, first: int, last: int) -> date | None:
    try:
        return line.day(first, last, "the day of death")
    except Rejected:
        return None
