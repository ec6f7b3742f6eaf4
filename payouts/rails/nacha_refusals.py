"""What a NACHA file cannot hold, each said as a sentence before a byte is written.

No sentence shows more of an account number than its last characters, and none is cut to fit.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NoReturn

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from payouts.rails.aba import account_problem, routing_problem
from payouts.rails.banking_days import is_banking_day
from payouts.rails.names import is_plain
from portal.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from payouts.rails.entries import Entry, Originator

AMOUNT_MOST = 10**10 - 1
TOTAL_MOST = 10**12 - 1
RECORDS_MOST = 10**6 - 1
SEQUENCE_MOST = 10**7 - 1


def check_originator(originator: "Originator") -> None:
    """Refuse settings of the sender that a file cannot carry."""
    for name, routing in ((_("bank the file goes to"), originator.destination), (_("ODFI"), originator.odfi)):
        _check_setting_routing(name, routing)
    if re.fullmatch("[0-9]{9}", originator.origin):
        _check_setting_routing(_("sender"), originator.origin)
    elif not re.fullmatch("[0-9A-Za-z]{10}", originator.origin):
        _refuse(_("The sender of a payment file is a routing number, or the id of ten characters the bank gave."))
    if not re.fullmatch("[0-9A-Za-z ][0-9A-Za-z-]{0,9}", originator.company_id) or not originator.company_id.strip():
        _refuse(_("The company id is the one of at most ten characters that the bank gave."))
    for name, value, width in (
        (_("name of the bank the file goes to"), originator.destination_name, 23),
        (_("sender's name"), originator.origin_name, 23),
        (_("company name"), originator.company_name, 16),
        (_("entry description"), originator.description, 10),
    ):
        _check_setting_text(name, value, width)
    for name, value, width in (
        (_("discretionary data"), originator.discretionary, 20),
        (_("reference"), originator.reference, 8),
    ):
        if value:
            _check_setting_text(name, value, width)
    if originator.line_end not in ("\n", "\r\n"):
        _refuse(_("Lines of a payment file end in LF or in CR LF."))


def check_file(file_id_modifier: str, batch_number: int, created_on: date, effective_on: date) -> None:
    """Refuse a file that its bank would not take, or would settle on another day than the one shown."""
    if not re.fullmatch("[A-Z0-9]", file_id_modifier):
        _refuse(_("The file id modifier is one letter from A to Z, or one digit."))
    if not 1 <= batch_number <= SEQUENCE_MOST:
        _refuse(_("A batch number has one to seven digits and is not zero."))
    if effective_on < created_on:
        _refuse(_("The effective date {day} is before the day of the file."), day=effective_on)
    if not is_banking_day(effective_on, "FED"):
        _refuse(_("The effective date {day} is not a banking day."), day=effective_on)


def check_entries(entries: Sequence["Entry"]) -> None:
    """Refuse what one entry, or all of them together, cannot be."""
    if not entries:
        _refuse(_("There is no payment to write."))
    for entry in entries:
        _check_entry(entry)
    if len(entries) + sum(bool(entry.addenda) for entry in entries) + 1 > RECORDS_MOST:
        _refuse(_("There are more payments than one batch may hold: make two."))
    if sum(entry.amount for entry in entries) > TOTAL_MOST:
        _refuse(_("The total is more than one batch may move: make two."))
    for name, times in Counter(entry.individual_id for entry in entries).items():
        if times > 1:
            _refuse(_("Payment {id} is in the file more than once."), id=name)
    for before, entry in pairwise(entries):
        if entry.sequence <= before.sequence:
            _refuse_entry(entry, _("its trace number does not follow the one before it."))


def check_offset(originator: "Originator", entries: Sequence["Entry"], sequence: int | None) -> None:
    """Refuse a balanced file whose closing debit cannot be written."""
    if originator.offset is None:
        return
    _check_setting_routing(_("own account"), originator.offset.routing)
    if problem := account_problem(originator.offset.account):
        _refuse(_("The own account of a balanced file: {problem}"), problem=problem.sentence)
    if sequence is None or not entries[-1].sequence < sequence <= SEQUENCE_MOST:
        _refuse(_("The trace number of the closing debit does not follow that of the last payment."))
    if sum(entry.amount for entry in entries) > AMOUNT_MOST:
        _refuse(_("The total is more than the closing debit of a balanced file may be: make two batches."))


def _check_entry(entry: "Entry") -> None:
    if not re.fullmatch("[0-9A-Za-z-]{1,15}", entry.individual_id):
        _refuse_entry(entry, _("the id of a payment has at most 15 letters, digits and hyphens."))
    if problem := routing_problem(entry.routing) or account_problem(entry.account):
        _refuse_entry(entry, problem.sentence)
    if entry.amount <= 0:
        _refuse_entry(entry, _("the amount must be more than zero."))
    if entry.amount > AMOUNT_MOST:
        _refuse_entry(entry, _("the amount is more than one entry may move (99,999,999.99)."))
    if len(entry.name) > 22 or not is_plain(entry.name):
        _refuse_entry(entry, _("the name must be one to 22 characters of plain ASCII."))
    if entry.addenda and not (len(entry.addenda) <= 80 and _is_trimmed_ascii(entry.addenda)):
        _refuse_entry(entry, _("the text must be at most 80 characters of plain ASCII."))
    if not 1 <= entry.sequence <= SEQUENCE_MOST:
        _refuse_entry(entry, _("a trace sequence has one to seven digits and is not zero."))


def _check_setting_text(name: "_StrPromise", value: str, width: int) -> None:
    if not (len(value) <= width and is_plain(value)):
        _refuse(_("The {name} must be one to {width} characters of plain ASCII."), name=name, width=width)


def _check_setting_routing(name: "_StrPromise", routing: str) -> None:
    if problem := routing_problem(routing):
        _refuse(_("Routing number ({name}): {problem}"), name=name, problem=problem.sentence)


def _is_trimmed_ascii(text: str) -> bool:
    return re.fullmatch("[!-~]([ -~]*[!-~])?", text) is not None


def _refuse_entry(entry: "Entry", sentence: "_StrPromise") -> NoReturn:
    _refuse(_("Payment {id}: {problem}"), id=entry.individual_id, problem=sentence)


def _refuse(sentence: "_StrPromise", **values: Any) -> NoReturn:
    raise Refusal(format_lazy(sentence, **values))
