"""The reader of what banks answer: returns and notices of change, unknown codes, damage."""

from datetime import date

import pytest

from payouts.rails.aba import AccountType
from payouts.rails.base import Rejected
from payouts.rails.nacha_returns import ChangeNotice, Correction, Return, read_returns
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
