"""Exports: what the files hold and how it is written, who gets them, and what the worker and the sweep do."""

import csv
import io
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from unicodedata import normalize

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.http import Http404, QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Cohort, Conflict
from payouts.desks.ready_table import ReadyTable
from portal import clock
from portal.desk import export_jobs, exports
from portal.desk.cells import Badge, Column, ColumnKind, Line, heads, written
from portal.desk.export_files import quoted, write
from portal.desk.tables_by_name import open_table
from portal.models import Export, JobRun, Role, RoleGrant, User
from portal.money import Money
from portal.operations import jobs
from tests import factories as f
from tests.applications.judging import conflict, manager_of, proposed, reviewed
from tests.payouts import money

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: f.AT)
    monkeypatch.setattr(exports, "nudge", lambda name: None)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def asking(cohort: Cohort, query: str = "") -> str:
    return reverse("admin:desk_export", args=["decisions", cohort.pk]) + query


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


# --- Cells ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind", "cells"),
    [
        ("Élan", ColumnKind.TEXT, ["Élan"]),
        (None, ColumnKind.TEXT, [None]),
        (Decimal("60.5"), ColumnKind.NUMBER, [Decimal("60.5")]),
        (Money(123_456, "USD"), ColumnKind.MONEY, [Decimal("1234.56"), "USD"]),
        (Money(500, "JPY"), ColumnKind.MONEY, [Decimal(500), "JPY"]),
        (None, ColumnKind.MONEY, [None, None]),
        (date(2027, 3, 9), ColumnKind.DAY, ["2027-03-09"]),
        (date(2027, 3, 1), ColumnKind.MONTH, ["2027-03"]),
        (datetime(2027, 3, 9, 14, 30, tzinfo=UTC), ColumnKind.INSTANT, ["2027-03-09T14:30:00+00:00"]),
        (Badge("paid", "paid"), ColumnKind.STATE, ["paid"]),
        ([Line("Max", "since May"), Line("Eva")], ColumnKind.LINES, ["Max (since May); Eva"]),
    ],
)
def test_cells_are_written_plainly(value: Any, kind: ColumnKind, cells: list[Any]) -> None:
    column = Column("any", "Any", lambda row: row, kind)
    assert written(column, value) == cells
    assert len(heads(column, "currency")) == len(cells)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert quoted(text) == f"'{text}"
    assert quoted(f"a{text}") == f"a{text}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Acme;=cmd|' /C calc'!A0", "Acme;'=cmd|' /C calc'!A0"),
        ("Acme; =1", "Acme;' =1"),
        ('Acme;"=1"', 'Acme;\'"=1"'),
        ("Acme\t@sum", "Acme\t'@sum"),
        ("Acme|+1", "Acme|'+1"),
        ("Acme\n=1", "Acme\n'=1"),
        ("Acme\r\n=1", "Acme\r\n'=1"),
        (" =1", "' =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("＝1+1", "'＝1+1"),
        ("Acme;＠sum", "Acme;'＠sum"),
        ("Acme; a-b = c", "Acme; a-b = c"),
        ("Über-Tech, -5 °C", "Über-Tech, -5 °C"),
    ],
)
def test_text_is_no_formula_where_other_separators_split_it(text: str, safe: str) -> None:
    assert quoted(text) == safe


def test_every_form_that_folds_to_the_beginning_of_a_formula_is_known() -> None:
    known = {chr(code) for code in range(sys.maxunicode + 1) if normalize("NFKC", chr(code)) in ("=", "+", "-", "@")}
    assert {character for character in known if quoted(character) == f"'{character}"} == known


# --- Files ------------------------------------------------------------------------------------------


def test_csv_has_the_columns_of_the_table_and_a_mark_for_excel() -> None:
    cohort = f.cohort()
    first = f.submitted(f.startup(name="=Evil Ltd"), cohort)
    reviewed(first, 3)
    proposed(first)
    response = signed_in(manager_of(first)).post(asking(cohort), {"format": "csv"})
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response["Content-Disposition"].endswith('.csv"')
    head, row = read(response.content)
    assert head[:5] == ["Application", "Reference", "State", "Score", "Spread"]
    assert row[:5] == ["'=Evil Ltd", first.reference, "submitted", "60.0", ""]
    assert "What to do" not in head


