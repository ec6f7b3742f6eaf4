"""One rounding, one way to write an amount."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation

from portal.money import Money, round_minor


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [(Fraction(1, 2), 0), (Fraction(3, 2), 2), (Decimal("2.5"), 2), (Decimal("2.51"), 3), (Decimal("-0.5"), 0)],
)
def test_round_minor_halves_to_even(amount: Fraction | Decimal, rounded: int) -> None:
    assert round_minor(amount) == rounded


@pytest.mark.parametrize(
    ("major", "currency", "minor"),
    [("12.50", "USD", 1250), (6000, "USD", 600_000), ("100", "JPY", 100), ("1.234", "TND", 1234)],
)
def test_of_scales_by_the_currency(major: str | int, currency: str, minor: int) -> None:
    assert Money.of(major, currency) == Money(minor, currency)


def test_of_refuses_more_decimals_than_the_currency_has() -> None:
    with pytest.raises(ValueError, match="more decimals"):
        Money.of("0.001", "USD")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="do not mix"):
        Money(1, "USD") + Money(1, "EUR")


def test_shares_of_a_whole() -> None:
    assert Money(100, "USD").share(1, 3) == Money(33, "USD")


@pytest.mark.parametrize(
    ("language", "full", "short"),
    [("en", "$6,000.00", "$6,000"), ("fr", "6\u202f000,00\xa0$US", "6\u202f000\xa0$US")],
)
def test_format_speaks_the_readers_language(language: str, full: str, short: str) -> None:
    with translation.override(language):
        assert (Money(600_000, "USD").format(), Money(600_000, "USD").format(short=True)) == (full, short)


def test_short_keeps_cents_that_are_there() -> None:
    assert Money(600_050, "USD").format(short=True) == "$6,000.50"
