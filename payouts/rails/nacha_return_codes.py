"""The bank's reasons for a return of an ACH credit: in words, and what follows from each.

From the Nacha Operating Rules, appendix four; only those that a credit can come back with. Others are taken too.
"""

from django.utils.translation import gettext_lazy as _

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
# We paid twice, says the bank: somebody looks at once.
DUPLICATE = frozenset({"R24"})