def test_xlsx_has_the_same_rows_and_no_formula() -> None:
    cohort = f.cohort()
    application = f.submitted(f.startup(name="=1+1"), cohort)
    reviewed(application, 3)
    response = signed_in(manager_of(application)).post(asking(cohort), {"format": "xlsx"})
    sheet = zipfile.ZipFile(io.BytesIO(response.content)).read("xl/worksheets/sheet1.xml").decode()
    assert ("<f>" in sheet, "=1+1" in sheet, application.reference in sheet, "<v>60" in sheet) == (
        False,
        True,
        True,
        True,
    )


def test_money_has_its_currency_in_a_column_of_its_own() -> None:
    month = money.ready()
    file = io.BytesIO()
    person = f.holder(Role.FINANCE_PREPARER, month.award.cohort.programme)
    assert write(ReadyTable(person, month.award.cohort.programme_id, money.DUE), QueryDict(), file, "csv") == 1
    head, row = read(file.getvalue())
    assert head[1:4] == ["Month", "Amount", "Amount: currency"]
    assert row[1:4] == [f"{month.period:%Y-%m}", "6000.00", "USD"]


def test_export_has_what_the_filters_let_through_in_its_order() -> None:
    cohort = f.cohort()
    best, worst = (f.submitted(f.startup(name=name), cohort) for name in ("Alpha Best", "Alpha Worst"))
    f.submitted(f.startup(name="Beta"), cohort)
    reviewed(best, 5)
    reviewed(worst, 1)
    client = signed_in(manager_of(best))
    response = client.post(asking(cohort, "?q=alpha&sort=-score"), {"format": "csv"})
    assert [row[0] for row in read(response.content)[1:]] == ["Alpha Worst", "Alpha Best"]


def test_each_export_is_logged_for_auditors_of_the_programme() -> None:
    application = f.submitted()
    cohort, manager = application.cohort, manager_of(application)
    signed_in(manager).post(asking(cohort, "?q=x&after=7"), {"format": "csv"})
    log = Export.objects.get()
    assert (log.person, log.table, log.place, log.query, log.rows, log.asked_at) == (
        manager,
        "decisions",
        cohort.pk,
        "q=x",
        0,
        f.AT,
    )
    ours, elsewhere = f.holder(Role.AUDITOR, cohort.programme), f.holder(Role.AUDITOR, f.programme())
    assert list(Export.objects.visible_to(ours)) == [log]
    assert not Export.objects.visible_to(elsewhere).exists()
    assert not Export.objects.visible_to(manager).exists()
    log_page = signed_in(ours).get(reverse("admin:portal_export_changelist")).content.decode()
    assert str(cohort) in log_page


def test_page_says_how_many_of_its_rows_no_file_has() -> None:
    month = money.draft(money.ready()).payments.get().disbursement
    person = f.holder(Role.FINANCE_PREPARER, month.award.cohort.programme)
    address = reverse("admin:desk_export", args=["payments", month.payments.get().batch_id])
    words = "Left out because of a conflict of interest: 1 payment."
    client = signed_in(person)
    assert words not in client.get(address).content.decode()
    conflict(person, month.award.startup)
    text = client.get(address).content.decode()
    assert (words in text, "There is nothing to export" in text) == (True, True)


def test_list_of_exports_takes_as_many_queries_for_many(monkeypatch: pytest.MonkeyPatch) -> None:
    _cohort, manager, export = queued(monkeypatch)
    client, counts = signed_in(manager), []
    for n in (1, 2):
        with jobs.long_run(f"exports:{n}") as run:
            jobs.report_progress(run, f"{n} rows")
        Export.objects.filter(made_at=None, run_key=None).update(run_key=run.pk, lease_until=f.AT)
        with CaptureQueriesContext(connection) as asked:
            text = client.get(reverse("admin:desk_exports")).content.decode()
        assert f"{n} rows" in text
        counts.append(len(asked))
        Export.objects.create(
            person=manager, table="decisions", place=export.place, title="Again", format="csv", asked_at=f.AT
        )
    assert counts[0] == counts[1]


