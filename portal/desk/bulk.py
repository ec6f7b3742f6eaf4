"""The pages of an act on many rows: the act page, which counts them again, and how far it is and what was refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import md5, sha256
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.postgres.aggregates import StringAgg
from django.db import models
from django.db.models import Count, F, Func, TextField, Value
from django.db.models.functions import MD5, Cast
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal import clock
from portal.accounts import rescued_forms
from portal.accounts.access import person
from portal.desk import acts, bulk_jobs, frame
from portal.desk.bulk_act import BulkAct
from portal.desk.counts import MOST, count, in_words
from portal.desk.filters import TableFilters, as_query
from portal.desk.paging import cut
from portal.desk.table import Selection, Table
from portal.desk.tables_by_name import open_table
from portal.desk.versions import SEEN_AS, read_marks, still, versioned, versions_of
from portal.forms import posted_number
from portal.language.text import colon, few
from portal.models import BulkJob, BulkRefusal

REFUSALS = 50  # on a page
PREVIEWED = 10
SEEN = "seen"  # the name of a field: the count that the page showed


@dataclass(eq=False)
class Choice:
    """What the address of a bulk act chooses: one act of a table, and rows, each as it was shown, or all that match."""

    act: BulkAct
    table: Table
    filters: TableFilters
    query: QueryDict
    is_posted: bool

    @property
    def back(self) -> str:
        """Return the list as it was filtered."""
        return self.table.url() + as_query(self.filters.address())

    @cached_property
    def rows(self) -> models.QuerySet[Any]:
        """Filter the rows: those named that are what was shown, or all that the filters match; none for an invalid filter."""
        if not self.filters.is_valid():
            return self.table.queryset().none()
        if self.is_all:
            return self.table.selectable(self.filters.qs)
        return self.table.selectable(self.table.queryset()).filter(pk__in=self._as_shown)

    @property
    def is_all(self) -> bool:
        """Return whether all that match are chosen, none by itself."""
        return self.query.get("which") == "all"

    @cached_property
    def named(self) -> dict[int, str]:
        """Return the rows that the address names, each with what was shown of it: ticked ones, or those of a page."""
        query = self.query
        told = query.get("page", "").split(",") if query.get("which") == "page" else query.getlist("row")
        return read_marks(told[: self.table.size])

    @cached_property
    def _as_shown(self) -> dict[int, str]:
        return still(self.named, self.table.versions(self.named))

    @cached_property
    def left_out(self) -> list[str]:
        """Return what rows are called that were named, and are not what was shown any more."""
        gone = [] if self.is_all else [key for key in self.named if key not in self._as_shown]
        return self.table.names_of(gone) if gone else []

    @cached_property
    def versions(self) -> dict[int, str]:
        """Return the rows as they are now, by id: read to act, never to show the page."""
        if self.is_all or not self.filters.is_valid():
            return versions_of(self.rows, self.table.depends)
        return dict(sorted(self._as_shown.items()))

    @cached_property
    def _seen(self) -> tuple[int, str, str]:
        """Return how many rows there are, and digests of their ids and of what is shown of them.

        Of those to act on they are made here, of those to show by the database.
        """
        if self.is_posted:
            return len(self.versions), _digest(self.versions), _digest(self.versions.values())
        ids = StringAgg(Cast("pk", TextField()), ",", order_by="pk")
        shown = StringAgg(SEEN_AS, ",", order_by="pk")
        rows = versioned(self.rows.order_by(), self.table.depends)
        found = rows.aggregate(n=Count("pk"), ids=MD5(ids), shown=MD5(shown))
        return found["n"], found["ids"] or "", found["shown"] or ""

    @property
    def n(self) -> int:
        """Return how many rows there are."""
        return self._seen[0]

    @property
    def count(self) -> str:
        """Return how many rows there are, in words."""
        return in_words(self.n, self.table.counted)

    @property
    def selection(self) -> Selection:
        """Return the rows as what the act is about."""
        return Selection(self.table, lambda: self.versions, self.rows)

    @property
    def names(self) -> list[str]:
        """Return what the first rows are called."""
        first = list(self.rows.order_by(*self.table.order)[:PREVIEWED])
        return [self.act.called(self.table, row) for row in self.table.rows(first)]

    def consequences(self) -> list[Any]:
        """Return what will happen: what the act says, and that it takes its time."""
        lines = self.act.consequences
        said = list(lines(self.selection, self.table.at) if callable(lines) else lines)
        if self.n > bulk_jobs.AT_ONCE:
            said.append(
                _("This takes a moment. You can leave the page: it goes on without you, and shows its progress.")
            )
        if self.is_all and (words := self._closed()):
            said.append(words)
        return said

    def _closed(self) -> str:
        counts = count(self.table.user, {"left": self.table.left_out(self.filters)})
        return self.table.words_of_left_out(counts["left"])

    def facts(self) -> list[object]:
        """Return what the page shows, and how often its person has done the very same: no two jobs have one token."""
        user, name, place = self.table.user, self.table.name, self.table.place
        done = BulkJob.objects.filter(person=user, table=name, place=place, act=self.act.name)
        _n, ids, shown = self._seen
        same = done.annotate(ids=_digest_of("keys"), shown=_digest_of("versions")).filter(ids=ids, shown=shown)
        return [user.pk, name, place, same.count(), *self._seen]

    def nothing(self) -> str:
        """Return why there is nothing to do, if no row is left."""
        return "" if self.n else self._changed_rows() or _("Select at least one row.")

    def changed(self, seen: str | None) -> str:
        """Return what is not as the page showed it, or the list that led to it: rows, by name, and their number."""
        return " ".join(words for words in (self._changed_rows(), self._changed_number(seen)) if words)

    def _changed_rows(self) -> str:
        if not self.left_out:
            return ""
        return _("Changed since you looked, and left out: %(names)s.") % {
            "names": few(self.left_out, len(self.left_out))
        }

    def _changed_number(self, seen: str | None) -> str:
        now, is_cut = self.n, False
        if seen is not None:
            before = posted_number(seen)
        elif self.is_all:
            before, is_cut = posted_number(self.query.get("counted")), now > MOST  # the list counts no further
        else:
            before = len(self.named)
        if before is None or before == now or (is_cut and before > MOST):
            return ""
        words = _("It was %(before)s before, and is %(count)s now. Check what will happen, then confirm again.")
        return words % {"before": in_words(before, self.table.counted), "count": self.count}

    def job(self, told: QueryDict) -> BulkJob:
        """Return the job that does it, with what was typed."""
        return BulkJob(
            token=_token(str(told[acts.TOKEN])),
            person=self.table.user,
            table=self.table.name,
            place=self.table.place,
            act=self.act.name,
            told={name: told.getlist(name) for name in self.act.form.base_fields},
            query=self.filters.address().urlencode(),
            keys=list(self.versions),
            versions=list(self.versions.values()),
            asked_at=self.table.at,
        )


@rescued_forms.restored
def ask(request: HttpRequest, table: str, place: int, act: str) -> HttpResponse:
    """Ask before a bulk act, and start it on POST: the address says which rows, so the page can be opened again."""
    choice = _choice(request, table, place, act)
    token = _token(request.POST.get(acts.TOKEN, ""))
    if made := BulkJob.objects.filter(token=token, person=person(request)).first():
        return _again(request, choice, made)
    nothing = choice.nothing()
    if nothing and request.method != "POST" and rescued_forms.look(request) is None:
        messages.error(request, nothing)
        return redirect(choice.back)
    return acts.ask(
        request,
        choice.act,
        choice.selection,
        back=choice.back,
        then=lambda job: _came_of(job, choice),
        refusal=nothing,
        shown=choice.facts(),
        run=lambda *_selection, **_told: bulk_jobs.start(choice.job(request.POST)),
        crumbs=[frame.Crumb(choice.table.title, choice.table.url())],
        about=choice.count,
        names=choice.names,
        more=max(choice.n - PREVIEWED, 0),
        consequences=choice.consequences(),
        button=colon(choice.act.label, choice.count),
        hidden={SEEN: choice.n},
        changed=choice.changed(request.POST.get(SEEN)),
    )


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
        "back": table.url() + as_query(QueryDict(found.query)),
    }
    title = act.label if act else _("Bulk act")
    return frame.show(request, "desk/bulk_job.html", title, context, crumbs=[frame.Crumb(table.title, table.url())])


def _choice(request: HttpRequest, table: str, place: int, act: str) -> Choice:
    opened = open_table(table, person(request), place, clock.now())
    chosen = opened.acts().get(act)
    if chosen is None:
        raise Http404
    return Choice(chosen, opened, opened.narrowed(request.GET), request.GET, request.method == "POST")


def _token(shown: str) -> UUID:
    """Return the token of the job that a page makes, from the digest of what it showed: sent twice, it is one job."""
    return UUID(bytes=sha256(shown.encode()).digest()[:16])


def _digest(values: Iterable[object]) -> str:
    return md5(",".join(map(str, values)).encode(), usedforsecurity=False).hexdigest()


def _digest_of(column: str) -> MD5:
    return MD5(Func(F(column), Value(","), function="array_to_string", output_field=TextField()))


def _again(request: HttpRequest, choice: Choice, made: BulkJob) -> HttpResponse:
    """Answer a second click, or a form sent again, as the first."""
    if words := choice.act.words_of_done(None, made):
        messages.success(request, words)
    return redirect(_came_of(made, choice))


def _came_of(job: BulkJob, choice: Choice) -> str:
    """Return where a job leads: to what it made, or back where nothing was refused, else to its own page."""
    return (job.result_url or choice.back) if job.is_done else reverse("admin:desk_bulk_job", args=[job.token])
