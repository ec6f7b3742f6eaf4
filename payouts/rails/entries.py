"""What a payment file is made of: who sends it, and its credits. Each rail writes them in its own format."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")


@dataclass(frozen=True, kw_only=True)
class Offset:
    """The originator's own account, debited with the total where the bank wants balanced files."""

    routing: str
    account: str = field(repr=False)
    account_type: str = "checking"


@dataclass(frozen=True, kw_only=True)
class Originator:
    """Who sends the file and how its bank wants it: figures the bank gives, one set for each agreement.

    Routing numbers have nine digits. `origin` is a routing number or the id of ten characters the bank gives,
    `company_id` usually a digit and the tax number. The file's date and time are those of `zone`.
    """

    destination: str
    destination_name: str
    origin: str
    origin_name: str
    company_name: str
    company_id: str
    odfi: str
    description: str = "GRANT PAY"
    discretionary: str = ""
    reference: str = ""
    zone: ZoneInfo = EASTERN
    line_end: str = "\n"
    padding: bool = True
    offset: Offset | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One credit of `amount` cents.

    `individual_id` is the payment's own name (`D12-1`), which comes back in returns.
    `sequence` is the last seven digits of the trace number: ascending in a file, unique for half a year.
    """

    routing: str
    account: str = field(repr=False)
    account_type: str
    amount: int
    individual_id: str
    name: str
    sequence: int
    addenda: str = ""
