"""The reader of what banks answer: returns and notices of change, unknown codes, damage."""

from datetime import date

import pytest

from payouts.rails.aba import AccountType
from payouts.rails.base import Rejected
from payouts.rails.nacha_return_codes import DIALOGUE
from payouts.rails.nacha_returns import ChangeNotice, Correction, Dialogue, Return, read_returns
from tests.payouts.nacha_files import answer_file, changed, payment_file, returned


def test_read_returns_gives_what_the_bank_says() -> None:
    (answer,) = read_returns(answer_file(returned("R14", died="261015", text="REPRESENTATIVE DECEASED")))

    assert answer == Return(
        line=4,
        reason="R14",
        original_trace="021000020000001",
        original_bank="01100001",
        trace="011000010000009",
        amount=600_000,
        individual_id="D12-1",
        name="Muller & Sohne",
        account="123456789",
        died_on=date(2026, 10, 15),
        text="REPRESENTATIVE DECEASED",
    )


def test_read_returns_gives_notices_of_change() -> None:
    (answer,) = read_returns(answer_file(changed("C01", "1918171614"), entry_class="COR"))

    assert answer == ChangeNotice(
        line=4,
        reason="C01",
        original_trace="021000020000001",
        original_bank="01100001",
        trace="011000010000009",
        individual_id="D12-1",
        name="Muller & Sohne",
        account="123456789",
        corrected="1918171614".ljust(29),
    )


@pytest.mark.parametrize("number", range(100))
def test_read_returns_takes_any_reason(number: int) -> None:
    data = answer_file(returned(f"R{number:02}"), changed(f"C{number:02}", "1918171614"))

    reasons = [answer.reason for answer in read_returns(data)]

    assert reasons == [f"R{number:02}", f"C{number:02}"]


# As banks sent them, from the test data of a public library (moov-io/ach, Apache 2.0).
CONTESTED = """\
101 231380104 1210428822304211201A094101Federal Reserve Bank   My Bank Name           AAAAAAAA
5220ACME Corporation                    121042882 PPDPAYROLL         000000   1121042880000001
622121042882123456789        0100000000ABC##jvkdjfuiwnWade Arnold             1121042880000001
799R07099912340000015      09101298Authorization Revoked                       000000000000000
799R68059999990000301      12391871   12391871000000117901Untimely Return      059999990000001
799R71059999990000301000167123918711647799999900003011650188999999000030116667 123918710000001
82200000040012104288000000000000000100000000121042882                          121042880000001
9000001000001000000040012104288000000000000000100000000
"""
DISHONORED = """\
101 231380104 1210428822304211201A094101Federal Reserve Bank   My Bank Name           AAAAAAAA
5225Payee Name                          231380104 POSACH POS         000000   1231380100000001
627121042882744-5678-99      000002500045689033       Wade Arnold           011231380100000001
799R68059999990000301      12391871   12391871000000117901Untimely Return      231380100000001
627121042882744-5678-99      000002300045689033       Adam Decaf            011231380100000002
799R68059999990000301      12391871   12391871000000117901Untimely Return      231380100000002
82250000040024208576000000048000000000000000231380104                          231380100000001
9000001000001000000040024208576000000048000000000000000
"""
NOTICE = """\
101 23138010401210428821908161055A094101Federal Reserve Bank   My Bank Name
5220Your Company, in                    121042882 CORVendor Pay      190816   1121042880000001
621231380104744-5678-99      0000000000location #23   Best Co. #23            1121042880000001
798C01121042880000001      121042881918171614                                  091012980000088
82200000020023138010000000000000000000000000121042882                          121042880000001
9000001000001000000020023138010000000000000000000000000
"""


@pytest.mark.parametrize(
    ("text", "kind", "reasons"),
    [(CONTESTED, Dialogue, ["R71"]), (DISHONORED, Dialogue, ["R68", "R68"]), (NOTICE, ChangeNotice, ["C01"])],
)
def test_what_is_no_return_is_read_as_none(text: str, kind: type, reasons: list[str]) -> None:
    answers = read_returns(text.encode())

    assert [answer.reason for answer in answers] == reasons
    assert {type(answer) for answer in answers} == {kind}


@pytest.mark.parametrize("reason", sorted(DIALOGUE))
def test_dialogue_between_banks_is_no_return(reason: str) -> None:
    (answer,) = read_returns(answer_file(returned(reason)))

    assert answer == Dialogue(
        line=4,
        reason=reason,
        original_trace="021000020000001",
        trace="011000010000009",
        amount=600_000,
        individual_id="D12-1",
    )


