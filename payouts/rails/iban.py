"""Accounts named by an IBAN: its digits tell the bank, and whether one of them is mistyped (ISO 13616)."""

import re

import schwifty
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from schwifty.exceptions import SchwiftyException

from payouts.rails.base import AccountScheme


def _spelled(_bank: str, number: str) -> tuple[str, str]:
    """Return the BIC that follows from an IBAN, and the IBAN without spaces."""
    iban = re.sub(r"[\s-]", "", number).upper()
    try:
        bic = schwifty.IBAN(iban).bic
    except SchwiftyException:
        return "", iban
    return str(bic) if bic else "", iban


def _problem(iban: str) -> str:
    try:
        schwifty.IBAN(iban)
    except SchwiftyException:
        return _("This is not an IBAN: a character is missing or mistyped.")
    return ""


IBAN = AccountScheme(
    types=("iban",),
    bank_label=gettext_lazy("BIC"),
    number_label=gettext_lazy("IBAN"),
    number_again_label=gettext_lazy("IBAN again"),
    number_help=gettext_lazy("With or without spaces."),
    spelled=_spelled,
    number_problem=_problem,
    country=lambda iban: iban[:2],
)
