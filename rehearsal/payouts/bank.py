"""A bank that reads what it is sent with a reader of its own, pays, answers, and keeps its own book.

Nothing here knows the writer or the readers of `payouts.rails`: the layout is that of the Nacha Operating Rules,
appendices three and four, read a second time. Positions count from 1 in the rules, from 0 in the slices.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

WIDTH, BLOCK, FILLER = 94, 10, "9" * 94
CREDITS = {"22", "32"}
# Of credits: how many come back, with which reasons, and how many days after they took effect.
COMES_BACK = 0.03
REASONS = ("R02", "R03", "R03", "R16", "R20", "R23", "R17", "R99")
DAYS_LATER = (1, 1, 2, 2, 2, 9, 20)
MOST_RETURNS = 2  # of one month, so that every story ends


class Unreadable(Exception):
    """The bank turns a file down; the text says why."""


@dataclass(frozen=True, slots=True)
class Credit:
    """One entry of a file: who is paid how much, in cents, under which name and trace."""

    name: str
    trace: str
    routing: str
    account: str
    holder: str
    amount: int
    effective_on: date

    @property
    def month(self) -> str:
        """Return the month that the payment's name speaks of, whatever the attempt."""
        return self.name.rpartition("-")[0]


@dataclass
class Bank:
    """What the bank was sent and what came back, by its own book."""

    files: dict[str, bytes] = field(default_factory=dict)
    credits: dict[str, Credit] = field(default_factory=dict)
    returned: dict[str, str] = field(default_factory=dict)
    # Answers on their way, by the day on which they arrive.
    answers: dict[date, list[tuple[Credit, str]]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    number: int = 0

    def take(self, name: str, data: bytes) -> list[Credit]:
        """Take a file to be paid; the same file again under its name is known and not paid again.

        :raises Unreadable: for a file that is not as the rules say.
        """
        if name in self.files:
            if self.files[name] != data:
                self.complaints.append(f"{name} came again with other bytes")
            return []
        if data in self.files.values():
            self.complaints.append(f"{name} came before under another name")
        taken = read(data)
        self.files[name] = data
        for credit in taken:
            self._pay(credit)
        return taken

    def _pay(self, credit: Credit) -> None:
        if credit.name in self.credits:
            self.complaints.append(f"{credit.name} was paid twice")
        if any(c.month == credit.month and c.name not in self.returned for c in self.credits.values()):
            self.complaints.append(f"{credit.month} was paid again while an earlier payment stands")
        self.credits[credit.name] = credit

    def decide(self, credit: Credit, *, comes_back: float, reason: str, later: int) -> None:
        """Let the dice say whether a credit comes back, why and when."""
        attempts = sum(c.month == credit.month for c in self.credits.values())
        if comes_back < COMES_BACK and attempts <= MOST_RETURNS:
            on = credit.effective_on + timedelta(days=later)
            self.answers.setdefault(on, []).append((credit, reason))

    def answer(self, today: date) -> bytes | None:
        """Return the file of what came back by today, or None."""
        due = [answer for on in sorted(self.answers) if on <= today for answer in self.answers.pop(on)]
        if not due:
            return None
        self.number += 1
        self.returned |= {credit.name: reason for credit, reason in due}
        return _written(due, today, self.number)

    def paid(self) -> int:
        """Return what was paid and did not come back, in cents."""
        return sum(credit.amount for credit in self.credits.values() if credit.name not in self.returned)

    def statement(self, today: date) -> bytes:
        """Return the account's statement up to a day: one line a booking, as semicolons part them."""
        lines = [f"{c.effective_on};paid;{c.name};{c.amount}" for c in self.credits.values() if c.effective_on <= today]
        lines += [
            f"{c.effective_on};returned {self.returned[c.name]};{c.name};{-c.amount}"
            for c in self.credits.values()
            if c.name in self.returned
        ]
        return "".join(f"{line}\n" for line in sorted(lines)).encode()


def read(data: bytes) -> list[Credit]:
    """Read a payment file to its last digit.

    :raises Unreadable: where a line, a count, a sum or an order is wrong.
    """
    lines = data.decode("ascii").split("\n")
    if lines.pop() or any(len(line) != WIDTH for line in lines):
        raise Unreadable("a line has not 94 characters")
    if len(lines) % BLOCK:
        raise Unreadable("the file does not fill its blocks of ten")
    body = [line for line in lines if line != FILLER]
    kinds = "".join(line[0] for line in body)
    if kinds[:2] != "15" or kinds[-2:] != "89" or set(kinds[2:-2]) - {"6", "7"}:
        raise Unreadable(f"the records stand in the order {kinds}")
    header, batch, entries, control, end = body[0], body[1], body[2:-2], body[-2], body[-1]
    if header[34:40] != "094101":
        raise Unreadable("the header does not say 094101")
    effective = date(2000 + int(batch[69:71]), int(batch[71:73]), int(batch[73:75]))
    details = [line for line in entries if line[0] == "6"]
    _check_sums(entries, details, control, end, blocks=len(lines) // BLOCK)
    traces = [line[79:94] for line in details]
    if any(a >= b for a, b in pairwise(traces)) or any(t[:8] != batch[79:87] for t in traces):
        raise Unreadable("the traces do not ascend, or are another bank's")
    if twice := [name for name, n in Counter(line[39:54] for line in details).items() if n > 1]:
        raise Unreadable(f"{twice[0].strip()} stands twice in one file")
    return [_credit(line, effective) for line in details if line[1:3] in CREDITS]


def _credit(line: str, effective: date) -> Credit:
    routing = line[3:12]
    weights = (3, 7, 1) * 3
    if sum(w * int(digit) for w, digit in zip(weights, routing, strict=True)) % 10:
        raise Unreadable(f"{routing} is no routing number")
    return Credit(
        name=line[39:54].strip(),
        trace=line[79:94],
        routing=routing,
        account=line[12:29].strip(),
        holder=line[54:76].strip(),
        amount=int(line[29:39]),
        effective_on=effective,
    )


def _check_sums(entries: list[str], details: list[str], control: str, end: str, *, blocks: int) -> None:
    credit = sum(int(line[29:39]) for line in details if line[1:3] in CREDITS)
    debit = sum(int(line[29:39]) for line in details if line[1:3] not in CREDITS)
    digest = sum(int(line[3:11]) for line in details) % 10**10
    sums = f"{digest:010}{debit:012}{credit:012}"
    if control[4:44] != f"{len(entries):06}{sums}":
        raise Unreadable("the batch's counts and sums are not those of its entries")
    if end[1:55] != f"{1:06}{blocks:06}{len(entries):08}{sums}":
        raise Unreadable("the file's counts and sums are not those of its batch")


def _written(answers: list[tuple[Credit, str]], today: date, number: int) -> bytes:
    """Write a file of returns: each entry as it came, with an addenda record 99 that says why."""
    entries = []
    for n, (credit, reason) in enumerate(answers, start=1):
        trace = f"{credit.routing[:8]}{n:07}"
        amount_and_name = f"{credit.amount:010}{credit.name:<15}{credit.holder:<22}"
        entries.append(f"621{credit.routing}{credit.account:<17}{amount_and_name}  1{trace}")
        entries.append(f"799{reason}{credit.trace}{'':6}{credit.routing[:8]}{'':44}{trace}")
    digest = sum(int(credit.routing[:8]) for credit, _reason in answers) % 10**10
    total = sum(credit.amount for credit, _reason in answers)
    sums = f"{digest:010}{0:012}{total:012}"
    odfi = answers[0][0].trace[:8]
    lines = [
        f"101 {'122105155':<9} {'011000015':<9}{today:%y%m%d}0600A094101{'TREMPLIN':<23}{'FEDERAL RESERVE BANK':<23}{'':8}",
        f"5200{'RETURNS':<16}{'':20}{'9876543210':<10}CCD{'RETURN':<10}{'':6}{today:%y%m%d}   1{odfi}{number:07}",
        *entries,
        f"8200{len(entries):06}{sums}{'9876543210':<10}{'':25}{odfi}{number:07}",
    ]
    blocks = -(-(len(lines) + 1) // BLOCK)
    lines.append(f"9{1:06}{blocks:06}{len(entries):08}{sums}{'':39}")
    lines += [FILLER] * (blocks * BLOCK - len(lines))
    return "".join(line + "\n" for line in lines).encode("ascii")
