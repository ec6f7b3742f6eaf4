"""Bank details as a founder types them: brought into one spelling, checked, and never shown again."""

import re
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from payouts.models import PayoutAccount
from payouts.rails.aba import account_problem, routing_problem
from payouts.rails.names import transliterate
from portal.refusals import Refusal
from portal.sealing.ring import key_ring

Type = PayoutAccount.Type
# Currencies whose accounts are named by a routing number of the ABA; every other one by an IBAN.
BY_ROUTING_NUMBER = ("USD",)


@dataclass(frozen=True, slots=True)
class Details:
    """Holder, bank and account. The number never shows in a repr."""

    holder_name: str
    account_number: str = field(repr=False)
    account_type: str
    routing_number: str = ""

    @classmethod
    def of(cls, *, holder_name: str, account_number: str, account_type: str, routing_number: str = "") -> "Details":
        """Bring typed details into one spelling: an IBAN without spaces and with its BIC, names without extra ones."""
        plain = cls(" ".join(holder_name.split()), account_number.strip(), account_type, routing_number.strip())
        if account_type != Type.IBAN:
            return plain
        iban = re.sub(r"[\s-]", "", plain.account_number).upper()
        return replace(plain, account_number=iban, routing_number=_bic(iban))

    def problems(self, currency: str) -> dict[str, str]:
        """Say what is wrong with which field, for an account in a currency."""
        found: dict[str, str] = {}
        try:
            self.holder_name_ascii()
        except Refusal as refusal:
            found["holder_name"] = str(refusal)
        if (currency in BY_ROUTING_NUMBER) == (self.account_type == Type.IBAN):
            found["account_type"] = _("Money in %(currency)s cannot go to this type of account.") % {
                "currency": currency
            }
        elif self.account_type == Type.IBAN:
            if problem := _iban_problem(self.account_number):
                found["account_number"] = problem
        else:
            if wrong := routing_problem(self.routing_number):
                found["routing_number"] = str(wrong.sentence)
            if wrong := account_problem(self.account_number):
                found["account_number"] = str(wrong.sentence)
        return found

    def check(self, currency: str) -> None:
        """Refuse details that no bank would take.

        :raises Refusal: with everything that is wrong.
        """
        if problems := self.problems(currency):
            raise Refusal(" ".join(problems.values()))

    def holder_name_ascii(self) -> str:
        """Give the holder's name as the bank will see it."""
        return transliterate(self.holder_name, limit=70)

    def country(self) -> str:
        """Give the country of the bank."""
        return self.account_number[:2] if self.account_type == Type.IBAN else "US"

    def fingerprint(self) -> str:
        """Give what tells equal accounts without opening them."""
        return self.fingerprint_of(self.routing_number, self.account_number)

    @staticmethod
    def fingerprint_of(routing_number: str, account_number: str) -> str:
        """Give the fingerprint of an account at a bank."""
        return key_ring().fingerprint("payout_account", routing_number, account_number)


def _iban_problem(iban: str) -> str:
    try:
        IBAN(iban)
    except SchwiftyException:
        return _("This is not an IBAN: a character is missing or mistyped.")
    return ""


def _bic(iban: str) -> str:
    try:
        bic = IBAN(iban).bic
    except SchwiftyException:
        return ""
    return str(bic) if bic else ""
