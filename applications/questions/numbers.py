"""Numbers: a whole number, an amount of money."""

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext as _

from applications.questions.base import Kind
from applications.questions.text import Words
from portal.money import Money

_LONGEST = 12  # digits


class MoneyField(forms.DecimalField):
    """An amount in major units of a currency; cleaned to whole minor units."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        digits = get_currency_precision(currency)
        super().__init__(min_value=Decimal(0), max_digits=15, decimal_places=digits, **kwargs)
        self.currency = currency

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return Money.of(amount, self.currency).minor if amount is not None else None

    def prepare_value(self, value: Any) -> Any:
        return Money(value, self.currency).major.normalize().__format__("f") if isinstance(value, int) else value


class Number(Kind):
    """A whole number: digits as they were typed for an answer, an integer for a fact."""

    def draft_field(self) -> forms.Field:
        return Words(widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}), **self.options)

    def fact_field(self) -> forms.Field:
        return forms.IntegerField(min_value=0, max_value=1_000_000, **self.options)

    def flaw(self, value: Any) -> str:
        text = str(value).strip()
        is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST
        return "" if is_number else _("Enter a whole number, digits only.")

    def fits(self, value: Any) -> bool:
        """Return whether a fact is a whole number from 0; True is not the number one."""
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0


class Amount(Number):
    """An amount of money in minor units of the programme's currency."""

    @property
    def currency(self) -> str:
        return str(self.criterion.cohort.programme.currency) if self.criterion else ""

    @property
    def help(self) -> str:
        return _("In %(currency)s.") % {"currency": self.currency}

    def fact_field(self) -> forms.Field:
        return MoneyField(self.currency, **self.options)

    def words(self, value: Any) -> str:
        return Money(value, self.currency).format(short=True)
