"""A month for a whole programme: opened, approved, frozen and sent; with the laws, without them, and one by one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from applications.models import Programme
from benchmarks.counting import counting
from demo.applications import crowd
from demo.applications.crowd.shape import AWARDED, SLUG
from demo.payouts.crowd import award_all, give_accounts
from payouts import actions, ledger
from payouts.mails import tell_founders
from payouts.models import Disbursement, Event, Payment, PaymentBatch
from portal import clock, embedded
from portal.laws.transitions import move
from portal.models import User
from portal.operations.warm import set_aside

LAWFUL, BARE, LOOP = "tremplin", "bare", "loop"
SAMPLE = 200
NO_LAWS = """
SELECT string_agg(format('ALTER TABLE %s DISABLE TRIGGER USER', oid::regclass), '; ') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""


def measure(awards: int) -> dict[str, Any]:
    """Return the seconds of each act: `lawful`, `bare` for all awards, `loop` for a sample, `again` for nothing left."""
    prepare(awards)
    set_aside()  # as a worker does
    _copy(BARE)
    _copy(LOOP)
    found: dict[str, Any] = {"awards": awards, "sample": min(SAMPLE, awards), "acts": {}}
    names = ("open", "prepare", "approve", "freeze", "release", "send")
    for name in names:
        # Act by act in turn, so that what else the machine does falls on both.
        for database in (BARE, LAWFUL):
            with _on(database):
                _upkeep()
                found["acts"].setdefault(name, {})[database] = _timed(_acts()[name])
    with _on(LAWFUL):
        found["again"] = {"open": _timed(_acts()["open"])}
        found["discrepancies"] = len(ledger.discrepancies())
        found["sent"] = Payment.objects.filter(state="sent").count()
    with _on(LOOP):
        found["loop"] = _loop(found["sample"])
    return found


def prepare(awards: int) -> None:
    """Seed as many startups in the programme, the day of whose first month has come."""
    call_command("migrate", verbosity=0)
    if Programme.objects.filter(slug=SLUG).exists():
        raise LookupError("This database is used: a month is measured on a fresh one.")
    call_command("seed_demo", verbosity=0)
    at = clock.now()
    with transaction.atomic():
        crowd.build(awards, at, AWARDED)
        programme = Programme.objects.get(slug=SLUG)
        award_all(programme, at)
        give_accounts(programme, at)
    _upkeep()


def _acts() -> dict[str, Callable[[], object]]:
    """Return the acts of the month by name, each by who does it."""
    programme = Programme.objects.get(slug=SLUG)
    months = Disbursement.objects.filter(award__cohort__programme=programme, n=1)
    at = months.order_by("due_at")[0].due_at
    by, second = crowd.cast("preparer"), crowd.cast("approver")
    batch = PaymentBatch.objects.filter(programme=programme).first()
    return {
        "open": partial(actions.open_months, at),
        "prepare": partial(actions.prepare_batch, programme, by=by, at=at),
        **(
            {
                "approve": partial(actions.approve_batch, batch, by=second, at=at),
                "freeze": partial(actions.freeze_batch, batch, by=second, at=at),
                "release": partial(actions.release_batch, batch, by=second, at=at),
                "send": partial(actions.mark_sent, batch, by=second, at=at),
            }
            if batch
            else {}
        ),
    }


def _timed(act: Callable[[], object]) -> dict[str, float]:
    """Do an act; give its seconds, those of its statements, and how many rows it says it moved where it says so."""
    with counting() as counted:
        started = time.perf_counter()
        given = act()
        seconds = time.perf_counter() - started
    rows = given if isinstance(given, int) else -1
    return {"seconds": seconds, "statements": counted.seconds, "queries": counted.queries, "moved": rows}


def _loop(sample: int) -> dict[str, float]:
    """Do the month for a sample, one award after the other, each act in a transaction of its own."""
    programme = Programme.objects.get(slug=SLUG)
    months = list(Disbursement.objects.filter(award__cohort__programme=programme, n=1).order_by("pk")[:sample])
    at, second = months[0].due_at, crowd.cast("approver")
    seconds = {}
    started = time.perf_counter()
    for month in months:
        actions.open_month(month, by=None, at=at)
    seconds["open"] = time.perf_counter() - started
    keys = [month.pk for month in months]
    batch = actions.prepare_batch(programme, months=keys, by=crowd.cast("preparer"), at=at)
    told: dict[str, Any] = {"approved_by": second, "approved_at": at}
    move(batch, PaymentBatch.State.APPROVED, by=second, at=at, **told)
    payments = list(batch.payments.select_related("disbursement", "account").order_by("pk"))
    seconds["approve"] = _each(payments, partial(_approve, by=second, at=at))
    started = time.perf_counter()
    for payment in payments:
        actions.open_numbers([payment.account], purpose="one by one", by=second, at=at)
    seconds["freeze"] = time.perf_counter() - started
    actions.freeze_batch(batch, by=second, at=at)
    actions.release_batch(batch, by=second, at=at)
    move(batch, PaymentBatch.State.SENT, by=second, at=at, sent_at=at)
    seconds["send"] = _each(payments, partial(_send, by=second, at=at))
    return seconds


def _each(payments: list[Payment], act: Callable[[Payment], None]) -> float:
    started = time.perf_counter()
    for payment in payments:
        with transaction.atomic():
            act(payment)
    return time.perf_counter() - started


def _approve(payment: Payment, *, by: User, at: Any) -> None:
    move(payment.disbursement, Disbursement.State.APPROVED, by=by, at=at, payee=payment.account)
    ledger.book(Event.APPROVE, payment, at=at)


def _send(payment: Payment, *, by: User, at: Any) -> None:
    move(payment, Payment.State.SENT, by=by, at=at)
    ledger.book(Event.SEND, payment, at=at)
    tell_founders("payment_sent", Payment.objects.filter(pk=payment.pk), at=at)


def _copy(name: str) -> None:
    """Copy the database, tables and indexes as they lie."""
    connection.close()
    server = embedded.postgres(settings.VAR_DIR)
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {LAWFUL}")  # our own words


@contextmanager
def _on(database: str) -> Iterator[None]:
    """Work on one of the copies; on the bare one without triggers and foreign keys."""
    connection.close()
    connection.settings_dict["NAME"] = database
    with connection.cursor() as cursor:
        if database == BARE:
            cursor.execute("SET session_replication_role = replica")  # foreign keys yield to it, laws to nobody
            cursor.execute(NO_LAWS)
            cursor.execute(cursor.fetchone()[0])
    yield
    connection.close()
    connection.settings_dict["NAME"] = LAWFUL


def _upkeep() -> None:
    """Do what the database's own upkeep does between the acts of a month."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
