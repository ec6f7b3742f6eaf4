"""The table of the months that are due and that a gate keeps back, with the reasons."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext_lazy

from applications.models import Conflict, Programme
from payouts.desks.ready_table import ReadyFilters
from payouts.models import Disbursement
from payouts.permissions import watched_programmes
from portal import gates
from portal.desk.cells import Column, ColumnKind
from portal.desk.table import Empty, Table
from portal.language.dates import month
from portal.models import User
from portal.registry import Gate


@dataclass(frozen=True, slots=True)
class BlockedRow:
    """One month that is due and waits, and the gates that are closed."""

    month: Disbursement
    closed: Sequence[Gate]

    @property
    def why(self) -> str:
        """Return the words of what it waits for."""
        return " ".join(str(gate.staff_words) for gate in self.closed)


class BlockedTable(Table):
    """The months of one programme that are due but blocked, those that were due first at the top."""

    name = "blocked_months"
    title = gettext_lazy("Due but blocked")
    filters = ReadyFilters
    order = ("due_at", "id")
    counted = ngettext_lazy("%(shown)s month", "%(shown)s months", "n")
    empty = Empty(gettext_lazy("Everything that is due is ready or under way."), icon="calendar")
    closed_words = gettext_lazy("You have a conflict of interest. A colleague must look after this one.")
    columns = (
        Column("startup", gettext_lazy("Startup"), lambda row: str(row.month.award.startup)),
        Column("month", gettext_lazy("Month"), lambda row: row.month.period, ColumnKind.MONTH),
        Column("amount", gettext_lazy("Amount"), lambda row: row.month.amount, ColumnKind.MONEY),
        Column("why", gettext_lazy("Why"), lambda row: row.why),
    )

    def __init__(self, user: User, place: int, at: datetime, programme: Programme | None = None) -> None:
        """Open it for a person.

        :param programme: that of the place, where the page has read it for the person already.
        """
        super().__init__(user, place, at)
        programme = programme or Programme.objects.filter(pk__in=watched_programmes(user), pk=place).first()
        if programme is None:
            raise Http404
        self.programme = programme
        self.months = Disbursement.objects.filter(award__cohort__programme=programme)
        # Those closed to the person among them.
        self.blocked = self.months.due_but_blocked(at).select_related("award__startup")

    def url(self) -> str:
        return reverse("admin:desk_batch_blocked", args=[self.place])

    def programmes(self) -> Collection[int]:
        return [self.programme.pk]

    def queryset(self) -> models.QuerySet[Any]:
        return self.blocked.exclude(award__startup__in=Conflict.objects.startups_of(self.user))

    def closed(self) -> models.QuerySet[Any]:
        # The conflicts first: they are few, and gates are asked of their months alone.
        theirs = self.months.filter(award__startup__in=Conflict.objects.startups_of(self.user))
        return theirs.due_but_blocked(self.at).select_related("award__startup").order_by("pk")

    def rows(self, found: Sequence[Disbursement]) -> Sequence[BlockedRow]:
        known = gates.load({due.seat_id for due in found}, {due.period for due in found})
        return [BlockedRow(due, known.closed(due.seat_id, due.period, self.at)) for due in found]

    def object_of(self, row: Any) -> Disbursement:
        return row.month if isinstance(row, BlockedRow) else row

    def label_of(self, row: Any) -> str:
        due = self.object_of(row)
        return f"{due.award.startup} ({month(due.period)})"
