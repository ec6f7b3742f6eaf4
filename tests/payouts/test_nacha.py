"""The writer of NACHA files: every byte, and every refusal."""

import time
from dataclasses import replace
from datetime import date
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from achlens.core import validate  # type: ignore[import-untyped]  # says nothing of its types

from payouts.rails.aba import AccountType
from payouts.rails.entries import Entry, Originator
from payouts.rails.nacha_reader import read
from payouts.rails.nacha_writer import EntryClass, modifier
from portal.refusals import Refusal
from tests.payouts.nacha_files import AT, BALANCED, ENTRY, OFFSET, ORIGINATOR, entry, payment_file, random_file

SECOND = Entry(
    routing="322271627",
    account="00-98765-AB",
    account_type=AccountType.SAVINGS,
    amount=1,
    individual_id="D13-2",
    name="Acme Health, Inc.",
    sequence=2,
    addenda="Month 1 of 6",
)
NINES = b"9" * 94 + b"\n"

CREDITS = (
    b"101 02100002112345678902611012215A094101FIRST SPRING BANK      TREMPLIN PROGRAMME     COHORT1 \n"
    b"5220TREMPLIN                            1234567890CCDGRANT PAY 261103261103   1021000020000007\n"
    b"622011000015123456789        0000600000D12-1          Muller & Sohne          0021000020000001\n"
    b"63232227162700-98765-AB      0000000001D13-2          Acme Health, Inc.       1021000020000002\n"
    b"705Month 1 of 6                                                                    00010000002\n"
    b"822000000300333271630000000000000000006000011234567890                         021000020000007\n"
    b"9000001000001000000030033327163000000000000000000600001                                       \n"
) + 3 * NINES

BALANCED_PERSONS = (
    b"101 021000021 0210000212611012215Z094101FIRST SPRING BANK      TREMPLIN PROGRAMME             \r\n"
    b"5200TREMPLIN        COHORT ONE           123456789PPDPAYROLL   261103261103   1021000020000007\r\n"
    b"622011000015123456789        0000600000D12-1          Muller & Sohne          0021000020000001\r\n"
    b"627021000021555666777        0000600000OFFSET         TREMPLIN                0021000020000002\r\n"
    b"82000000020003200003000000600000000000600000 123456789                         021000020000007\r\n"
    b"9000001000001000000020003200003000000600000000000600000                                       \r\n"
)


def test_write_credits_gives_these_bytes() -> None:
    assert payment_file([ENTRY, SECOND]) == CREDITS


def test_write_balanced_file_to_persons_gives_these_bytes() -> None:
    originator = replace(
        BALANCED,
        origin="021000021",
        description="PAYROLL",
        discretionary="COHORT ONE",
        company_id=" 123456789",
        reference="",
        line_end="\r\n",
        padding=False,
    )

    data = payment_file([ENTRY], originator, file_id_modifier="Z", entry_class=EntryClass.PERSON, offset_sequence=2)

    assert data == BALANCED_PERSONS


