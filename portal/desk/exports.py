"""The pages of exports: what will be in one, the file at once or by the worker, and the list of one's own."""

import io
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from portal import clock
from portal.accounts.access import person
from portal.desk import export_jobs, frame
from portal.desk.counts import Counted
from portal.desk.counts import count as count_rows
from portal.desk.export_files import TYPES, write
from portal.desk.filters import as_query
from portal.desk.paging import AFTER, BEFORE, cut
from portal.desk.table import Table
from portal.desk.tables_by_name import open_table
from portal.external import Unavailable
from portal.files import private
from portal.models import Export
from portal.registry import registry
from portal.tasks import nudge

TITLE = gettext_lazy("Exports")
LISTED = 50
# Rows that are written while one waits; more are for the worker.
AT_ONCE = {Export.Format.CSV: 500, Export.Format.XLSX: 200}


class FormatForm(forms.Form):
    """As what the rows are exported."""

    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=Export.Format.choices)


@never_cache
def ask(request: HttpRequest, table: str, place: int) -> HttpResponse:
    """Say what an export has in it, and make it on POST: at once where it is short, else by the worker."""
    opened = open_table(table, person(request), place, clock.now())
    filters = opened.narrowed(request.GET)
    back = opened.url() + as_query(filters.address())
    if not filters.is_valid():
        messages.error(request, _("A filter isn't valid. Correct it before you export."))
        return redirect(back)
    counts = count_rows(person(request), {"rows": [opened.for_files(filters)], "left": opened.left_out(filters)})
    count = Counted(counts["rows"], opened.counted)
    form = FormatForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        export = _asked(request, opened, Export.Format(form.cleaned_data["format"]))
        if count.n <= AT_ONCE[Export.Format(export.format)]:
            return _at_once(export, opened)
        export.save()
        transaction.on_commit(lambda: nudge(export_jobs.SWEEP))
        messages.success(request, _("Your export is being prepared. It will be in this list."))
        return redirect("admin:desk_exports")
    context = {
        "table": opened,
        "form": form,
        "columns": [column.label for column in opened.columns if column.in_files],
        "count": count,
        "is_empty": count.n == 0,
        "left_out": opened.words_of_left_out(counts["left"]),
        "formats": [(kind, kind.label, count.n > most) for kind, most in AT_ONCE.items()],
        "is_queued": count.n > min(AT_ONCE.values()),
        "days": Export.KEPT.days,
        "back": back,
    }
    title = _("Export: %(what)s") % {"what": opened.title}
    crumbs, status = [frame.Crumb(opened.title, opened.url())], 422 if form.errors else 200
    return frame.show(request, "desk/export.html", title, context, crumbs=crumbs, status=status)


def own_exports(request: HttpRequest) -> HttpResponse:
    """List the person's exports, the newest first, and say which are ready."""
    page = cut(request, Export.objects.filter(person=person(request)).with_progress(), ("-id",), LISTED)
    context = {"exports": page.rows, "days": Export.KEPT.days, **page.addresses(request)}
    context["is_waiting"] = any(export.state in ("queued", "running") for export in page.rows)
    return frame.show(request, "desk/exports.html", TITLE, context)


@never_cache
def file(request: HttpRequest, token: UUID) -> HttpResponse | FileResponse:
    """Return the file of an export to who asked for it, while it is kept and every row in it is theirs to see."""
    export = get_object_or_404(Export, token=token, person=person(request), forgotten_at=None, made_at__isnull=False)
    table = open_table(export.table, person(request), export.place, clock.now())  # 404 where it is theirs no more
    if not set(export.programmes) <= set(table.programmes()) or _is_hidden(export):
        raise Http404
    if not export.stored_as or (export.kept_until and export.kept_until <= clock.now()):
        raise Http404
    try:
        kept = private.read(export.stored_as, export.sha256)
    except (Unavailable, FileNotFoundError):
        messages.error(request, _("The file can't be read just now. Try again in a few minutes, or export anew."))
        return redirect("admin:desk_exports")
    name = _name(export)
    return FileResponse(kept, as_attachment=True, filename=name, content_type=TYPES[Export.Format(export.format)])


def _is_hidden(export: Export) -> bool:
    """Return whether rows that the file may hold were put out of its person's sight since they asked."""
    return any(hidden(export.person, export.asked_at) for hidden in registry.hidden_since)


def _asked(request: HttpRequest, table: Table, kind: Export.Format) -> Export:
    """Return an export of what the address shows, from its first row, not saved yet."""
    told = request.GET.copy()
    for name in (AFTER, BEFORE):
        told.pop(name, None)
    return Export(
        person=table.user,
        table=table.name,
        place=table.place,
        title=str(table.title)[:200],
        query=told.urlencode(),
        programmes=sorted(table.programmes()),
        format=kind,
        asked_at=table.at,
    )


def _at_once(export: Export, table: Table) -> HttpResponse:
    made = io.BytesIO()
    export.rows = write(table, QueryDict(export.query), made, export.format)
    export.made_at = export.asked_at
    export.save()
    response = HttpResponse(made.getvalue(), content_type=TYPES[Export.Format(export.format)])
    response["Content-Disposition"] = f'attachment; filename="{_name(export)}"'
    return response


def _name(export: Export) -> str:
    return f"{slugify(export.title) or export.table}-{export.asked_at:%Y-%m-%d}.{export.format}"
