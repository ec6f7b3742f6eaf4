"""The rail of ACH credits in US dollars, sent by NACHA file."""

from collections.abc import Sequence
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from payouts.rails import nacha_return_codes as return_codes
from payouts.rails.aba import ABA
from payouts.rails.base import Rail
from payouts.rails.entries import Entry, Originator
from payouts.rails.nacha_refusals import check_originator
from payouts.rails.nacha_writer import modifier, write


def _write(
    originator: Originator,
    entries: Sequence[Entry],
    *,
    created_at: datetime,
    effective_on: date,
    nth_of_day: int,
    batch_number: int,
    offset_sequence: int | None,
) -> bytes:
    return write(
        originator,
        entries,
        created_at=created_at,
        effective_on=effective_on,
        file_id_modifier=modifier(nth_of_day),
        batch_number=batch_number,
        offset_sequence=offset_sequence,
    )


NACHA = Rail(
    code="nacha",
    label=_("ACH credit by NACHA file"),
    currencies=("USD",),
    accounts=ABA,
    name_width=22,
    check_originator=check_originator,
    write=_write,
    file_name=lambda stem, nth_of_day: f"{stem}-{modifier(nth_of_day)}.ach",
    trace=lambda bank, sequence: f"{bank[:8]}{sequence:07d}",
    example_code="R03",
    read_return_code=return_codes.read,
    meanings=return_codes.MEANINGS,
    codes_of_wrong_account=return_codes.ACCOUNT_IS_WRONG,
    codes_of_duplicate=return_codes.DUPLICATE,
)
