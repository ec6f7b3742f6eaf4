"""Builders of payment files, and of what banks answer, for the tests of the NACHA rail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from payouts.rails.aba import AccountType
from payouts.rails.banking_days import add_banking_days
from payouts.rails.entries import Entry, Offset, Originator
from payouts.rails.nacha_writer import EntryClass, modifier, write
from payouts.rails.names import transliterate

AT = datetime(2026, 11, 2, 3, 15, tzinfo=UTC)  # still Sunday evening in New York
ON = date(2026, 11, 3)
ORIGINATOR = Originator(
    destination="021000021",
    destination_name="FIRST SPRING BANK",
    origin="1234567890",
    origin_name="TREMPLIN PROGRAMME",
    company_name="TREMPLIN",
    company_id="1234567890",
    odfi="021000021",
    reference="COHORT1",
)
OFFSET = Offset(routing="021000021", account="555666777")
BALANCED = replace(ORIGINATOR, offset=OFFSET)
ENTRY = Entry(
    routing="011000015",
    account="123456789",
    account_type=AccountType.CHECKING,
    amount=600000,
    individual_id="D12-1",
    name="Muller & Sohne",
    sequence=1,
)
NAMES = (
    "Müller & Söhne <GmbH>",
    "🚀 Rocket 👩‍👩‍👧 Labs 🇫🇷",
    "Łódź\r\nHealth",
    "北京智能",
    "Société Générale d'Énergie",
    "ACME, Inc. (US)",
    "Ærø/Ås + Co.",
    "Ωmega = 3.0",
)


def entry(n: int, **changes: Any) -> Entry:
    """Make the n-th entry of a file."""
    return replace(ENTRY, individual_id=f"D{n}-1", sequence=n, **changes)


def payment_file(entries: Sequence[Entry] = (ENTRY,), originator: Originator = ORIGINATOR, **changes: Any) -> bytes:
    """Write a file with the figures that most tests share."""
    given: dict[str, Any] = {
        "created_at": AT,
        "effective_on": ON,
        "file_id_modifier": "A",
        "batch_number": 7,
        "offset_sequence": 9_999_999 if originator.offset else None,
    }
    return write(originator, entries, **given | changes)


def routing(random: Random) -> str:
    """Invent a routing number that passes."""
    first = f"{random.choice([*range(1, 13), *range(21, 33), *range(61, 73), 80]):02}{random.randrange(10**6):06}"
    total = sum(weight * int(digit) for weight, digit in zip((3, 7, 1, 3, 7, 1, 3, 7), first, strict=True))
    return f"{first}{-total % 10}"


def random_file(seed: int) -> bytes:
    """Write a file of many shapes; the same seed gives the same bytes."""
    random = Random(seed)
    sequence = random.randrange(1, 9_000_000)
    entries = []
    for n in range(random.choice((1, 2, 6, 7, 8, 40))):
        sequence += random.randrange(1, 100)
        entries.append(
            Entry(
                routing=routing(random),
                account="".join(random.choices("0123456789AbZ-", k=random.randrange(1, 17))) + "7",
                account_type=random.choice(list(AccountType)),
                amount=random.choice((1, 99, 600_000, random.randrange(1, 10**7))),
                individual_id=f"D{random.randrange(10**6)}{n:03}-{random.randrange(1, 9)}",
                name=transliterate(random.choice(NAMES), limit=22),
                sequence=sequence,
                addenda=random.choice(("", "", "Month 3 of 6", "RMR*IV*0123456789**6000.00\\")),
            )
        )
    originator = replace(
        random.choice((ORIGINATOR, BALANCED)),
        origin=random.choice(("1234567890", "021000021", "A123456789")),
        description=random.choice(("GRANT PAY", "PAYROLL")),
        line_end=random.choice(("\n", "\r\n")),
        reference=random.choice(("", "REF 1")),
    )
    created_on = date(2026, 1, 1 + random.randrange(28))
    return write(
        originator,
        entries,
        created_at=datetime(created_on.year, created_on.month, created_on.day, 17, tzinfo=UTC),
        effective_on=add_banking_days(created_on, random.randrange(1, 400)),
        file_id_modifier=modifier(random.randrange(1, 37)),
        batch_number=random.randrange(1, 10**7),
        entry_class=random.choice(list(EntryClass)),
        offset_sequence=sequence + 1,
    )


def answer_file(*answers: tuple[str, str], entry_class: str = "CCD") -> bytes:
    """Make a bank's file of pairs of an entry and its addenda, with right control figures."""
    records = [line.ljust(94) for pair in answers for line in pair]
    hashed = sum(int(line[3:11]) for line in records if line[0] == "6") % 10**10
    credit = sum(int(line[29:39]) for line in records if line[0] == "6")
    sums = f"{hashed:010}{0:012}{credit:012}"
    lines = [
        "1011234567890 0210000212611040930A094101TREMPLIN PROGRAMME     FIRST SPRING BANK".ljust(94),
        f"5220TREMPLIN                            1234567890{entry_class}GRANT PAY 261103261103   1011000010000001",
        *records,
        f"8220{len(records):06}{sums}1234567890{'':25}011000010000001",
    ]
    blocks = -(-(len(lines) + 1) // 10)
    lines.append(f"9000001{blocks:06}{len(records):08}{sums}".ljust(94))
    lines += ["9" * 94] * (blocks * 10 - len(lines))
    return "".join(f"{line}\n" for line in lines).encode()


def returned(
    reason: str = "R03",
    *,
    original_trace: str = "021000020000001",
    cents: int = 600_000,
    individual_id: str = "D12-1",
    died: str = "",
    text: str = "NO ACCOUNT",
) -> tuple[str, str]:
    """Make the two lines by which a bank gives money back."""
    return (
        f"621021000021{'123456789':17}{cents:010}{individual_id:15}{'Muller & Sohne':22}  1011000010000009",
        f"799{reason:3}{original_trace}{died:6}01100001{text:44}011000010000009",
    )


def changed(reason: str, corrected: str, *, individual_id: str = "D12-1") -> tuple[str, str]:
    """Make the two lines by which a bank proposes other details."""
    return (
        f"621021000021{'123456789':17}{0:010}{individual_id:15}{'Muller & Sohne':22}  1011000010000009",
        f"798{reason:3}021000020000001      01100001{corrected:29}{'':15}011000010000009",
    )
