"""The ledger's writer: transfers between accounts, always as sets: one `INSERT … SELECT` for one or for many.

The database adds the transfers up on the accounts, refuses what would overdraw one, and never lets a transfer change.
Every transfer has a key made of its event and its subject's own name, so that booking twice is booking once; what is said
of a payment again after a correction is named anew.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from applications.models import Cohort
from payouts.models import (
    AWARD_KINDS,
    COHORT_KINDS,
    EVENTS,
    Award,
    Disbursement,
    Event,
    Funding,
    Kind,
    LedgerAccount,
    Payment,
    Transfer,
)
from payouts.models.corrections import round_of_payment


class OtherBody(Exception):
    """A transfer is booked already under this key, with another amount, subject or account: a bug, never a person's."""


def open_accounts(cohort: Cohort, currency: str) -> None:
    """Open a cohort's own accounts in a currency, where they are not open yet."""
    LedgerAccount.objects.bulk_create(
        [
            LedgerAccount(
                code=f"cohort:{cohort.pk}:{currency}:{kind.value}", kind=kind, cohort=cohort, currency=currency
            )
            for kind in COHORT_KINDS
        ],
        ignore_conflicts=True,
    )


def open_award_accounts(awards: models.QuerySet[Award]) -> None:
    """Open the five accounts of each award, where they are not open yet."""
    kinds = ", ".join("(%s)" for _ in AWARD_KINDS)
    if (compiled := _compiled(awards.order_by().values_list("pk", "cohort_id", "currency"))) is None:
        return
    chosen, params = compiled
    _execute(
        f"""INSERT INTO payouts_ledgeraccount (code, kind, cohort_id, award_id, currency, debits_posted, credits_posted)
        SELECT 'award:' || a.id || ':' || k.kind, k.kind, a.cohort_id, a.id, a.currency, 0, 0
        FROM ({chosen}) AS a (id, cohort_id, currency) CROSS JOIN (VALUES {kinds}) AS k (kind)
        ORDER BY a.id, k.kind ON CONFLICT (code) DO NOTHING""",  # noqa: S608  # compiled by Django from our own querysets
        [*params, *(kind.value for kind in AWARD_KINDS)],
    )


def book(event: Event, subject: models.Model, *, at: datetime) -> None:
    """Book one event of one subject. The same event of the same subject a second time changes nothing.

    :raises OtherBody: if it is booked already, differently.
    """
    book_many(event, type(subject)._default_manager.filter(pk=subject.pk), at=at)


def book_many(event: Event, subjects: models.QuerySet[Any], *, at: datetime) -> int:
    """Book one event of every subject in one statement; give how many were not booked before.

    :raises OtherBody: if one is booked already, differently.
    """
    if (compiled := _compiled(_LINES[subjects.model](subjects.order_by()))) is None:
        return 0
    lines, params = compiled
    debit, credit = EVENTS[event]
    body = f"""SELECT %s || ':' || line.code AS key, d.id AS debit_account_id, c.id AS credit_account_id,
            line.amount AS amount_minor, line.currency, %s AS event, %s AS subject_table, line.subject_id
        FROM ({lines}) AS line (code, cohort_id, award_id, currency, amount, subject_id)
        LEFT JOIN payouts_ledgeraccount d ON {_account("d", debit)}
        LEFT JOIN payouts_ledgeraccount c ON {_account("c", credit)}"""  # noqa: S608  # as above
    told = [event.value, event.value, subjects.model._meta.db_table, *params]
    columns = "key, debit_account_id, credit_account_id, amount_minor, currency, event, subject_table, subject_id"
    [(count, booked)] = _rows(
        f"""WITH body AS MATERIALIZED ({body}), new AS (
            INSERT INTO payouts_transfer ({columns}, booked_at) SELECT body.*, %s FROM body
            ORDER BY body.subject_id ON CONFLICT (key) DO NOTHING RETURNING id)
        SELECT (SELECT count(*) FROM body), (SELECT count(*) FROM new)""",  # noqa: S608  # as above
        [*told, at],
    )
    # Asked only where some were there: of a hundred thousand that are all new the planner knows nothing yet.
    if booked < count and (keys := _different(body, told)):
        raise OtherBody(f"booked already, differently: {', '.join(keys)}")
    return int(booked)


def _different(body: str, told: list[Any]) -> list[str]:
    """Name a few transfers that are booked otherwise than the lines would book them."""
    different = f"""SELECT body.key FROM ({body}) AS body JOIN payouts_transfer t ON t.key = body.key
        WHERE (body.debit_account_id, body.credit_account_id, body.amount_minor, body.currency, body.subject_table,
               body.subject_id)
           IS DISTINCT FROM (t.debit_account_id, t.credit_account_id, t.amount_minor, t.currency, t.subject_table,
               t.subject_id) LIMIT 3"""  # noqa: S608  # as above
    return [key for (key,) in _rows(different, told)]


def take_back(transfers: models.QuerySet[Transfer], *, at: datetime) -> int:
    """Book the reversal of every transfer, the same amount the other way round; give how many were new."""
    if (compiled := _compiled(transfers.order_by().values_list("pk"))) is None:
        return 0
    chosen, params = compiled
    return _execute(
        f"""INSERT INTO payouts_transfer (key, debit_account_id, credit_account_id, amount_minor, currency, event,
            subject_table, subject_id, reverses_id, booked_at)
        SELECT 'reversal:' || t.key, t.credit_account_id, t.debit_account_id, t.amount_minor, t.currency, %s,
            t.subject_table, t.subject_id, t.id, %s
        FROM payouts_transfer t WHERE t.id IN ({chosen}) ORDER BY t.id ON CONFLICT (key) DO NOTHING""",  # noqa: S608  # as above
        [Event.REVERSAL.value, at, *params],
    )


