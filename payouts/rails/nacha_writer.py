"""Writes NACHA files: ACH credits to companies (CCD) and persons (PPD), correct to the byte.

One batch a file. The layout is that of the Nacha Operating Rules, appendix three; `nacha_reader` checks it
on its own. Nothing is cut, changed or reordered to fit: what does not fit is refused (`nacha_refusals`), so
names and texts are brought into plain ASCII (`names.transliterate`) before a payment is approved, not here.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from payouts.rails import nacha_refusals
from payouts.rails.aba import AccountType
from payouts.rails.entries import Entry, Offset, Originator
from portal.refusals import Refusal

MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
FILLER = "9" * 94

CREDIT: dict[str, str] = {AccountType.CHECKING: "22", AccountType.SAVINGS: "32"}
DEBIT: dict[str, str] = {AccountType.CHECKING: "27", AccountType.SAVINGS: "37"}


class EntryClass(StrEnum):
    """Standard entry class: to a company's account, or to a person's."""

    COMPANY = "CCD"
    PERSON = "PPD"


def write(
    originator: Originator,
    entries: Sequence[Entry],
    *,
    created_at: datetime,
    effective_on: date,
    file_id_modifier: str,
    batch_number: int,
    entry_class: EntryClass = EntryClass.COMPANY,
    offset_sequence: int | None = None,
) -> bytes:
    """Write the file. The same data give the same bytes.

    A balanced file (`originator.offset`) needs `offset_sequence`, the trace sequence of its closing debit.

    :raises Refusal: if anything does not fit the format, naming the payment.
    """
    if created_at.tzinfo is None:
        raise ValueError("created_at must be aware")
    created = created_at.astimezone(originator.zone)
    nacha_refusals.check_originator(originator)
    nacha_refusals.check_file(file_id_modifier, batch_number, created.date(), effective_on)
    nacha_refusals.check_entries(entries)
    nacha_refusals.check_offset(originator, entries, offset_sequence)

    batch = _Batch(originator, batch_number, entry_class)
    for entry in entries:
        batch.add(CREDIT[entry.account_type], entry)
    if originator.offset and offset_sequence is not None:
        debit = _closing_debit(originator, originator.offset, batch.credit, offset_sequence)
        batch.add(DEBIT[debit.account_type], debit)
    lines = [
        _file_header(originator, created, file_id_modifier),
        batch.header(effective_on),
        *batch.lines,
        batch.control(),
    ]
    blocks = -(-(len(lines) + 1) // 10)
    lines.append(batch.file_control(blocks))
    if originator.padding:
        lines += [FILLER] * (blocks * 10 - len(lines))
    return "".join(line + originator.line_end for line in lines).encode("ascii")


def modifier(nth_of_day: int) -> str:
    """Return the file id modifier of the n-th file of a day, counted from 1: A to Z, then 0 to 9.

    :raises Refusal: for the 37th.
    """
    if nth_of_day < 1:
        raise ValueError("files of a day are counted from 1")
    if nth_of_day > len(MODIFIERS):
        raise Refusal(_("A bank takes at most 36 files a day from one sender: send this one tomorrow."))
    return MODIFIERS[nth_of_day - 1]


class _Batch:
    """The lines of a batch and the sums its control record, and the file's, must state."""

    def __init__(self, originator: Originator, number: int, entry_class: EntryClass) -> None:
        self.originator = originator
        self.entry_class = entry_class
        self.service_class = "200" if originator.offset else "220"
        self.tail = _digits(int(originator.odfi[:8]), 8) + _digits(number, 7)
        self.lines: list[str] = []
        self.hash = self.debit = self.credit = 0

    def add(self, code: str, entry: Entry) -> None:
        self.lines.append(_entry(code, entry, self.originator.odfi))
        if entry.addenda:
            self.lines.append(_addenda(entry))
        self.hash += int(entry.routing[:8])
        if code in CREDIT.values():
            self.credit += entry.amount
        else:
            self.debit += entry.amount

    def header(self, effective_on: date) -> str:
        day = effective_on.strftime("%y%m%d")
        return _line(
            "5",
            self.service_class,
            _text(self.originator.company_name, 16),
            _text(self.originator.discretionary, 20),
            _text(self.originator.company_id, 10),
            self.entry_class.value,
            _text(self.originator.description, 10),
            day,  # descriptive date: what the receiver may be shown
            day,  # effective date
            _text("", 3),  # settlement day, for the ACH operator to fill
            "1",
            self.tail,
        )

    def control(self) -> str:
        company = _text(self.originator.company_id, 10)
        return _line("8", self.service_class, self._sums(count_width=6), company, _text("", 25), self.tail)

    def file_control(self, blocks: int) -> str:
        return _line("9", _digits(1, 6), _digits(blocks, 6), self._sums(count_width=8), _text("", 39))

    def _sums(self, *, count_width: int) -> str:
        count = _digits(len(self.lines), count_width)
        return count + _digits(self.hash % 10**10, 10) + _digits(self.debit, 12) + _digits(self.credit, 12)


def _closing_debit(originator: Originator, offset: Offset, total: int, sequence: int) -> Entry:
    return Entry(
        routing=offset.routing,
        account=offset.account,
        account_type=offset.account_type,
        amount=total,
        individual_id="OFFSET",
        name=originator.company_name,
        sequence=sequence,
    )


def _file_header(originator: Originator, created: datetime, file_id_modifier: str) -> str:
    return _line(
        "1",
        "01",
        originator.destination.rjust(10),
        originator.origin.rjust(10),
        created.strftime("%y%m%d%H%M"),
        file_id_modifier,
        "094",
        "10",
        "1",
        _text(originator.destination_name, 23),
        _text(originator.origin_name, 23),
        _text(originator.reference, 8),
    )


def _entry(code: str, entry: Entry, odfi: str) -> str:
    return _line(
        "6",
        code,
        entry.routing,
        _text(entry.account, 17),
        _digits(entry.amount, 10),
        _text(entry.individual_id, 15),
        _text(entry.name, 22),
        _text("", 2),
        "1" if entry.addenda else "0",
        odfi[:8],
        _digits(entry.sequence, 7),
    )


def _addenda(entry: Entry) -> str:
    return _line("7", "05", _text(entry.addenda, 80), "0001", _digits(entry.sequence, 7))


def _text(value: str, width: int) -> str:
    return value.ljust(width)


def _digits(value: int, width: int) -> str:
    return str(value).zfill(width)


def _line(*fields: str) -> str:
    line = "".join(fields)
    if len(line) != 94:  # a field that outgrew its place and passed the refusals: never to reach a bank
        raise AssertionError(f"A record of type {line[0]} would have {len(line)} characters.")
    return line
