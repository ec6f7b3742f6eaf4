"""Making a batch: who is ready, who is not, and why."""

from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from applications.models import Conflict
from payouts.desks.blocked_table import BlockedTable
from payouts.desks.ready_table import ReadyTable
from portal import clock
from portal.accounts.access import person
from portal.desk.counts import Counted
from portal.desk.frame import crumb, show
from portal.desk.table_page import page_of
from portal.desk.table_rows import Excerpt, excerpt_of
from portal.money import Money

READY = ngettext_lazy("%(shown)s month ready", "%(shown)s months ready", "n")
BESIDE = 20  # of those that wait, before the list of them all


def prepare(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Show who is ready and who is not, and why; a batch is made of all that are ready, or of those selected."""
    at = clock.now()
    table = ReadyTable(person(request), programme_id, at)
    programme = table.programme
    # To the cent and of all months, however many: by this sum the preparer decides. It reads this programme's alone.
    ready = table.ready.aggregate(n=Count("pk"), minor=Sum("amount_minor"))
    page = page_of(table, request)
    waiting, more_wait = _beginning(BlockedTable(table.user, table.place, at, programme))
    return show(
        request,
        "payouts/desks/prepare.html",
        _("Create a batch"),
        {
            "programme": programme,
            "page": page,
            "ready": Counted(ready["n"], READY),
            "total": Money(ready["minor"] or 0, programme.currency),
            "waiting": waiting,
            "more_wait": more_wait,
            "no_rail": table.no_rail,
        },
        crumbs=[crumb(_("Payment batches"), "desk_batches")],
    )


def blocked(request: HttpRequest, programme_id: int) -> HttpResponse:
    """Show every month that is due and not ready, and why."""
    table = BlockedTable(person(request), programme_id, clock.now())
    crumbs = [
        crumb(_("Payment batches"), "desk_batches"),
        crumb(_("Create a batch"), "desk_batch_prepare", programme_id),
    ]
    return show(
        request, "payouts/desks/blocked_months.html", table.title, {"page": page_of(table, request)}, crumbs=crumbs
    )


def _beginning(table: BlockedTable) -> tuple[Excerpt, bool]:
    """Return the first months that wait, those closed to the person by name alone, and whether there are more."""
    found = list(table.blocked.order_by(*table.order)[: BESIDE + 1])
    theirs = {startup for (startup,) in Conflict.objects.startups_of(table.user).values_list("startup")}
    first = found[:BESIDE]
    free = [due for due in first if due.award.startup_id not in theirs]
    closed = [due for due in first if due.award.startup_id in theirs]
    return excerpt_of(table, free, closed), len(found) > BESIDE
