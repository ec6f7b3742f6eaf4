"""Builders of money at each of its stages, made through the real acts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.actions import release
from applications.models import Offer, Participation, Programme
from payouts import actions
from payouts.bank_details import Details
from payouts.models import Disbursement, PaymentBatch, PaymentSource, PayoutAccount, SourceChange
from portal.models import Role, User
from portal.registry import registry
from tests import factories
from tests.stages import stage

# The factories' first month is May 2027: its day has come, and it is a Monday on which banks work.
DUE = datetime(2027, 5, 3, 14, 0, tzinfo=UTC)
ROUTING = "021000021"
NUMBER = "000123456789"


def details(**fields: str) -> Details:
    """Make valid details of an account in the United States."""
    values = {
        "holder_name": "Loomwork Inc.",
        "account_number": NUMBER,
        "account_type": "checking",
        "routing_number": ROUTING,
    }
    return Details.of(**(values | fields))


def source(programme: Programme, **fields: Any) -> PaymentSource:
    """Make the bank that a programme pays through."""
    values: dict[str, Any] = {
        "destination": "011000015",
        "destination_name": "FEDERAL RESERVE BANK",
        "origin": "1234567890",
        "origin_name": "EXAMPLE FOUNDATION",
        "company_name": "EXAMPLE FDN",
        "company_id": "1234567890",
        "odfi": "122105155",
    }
    return PaymentSource.objects.get_or_create(programme=programme, defaults=values | fields)[0]


def ids_of(source: PaymentSource) -> dict[str, str]:
    """Give the ids of a payment source at its bank."""
    return {name: getattr(source, name) for name in ("destination", "origin", "company_id", "odfi")}


def ask_change(source: PaymentSource, *, at: datetime = DUE, by: User | None = None, **told: str) -> SourceChange:
    """Ask for other ids, or another debited account, of a payment source."""
    by = by or factories.holder(Role.FINANCE_APPROVER, source.programme)
    return actions.ask_source_change(source, **(ids_of(source) | {"reason": "A new bank"} | told), by=by, at=at)


def balance(source: PaymentSource, account_number: str, *, at: datetime = DUE) -> None:
    """Let the files of a source be balanced, by two people."""
    told: dict[str, Any] = {"routing_number": ROUTING, "account_number": account_number, "account_type": "checking"}
    change = ask_change(source, at=at, **told)
    second = factories.holder(Role.FINANCE_PREPARER, source.programme)
    actions.confirm_source_change(change, by=second, at=at + timedelta(minutes=1))
    source.refresh_from_db()


def founder_of(participation: Participation) -> User:
    """Give the first founder of a participation's startup."""
    return factories.founder_of(participation.startup)


def offers_without_awards(n: int) -> list[Offer]:
    """Make open offers of one cohort for which no money is reserved."""
    cohort = factories.cohort(seats=n)
    for _ in range(n):
        factories.confirmed(factories.submitted(to=cohort))
    moments = registry.moments.pop("decisions_released")
    try:
        return release(cohort, by=factories.holder(Role.MANAGER, cohort.programme), at=factories.DECIDED)
    finally:
        registry.moments["decisions_released"] = moments


@stage(1, 2, 3)
def seats(n: int, **fields: Any) -> list[Participation]:
    """Make signed participations of one programme, each in a cohort of its own."""
    programme = factories.programme(**fields)
    return [factories.participation(factories.submitted(to=factories.cohort(programme))) for _ in range(n)]


@stage()
def given(
    participation: Participation | None = None, *, at: datetime = factories.DECIDED, **fields: str
) -> PayoutAccount:
    """Make details that wait for a second person."""
    participation = participation or factories.participation()
    return actions.give_account(participation, details(**fields), by=founder_of(participation), at=at)


@stage()
def confirmed(
    participation: Participation | None = None, *, at: datetime = factories.DECIDED, **fields: str
) -> PayoutAccount:
    """Make details that staff has confirmed, the startup having one founder."""
    account = given(participation, at=at, **fields)
    staff = factories.holder(Role.MANAGER, account.participation.cohort.programme)
    actions.confirm_account(account, evidence="Called the number of the application", by=staff, at=at)
    return account


@stage()
def verified(
    participation: Participation | None = None, *, at: datetime = factories.DECIDED, **fields: str
) -> PayoutAccount:
    """Make verified details."""
    account = confirmed(participation, at=at, **fields)
    staff = factories.holder(Role.FINANCE_PREPARER, account.participation.cohort.programme)
    actions.verify_account(account, evidence="Bank letter of 1 April", by=staff, at=at)
    return account


@stage()
def ready(participation: Participation | None = None, **fields: Any) -> Disbursement:
    """Make a first month that is ready."""
    account = verified(participation, **fields)
    month = Disbursement.objects.get(award__participation=account.participation, n=1)
    actions.open_month(month, by=None, at=DUE)
    return month


@stage(1, 2, 3)
def ready_months(n: int) -> list[Disbursement]:
    """Make ready months of startups of one programme that has its bank."""
    places = seats(n)
    source(places[0].cohort.programme)
    return [ready(seat, account_number=f"100{number:05}") for number, seat in enumerate(places)]


@stage()
def draft(*months: Disbursement, at: datetime = DUE) -> PaymentBatch:
    """Make a batch of ready months of one programme, or of one month."""
    programme = (months or (ready(),))[0].award.cohort.programme
    source(programme)
    return actions.prepare_batch(programme, by=factories.holder(Role.FINANCE_PREPARER, programme), at=at)


def approver(batch: PaymentBatch) -> User:
    """Make somebody who may approve and release a batch."""
    return factories.holder(Role.FINANCE_APPROVER, batch.programme)


@stage()
def approved(*months: Disbursement, at: datetime = DUE) -> PaymentBatch:
    """Make an approved batch."""
    batch = draft(*months, at=at)
    actions.approve_batch(batch, by=approver(batch), at=at)
    return batch


@stage()
def frozen(*months: Disbursement, at: datetime = DUE) -> PaymentBatch:
    """Make a frozen batch."""
    batch = approved(*months, at=at)
    actions.freeze_batch(batch, by=approver(batch), at=at)
    return batch


@stage()
def sent(*months: Disbursement, at: datetime = DUE) -> PaymentBatch:
    """Make a batch that went to the bank."""
    batch = frozen(*months, at=at)
    by = approver(batch)
    actions.release_batch(batch, by=by, at=at)
    actions.mark_sent(batch, by=by, at=at)
    return batch


@stage()
def settled(*months: Disbursement, at: datetime = DUE) -> PaymentBatch:
    """Make a batch that arrived."""
    batch = sent(*months, at=at)
    actions.settle_batch(batch, by=None, at=at + timedelta(days=4))
    return batch


def without(trigger: str, table: str) -> None:
    """Switch a law off until the test ends, where it would refuse before the one in question."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


def queries(act: Callable[[], object]) -> int:
    """Count the queries of an act, but for the clock's own, which it asks once a second."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum("portal_democlock" not in query["sql"] for query in captured)
