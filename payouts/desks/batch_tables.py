"""The tables of payment batches: the batches, and the payments of one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import ChoiceFilter

from applications.models import Conflict
from payouts.desks.batch_acts import FOR_ALL, PAYMENT_ACTS, batch_of
from payouts.models import Payment, PaymentBatch
from payouts.models.corrections import with_corrections
from payouts.permissions import watched_programmes
from portal.desk.cells import Badge, Column, ColumnKind, RowAct
from portal.desk.filters import TableFilters
from portal.desk.table import Empty, Table
from portal.models import User
from portal.money import Money


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch with the payments that are in it."""

    batch: PaymentBatch
    count: int
    total: Money


class BatchFilters(TableFilters):
    """The state of a batch."""

    state = ChoiceFilter(
        label=gettext_lazy("State"), choices=PaymentBatch.State.choices, empty_label=gettext_lazy("All")
    )


class BatchTable(Table):
    """The batches of the programmes whose money the person may look at, the newest first."""

    name = "batches"
    title = gettext_lazy("Payment batches")
    filters = BatchFilters
    counted = ngettext_lazy("%(shown)s batch", "%(shown)s batches", "n")
    empty = Empty(
        gettext_lazy("No batch yet"),
        gettext_lazy("When months are ready, a finance preparer puts them into one."),
        "banknotes",
    )
    columns = (
        Column(
            "batch",
            gettext_lazy("Batch"),
            lambda row: str(row.batch),
            sort=("-id",),
            link=lambda row: reverse("admin:desk_batch", args=[row.batch.pk]),
        ),
        Column("programme", gettext_lazy("Programme"), lambda row: str(row.batch.programme), on_page=False),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: Badge(row.batch.state, row.batch.get_state_display()),
            ColumnKind.STATE,
        ),
        Column("payments", gettext_lazy("Payments"), lambda row: row.count, ColumnKind.NUMBER),
        Column("total", gettext_lazy("Total"), lambda row: row.total, ColumnKind.MONEY),
        Column("effective", gettext_lazy("Effective"), lambda row: row.batch.effective_on, ColumnKind.DAY),
        Column("preparer", gettext_lazy("Prepared by"), lambda row: str(row.batch.prepared_by)),
        Column(
            "prepared", gettext_lazy("Prepared"), lambda row: row.batch.prepared_at, ColumnKind.INSTANT, on_page=False
        ),
    )

    def __init__(self, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        if place or not self.programmes():
            raise Http404

    def url(self) -> str:
        return reverse("admin:desk_batches")

    def programmes(self) -> Collection[int]:
        return watched_programmes(self.user)

    def queryset(self) -> models.QuerySet[Any]:
        found = PaymentBatch.objects.filter(programme__in=self.programmes())
        return found.select_related("programme", "prepared_by")

    def rows(self, found: Sequence[PaymentBatch]) -> Sequence[BatchRow]:
        totals = _totals(found)
        return [
            BatchRow(batch, n, Money(minor, batch.currency)) for batch, (n, minor) in zip(found, totals, strict=True)
        ]

    def object_of(self, row: Any) -> PaymentBatch:
        return row.batch if isinstance(row, BatchRow) else row


def _totals(batches: Sequence[PaymentBatch]) -> list[tuple[int, int]]:
    """Return count and total of the payments that are in each batch; one with a file tells them itself."""
    told = {batch.pk: (batch.count, batch.total_minor or 0) for batch in batches if batch.count is not None}
    untold = [batch.pk for batch in batches if batch.pk not in told]
    told |= Payment.objects.filter(batch__in=untold).kept().total_of_batches()
    return [told.get(batch.pk, (0, 0)) for batch in batches]


class PaymentFilters(TableFilters):
    """The state of a payment."""

    state = ChoiceFilter(label=gettext_lazy("State"), choices=Payment.State.choices, empty_label=gettext_lazy("All"))


class PaymentTable(Table):
    """The payments of one batch, as the bank sees them."""

    name = "payments"
    filters = PaymentFilters
    order = ("trace_number", "id")
    size = 40
    counted = ngettext_lazy("%(shown)s payment", "%(shown)s payments", "n")

    def __init__(self, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        self.batch = batch_of(user, place)
        self.title = str(self.batch)
        self.in_no_file = Q(disbursement__award__startup__in=Conflict.objects.startups_of(user))
        self.columns = [
            *PAYMENT_COLUMNS,
            Column("account_state", _("Details"), self._stale, ColumnKind.STATE),
            Column("act", _("What to do"), self._acts_of, ColumnKind.ACTS, in_files=False),
        ]

    def url(self) -> str:
        return reverse("admin:desk_batch", args=[self.place])

    def programmes(self) -> Collection[int]:
        return [self.batch.programme_id]

    def queryset(self) -> models.QuerySet[Any]:
        rows = self.batch.payments.select_related("account", "disbursement__award__startup")
        conflict = Conflict.objects.exists_for(self.user, "disbursement__award__startup")
        return with_corrections(rows.only(*PAYMENT_READS).annotate(in_conflict=conflict))

    def label_of(self, row: Payment) -> str:
        return f"{row.disbursement.award.startup} ({row.end_to_end_id})"

    def _stale(self, payment: Payment) -> Badge | None:
        """Say that the details changed after freezing: the file stands, and goes out all the same."""
        is_open = payment.state in (Payment.State.PREPARED, Payment.State.SENT)
        is_stale = is_open and not payment.account.is_payable(self.at)
        return Badge("unverified", _("details changed since")) if is_stale else None

    def _acts_of(self, payment: Payment) -> list[RowAct]:
        programme, is_open = (
            self.batch.programme_id,
            self.batch.state
            in (
                PaymentBatch.State.DRAFT,
                PaymentBatch.State.APPROVED,
            ),
        )
        return [
            RowAct(act.label, reverse("admin:desk_payment_act", args=[payment.pk, act.name]), payment.end_to_end_id)
            for act in PAYMENT_ACTS.values()
            if act.is_offered(self.user, payment, programme)
            and (act.name != "take-out" or is_open)
            and (act.name in FOR_ALL or not payment.in_conflict)  # type: ignore[attr-defined]  # annotated above
        ]


def _said_by_bank(payment: Payment) -> str:
    code = payment.return_code
    words = f"{code}: {payment.return_meaning}" if code else ""
    return " · ".join(part for part in (words, payment.bank_reference) if part)


# What a row of the page or of a file is made of, and nothing else: a batch has hundreds of rows.
PAYMENT_READS = (
    *("batch", "amount_minor", "currency", "end_to_end_id", "trace_number", "payee_name_ascii", "state"),
    *("bank_reference", "return_code"),
    *(f"account__{name}" for name in ("routing_number", "last_four", "state", "payable_from")),
    *("disbursement__period", "disbursement__award__startup__name"),
)
PAYMENT_COLUMNS = (
    Column("startup", gettext_lazy("Startup"), lambda row: str(row.disbursement.award.startup)),
    Column("payee", gettext_lazy("Name on bank file"), lambda row: row.payee_name_ascii),
    Column(
        "account",
        gettext_lazy("Account"),
        lambda row: f"{row.account.routing_number} …{row.account.last_four}",
        ColumnKind.CODE,
    ),
    Column("month", gettext_lazy("Month"), lambda row: row.disbursement.period, ColumnKind.MONTH),
    Column("amount", gettext_lazy("Amount"), lambda row: row.amount, ColumnKind.MONEY),
    Column(
        "name",
        gettext_lazy("Payment ID"),
        lambda row: row.end_to_end_id,
        ColumnKind.CODE,
        under=lambda row: row.trace,
    ),
    Column("trace", gettext_lazy("Trace number"), lambda row: row.trace, on_page=False),
    Column(
        "state",
        gettext_lazy("State"),
        lambda row: Badge(row.state, Payment.State(row.state).label),
        ColumnKind.STATE,
        under=_said_by_bank,
    ),
    Column("bank", gettext_lazy("Bank"), _said_by_bank, on_page=False),
)
