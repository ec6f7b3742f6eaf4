"""Lists ask as much for three hundred rows as for one, and fetch no more rows than they show: a crowd stands behind them."""

from collections.abc import Callable, Iterator
from io import StringIO
from pkgutil import resolve_name
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Model
from django.test import Client
from django.urls import reverse

from applications.models import Cohort, Participation, ReviewAssignment
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from portal.desk.records import ScopedAdmin
from portal.models import User

CROWD = 300
PAGES = (1, 3, 300)
# Of session, person, roles, filters and what stands beside the list: however many rows there are.
BESIDE = 30
FULL = 50  # rows of a list that has a later page as it is set
MOST_QUERIES = 12
MOST_QUERIES_OF_DESKS = 20


class Counted:
    """Statements and rows that came back while a page was made."""

    def __init__(self) -> None:
        self.queries = self.rows = 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        result = execute(sql, params, many, context)
        if "portal_democlock" not in sql:  # read anew every second
            self.queries += 1
            self.rows += max(context["cursor"].rowcount, 0) if context["cursor"].description else 0
        return result


def signed_in() -> dict[str, Client]:
    clients = {key: Client() for key in ("manager", "preparer", "auditor", "operator")}
    for key, client in clients.items():
        client.force_login(crowd.cast(key), backend="allauth.account.auth_backends.AuthenticationBackend")
    return clients


@pytest.mark.django_db
def test_lists_fetch_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_demo", startups=CROWD, stdout=StringIO())
    clients, over, full, chosen = signed_in(), list[tuple[object, ...]](), 0, 0
    for model, page in admin.site._registry.items():
        if not isinstance(page, ScopedAdmin):
            continue
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        client = next(client for client in clients.values() if client.get(path).status_code == 200)
        for address in (path, *(f"{path}?{choice}" for choice in choices(model, page))):
            asked = []
            for rows in PAGES:
                monkeypatch.setattr(page, "list_per_page", rows)
                with connection.execute_wrapper(counted := Counted()):
                    response = client.get(address)
                assert response.status_code == 200, address
                asked.append(counted.queries)
                if counted.rows > rows + 1 + BESIDE or counted.queries > MOST_QUERIES:
                    over.append((address, rows, counted.queries, counted.rows))
            chosen += address != path and len(response.context_data["cl"].result_list) > 1  # type: ignore[index]  # Django gives it to every list
            if len(set(asked)) > 1:
                over.append((address, *asked))
        full += model._default_manager.count() > FULL
    assert over == []
    assert full > 12
    assert chosen > 24


def choices(model: type[Model], page: ScopedAdmin) -> Iterator[str]:
    """Give a filter and a search of a list, each for what its oldest row says."""
    oldest = model._default_manager.order_by("pk")
    for field in page.list_filter:
        if isinstance(field, str) and model._meta.get_field(field).choices:
            for value in oldest.values_list(field, flat=True)[:1]:
                yield urlencode({f"{field}__exact": value})
            break
    for field in page.search_fields[:1]:
        for value in oldest.values_list(field, flat=True)[:1]:
            yield urlencode({"q": str(value)[:5]})


SHOWN = (1, 3)  # besides as many as it is set to


def crowd_cohort() -> int:
    """Give the cohort in which most seats of the crowd are."""
    counted = Participation.objects.order_by().values_list("cohort").annotate(n=Count("pk"))
    return int(counted.order_by("-n").values_list("cohort", flat=True)[0])


def desks() -> Iterator[tuple[User, str, str, int]]:
    """Give pages beside the lists of the admin: whose each is, its address, its setting, rows fetched for a shown one."""
    yield crowd.cast("preparer"), reverse("admin:desk_accounts"), "payouts.desks.accounts.LISTED", 1
    pairing = reverse("admin:desk_pairing")
    yield crowd.cast("manager"), pairing, "mentorship.desks.pairing_table.SeatTable.size", 20  # with the months of each
    yield crowd.cast("manager"), f"{pairing}?show=paired&q=a", "mentorship.desks.pairing_table.SeatTable.size", 20
    yield crowd.cast("manager"), f"{pairing}?show=mentors", "mentorship.desks.mentor_table.MentorTable.size", 2
    cohort = crowd_cohort()
    yield (
        crowd.cast("preparer"),
        reverse("admin:desk_cohort_money", args=[cohort]),
        "payouts.desks.cohort_money.PAGE",
        20,
    )
    reading = Cohort.objects.get(slug=f"{SLUG}-4").pk
    assigning = reverse("admin:desk_assignment", args=[reading])  # with the reviewers of each, and its criteria
    yield crowd.cast("manager"), assigning, "applications.desks.assignment.ROWS", 8
    yield crowd.cast("manager"), f"{assigning}?show=few", "applications.desks.assignment.ROWS", 8
    ranking = reverse("admin:desk_decision_board", args=[reading])
    yield crowd.cast("manager"), ranking, "applications.desks.decision_table.DecisionTable.size", 4
    yield crowd.cast("manager"), f"{ranking}?show=open", "applications.desks.decision_table.DecisionTable.size", 4
    released = reverse("admin:desk_decision_board", args=[cohort])
    yield crowd.cast("manager"), f"{released}?show=offers", "applications.desks.offer_table.OfferTable.size", 3
    reader = ReviewAssignment.objects.filter(phase__cohort=reading).order_by("pk")[0].reviewer
    yield reader, reverse("reviews"), "applications.views.reviews.ROWS", 1


@pytest.mark.django_db
def test_desks_fetch_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_demo", startups=CROWD, stdout=StringIO())
    over, full = list[tuple[object, ...]](), set[str]()
    for person, address, setting, each in desks():
        client, asked = Client(), []
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        for shown in (*SHOWN, attribute_of(setting)):
            monkeypatch.setattr(setting, shown)
            full |= {setting} if b'rel="next"' in client.get(address).content else set()
            with connection.execute_wrapper(counted := Counted()):
                assert client.get(address).status_code == 200
            asked.append(counted.queries)
            if counted.queries > MOST_QUERIES_OF_DESKS or counted.rows > each * shown + 1 + BESIDE:
                over.append((address, shown, counted.queries, counted.rows))
        if len(set(asked)) > 1:
            over.append((address, *asked))
    assert over == []
    assert full >= {
        "mentorship.desks.pairing_table.SeatTable.size",
        "mentorship.desks.mentor_table.MentorTable.size",
        "payouts.desks.cohort_money.PAGE",
        "applications.desks.assignment.ROWS",
        "applications.desks.decision_table.DecisionTable.size",
        "applications.desks.offer_table.OfferTable.size",
        "applications.views.reviews.ROWS",
    }


def attribute_of(path: str) -> int:
    """Give how many rows a desk is set to show."""
    return int(resolve_name(path))
