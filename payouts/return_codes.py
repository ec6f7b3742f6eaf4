"""What a bank's reason for a return means: for people, and for what follows from it.

From the Nacha Operating Rules, appendix four; only those that a credit can come back with. Others are taken too.
"""

from django.utils.translation import gettext_lazy as _

DUPLICATE = "R24"

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
}
# Paying there again would come back again.
ACCOUNT_IS_WRONG = frozenset({"R02", "R03", "R04", "R12", "R13", "R16", "R20"})


def meaning(code: str) -> str:
    """Say a return code in words; one we do not know stands for itself."""
    return str(MEANINGS.get(code, code))


def says_account_is_wrong(code: str) -> bool:
    """Say whether the details must change before another attempt."""
    return code in ACCOUNT_IS_WRONG