@pytest.mark.parametrize(
    ("line", "first", "last", "content"),
    [
        (0, 2, 3, "01"),
        (0, 4, 13, " 021000021"),
        (0, 14, 23, "1234567890"),
        (0, 24, 29, "261101"),
        (0, 30, 33, "2215"),
        (0, 34, 34, "A"),
        (0, 35, 37, "094"),
        (0, 38, 39, "10"),
        (0, 40, 40, "1"),
        (0, 41, 63, "FIRST SPRING BANK      "),
        (0, 64, 86, "TREMPLIN PROGRAMME     "),
        (0, 87, 94, "COHORT1 "),
        (1, 2, 4, "220"),
        (1, 5, 20, "TREMPLIN        "),
        (1, 21, 40, " " * 20),
        (1, 41, 50, "1234567890"),
        (1, 51, 53, "CCD"),
        (1, 54, 63, "GRANT PAY "),
        (1, 64, 69, "261103"),
        (1, 70, 75, "261103"),
        (1, 76, 78, "   "),
        (1, 79, 79, "1"),
        (1, 80, 87, "02100002"),
        (1, 88, 94, "0000007"),
        (3, 2, 3, "32"),
        (3, 4, 11, "32227162"),
        (3, 12, 12, "7"),
        (3, 13, 29, "00-98765-AB      "),
        (3, 30, 39, "0000000001"),
        (3, 40, 54, "D13-2          "),
        (3, 55, 76, "Acme Health, Inc.     "),
        (3, 77, 78, "  "),
        (3, 79, 79, "1"),
        (3, 80, 94, "021000020000002"),
        (4, 2, 3, "05"),
        (4, 4, 83, "Month 1 of 6".ljust(80)),
        (4, 84, 87, "0001"),
        (4, 88, 94, "0000002"),
        (5, 2, 4, "220"),
        (5, 5, 10, "000003"),
        (5, 11, 20, "0033327163"),
        (5, 21, 32, "000000000000"),
        (5, 33, 44, "000000600001"),
        (5, 45, 54, "1234567890"),
        (5, 55, 79, " " * 25),
        (5, 80, 87, "02100002"),
        (5, 88, 94, "0000007"),
        (6, 2, 7, "000001"),
        (6, 8, 13, "000001"),
        (6, 14, 21, "00000003"),
        (6, 22, 31, "0033327163"),
        (6, 32, 43, "000000000000"),
        (6, 44, 55, "000000600001"),
        (6, 56, 94, " " * 39),
    ],
)
def test_write_puts_each_field_in_its_place(line: int, first: int, last: int, content: str) -> None:
    lines = payment_file([ENTRY, SECOND]).decode("ascii").splitlines()

    assert lines[line][first - 1 : last] == content


def test_write_twice_gives_the_same_bytes_whatever_zone_the_instant_is_told_in() -> None:
    assert payment_file(created_at=AT) == payment_file(created_at=AT.astimezone(ZoneInfo("Asia/Kolkata")))


def test_write_tells_the_time_in_the_senders_zone() -> None:
    paris = replace(ORIGINATOR, zone=ZoneInfo("Europe/Paris"))

    there, here = read(payment_file(originator=paris)), read(payment_file())

    assert (there.created_on, there.created_time) == (date(2026, 11, 2), clock(4, 15))
    assert (here.created_on, here.created_time) == (date(2026, 11, 1), clock(22, 15))


def test_write_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="aware"):
        payment_file(created_at=AT.replace(tzinfo=None))


@pytest.mark.parametrize(("entries", "lines"), [(1, 10), (6, 10), (7, 20), (16, 20), (17, 30)])
def test_write_fills_the_last_block_of_ten(entries: int, lines: int) -> None:
    data = payment_file([entry(n) for n in range(1, entries + 1)])

    assert data.count(b"\n") == lines
    assert int(data.split(b"\n")[entries + 3][7:13]) == lines // 10


def test_write_without_padding_counts_the_block_begun() -> None:
    data = payment_file([entry(n) for n in range(1, 8)], replace(ORIGINATOR, padding=False))

    assert data.count(b"\n") == 11
    assert data.split(b"\n")[10][7:13] == b"000002"


def test_write_entry_hash_above_ten_digits_keeps_the_last_ten() -> None:
    data = payment_file([entry(n, routing="322271627") for n in range(1, 401)])

    assert 400 * 32227162 == 12_890_864_800
    assert data.split(b"\n")[402][10:20] == b"2890864800"
    assert data.split(b"\n")[403][21:31] == b"2890864800"
    assert len(read(data).credits) == 400


def test_write_ten_thousand_entries_quickly_and_alike() -> None:
    entries = [entry(n, amount=600_000 + n) for n in range(1, 10_001)]

    began = time.process_time()  # of this process alone, however busy the machine is
    data = payment_file(entries)
    took = time.process_time() - began

    assert took < 10
    assert data == payment_file(entries)
    assert read(data).credit_total == 10_000 * 600_000 + sum(range(1, 10_001))
    assert validate(data.decode()).counts["error"] == 0


