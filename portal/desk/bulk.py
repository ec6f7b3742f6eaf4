"""The pages of an act on many rows: one that counts again and asks, one that says how far it is and what was refused."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts.access import person
from portal.desk import bulk_jobs, frame
from portal.desk.filters import TableFilters
from portal.desk.paging import cut
from portal.desk.table import MOST_COUNTED, Table, in_words
from portal.desk.tables_by_name import open_table
from portal.forms import posted_ids, posted_number
from portal.models import BulkJob, BulkRefusal

REFUSALS = 50  # on a page
PREVIEWED = 10


class Confirmation(forms.Form):
    """What the page that asks sends along: the count it showed, and the token that makes two clicks one job."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    token = forms.UUIDField(widget=forms.HiddenInput)


def ask(request: HttpRequest, table: str, place: int, act: str) -> HttpResponse:
    """Ask before a bulk act, and start it on POST: the address says which rows, so the page can be opened again."""
    opened = open_table(table, person(request), place, clock.now())
    chosen = opened.acts().get(act)
    if chosen is None:
        raise Http404
    filters, posted = opened.narrowed(request.GET), request.POST if request.method == "POST" else None
    back = f"{opened.url()}{_query(filters.address())}"
    form, confirmed = chosen.form(posted), Confirmation(posted)
    if confirmed.is_valid() and (made := _made(request, confirmed.cleaned_data["token"])):
        return _came_of(request, made, back)
    rows = _selected(opened, filters, request.GET)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    if not keys:
        messages.error(request, _("Select at least one row."))
        return redirect(back)
    if form.is_valid() and confirmed.is_valid() and confirmed.cleaned_data["seen"] == len(keys):
        job = BulkJob(
            token=confirmed.cleaned_data["token"],
            person=person(request),
            table=table,
            place=place,
            act=act,
            told={name: request.POST.getlist(name) for name in form.fields},
            query=filters.address().urlencode(),
            keys=keys,
            asked_at=clock.now(),
        )
        return _came_of(request, bulk_jobs.start(job), back)
    context = {
        "act": chosen,
        "count": in_words(len(keys), opened.counted),
        "before": _before(request, confirmed, len(keys), opened),
        "names": [opened.label_of(row) for row in opened.rows(list(rows.order_by(*opened.order)[:PREVIEWED]))],
        "more": max(len(keys) - PREVIEWED, 0),
        "form": form,
        "confirmation": Confirmation(initial={"seen": len(keys), "token": uuid4()}),
        "in_worker": len(keys) > bulk_jobs.AT_ONCE,
        "back": back,
    }
    crumbs, status = [frame.Crumb(opened.title, opened.url())], 422 if posted is not None else 200
    return frame.show(request, "desk/bulk.html", chosen.label, context, crumbs=crumbs, status=status)


def job(request: HttpRequest, token: UUID) -> HttpResponse:
    """Show how far a bulk act is, and each row on which it was refused."""
    found = get_object_or_404(BulkJob, token=token, person=person(request))
    table = open_table(found.table, person(request), found.place, clock.now())
    act = table.acts().get(found.act)
    page = cut(request, BulkRefusal.objects.filter(job=found), ("id",), REFUSALS)
    context = {
        "job": found,
        "count": in_words(found.total, table.counted),
        "done": in_words(found.done, act.done) if act and found.done else "",
        "refusals": page.rows,
        "refused": in_words(found.position - found.done, table.counted),
        "pager": page.addresses(request),
        "back": f"{table.url()}{_query(QueryDict(found.query))}",
    }
    title = act.label if act else _("Bulk act")
    return frame.show(request, "desk/bulk_job.html", title, context, crumbs=[frame.Crumb(table.title, table.url())])


def _made(request: HttpRequest, token: UUID) -> BulkJob | None:
    """Return the job that this very page has made already: a second click, or a form sent again."""
    return BulkJob.objects.filter(token=token, person=person(request)).first()


def _came_of(request: HttpRequest, job: BulkJob, back: str) -> HttpResponse:
    """Lead to what came of a job: to what it made, or back where nothing was refused, else to its own page."""
    if job.finished_at is None or job.done < job.total:
        return redirect("admin:desk_bulk_job", job.token)
    act = open_table(job.table, person(request), job.place, clock.now()).acts()[job.act]
    messages.success(request, in_words(job.done, act.done))
    return redirect(job.result_url or back)


def _selected(table: Table, filters: TableFilters, query: QueryDict) -> models.QuerySet[Any]:
    """Return the selected rows: those named, or all that the filters of the address match."""
    if query.get("which") == "all":
        return table.selectable(filters.qs)
    return table.selectable(table.queryset()).filter(pk__in=_named(table, query))


def _named(table: Table, query: QueryDict) -> set[int]:
    told = query.get("page", "").split(",") if query.get("which") == "page" else query.getlist("row")
    return set(posted_ids(told[: table.size]))


def _before(request: HttpRequest, confirmed: Confirmation, now: int, table: Table) -> str:
    """Return the number that was shown before, in words, where it is another by now: on the list, or on this page."""
    if request.method == "POST":
        before, is_cut = posted_number(str(confirmed["seen"].value() or "")), False
    elif request.GET.get("which") == "all":
        before, is_cut = posted_number(request.GET.get("counted")), now > MOST_COUNTED  # the list counts no further
    else:
        before, is_cut = len(_named(table, request.GET)), False
    if before is None or before == now or (is_cut and before > MOST_COUNTED):
        return ""
    return in_words(before, table.counted)


def _query(address: QueryDict) -> str:
    return f"?{address.urlencode()}" if address else ""