def test_page_says_what_is_in_it_and_nothing_is_made_by_looking() -> None:
    application = f.submitted()
    text = signed_in(manager_of(application)).get(asking(application.cohort)).content.decode()
    for words in ("Application · Reference · State", "1 application", "Download CSV", "Download Excel", "It is logged"):
        assert words in text
    assert not Export.objects.exists()


# --- The worker -------------------------------------------------------------------------------------


def queued(monkeypatch: pytest.MonkeyPatch, n: int = 2) -> tuple[Cohort, User, Export]:
    """Ask for an export of more rows than are written at once."""
    monkeypatch.setitem(exports.AT_ONCE, Export.Format.CSV, 1)
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(n)]
    manager = manager_of(made[0])
    response = signed_in(manager).post(asking(cohort), {"format": "csv"}, follow=True)
    assert "being prepared" in str(next(iter(response.context["messages"])))
    assert "it starts within a minute" in response.content.decode()
    return cohort, manager, Export.objects.get()


def test_long_export_is_made_by_the_tick_for_who_asked_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, manager, export = queued(monkeypatch)
    assert jobs.run_sweep(export_jobs.SWEEP, f.AT).acted == 1
    export.refresh_from_db()
    assert (export.rows, export.state, JobRun.objects.get(pk=export.run_key or 0).progress) == (2, "ready", "2 rows")
    address = reverse("admin:desk_export_file", args=[export.token])
    assert address in signed_in(manager).get(reverse("admin:desk_exports")).content.decode()
    response: Any = signed_in(manager).get(address)
    assert len(read(b"".join(response.streaming_content))) == 3
    assert "no-store" in response["Cache-Control"]
    for other in (f.holder(Role.MANAGER, cohort.programme), f.holder(Role.AUDITOR, cohort.programme)):
        assert signed_in(other).get(address).status_code == 404
        assert address not in signed_in(other).get(reverse("admin:desk_exports")).content.decode()


def test_export_is_made_once_however_often_the_tick_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    _cohort, _manager, export = queued(monkeypatch)
    assert [export_jobs.make_due(f.AT) for _tick in range(2)] == [1, 0]
    Export.objects.filter(pk=export.pk).update(made_at=None, rows=None, stored_as="", sha256="", lease_until=f.AT)
    assert export_jobs.make_due(f.AT) == 1  # whose worker died after it had stored the file
    export.refresh_from_db()
    assert export.attempts == 2
    assert default_storage.listdir(export_jobs.FOLDER)[1] == [f"{export.token}.csv"]


def test_export_that_another_worker_has_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    _cohort, _manager, export = queued(monkeypatch)
    Export.objects.filter(pk=export.pk).update(lease_until=f.AT + timedelta(minutes=1))
    assert export_jobs.make_due(f.AT) == 0


def test_export_that_fails_again_and_again_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _cohort, manager, export = queued(monkeypatch)

    def fails(*args: Any, **kwargs: Any) -> int:
        raise ValueError("a bug")

    monkeypatch.setattr(export_jobs, "write", fails)
    for _attempt in range(export_jobs.MOST_ATTEMPTS + 1):
        assert export_jobs.make_due(f.AT) == 0
        Export.objects.filter(pk=export.pk).update(lease_until=None)
    export.refresh_from_db()
    assert (export.state, export.attempts, "a bug" in caplog.text) == ("failed", export_jobs.MOST_ATTEMPTS, True)
    assert "Export the list again." in signed_in(manager).get(reverse("admin:desk_exports")).content.decode()


@pytest.mark.parametrize("told", [{}, {"format": "pdf"}])
def test_unknown_format_is_said_beside_the_choice(told: dict[str, str]) -> None:
    application = f.submitted()
    response = signed_in(manager_of(application)).post(asking(application.cohort, "?q=x"), told)
    text = response.content.decode()
    words = str(response.context["form"]["format"].errors[0])
    assert (response.status_code, Export.objects.exists()) == (422, False)
    assert f'<p class="invalid-feedback" id="id_format_error">{words}</p>' in text
    assert 'aria-describedby="id_format_error"' in text
    assert f'<a href="#id_format">Format</a> – {words}' in text


