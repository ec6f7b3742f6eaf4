"""The independent reader: what it refuses of a damaged file."""

from collections.abc import Callable

import pytest

from payouts.rails.base import Rejected
from payouts.rails.nacha_reader import read
from tests.payouts.nacha_files import BALANCED, entry, payment_file

# Lines: 0 file header, 1 batch header, 2 and 3 entries, 4 addenda of 3, 5 entry, 6 batch control, 7 file control.
FILE = payment_file([entry(1), entry(2, addenda="Month 1 of 6"), entry(3, amount=123_456)])
BALANCED_FILE = payment_file([entry(1), entry(2)], BALANCED)

Fault = Callable[[list[str]], object]


def put(line: int, first: int, text: str) -> Fault:
    """Make a fault that overwrites characters from a position on."""

    def fault(lines: list[str]) -> None:
        lines[line] = lines[line][: first - 1] + text + lines[line][first - 1 + len(text) :]

    return fault


def swap(first: int, second: int) -> Fault:
    def fault(lines: list[str]) -> None:
        lines[first], lines[second] = lines[second], lines[first]

    return fault


def both(*faults: Fault) -> Fault:
    def fault(lines: list[str]) -> None:
        for one in faults:
            one(lines)

    return fault


FAULTS: dict[str, Fault] = {
    "line too short": lambda lines: put(2, 1, "")(lines) or lines.__setitem__(2, lines[2][:-1]),
    "line too long": lambda lines: lines.__setitem__(2, lines[2] + " "),
    "tab in a line": put(2, 70, "\t"),
    "accent in a line": put(2, 56, "é"),
    "empty line between": lambda lines: lines.insert(2, ""),
    "unknown record type": put(2, 1, "4"),
    "no file header": lambda lines: lines.pop(0),
    "second file header": lambda lines: lines.insert(1, lines[0]),
    "no batch header": lambda lines: lines.pop(1),
    "no entries": lambda lines: lines.__delitem__(slice(2, 6)),
    "no batch control": lambda lines: lines.pop(6),
    "no file control": lambda lines: lines.pop(7),
    "cut after the entries": lambda lines: lines.__delitem__(slice(6, None)),
    "priority code": put(0, 2, "02"),
    "destination without its blank": put(0, 4, "0210000211"),
    "destination check digit": put(0, 13, "9"),
    "origin with a blank inside": put(0, 17, " "),
    "origin check digit": put(0, 14, " 021000022"),
    "creation day that is none": put(0, 24, "260231"),
    "creation time that is none": put(0, 30, "2460"),
    "modifier in lower case": put(0, 34, "a"),
    "record size": put(0, 35, "080"),
    "blocking factor": put(0, 38, "11"),
    "format code": put(0, 40, "2"),
    "destination name missing": put(0, 41, " " * 23),
    "reference not at its first position": put(0, 87, " REF"),
    "service class of debits": both(put(1, 2, "225"), put(6, 2, "225")),
    "service class unlike the control's": put(6, 2, "200"),
    "company name missing": put(1, 5, " " * 16),
    "company id missing": both(put(1, 41, " " * 10), put(6, 45, " " * 10)),
    "company id unlike the control's": put(6, 45, "1234567899"),
    "entry class unknown": put(1, 51, "XYZ"),
    "entry description missing": put(1, 54, " " * 10),
    "effective date that is none": put(1, 70, "261131"),
    "effective date before creation": put(1, 70, "261030"),
    "settlement day filled": put(1, 76, "307"),
    "originator status": put(1, 79, "0"),
    "ODFI not a number": both(put(1, 80, "0210000X"), put(6, 80, "0210000X")),
    "ODFI unlike the control's": put(6, 80, "02100003"),
    "batch number zero": both(put(1, 88, "0000000"), put(6, 88, "0000000")),
    "batch number unlike the control's": put(6, 88, "0000008"),
    "transaction code of a debit": put(2, 2, "27"),
    "transaction code unknown": put(2, 2, "99"),
    "routing number check digit": put(2, 12, "6"),
    "routing number not a number": put(2, 4, "O"),
    "account missing": put(2, 13, " " * 17),
    "account not at its first position": put(2, 13, " 123456789"),
    "account with a space inside": put(2, 17, " "),
    "account with a sign": put(2, 13, "="),
    "amount zero": put(2, 30, "0" * 10),
    "amount other than the totals say": put(2, 39, "1"),
    "amount with a sign": put(2, 30, "-"),
    "individual id missing": put(2, 40, " " * 15),
    "name missing": put(2, 55, " " * 22),
    "discretionary data of an entry filled": put(2, 77, "S"),
    "addenda indicator without addenda": put(2, 79, "1"),
    "addenda without indicator": put(3, 79, "0"),
    "addenda indicator unknown": put(3, 79, "2"),
    "trace of another bank": put(2, 80, "01100001"),
    "trace zero": put(2, 88, "0000000"),
    "trace twice": put(3, 88, "0000001"),
    "trace descending": put(2, 88, "0000009"),
    "the same payment twice": put(2, 40, "D2-1"),
    "an entry twice": lambda lines: lines.insert(3, lines[2]),
    "an entry lost": lambda lines: lines.pop(2),
    "entries swapped": swap(2, 5),
    "addenda type": put(4, 2, "99"),
    "addenda text missing": put(4, 4, " " * 80),
    "addenda sequence": put(4, 84, "0002"),
    "addenda of another entry": put(4, 88, "0000001"),
    "addenda lost": lambda lines: lines.pop(4),
    "addenda twice": lambda lines: lines.insert(4, lines[4]),
    "batch count of records": put(6, 5, "000005"),
    "batch hash": put(6, 11, "0000000001"),
    "batch debit": put(6, 32, "1"),
    "batch credit": put(6, 44, "9"),
    "batch credit not a number": put(6, 33, " "),
    "batch reserved field filled": put(6, 60, "X"),
    "file count of batches": put(7, 2, "000002"),
    "file count of blocks": put(7, 8, "000002"),
    "file count of records": put(7, 14, "00000005"),
    "file hash": put(7, 22, "1"),
    "file debit": put(7, 43, "1"),
    "file credit": put(7, 55, "9"),
    "file reserved field filled": put(7, 94, "X"),
    "padding of other characters": put(8, 50, "8"),
    "padding lost": lambda lines: lines.pop(),
    "padding of a whole block too much": lambda lines: lines.extend(["9" * 94] * 10),
    "something after the padding": lambda lines: lines.append(lines[2]),
}


