"""Bank details as a founder types them: brought into one spelling, checked, and never shown again."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from payouts.rails import scheme_for, scheme_of
from payouts.rails.names import transliterate
from portal.refusals import Refusal
from portal.sealing.ring import key_ring


@dataclass(frozen=True, slots=True)
class Details:
    """Holder, bank and account, as the scheme of their type names them. The number never shows in a repr."""

    holder_name: str
    account_number: str = field(repr=False)
    account_type: str
    routing_number: str = ""

    @classmethod
    def of(cls, *, holder_name: str, account_number: str, account_type: str, routing_number: str = "") -> "Details":
        """Bring typed details into one spelling."""
        routing_number, account_number = scheme_of(account_type).spelled(routing_number, account_number)
        return cls(" ".join(holder_name.split()), account_number, account_type, routing_number)

    def problems(self, currency: str) -> dict[str, str]:
        """Say what is wrong with which field, for an account in a currency."""
        found: dict[str, str] = {}
        scheme = scheme_of(self.account_type)
        try:
            self.holder_name_ascii()
        except Refusal as refusal:
            found["holder_name"] = str(refusal)
        if scheme is not scheme_for(currency):
            found["account_type"] = _("Money in %(currency)s cannot go to this type of account.") % {
                "currency": currency
            }
            return found
        if problem := scheme.bank_problem(self.routing_number):
            found["routing_number"] = problem
        if problem := scheme.number_problem(self.account_number):
            found["account_number"] = problem
        return found

    def check(self, currency: str) -> None:
        """Refuse details that no bank would take.

        :raises Refusal: with everything that is wrong.
        """
        if problems := self.problems(currency):
            raise Refusal(" ".join(problems.values()))

    def holder_name_ascii(self) -> str:
        """Return the holder's name as the bank will see it."""
        return transliterate(self.holder_name, limit=70)

    def country(self) -> str:
        """Return the country of the bank."""
        return scheme_of(self.account_type).country(self.account_number)

    def fingerprint(self) -> str:
        """Return what tells equal accounts without opening them."""
        return self.fingerprint_of(self.routing_number, self.account_number)

    @staticmethod
    def fingerprint_of(routing_number: str, account_number: str) -> str:
        """Return the fingerprint of an account at a bank."""
        return key_ring().fingerprint("payout_account", routing_number, account_number)
