"""Money: whole minor units and a currency; the one rounding, the one way to write an amount."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision
from django.utils.translation import get_language, to_locale


def round_minor(amount: Fraction | Decimal) -> int:
    """Round to whole minor units, half to even: the only rounding of money there is."""
    if isinstance(amount, Decimal):
        return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    return round(amount)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents) of one currency (ISO 4217)."""

    minor: int
    currency: str

    @classmethod
    def of(cls, major: int | str | Decimal, currency: str) -> "Money":
        """Make money from major units: `Money.of("12.50", "USD")`.

        :raises ValueError: if the amount has more decimals than the currency.
        """
        scaled = Decimal(major).scaleb(get_currency_precision(currency))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{major} has more decimals than {currency}")
        return cls(int(scaled), currency)

    @property
    def major(self) -> Decimal:
        """Return the amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return self.format()

    def format(self, *, short: bool = False) -> str:
        """Write the amount in the reader's language; `short` leaves `.00` away from whole amounts."""
        return _written(self, to_locale(get_language() or "en"), short)

    def share(self, part: int, whole: int) -> "Money":
        """Return `part/whole` of the amount, rounded once."""
        return Money(round_minor(Fraction(self.minor * part, whole)), self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


@lru_cache(maxsize=4096)  # a list writes the same few amounts over and over
def _written(amount: Money, locale: str, short: bool) -> str:
    if short and amount.major == amount.major.to_integral_value():
        return format_currency(
            amount.major, amount.currency, locale=locale, format=_whole_pattern(locale), currency_digits=False
        )
    return format_currency(amount.major, amount.currency, locale=locale)


def _whole_pattern(locale: str) -> str:
    from babel import Locale

    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.replace(".00", "")
