"""The seam of a rail: what every way to pay has to say and do.

Everything below `payouts/rails` is plain code: no database, no clock, no programme. What a rail cannot do with the data it
is given it refuses (`portal.refusals.Refusal`) rather than cutting or guessing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol
from unicodedata import normalize

from django.utils.translation import gettext as _

from payouts.rails.entries import Entry, Originator
from portal import external
from portal.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Words = str | _StrPromise


# The one spelling in which reasons for a return are kept: R01 to R99 of NACHA, but for what banks say to each other
# (R61 to R77), and the four characters of ISO 20022.
RETURN_CODE = r"^(R(0[1-9]|[1-5][0-9]|60|7[89]|[89][0-9])|[A-Z]{2}[A-Z0-9]{2})$"


class Rejected(external.Rejected):
    """A bank said no, or a file is not what it must be: asking again changes nothing.

    `line` is the number of the line that is wrong, from 1, where there is one.
    """

    def __init__(self, reason: str, *, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return self.reason if self.line is None else f"line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountScheme:
    """How an account is named: what the form of bank details asks for, in which spelling it is kept, and what is wrong.

    `types` are values of `PayoutAccount.Type`. `bank` is a routing number or a BIC; where `bank_help` is empty the form
    does not ask for it, for it follows from the number. The functions take bank and number, or the one that they judge,
    and say what is wrong in words; empty when nothing is.
    """

    types: tuple[str, ...]
    bank_label: "Words"
    number_label: "Words"
    number_again_label: "Words"
    number_help: "Words"
    spelled: Callable[[str, str], tuple[str, str]]
    number_problem: Callable[[str], str]
    country: Callable[[str], str]
    bank_help: "Words" = ""
    bank_problem: Callable[[str], str] = lambda _bank: ""


def read_return_code(text: str) -> str:
    """Return a bank's reason for a return in the spelling that is kept.

    :raises Refusal: for what is none.
    """
    code = normalize("NFKC", text).strip().upper()
    if not re.fullmatch(RETURN_CODE, code):
        raise no_return_code(text)
    return code


def no_return_code(text: str) -> Refusal:
    """Return the refusal of what no bank gives as a reason."""
    return Refusal(_("“%(code)s” is not a bank's reason for a return.") % {"code": text.strip()})


class FileWriter(Protocol):
    """Write the file of a frozen batch: the same data give the same bytes.

    `nth_of_day` counts the files of one bank day from 1. `offset_sequence` is the trace sequence of the entry that
    closes a balanced file.

    :raises Refusal: if anything does not fit the format, naming the payment.
    """

    def __call__(
        self,
        originator: Originator,
        entries: Sequence[Entry],
        *,
        created_at: datetime,
        effective_on: date,
        nth_of_day: int,
        batch_number: int,
        offset_sequence: int | None,
    ) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rail:
    """One way to pay. `code` is what payment sources and batches keep of it; one is named in `payouts.rails.RAILS`."""

    code: str
    label: "Words"
    currencies: tuple[str, ...]
    accounts: AccountScheme
    name_width: int  # how much of a payee's name its file holds
    check_originator: Callable[[Originator], None]  # refuses settings that no file could carry
    write: FileWriter
    file_name: Callable[[str, int], str]  # from what it begins with, and the count of the day's files
    trace: Callable[[str, int], str]  # from the originating bank and the payment's sequence, as the bank writes it
    example_code: str  # a reason for a return, shown where one is typed
    read_return_code: Callable[[str], str] = read_return_code  # from what is typed; refuses what is no return
    meanings: "Mapping[str, Words]" = field(default_factory=dict)  # of the bank's codes for a return
    codes_of_wrong_account: frozenset[str] = frozenset()  # paying there again would come back again
    codes_of_duplicate: frozenset[str] = frozenset()

    def meaning(self, code: str) -> str:
        """Return the words for a return code; one that the rail does not know is its own word."""
        return str(self.meanings.get(code, code))
