"""Desk tables: what their filters, orders and pages show, and that a sort is one that an index answers."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection, models
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions
from applications.desks.decision_table import DecisionTable
from applications.models import Application
from portal import clock
from portal.desk.counts import MOST, Counted, count
from portal.desk.filters import RESERVED
from portal.desk.record_table import RecordTable
from portal.desk.search import is_quick
from portal.desk.table import Table
from portal.models import Role, User
from portal.registry import registry
from tests import factories as f
from tests.applications.judging import conflict, manager_of, proposed, reviewed
from tests.marks import marks
from tests.payouts import money

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: f.AT)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def board(application: Application) -> str:
    return reverse("admin:desk_decision_board", args=[application.cohort_id])


def shown(client: Client, address: str) -> Any:
    """Give the page of the table at an address."""
    return client.get(address).context["page"]


# --- Filters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["show=nonsense", "q=%00", f"q={'x' * 101}"])
def test_invalid_filter_shows_no_row_no_act_and_says_so(query: str) -> None:
    application = f.submitted()
    client = signed_in(manager_of(application))
    assert len(shown(client, board(application)).rows) == 1
    response = client.get(f"{board(application)}?{query}")
    page, text = response.context["page"], response.content.decode()
    assert (page.rows, page.acts, page.count.n, page.is_valid) == ([], [], 0, False)
    assert "A filter isn't valid" in text
    assert re.search(r'class="invalid-feedback[^"]*"[^>]*role="alert"', text)
    assert "formaction" not in text


@pytest.mark.parametrize("query", ["show=nonsense", "q=%00"])
def test_invalid_filter_selects_and_exports_nothing(query: str) -> None:
    application = f.submitted()
    client = signed_in(manager_of(application))
    asking = reverse("admin:desk_bulk", args=["decisions", application.cohort_id, "decline"])
    answer = client.get(f"{asking}?which=all&{query}", follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["Select at least one row."]
    exporting = reverse("admin:desk_export", args=["decisions", application.cohort_id])
    answer = client.post(f"{exporting}?{query}", {"format": "csv"}, follow=True)
    assert "Correct it before you export" in str(next(iter(answer.context["messages"])))


def test_filter_that_matches_nothing_says_so_and_can_be_cleared() -> None:
    application = f.submitted()
    client = signed_in(manager_of(application))
    text = client.get(f"{board(application)}?show=open&q=nobody").content.decode()
    assert "Nothing matches" in text
    assert 'href="?show=open"' in text
    assert shown(client, f"{board(application)}?show=open").clear_url == "?show=open"


def test_filters_narrow_and_are_kept_by_heads_pages_and_exports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DecisionTable, "size", 1)
    cohort = f.cohort()
    made = [f.submitted(f.startup(name=name), cohort) for name in ("Alpha One", "Alpha Two", "Beta")]
    page = shown(signed_in(manager_of(made[0])), f"{board(made[0])}?q=alpha")
    assert (page.count.n, len(page.rows)) == (2, 1)
    assert "q=alpha" in page.pager["next_url"]
    assert page.export_url.endswith("?q=alpha")
    assert [head.url for head in page.heads if head.url] == ["?q=alpha&sort=score"]


def test_no_filter_is_called_as_the_table_itself() -> None:
    for table in registry.tables.values():
        assert not RESERVED & set(table.filters.base_filters), table  # type: ignore[attr-defined]  # classes, all of them


# --- Orders -----------------------------------------------------------------------------------------


def test_sort_turns_the_order_and_an_unknown_one_is_the_tables_own() -> None:
    cohort = f.cohort()
    best, worst = f.submitted(to=cohort), f.submitted(to=cohort)
    reviewed(best, 5)
    reviewed(worst, 1)
    client = signed_in(manager_of(best))
    keys = {
        sort: [row.key for row in shown(client, f"{board(best)}?sort={sort}").rows] for sort in ("score", "-score", "x")
    }
    assert keys == {"score": [best.pk, worst.pk], "-score": [worst.pk, best.pk], "x": [best.pk, worst.pk]}
    assert [head.sorted for head in shown(client, f"{board(best)}?sort=-score").heads if head.url] == ["descending"]


def tables_of_a_manager() -> list[Table]:
    """Open every registered table for somebody who holds every desk role, where there is one of it."""
    batch = money.draft(money.ready())
    person = f.user()
    for role in Role.desk():
        f.grant(person, role, batch.programme)
    cohort = batch.programme.cohorts.get()
    places = {
        "decisions": cohort.pk,
        "offers": cohort.pk,
        "ready_months": batch.programme_id,
        "blocked_months": batch.programme_id,
        "payments": batch.pk,
    }
    return [opener(person, places.get(name, 0), f.AT) for name, opener in registry.tables.items()]


def test_tables_are_ordered_only_by_an_index_and_never_by_what_may_be_null() -> None:
    tables = tables_of_a_manager()
    sorts = [(table, column.name, column.sort) for table in tables for column in table.columns if column.sort]
    assert [(table.name, name) for table, name, _order in sorts] == [("decisions", "score"), ("batches", "batch")]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    for table, name, order in [*((table, "", table.order) for table in tables), *sorts]:
        rows = table.queryset().order_by(*order)
        fields = [rows.model._meta.get_field(each.lstrip("-")) for each in order]
        assert not any(field.null for field in fields), (table.name, name)
        assert "Sort" not in rows[:50].explain(), (table.name, name)


def test_tables_are_searched_only_by_an_index() -> None:
    places = {table.name: (table.queryset().model, table.filters.places) for table in tables_of_a_manager()}
    assert {name: bool(paths) for name, (_model, paths) in places.items()} == {
        "decisions": True,
        "offers": True,
        "batches": False,
        "payments": False,
        "ready_months": True,
        "blocked_months": True,
        "pairing": True,
        "mentors": True,
    }
    assert all(is_quick(model, paths) for model, paths in places.values() if paths)


# --- Counts and closed rows -------------------------------------------------------------------------


def test_counts_stop_where_nobody_needs_to_know_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.desk.counts.MOST", 2)
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(3)]
    rows, words = Application.objects.filter(cohort=cohort), DecisionTable.counted
    counts = count(manager_of(made[0]), {"all": [rows], "some": [rows.exclude(pk=made[0].pk)], "none": [rows.none()]})
    assert counts == {"all": 3, "some": 2, "none": 0}
    assert str(Counted(counts["all"], words)) == "More than 2 applications"
    assert str(Counted(counts["some"], words)) == "2 applications"
    assert (str(Counted(1204)), str(Counted(2))) == ("More than 2", "2")
    assert MOST == 1000


def test_row_closed_by_conflict_shows_its_name_alone_and_only_where_nothing_is_filtered() -> None:
    cohort = f.cohort()
    closed, other = f.submitted(f.startup(name="Closedwell"), cohort), f.submitted(to=cohort)
    proposed(closed)
    manager = manager_of(closed)
    conflict(manager, closed.startup)
    client = signed_in(manager)
    assert [(row.key, row.is_closed, row.is_selectable) for row in shown(client, board(closed)).rows] == [
        (other.pk, False, True),
        (closed.pk, True, False),
    ]
    assert shown(client, board(closed)).picked.n == 1
    for query in ("show=proposed", "q=closedwell", "show=open"):  # would tell what is decided about it
        assert "Closedwell" not in client.get(f"{board(closed)}?{query}").content.decode()


def test_rows_closed_beyond_a_page_are_told_by_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DecisionTable, "size", 1)
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(4)]
    manager = manager_of(made[0])
    for each in made[1:]:
        conflict(manager, each.startup)
    client = signed_in(manager)
    page = shown(client, board(made[0]))
    assert ([row.key for row in page.rows], page.more_closed) == ([made[0].pk, made[1].pk], 2)
    assert "and 2 more" in client.get(board(made[0])).content.decode()
    words = "Left out because of a conflict of interest: 3 applications."
    asking = reverse("admin:desk_bulk", args=["decisions", cohort.pk, "decline"])
    exporting = reverse("admin:desk_export", args=["decisions", cohort.pk])
    for address in (f"{asking}?which=all", exporting):
        assert words in client.get(address).content.decode()
    for address in (
        f"{asking}?which=rows&row={marks(manager, 'decisions', cohort.pk, made[:1])[0]}",
        f"{asking}?which=all&show=open",
        f"{exporting}?show=open",
    ):
        assert "Left out" not in client.get(address).content.decode()


# What of a desk counts beside the one bounded statement of its page, by a part of its SQL, and why it may.
COUNTED_WHOLE = {
    'AS "proposed", COUNT(': "seats and money that a release takes: a manager decides by them, so they are exact",
    'SELECT (SELECT COUNT(*) AS "n" FROM "applications_application"': "what a release waits for, and free seats: exact",
    'COALESCE((SELECT COUNT(*) AS "n" FROM "applications_reviewassignment"': "reviewers, the least busy first",
    'COALESCE((SELECT COUNT(U0."id") AS "n" FROM "mentorship_mentorship"': "mentors, those with the fewest startups first",
    'SUM("applications_application"."judged")': "one pass adds the reviews up, and counts what it adds",
    'AS "award__cohort__programme", COUNT(': "ready months, summed to the cent: by it the preparer decides",
    'SELECT COUNT("payouts_disbursement"."id") AS "n", SUM(': "the same of one programme",
    'SELECT COUNT("payouts_payment"."id") AS "n", SUM(': "a batch's total, to the cent, and of how many payments",
    'SELECT "payouts_payment"."batch_id" AS "batch", COUNT(': "the same of the page's batches that have no file yet",
    'COUNT(DISTINCT U1."startup_id")': "of the page's accounts, other startups with the same number: by an index",
    'COUNT(DISTINCT "payouts_hold"."participation_id")': "open holds alone, of which each is looked at within a month",
}


def test_counts_of_a_page_are_one_statement() -> None:
    seat, person = f.participation(), f.user()
    for role in Role.desk():
        f.grant(person, role, seat.cohort.programme)
    client = signed_in(person)
    batch = money.draft(money.ready(seat))
    used = set()
    for name, args, query, has_table in (
        ("desk_decisions", [], "", False),
        ("desk_decision_board", [seat.cohort_id], "", True),
        ("desk_decision_board", [seat.cohort_id], "?show=offers", False),
        ("desk_decision", [seat.application_id], "", False),
        ("desk_assignments", [], "", False),
        ("desk_assignment", [seat.cohort_id], "", False),
        ("desk_pairing", [], "", True),
        ("desk_pairing_pair", [seat.pk], "", False),
        ("desk_batches", [], "", True),
        ("desk_batch", [batch.pk], "", True),
        ("desk_batch_prepare", [seat.cohort.programme_id], "", True),
        ("desk_accounts", [], "", False),
        ("desk_account", [batch.payments.get().account_id], "", False),
        ("desk_holds", [], "", False),
        ("desk_money", [], "", False),
        ("desk_cohort_money", [seat.cohort_id], "", False),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(reverse(f"admin:{name}", args=args) + query).status_code == 200
        counting = [made["sql"] for made in asked if "COUNT(" in made["sql"].upper()]
        whole = [sql for sql in counting if sql.upper().count("COUNT(") > sql.count("AS counted)")]
        reasons = [{part for part in COUNTED_WHOLE if part in sql} for sql in whole]
        assert [sql for sql, found in zip(whole, reasons, strict=True) if not found] == [], name
        used |= set().union(*reasons)
        if has_table:
            assert len(counting) - len(whole) == 1, (name, len(counting))
    assert used == set(COUNTED_WHOLE)


def test_who_only_looks_is_offered_no_act() -> None:
    application = f.submitted()
    text = signed_in(f.holder(Role.AUDITOR, application.cohort.programme)).get(board(application)).content.decode()
    assert ("formaction" in text, "table-pick" in text) == (False, False)


def test_walk_gives_every_row_once_by_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.desk.table.AT_ONCE", 2)
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(5)]
    table = DecisionTable(manager_of(made[0]), cohort.pk, f.AT)
    for sort in ("", "sort=-score"):
        walked = [[row.application.pk for row in rows] for rows in table.walk(QueryDict(sort))]
        assert [len(keys) for keys in walked] == [2, 2, 1]
        assert sorted(key for keys in walked for key in keys) == [each.pk for each in made]


def test_walk_goes_on_when_the_last_row_it_read_has_left_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.desk.table.AT_ONCE", 2)
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(6)]
    table = DecisionTable(manager_of(made[0]), cohort.pk, f.AT)
    walked = []
    for rows in table.walk(QueryDict()):
        walked.append([row.application for row in rows])
        if len(walked) == 1:
            actions.withdraw(walked[0][-1], by=f.founder_of(walked[0][-1].startup), at=f.AT)
    assert sorted(each.pk for chunk in walked for each in chunk) == [each.pk for each in made]


def test_page_goes_on_when_its_last_row_was_decided_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DecisionTable, "size", 2)
    cohort = f.cohort()
    made = [f.submitted(to=cohort) for _n in range(6)]
    client = signed_in(manager_of(made[0]))
    first = shown(client, f"{board(made[0])}?show=open")
    proposed(next(each for each in made if each.pk == first.rows[-1].key))
    second = shown(client, f"{board(made[0])}{first.pager['next_url']}")
    assert [row.key for row in second.rows] == [each.pk for each in made[2:4]]
    assert all(second.pager.values())


def test_tab_that_shows_nothing_says_that_nothing_matches() -> None:
    application = f.submitted()
    proposed(application)
    client = signed_in(manager_of(application))
    text = client.get(f"{board(application)}?show=open").content.decode()
    assert "Nothing matches" in text
    assert "No applications yet" not in text
    assert shown(client, f"{board(application)}?show=open").widen_url == "?"


def test_record_list_is_a_table_with_the_columns_of_its_list() -> None:
    application = f.submitted()
    table = RecordTable(_page_of(Application), manager_of(application), 0, f.AT)
    assert [column.name for column in table.columns] == ["reference", "state", "startup", "cohort", "submitted_at"]
    assert list(table.narrowed(QueryDict("state__exact=submitted")).qs) == [application]
    assert list(table.narrowed(QueryDict("state__exact=draft")).qs) == []
    assert not table.narrowed(QueryDict("startup__name=x")).is_valid()
    assert not table.narrowed(QueryDict("q=%00")).is_valid()


def _page_of(model: type[models.Model]) -> Any:
    return admin.site.get_model_admin(model)


def test_page_without_a_row_to_select_offers_all_that_match_in_as_many_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DecisionTable, "size", 1)
    cohort = f.cohort()
    asked, other = f.submitted(to=cohort), f.submitted(to=cohort)
    reviewed(asked, 5)
    reviewed(other, 1)
    client = signed_in(manager_of(asked))

    def looked() -> tuple[int, int, list[str], int]:
        with CaptureQueriesContext(connection) as made:
            response = client.get(board(asked))
        page, text = response.context["page"], response.content.decode()
        return page.page_size, page.picked.n, re.findall(r'<option value="(rows|page|all)"', text), len(made)

    looked()
    before = looked()
    actions.return_for_information(asked, "Which?", by=manager_of(asked), at=f.AT)
    assert (before, looked()) == ((1, 2, ["rows", "page", "all"], before[3]), (0, 1, ["all"], before[3]))


@pytest.mark.parametrize("query", ["nonsense=1", "state__exact__x=1", "cohort__id__exact=x"])
def test_record_list_with_a_wrong_parameter_says_so_and_shows_no_row(query: str) -> None:
    application = f.submitted()
    client = signed_in(manager_of(application))
    address = reverse("admin:applications_application_changelist")
    assert str(application.reference) in client.get(address).content.decode()
    page = client.get(f"{address}?{query}", follow=True)
    text = page.content.decode()
    assert (page.status_code, "A filter isn&#x27;t valid" in text, str(application.reference) in text) == (
        200,
        True,
        False,
    )
