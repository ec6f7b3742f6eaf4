"""The bank's reasons for a return of an ACH credit: in words, and what follows from each.

From the Nacha Operating Rules, appendix four; only those that a credit can come back with. Others are taken too, but for
notices of change and what banks say to each other about a return: by those no money comes back.
"""

import re
from unicodedata import normalize

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from payouts.rails.base import no_return_code
from portal.refusals import Refusal

MEANINGS = {
    "R02": _("the account is closed"),
    "R03": _("there is no such account, or it is another person's"),
    "R04": _("the account number is not valid"),
    "R06": _("our bank asked for it back"),
    "R12": _("the branch was sold to another bank"),
    "R13": _("the routing number is not valid"),
    "R14": _("the account's representative has died or cannot act"),
    "R15": _("the account holder has died"),
    "R16": _("the account is frozen"),
    "R17": _("the bank could not process the entry"),
    "R20": _("the account does not take transfers"),
    "R23": _("the account holder refused it"),
    "R24": _("the bank calls it a duplicate"),
    "R28": _("the check digit of the routing number is wrong"),
    "R32": _("the bank of the account cannot settle payments"),
    "R34": _("the bank of the account may not take this payment"),
}
# Paying there again would come back again.
ACCOUNT_IS_WRONG = frozenset(
    {"R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R20", "R23", "R28", "R32", "R34"}
)
# We paid twice, says the bank: somebody looks at once.
DUPLICATE = frozenset({"R24"})
# Returns dishonored by one bank and contested by the other: no money comes back to us by these.
DIALOGUE = frozenset(f"R{number}" for number in range(61, 78))

# A code as people write it, with words after it in which no second number stands: “R 03”, “r-03”, “R3 no account”, “03”.
WRITTEN = re.compile(r"[\W_]*(?P<kind>[A-Z])[\W_]*(?P<number>[0-9]{1,2})([\W_]+[^0-9]*)?|(?P<bare>[0-9]{1,2})")


def read(text: str) -> str:
    """Return the code of a return in its one spelling, `R03`.

    :raises Refusal: for what is no code, and for notices of change and dialogue between banks, saying what to do instead.
    """
    written = WRITTEN.fullmatch(normalize("NFKC", text).strip().upper())
    if not written:
        raise no_return_code(text)
    kind, number = written["kind"] or "R", written["number"] or written["bare"]
    code = f"{kind}{int(number):02}"
    if kind == "C":
        raise Refusal(
            gettext(
                "%(code)s is a notice of change, not a return: the money arrived, and the bank asks for other bank"
                " details. Nothing was changed. Open the startup's bank details, and ask its founders for the right ones."
            )
            % {"code": code}
        )
    if code in DIALOGUE:
        raise Refusal(
            gettext(
                "%(code)s is a message between banks about an earlier return, not a return. Nothing was changed. Ask your"
                " bank what it means for this payment."
            )
            % {"code": code}
        )
    if kind != "R" or not int(number):
        raise no_return_code(text)
    return code
