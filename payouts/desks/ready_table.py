"""The table of the months that are ready to be paid, from which a batch is made."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Left
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy
from django_filters import CharFilter

from applications.models import Conflict, Programme
from payouts import actions
from payouts.models import Disbursement, PaymentSource, PayoutAccount
from payouts.models.awards import DisbursementQuerySet
from payouts.permissions import watched_programmes
from payouts.rails import RAILS, Rail
from portal.desk.bulk_act import BulkAct
from portal.desk.cells import Column, ColumnKind
from portal.desk.filters import TableFilters
from portal.desk.table import Empty, Selection, Table
from portal.desk.versions import own_columns
from portal.language.dates import month
from portal.laws.transitions import lock
from portal.models import Role, User
from portal.refusals import Refusal


class ReadyFilters(TableFilters):
    """The startup's name."""

    places = ("award__startup__name_folded",)
    q = CharFilter(label=gettext_lazy("Startup"), max_length=100, method="named")


def create_batch(selection: Selection, *, by: User, at: datetime) -> str:
    """Put the selected months into a new batch, and return its address.

    :raises Refusal: as `prepare_batch` does, for all of them, and if one is not what was shown.
    """
    programme = Programme.objects.get(pk=selection.table.place)
    lock(PaymentSource.objects.required(programme))  # one preparer at a time, before any month is locked
    selection.require_unchanged()
    batch = actions.prepare_batch(programme, months=selection.keys, by=by, at=at)
    return reverse("admin:desk_batch", args=[batch.pk])


CREATE = BulkAct(
    "create",
    gettext_lazy("Create batch"),
    create_batch,
    done=ngettext_lazy(
        "Batch created with %(shown)s payment. A colleague must approve it.",
        "Batch created with %(shown)s payments. A colleague must approve it.",
        "n",
    ),
    consequences=(
        gettext_lazy("One batch is created. Nothing goes to the bank yet: a colleague checks every payee first."),
        gettext_lazy("Until the batch is sent or cancelled, these months are in no other batch."),
    ),
    is_whole=True,
    is_main=True,
)


def _account(column: str) -> models.QuerySet[Any, Any]:
    """Return a column of the account to which a month would be paid now."""
    account = PayoutAccount.objects.current().filter(participation=OuterRef("award__participation"))
    found: models.QuerySet[Any, Any] = account.values(column)[:1]
    return found


class ReadyTable(Table):
    """The ready months of one programme, those that were due first at the top."""

    name = "ready_months"
    title = gettext_lazy("Ready to pay")
    filters = ReadyFilters
    order = ("due_at", "id")
    counted = ngettext_lazy("%(shown)s month", "%(shown)s months", "n")
    empty = Empty(
        gettext_lazy("Nothing is ready to pay"),
        gettext_lazy("Months become ready on their payment day, when every gate is open."),
        "calendar",
    )
    closed_words = gettext_lazy("You have a conflict of interest. A colleague must prepare this one.")
    depends = (*own_columns(Disbursement), Subquery(_account("pk")))
    columns = (
        Column("startup", gettext_lazy("Startup"), lambda due: str(due.award.startup)),
        Column("month", gettext_lazy("Month"), lambda due: due.period, ColumnKind.MONTH),
        Column("amount", gettext_lazy("Amount"), lambda due: due.amount, ColumnKind.MONEY),
        Column("payee", gettext_lazy("Name on bank file"), lambda due: due.payee_name),
        Column("account", gettext_lazy("Account"), lambda due: f"…{due.payee_last_four}"),
    )

    def __init__(self, user: User, place: int, at: datetime) -> None:
        super().__init__(user, place, at)
        programme = Programme.objects.filter(pk__in=watched_programmes(user), pk=place).first()
        if programme is None:
            raise Http404
        self.programme = programme
        self.months = Disbursement.objects.filter(award__cohort__programme=programme)
        self.ready = self.months.payable(at)  # those closed to the person among them
        self.rail, self.no_rail = _rail_of(programme)

    def url(self) -> str:
        return reverse("admin:desk_batch_prepare", args=[self.place])

    def programmes(self) -> Collection[int]:
        return [self.programme.pk]

    def queryset(self) -> models.QuerySet[Any]:
        free = self.ready.exclude(award__startup__in=Conflict.objects.startups_of(self.user))
        return _with_payee(free, self.rail)

    def closed(self) -> models.QuerySet[Any]:
        # The conflicts first: they are few, and gates are asked of their months alone.
        theirs = self.months.filter(award__startup__in=Conflict.objects.startups_of(self.user))
        return theirs.payable(self.at).select_related("award__startup").order_by("pk")

    def label_of(self, row: Disbursement) -> str:
        return f"{row.award.startup} ({month(row.period)})"

    def acts(self) -> Mapping[str, BulkAct]:
        may = self.user.holds(Role.FINANCE_PREPARER, at=self.at, scope_id=self.programme.pk) and not self.no_rail
        return {CREATE.name: CREATE} if may else {}


def _with_payee(months: DisbursementQuerySet, rail: Rail | None) -> DisbursementQuerySet:
    name = Subquery(_account("holder_name_ascii"))
    return months.select_related("award__startup").annotate(
        payee_name=Left(name, rail.name_width) if rail else name,
        payee_last_four=Subquery(_account("last_four")),
    )


def _rail_of(programme: Programme) -> tuple[Rail | None, str]:
    """Return the rail through which a programme pays, or None and why nothing can be paid from it at all."""
    try:
        return RAILS[PaymentSource.objects.required(programme).rail], ""
    except Refusal as refusal:
        return None, str(refusal)
