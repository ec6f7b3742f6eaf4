"""Routing and account numbers of the United States."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.us import rtn

from payouts.rails.aba import account_problem, routing_problem


@pytest.mark.parametrize("routing", ["021000021", "011000015", "322271627", "121042882", "231380104", "091000019"])
def test_routing_numbers_of_real_banks_are_right(routing: str) -> None:
    assert routing_problem(routing) is None


@pytest.mark.parametrize(
    ("routing", "code"),
    [
        ("", "digits"),
        ("02100002", "digits"),
        ("0210000210", "digits"),
        ("02100002a", "digits"),
        (" 21000021", "digits"),
        ("021000021\n", "digits"),
        ("０２１０００021", "digits"),  # full-width digits
        ("-21000021", "digits"),
        ("000000000", "zeros"),
        ("130000006", "prefix"),
        ("200000006", "prefix"),
        ("330000007", "prefix"),
        ("600000009", "prefix"),
        ("730000005", "prefix"),
        ("810000004", "prefix"),
        ("990000006", "prefix"),
        ("021000022", "checksum"),
        ("012000021", "checksum"),
    ],
)
def test_routing_problem_names_what_is_wrong(routing: str, code: str) -> None:
    problem = routing_problem(routing)

    assert problem is not None
    assert problem.code == code
    assert str(problem.sentence).endswith(".")


@pytest.mark.parametrize("prefix", [*range(1, 13), *range(21, 33), *range(61, 73), 80])
def test_each_allowed_prefix_has_numbers(prefix: int) -> None:
    candidates = [f"{prefix:02}000012{digit}" for digit in range(10)]

    assert [routing_problem(candidate) for candidate in candidates].count(None) == 1


@given(st.from_regex("[0-9]{9}", fullmatch=True))
def test_checksum_agrees_with_stdnum(routing: str) -> None:
    problem = routing_problem(routing)

    if problem is None:
        assert rtn.is_valid(routing)
    elif problem.code == "checksum":
        assert not rtn.is_valid(routing)


@given(st.integers(0, 8), st.integers(1, 9))
def test_one_mistyped_digit_is_always_found(place: int, shift: int) -> None:
    right = "322271627"
    typed = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]

    assert routing_problem(typed) is not None


@pytest.mark.parametrize("account", ["1", "12345678901234567", "00012", "12-34-AB", "ABC123x"])
def test_account_numbers_that_fit(account: str) -> None:
    assert account_problem(account) is None


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ("", "empty"),
        ("123456789012345678", "length"),
        ("1234 5678", "characters"),
        ("12345\n", "characters"),
        ("12.34", "characters"),
        ("=1234", "characters"),
        ("١٢٣", "characters"),
        ("é123", "characters"),
        ("0000", "zeros"),
        ("-", "zeros"),
    ],
)
def test_account_problem_names_what_is_wrong(account: str, code: str) -> None:
    problem = account_problem(account)

    assert problem is not None
    assert problem.code == code
    assert not account or account not in str(problem.sentence)