@pytest.mark.parametrize(
    ("reason", "corrected", "correction"),
    [
        ("C01", "12345678901234567", Correction(account="12345678901234567")),
        ("C02", "322271627", Correction(routing="322271627")),
        (
            "C03",
            "322271627   12345678901234567",
            Correction(routing="322271627", account="12345678901234567"),
        ),
        ("C04", "Acme Health", Correction(name="Acme Health")),
        ("C05", "32", Correction(account_type=AccountType.SAVINGS)),
        ("C06", "987654321           22", Correction(account="987654321", account_type=AccountType.CHECKING)),
        (
            "C07",
            "322271627987654321        37",
            Correction(routing="322271627", account="987654321", account_type=AccountType.SAVINGS),
        ),
        ("C09", "D12-2", Correction(individual_id="D12-2")),
        ("C99", "whatever", Correction()),
        ("", "", Correction()),
    ],
)
def test_correction_takes_the_data_apart(reason: str, corrected: str, correction: Correction) -> None:
    (answer,) = read_returns(answer_file(changed(reason, corrected)))

    assert isinstance(answer, ChangeNotice)
    assert answer.correction == correction


def test_read_returns_without_any_gives_none() -> None:
    header = answer_file(returned()).split(b"\n")[0]
    control = b"9000000000001" + b"0" * 42

    assert read_returns(header + b"\n" + control) == ()


def test_read_returns_of_several_batches_keeps_their_order() -> None:
    lines = answer_file(returned(individual_id="D1-1")).split(b"\n")
    batch = lines[1:5]
    other = [line.replace(b"D1-1", b"D2-1") for line in batch]
    control = b"9000002000001000000040004200004000000000000000001200000"

    answers = read_returns(b"\n".join([lines[0], *batch, *other, control]))

    assert [answer.individual_id for answer in answers] == ["D1-1", "D2-1"]


@pytest.mark.parametrize(
    "tolerated",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\n".join(line.rstrip() for line in data.split(b"\n")),
        lambda data: data.rstrip(b"\n") + b"\r\n\x1a",
        lambda data: data.replace(b"NO ACCOUNT", b"NO ACC\xc9UNT"),
        lambda data: data.replace(b"261103261103   1", b"000000000000   0"),
        lambda data: data.replace(b"1011234567890", b"101 123456789"),
    ],
    ids=["CR LF", "blanks cut", "end-of-file mark", "accent", "no dates", "other header"],
)
def test_read_returns_tolerates_the_ways_of_banks(tolerated: object) -> None:
    assert callable(tolerated)
    (answer,) = read_returns(tolerated(answer_file(returned())))

    assert (answer.reason, answer.original_trace) == ("R03", "021000020000001")


def test_read_returns_with_a_date_of_death_that_is_none_still_reads() -> None:
    (answer,) = read_returns(answer_file(returned(died="999999")))

    assert isinstance(answer, Return)
    assert answer.died_on is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (b"021000020000001      01100001NO", b"02100002000000A      01100001NO", 4),
        (b"         011000010000009", b"         01100001000000 ", 4),
        (b"0000600000D12-1", b"0000600001D12-1", 5),
        (b"0000600000D12-1", b"00006000 0D12-1", 3),
        (b"8220000002", b"8220000003", 5),
        (b"9000001", b"9000002", 6),
        (b"00000002000210", b"00000003000210", 6),
        (b"799R03", b"705R03", 3),
        (b"094101", b"094102", 1),
        (b"9" * 94 + b"\n" + b"9" * 94, b"9" * 94 + b"\n" + b"9" * 93 + b"8", 8),
    ],
)
def test_read_returns_of_a_damaged_file_is_rejected(old: bytes, new: bytes, line: int) -> None:
    data = answer_file(returned())
    damaged = data.replace(old, new, 1)

    assert damaged != data
    with pytest.raises(Rejected) as rejected:
        read_returns(damaged)
    assert rejected.value.line == line


@pytest.mark.parametrize("size", [0, 1, 94, 95, 300, 450, 520])
def test_read_returns_of_a_file_cut_short_is_rejected(size: int) -> None:
    with pytest.raises(Rejected):
        read_returns(answer_file(returned())[:size])


def test_read_returns_of_our_own_payment_file_is_rejected() -> None:
    with pytest.raises(Rejected, match="not followed by one return"):
        read_returns(payment_file())


def test_read_returns_with_a_line_too_long_is_rejected() -> None:
    with pytest.raises(Rejected, match="more than 94"):
        read_returns(answer_file(returned()).replace(b"NO ACCOUNT", b"NO ACCOUNT!"))


def test_repr_shows_no_account_number() -> None:
    shown = repr(read_returns(answer_file(returned(), changed("C01", "1918171614"))))

    assert "123456789" not in shown
    assert "1918171614" not in shown