def balances(accounts: models.QuerySet[LedgerAccount]) -> dict[str, int]:
    """Return the balance of each kind of account, in minor units; only for accounts of one currency."""
    sums = accounts.order_by().values_list("kind").annotate(net=Sum(F("credits_posted") - F("debits_posted")))
    return {kind.value: 0 for kind in Kind} | dict(sums)


def totals(cohorts: Iterable[Cohort]) -> dict[int, dict[str, int]]:
    """Return the balance of each kind of account by cohort, in minor units of the programme's currency."""
    currencies = {cohort.pk: cohort.programme.currency for cohort in cohorts}
    # Accounts with nothing on them, more than half of all, are not worth adding up.
    accounts = LedgerAccount.objects.filter(cohort__in=currencies).exclude(credits_posted=F("debits_posted")).order_by()
    net = Sum(F("credits_posted") - F("debits_posted"))
    found: dict[int, dict[str, int]] = {}
    for cohort_id, kind, currency, amount in accounts.values_list("cohort", "kind", "currency").annotate(net=net):
        if currency != currencies[cohort_id]:
            continue
        found.setdefault(cohort_id, {kind.value: 0 for kind in Kind})[kind] = amount
    return found


def discrepancies() -> list[tuple[str, int, int]]:
    """Recompute every balance from the transfers; give code, counter and proof of each account that differs."""
    return _rows(
        """SELECT a.code, a.credits_posted - a.debits_posted, COALESCE(c.amount, 0) - COALESCE(d.amount, 0)
        FROM payouts_ledgeraccount a
        LEFT JOIN (
            SELECT debit_account_id AS id, sum(amount_minor)::bigint AS amount FROM payouts_transfer GROUP BY 1
        ) d ON d.id = a.id
        LEFT JOIN (
            SELECT credit_account_id AS id, sum(amount_minor)::bigint AS amount FROM payouts_transfer GROUP BY 1
        ) c ON c.id = a.id
        WHERE (a.debits_posted, a.credits_posted) <> (COALESCE(d.amount, 0), COALESCE(c.amount, 0)) ORDER BY a.id""",
        [],
    )


def _of_fundings(subjects: models.QuerySet[Any]) -> models.QuerySet[Any]:
    none = Value(None, output_field=models.BigIntegerField())
    return _lines(subjects, _code("F"), F("cohort_id"), none, F("currency"), F("amount_minor"))


def _of_awards(subjects: models.QuerySet[Any]) -> models.QuerySet[Any]:
    return _lines(subjects, _code("A"), F("cohort_id"), F("id"), F("currency"), F("total_minor"))


def _of_months(subjects: models.QuerySet[Any]) -> models.QuerySet[Any]:
    amount = Coalesce("amount_minor", "ceiling_minor")
    return _lines(subjects, _code("D"), F("award__cohort_id"), F("award_id"), F("award__currency"), amount)


def _of_payments(subjects: models.QuerySet[Any]) -> models.QuerySet[Any]:
    award = "disbursement__award"
    name = Concat("end_to_end_id", round_of_payment(), output_field=TextField())
    return _lines(subjects, name, F(f"{award}__cohort_id"), F(f"{award}_id"), F("currency"), F("amount_minor"))


_LINES: Mapping[type[models.Model], Callable[[models.QuerySet[Any]], models.QuerySet[Any]]] = {
    Funding: _of_fundings,
    Award: _of_awards,
    Disbursement: _of_months,
    Payment: _of_payments,
}


def _code(letter: str) -> Concat:
    return Concat(Value(letter), Cast("pk", TextField()), output_field=TextField())


def _lines(subjects: models.QuerySet[Any], *expressions: Any) -> models.QuerySet[Any]:
    names = ("line_code", "line_cohort", "line_award", "line_currency", "line_amount")
    lines: models.QuerySet[Any] = subjects.annotate(**dict(zip(names, expressions, strict=True)))
    return lines.values_list(*names, "pk")


def _account(alias: str, kind: Kind) -> str:
    """Join an account of a line; one that is not open stays NULL, and the transfer is refused for it."""
    if kind in COHORT_KINDS:
        owner = f"{alias}.award_id IS NULL AND {alias}.cohort_id = line.cohort_id AND {alias}.currency = line.currency"
    else:
        owner = f"{alias}.award_id = line.award_id"
    return f"{owner} AND {alias}.kind = '{kind.value}'"


def _compiled(queryset: models.QuerySet[Any]) -> tuple[str, list[Any]] | None:
    """Return a queryset's SQL and parameters, or None where Django knows without asking that nothing is chosen.

    Django writes no statement that books from what another one chose. `sql_with_params` keeps the parameters apart;
    `str(query)`, which is documented, writes them into the text unquoted.
    """
    try:
        sql, params = queryset.query.sql_with_params()
    except EmptyResultSet:
        return None
    return sql, list(params)


def _execute(statement: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def _rows(statement: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