def test_write_then_read_gives_back_what_went_in() -> None:
    file = read(payment_file([ENTRY, SECOND]))

    assert (file.destination, file.origin, file.modifier, file.reference) == (
        "021000021",
        "1234567890",
        "A",
        "COHORT1",
    )
    assert [
        (e.routing, e.account, e.code, e.amount, e.individual_id, e.name, e.trace, e.addenda) for e in file.credits
    ] == [
        ("011000015", "123456789", "22", 600_000, "D12-1", "Muller & Sohne", "021000020000001", ""),
        (
            "322271627",
            "00-98765-AB",
            "32",
            1,
            "D13-2",
            "Acme Health, Inc.",
            "021000020000002",
            "Month 1 of 6",
        ),
    ]


@pytest.mark.parametrize("seed", range(200))
def test_write_any_file_satisfies_reader_and_achlens(seed: int) -> None:
    data = random_file(seed)

    report = validate(data.decode("ascii"))

    assert [finding for finding in report.findings if finding.severity == "error"] == []
    assert read(data).batches
    assert data == random_file(seed)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account": "1" * 18}, "at most 17 characters"),
        ({"account": "1234 56789"}, "without spaces"),
        ({"account": " 123456789"}, "without spaces"),
        ({"account": "123456789 "}, "without spaces"),
        ({"account": "12345\r\n6789"}, "without spaces"),
        ({"account": "１２３４５６"}, "without spaces"),  # full-width digits
        ({"account": "=1+2"}, "without spaces"),
        ({"account": ""}, "is missing"),
        ({"account": "000-000"}, "not all zeros"),
        ({"routing": "011000016"}, "do not fit together"),
        ({"routing": "01100001"}, "nine digits"),
        ({"routing": "000000000"}, "not all zeros"),
        ({"amount": 0}, "more than zero"),
        ({"amount": -600_000}, "more than zero"),
        ({"amount": 10_000_000_000}, "99,999,999.99"),
        ({"individual_id": "D9876543210123-1"}, "at most 15"),
        ({"individual_id": ""}, "at most 15"),
        ({"individual_id": "D 12"}, "at most 15"),
        ({"name": ""}, "plain ASCII"),
        ({"name": "Müller"}, "plain ASCII"),
        ({"name": "Rocket 🚀"}, "plain ASCII"),
        ({"name": "A\r\nB"}, "plain ASCII"),
        ({"name": "A <B>"}, "plain ASCII"),
        ({"name": " Acme"}, "plain ASCII"),
        ({"name": "A" * 23}, "22 characters"),
        ({"addenda": "A" * 81}, "80 characters"),
        ({"addenda": "déjà"}, "80 characters"),
        ({"addenda": "two\nlines"}, "80 characters"),
        ({"sequence": 0}, "seven digits"),
        ({"sequence": 10_000_000}, "seven digits"),
    ],
)
def test_write_entry_that_does_not_fit_is_refused(changes: dict[str, Any], words: str) -> None:
    bad = replace(ENTRY, **changes)

    with pytest.raises(Refusal) as refused:
        payment_file([bad])

    text = str(refused.value)
    assert words in text
    assert text.startswith(f"Payment {bad.individual_id}")
    assert not bad.account or bad.account not in text


def test_write_smallest_and_largest_amount() -> None:
    file = read(payment_file([entry(1, amount=1), entry(2, amount=9_999_999_999)]))

    assert [e.amount for e in file.credits] == [1, 9_999_999_999]


def test_write_account_of_seventeen_characters_is_whole() -> None:
    file = read(payment_file([entry(1, account="12345678901234567")]))

    assert file.credits[0].account == "12345678901234567"


def test_write_nothing_is_refused() -> None:
    with pytest.raises(Refusal, match="no payment"):
        payment_file([])


def test_write_the_same_payment_twice_is_refused() -> None:
    with pytest.raises(Refusal, match="D12-1 is in the file more than once"):
        payment_file([ENTRY, replace(ENTRY, sequence=2)])