def test_faults_are_many_kinds() -> None:
    assert len(FAULTS) >= 31


@pytest.mark.parametrize("kind", FAULTS)
def test_read_damaged_file_is_rejected(kind: str) -> None:
    lines = FILE.decode("ascii").removesuffix("\n").split("\n")
    FAULTS[kind](lines)
    damaged = "".join(f"{line}\n" for line in lines).encode("latin-1")

    assert damaged != FILE
    with pytest.raises(Rejected) as rejected:
        read(damaged)
    assert rejected.value.line is not None
    assert 1 <= rejected.value.line <= len(lines) + 1


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\n",
        FILE[:-1],
        FILE[: len(FILE) // 2],
        FILE.replace(b"\n", b"\r"),
        FILE.replace(b"\n", b"\r\n", 1),
        FILE.replace(b"\n", b"\r\n").replace(b"\r\n", b"\n", 1),
        b"\xef\xbb\xbf" + FILE,
        FILE + FILE,
        FILE.decode().encode("utf-16"),
        b"PK\x03\x04 not a payment file",
    ],
)
def test_read_what_is_no_whole_file_is_rejected(damaged: bytes) -> None:
    with pytest.raises(Rejected):
        read(damaged)


def test_read_balanced_file_that_is_not_balanced_is_rejected() -> None:
    total = b"000001200000"
    damaged = BALANCED_FILE.replace(b"0001200000OFFSET", b"0001199999OFFSET").replace(
        total + total, b"000001199999" + total
    )

    assert read(BALANCED_FILE).credit_total == 1_200_000
    with pytest.raises(Rejected, match="not balanced"):
        read(damaged)


# What one character may change without a control figure noticing: texts, dates, and numbers nobody sums.
FREE = {
    "1": ((14, 33), (34, 34), (41, 94)),
    "5": ((5, 40), (54, 75)),
    "6": ((2, 3), (13, 29), (40, 76), (88, 94)),
    "7": ((4, 83),),
    "8": (),
    "9": (),
}


@pytest.mark.parametrize("original", [FILE, BALANCED_FILE], ids=["credits", "balanced"])
def test_read_one_changed_character_is_rejected_or_seen(original: bytes) -> None:
    before = read(original)
    for at, byte in enumerate(original):
        line, position = divmod(at, 95)
        if position == 94:
            continue
        free = any(first <= position + 1 <= last for first, last in FREE[chr(original[line * 95])])
        for other in b"059AZ ":
            if other == byte:
                continue
            try:
                after = read(original[:at] + bytes([other]) + original[at + 1 :])
            except Rejected:
                continue
            assert free, f"line {line + 1}, position {position + 1} became {chr(other)} unnoticed"
            assert after != before, f"line {line + 1}, position {position + 1} is not read"


def test_rejected_tells_the_line_first() -> None:
    damaged = FILE.replace(b"0000600000D2-1", b"0000600001D2-1")

    with pytest.raises(Rejected, match=r"^line 7: the total of credits"):
        read(damaged)
