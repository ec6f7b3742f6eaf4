"""What United States bank details must look like before money may be sent to them."""

import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from payouts.rails.base import AccountScheme

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WEIGHTS = (3, 7, 1) * 3
# Federal Reserve districts, thrift institutions, electronic, traveller's cheques: what the ABA gives out.
PREFIXES = frozenset([*range(13), *range(21, 33), *range(61, 73), 80])
ACCOUNT_WIDTH = 17


class AccountType(StrEnum):
    """The two kinds of account an ACH credit can go to."""

    CHECKING = "checking"
    SAVINGS = "savings"


class Problem(NamedTuple):
    """What is wrong with a number: a code for programs, a sentence for people."""

    code: str
    sentence: "_StrPromise"


def routing_problem(routing: str) -> Problem | None:
    """Say what is wrong with a routing number, or None: nine digits, allowed prefix, ABA checksum."""
    if not re.fullmatch("[0-9]{9}", routing):
        return Problem("digits", _("A routing number has exactly nine digits."))
    if routing == "0" * 9:
        return Problem("zeros", _("A routing number is not all zeros."))
    if int(routing[:2]) not in PREFIXES:
        return Problem("prefix", _("No routing number starts with these two digits."))
    if sum(weight * int(digit) for weight, digit in zip(WEIGHTS, routing, strict=True)) % 10:
        return Problem("checksum", _("The digits of this routing number do not fit together: one of them is mistyped."))
    return None


def account_problem(account: str) -> Problem | None:
    """Say what is wrong with an account number for an ACH entry, or None; it is never cut or changed."""
    if not account:
        return Problem("empty", _("The account number is missing."))
    if len(account) > ACCOUNT_WIDTH:
        return Problem("length", _("An account number has at most 17 characters."))
    if not re.fullmatch("[0-9A-Za-z-]+", account):
        return Problem("characters", _("An account number has digits, letters and hyphens only, without spaces."))
    if not account.strip("0-"):
        return Problem("zeros", _("An account number is not all zeros."))
    return None


def _words(problem: Problem | None) -> str:
    return str(problem.sentence) if problem else ""


ABA = AccountScheme(
    types=tuple(AccountType),
    bank_label=_("Routing number"),
    bank_help=_("Nine digits: for ACH transfers, not for wires."),
    number_label=_("Account number"),
    number_again_label=_("Account number again"),
    number_help=_("As the bank writes it, without spaces."),
    spelled=lambda routing, account: (routing.strip(), account.strip()),
    bank_problem=lambda routing: _words(routing_problem(routing)),
    number_problem=lambda account: _words(account_problem(account)),
    country=lambda _account: "US",
)