def test_who_lost_the_role_gets_neither_a_new_file_nor_an_old_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, manager, export = queued(monkeypatch)
    export_jobs.make_due(f.AT)
    f.grant(manager, Role.MANAGER, f.programme())  # a desk person still
    RoleGrant.objects.filter(person=manager, scope=cohort.programme).update(ends_on=f.AT.date() - timedelta(days=1))
    assert signed_in(manager).get(reverse("admin:desk_export_file", args=[export.token])).status_code == 404
    Export.objects.filter(pk=export.pk).update(made_at=None, rows=None, stored_as="", sha256="")
    assert export_jobs.make_due(f.AT) == 0
    assert Export.objects.get().state == "failed"


def fetched(export: Export) -> int:
    """Fetch the file of an export as its person, and return the status of the answer."""
    address = reverse("admin:desk_export_file", args=[export.token])
    answer: Any = signed_in(User.objects.get(pk=export.person_id)).get(address)
    assert answer.status_code == 404 or b"".join(answer.streaming_content)
    return int(answer.status_code)


def test_file_over_two_programmes_is_closed_with_the_role_for_one() -> None:
    first, second = f.programme(), f.programme()
    manager = f.holder(Role.MANAGER, first)
    f.grant(manager, Role.MANAGER, second)
    for programme in (first, second):
        f.submitted(to=f.cohort(programme))
    both, alone = (
        Export.objects.create(
            person=manager,
            table="applications_application",
            title="Applications",
            programmes=[each.pk for each in programmes],
            format="csv",
            asked_at=f.AT,
        )
        for programmes in ((first, second), (first,))
    )
    export_jobs.make_due(f.AT)
    assert [fetched(export) for export in (both, alone)] == [200, 200]
    RoleGrant.objects.filter(person=manager, scope=second).update(ends_on=f.AT.date() - timedelta(days=1))
    assert [fetched(export) for export in (both, alone)] == [404, 200]


def test_file_is_closed_by_a_conflict_declared_since_and_not_by_an_earlier_one(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort, manager, export = queued(monkeypatch)
    startup = cohort.applications.order_by("pk")[0].startup
    earlier = {"person": manager, "startup": f.startup(), "kind": "investor"}
    Conflict.objects.create(**earlier, declared_at=f.AT - timedelta(days=1))
    export_jobs.make_due(f.AT)
    assert fetched(export) == 200
    Conflict.objects.create(person=manager, startup=startup, kind="family", declared_at=f.AT + timedelta(hours=1))
    assert fetched(export) == 404


def test_export_of_a_closed_account_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    _cohort, manager, _export = queued(monkeypatch)
    User.objects.filter(pk=manager.pk).update(is_active=False)
    assert export_jobs.make_due(f.AT) == 0
    assert Export.objects.get().state == "failed"


@pytest.mark.parametrize("table", ["portal_user", "portal_rolegrant"])
def test_no_table_opens_for_a_closed_account_of_an_operator(table: str) -> None:
    operator = f.user(is_operator=True)
    open_table(table, operator, 0, f.AT)
    operator.is_active = False
    with pytest.raises(Http404):
        open_table(table, operator, 0, f.AT)


def test_file_is_forgotten_after_a_week_and_the_log_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    _cohort, manager, export = queued(monkeypatch)
    export_jobs.make_due(f.AT)
    assert export_jobs.forget_old(f.AT) == 0
    Export.objects.update(made_at=f.AT - Export.KEPT - timedelta(minutes=1))
    address = reverse("admin:desk_export_file", args=[export.token])
    assert signed_in(manager).get(address).status_code == 404  # before the sweep comes, too
    assert [export_jobs.forget_old(f.AT) for _sweep in range(2)] == [1, 0]
    assert default_storage.listdir(export_jobs.FOLDER)[1] == []
    assert Export.objects.get().state == "closed"


def test_file_that_is_lost_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    _cohort, manager, export = queued(monkeypatch)
    export_jobs.make_due(f.AT)
    export.refresh_from_db()
    default_storage.delete(export.stored_as)
    response = signed_in(manager).get(reverse("admin:desk_export_file", args=[export.token]), follow=True)
    assert "can't be read just now" in str(next(iter(response.context["messages"])))
