"""Reads NACHA files of credits as ours are, and believes nothing: every figure and position is checked."""

import re
from dataclasses import dataclass, field
from datetime import date, time

from payouts.rails.base import Rejected
from payouts.rails.nacha_lines import WIDTH, Cursor, Line, Tally

CREDITS = ("22", "32")
DEBITS = ("27", "37")


@dataclass(frozen=True)
class Entry:
    """One entry: `amount` in cents, `trace` of 15 digits, `line` where it stands."""

    line: int
    code: str
    routing: str
    account: str = field(repr=False)
    amount: int
    individual_id: str
    name: str
    trace: str
    addenda: str

    @property
    def is_credit(self) -> bool:
        return self.code in CREDITS


@dataclass(frozen=True)
class Batch:
    """A batch of entries of one company for one day."""

    number: int
    service_class: str
    company_name: str
    company_id: str
    discretionary: str
    entry_class: str
    description: str
    descriptive_on: date
    effective_on: date
    odfi: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class PaymentFile:
    """A whole file; its day and time are those of the sender's clock, the zone of which the file does not say."""

    destination: str
    destination_name: str
    origin: str
    origin_name: str
    created_on: date
    created_time: time
    modifier: str
    reference: str
    batches: tuple[Batch, ...]

    @property
    def credits(self) -> tuple[Entry, ...]:
        """Every credit of every batch, in the file's order."""
        return tuple(entry for batch in self.batches for entry in batch.entries if entry.is_credit)

    @property
    def credit_total(self) -> int:
        return sum(entry.amount for entry in self.credits)


def read(data: bytes) -> PaymentFile:
    """Read a payment file.

    :raises Rejected: naming the first line that is not what it must be.
    """
    lines = _split(data)
    cursor = Cursor(lines)
    header = cursor.take("1")
    created_on, created_time = _check_file_header(header)
    batches: list[Batch] = []
    total = Tally()
    while cursor.kind == "5" or not batches:
        batch, tally = _batch(cursor, created_on, above=batches[-1].number if batches else 0)
        batches.append(batch)
        total.add(tally)
    _check_file_control(cursor, total, batches=len(batches), lines=len(lines))
    _check_unique(batches)
    return PaymentFile(
        destination=header.at(5, 13),
        destination_name=header.words(41, 63, "the destination's name"),
        origin=header.at(14, 23).strip(" "),
        origin_name=header.words(64, 86, "the origin's name"),
        created_on=created_on,
        created_time=created_time,
        modifier=header.at(34, 34),
        reference=header.at(87, 94).rstrip(" "),
        batches=tuple(batches),
    )


def _split(data: bytes) -> list[Line]:
    text = data.decode("latin-1")
    end = "\r\n" if "\r\n" in text else "\n"
    parts = text.split(end)
    if parts.pop():
        raise Rejected("the file does not end with the end of a line", line=len(parts) + 1)
    lines = [Line(number, part) for number, part in enumerate(parts, start=1)]
    for line in lines:
        if len(line.text) != WIDTH:
            line.fail(f"the line has {len(line.text)} characters, not {WIDTH}")
        if not re.fullmatch("[ -~]*", line.text):
            line.fail("the line has a character that is not printable ASCII")
    return lines


def _check_file_header(header: Line) -> tuple[date, time]:
    header.must(2, 3, "01", "the priority code")
    header.blank(4, 4)
    header.routing(5, "the destination")
    if header.at(14, 14) == " ":
        header.routing(15, "the origin")
    elif not re.fullmatch("[0-9A-Za-z]{10}", header.at(14, 23)):
        header.fail("the origin (positions 14-23) is neither a routing number nor an id of ten characters")
    if not re.fullmatch("[A-Z0-9]", header.at(34, 34)):
        header.fail("the file id modifier (position 34) is not A-Z or 0-9")
    header.must(35, 40, "094101", "record size, blocking factor and format code")
    if header.at(87, 94).strip(" "):
        header.words(87, 94, "the reference")
    day = header.day(24, 29, "the day of creation")
    hour, minute = header.integer(30, 31, "the hour"), header.integer(32, 33, "the minute")
    if hour > 23 or minute > 59:
        header.fail("the time of creation (positions 30-33) is not a time")
    return day, time(hour, minute)