@pytest.mark.parametrize("sequence", [1, 2])
def test_write_trace_that_does_not_ascend_is_refused(sequence: int) -> None:
    with pytest.raises(Refusal, match="D3-1: its trace number does not follow"):
        payment_file([entry(2), replace(entry(3), sequence=sequence)])


def test_write_total_that_outgrows_its_field_is_refused() -> None:
    hundred = [entry(n, amount=9_999_999_999) for n in range(1, 101)]

    assert read(payment_file(hundred)).credit_total == 999_999_999_900
    with pytest.raises(Refusal, match="more than one batch may move"):
        payment_file([*hundred, entry(101, amount=100)])


def test_write_more_records_than_a_batch_holds_is_refused() -> None:
    with pytest.raises(Refusal, match="more payments than one batch may hold"):
        payment_file([entry(n, addenda="Month 1") for n in range(1, 500_001)])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"destination": "021000022"}, "do not fit together"),
        ({"odfi": "021"}, "nine digits"),
        ({"origin": "021000022"}, "do not fit together"),
        ({"origin": "12345678"}, "ten characters"),
        ({"origin": "12345 7890"}, "ten characters"),
        ({"destination_name": "A" * 24}, "23 characters"),
        ({"origin_name": ""}, "23 characters"),
        ({"company_name": "TREMPLIN PROGRAMME"}, "company name must be one to 16"),
        ({"company_name": "Société"}, "plain ASCII"),
        ({"company_id": "12345678901"}, "company id"),
        ({"company_id": " "}, "company id"),
        ({"description": ""}, "entry description"),
        ({"description": "GRANT PAYMENT"}, "10 characters"),
        ({"discretionary": "A" * 21}, "20 characters"),
        ({"reference": "A" * 9}, "8 characters"),
        ({"line_end": "\r"}, "CR LF"),
    ],
)
def test_write_settings_that_do_not_fit_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        payment_file(originator=replace(ORIGINATOR, **changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"file_id_modifier": "a"}, "modifier"),
        ({"file_id_modifier": ""}, "modifier"),
        ({"file_id_modifier": "10"}, "modifier"),
        ({"batch_number": 0}, "batch number"),
        ({"batch_number": 10_000_000}, "batch number"),
        ({"effective_on": date(2026, 10, 30)}, "before the day"),
        ({"effective_on": date(2026, 11, 7)}, "2026-11-07 is not a banking day"),
        ({"effective_on": date(2026, 11, 11)}, "2026-11-11 is not a banking day"),
    ],
)
def test_write_file_the_bank_would_not_take_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        payment_file(**changes)


@pytest.mark.parametrize(
    ("originator", "sequence", "words"),
    [
        (BALANCED, None, "closing debit"),
        (BALANCED, 1, "closing debit"),
        (BALANCED, 10_000_000, "closing debit"),
        (replace(BALANCED, offset=replace(OFFSET, routing="021000022")), 2, "do not fit together"),
        (replace(BALANCED, offset=replace(OFFSET, account="5 6")), 2, "without spaces"),
    ],
)
def test_write_balanced_file_without_a_right_closing_debit_is_refused(
    originator: Originator, sequence: int | None, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        payment_file(originator=originator, offset_sequence=sequence)


def test_write_balanced_file_above_what_one_debit_may_move_is_refused() -> None:
    with pytest.raises(Refusal, match="closing debit of a balanced file"):
        payment_file([entry(1, amount=9_999_999_999), entry(2, amount=1)], BALANCED)


def test_modifier_names_36_files_a_day_and_refuses_the_37th() -> None:
    assert "".join(modifier(n) for n in range(1, 37)) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    with pytest.raises(Refusal, match="36 files a day"):
        modifier(37)
    with pytest.raises(ValueError, match="from 1"):
        modifier(0)


def test_repr_shows_no_account_number() -> None:
    shown = repr([ENTRY, BALANCED, read(payment_file(originator=BALANCED))])

    assert "123456789'" not in shown.replace("'1234567890'", "")
    assert "555666777" not in shown