def _batch(cursor: Cursor, created_on: date, *, above: int) -> tuple[Batch, Tally]:
    header = cursor.take("5")
    service_class = header.at(2, 4)
    if service_class not in ("200", "220"):
        header.fail("the service class (positions 2-4) is neither 220, credits, nor 200, balanced")
    if header.at(51, 53) not in ("CCD", "PPD"):
        header.fail("the entry class (positions 51-53) is neither CCD nor PPD")
    if not header.at(41, 50).strip(" "):
        header.fail("the company id (positions 41-50) is missing")
    if header.at(21, 40).strip(" "):
        header.words(21, 40, "the discretionary data")
    effective_on = header.day(70, 75, "the effective date")
    if effective_on < created_on:
        header.fail("the effective date (positions 70-75) is before the day of the file")
    header.blank(76, 78)
    header.must(79, 79, "1", "the originator status")
    header.integer(80, 87, "the ODFI")
    number = header.integer(88, 94, "the batch number")
    if number <= above:
        header.fail("the batch number (positions 88-94) is zero or does not follow the one before it")
    entries, tally = _entries(cursor, header)
    _check_batch_control(cursor.take("8"), header, tally)
    batch = Batch(
        number=number,
        service_class=service_class,
        company_name=header.words(5, 20, "the company name"),
        company_id=header.at(41, 50).rstrip(" "),
        discretionary=header.at(21, 40).rstrip(" "),
        entry_class=header.at(51, 53),
        description=header.words(54, 63, "the entry description"),
        descriptive_on=header.day(64, 69, "the descriptive date"),
        effective_on=effective_on,
        odfi=header.at(80, 87),
        entries=tuple(entries),
    )
    return batch, tally


def _entries(cursor: Cursor, header: Line) -> tuple[list[Entry], Tally]:
    entries: list[Entry] = []
    tally = Tally()
    while cursor.kind == "6" or not entries:
        line = cursor.take("6")
        tally.take(line)
        addenda = ""
        if line.integer(79, 79, "the addenda indicator"):
            following = cursor.take("7")
            tally.take(following)
            addenda = _addenda(following, line)
        entry = _entry(line, header, addenda)
        if entries and entry.trace <= entries[-1].trace:
            line.fail("the trace number (positions 80-94) does not follow the one before it")
        entries.append(entry)
    return entries, tally


def _entry(line: Line, header: Line, addenda: str) -> Entry:
    code = line.at(2, 3)
    if code not in (CREDITS if header.at(2, 4) == "220" else CREDITS + DEBITS):
        line.fail("the transaction code (positions 2-3) does not belong into this batch")
    account = line.words(13, 29, "the account number")
    if not re.fullmatch("[0-9A-Za-z-]+", account):
        line.fail("the account number (positions 13-29) has a character that it cannot have")
    amount = line.integer(30, 39, "the amount")
    if not amount:
        line.fail("the amount (positions 30-39) is zero")
    line.blank(77, 78)
    line.must(79, 79, "1" if addenda else "0", "the addenda indicator")
    line.must(80, 87, header.at(80, 87), "the bank in the trace number")
    if not line.integer(88, 94, "the trace sequence"):
        line.fail("the trace sequence (positions 88-94) is zero")
    return Entry(
        line=line.number,
        code=code,
        routing=line.routing(4, "the receiving bank"),
        account=account,
        amount=amount,
        individual_id=line.words(40, 54, "the individual id"),
        name=line.words(55, 76, "the name"),
        trace=line.at(80, 94),
        addenda=addenda,
    )


def _addenda(line: Line, entry: Line) -> str:
    line.must(2, 3, "05", "the addenda type")
    line.must(84, 87, "0001", "the addenda sequence")
    line.must(88, 94, entry.at(88, 94), "the entry's sequence")
    return line.words(4, 83, "the text")


def _check_batch_control(control: Line, header: Line, tally: Tally) -> None:
    control.must(2, 4, header.at(2, 4), "the service class")
    tally.check(control, first=5, count_width=6)
    control.must(45, 54, header.at(41, 50), "the company id")
    control.blank(55, 79)
    control.must(80, 94, header.at(80, 94), "the ODFI and batch number")
    if header.at(2, 4) == "200" and tally.debit != tally.credit:
        control.fail("the batch is not balanced")


def _check_file_control(cursor: Cursor, total: Tally, *, batches: int, lines: int) -> None:
    control = cursor.take("9")
    if control.integer(2, 7, "the count of batches") != batches:
        control.fail(f"the count of batches (positions 2-7) is not {batches}")
    if control.integer(8, 13, "the count of blocks") != -(-lines // 10):
        control.fail("the count of blocks (positions 8-13) is not that of the lines")
    total.check(control, first=14, count_width=8)
    control.blank(56, 94)
    padding = cursor.rest()
    for line in padding:
        line.must(1, WIDTH, "9" * WIDTH, "the padding")
    if padding and (len(padding) > 9 or lines % 10):
        padding[-1].fail("the padding does not fill the last block of ten lines")


def _check_unique(batches: list[Batch]) -> None:
    traces: set[str] = set()
    ids: set[str] = set()
    for entry in (entry for batch in batches for entry in batch.entries):
        if entry.trace in traces:
            raise Rejected("the trace number (positions 80-94) stands twice in the file", line=entry.line)
        if entry.individual_id in ids:
            raise Rejected("the individual id (positions 40-54) stands twice in the file", line=entry.line)
        traces.add(entry.trace)
        ids.add(entry.individual_id)
