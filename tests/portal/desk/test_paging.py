"""Long lists of the admin: cut by key, forth and back, whatever stands in the address."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Programme, Startup
from portal.desk.paging import beyond, ordered, place_of, turned
from portal.desk.records import ScopedAdmin
from portal.models import Role
from tests import factories as f

LIST = "admin:applications_startup_changelist"


def sign_in(role: str = Role.MANAGER) -> tuple[Client, Programme]:
    programme = f.programme()
    client = Client()
    client.force_login(f.holder(role, programme), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client, programme


def names(page: str) -> list[str]:
    return re.findall(r'class="field-name"><a href="[^"]+">([^<]+)</a>', page)


def link(page: str, rel: str) -> str:
    found = re.search(rf'href="(\?[^"]+)" rel="{rel}"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


@pytest.mark.django_db
def test_a_list_is_walked_forth_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("applications.admin.startups.StartupAdmin.list_per_page", 2)
    client, programme = sign_in()
    cohort = f.cohort(programme)
    for name in ("Bee", "Élan", "Ant", "Bee", "Cat"):
        f.submitted(f.startup(name=name), cohort)
    first = client.get(reverse(LIST)).content.decode()
    assert (names(first), link(first, "prev")) == (["Ant", "Bee"], "")
    second = client.get(reverse(LIST) + link(first, "next")).content.decode()
    assert names(second) == ["Bee", "Cat"]
    third = client.get(reverse(LIST) + link(second, "next")).content.decode()
    assert (names(third), link(third, "next")) == (["Élan"], "")
    again = client.get(reverse(LIST) + link(third, "prev")).content.decode()
    assert names(again) == ["Bee", "Cat"]
    start = client.get(reverse(LIST) + link(again, "prev")).content.decode()
    assert (names(start), link(start, "prev")) == (["Ant", "Bee"], "")
    # A search from a later page begins anew, and keeps its words on its own pages.
    assert 'name="after"' not in second
    found = client.get(reverse(LIST) + "?q=bee&after=x").content.decode()
    assert names(found) == ["Bee", "Bee"]


@pytest.mark.django_db
def test_a_row_of_somebody_else_is_no_place_in_the_list() -> None:
    client, programme = sign_in()
    f.submitted(f.startup(name="Ours"), f.cohort(programme))
    strange = f.submitted(f.startup(name="Another's"), f.cohort())
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"{reverse(LIST)}?after={strange.startup_id}").content.decode()
    assert names(page) == ["Ours"]
    assert "Another" not in " ".join(query["sql"] for query in asked)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "place", ["x", "1", ",", "ours,x", "ours,9999999999999999999", "ours,%00", "%00,1", "a,b,c", "²,²"]
)
def test_what_is_no_place_is_the_first_page(place: str) -> None:
    client, programme = sign_in()
    f.submitted(f.startup(name="Ours"), f.cohort(programme))
    for direction in ("after", "before"):
        assert names(client.get(f"{reverse(LIST)}?{direction}={place}").content.decode()) == ["Ours"]


@pytest.mark.django_db
def test_place_is_kept_when_its_row_has_left_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("applications.admin.startups.StartupAdmin.list_per_page", 2)
    client, programme = sign_in()
    cohort = f.cohort(programme)
    made = {name: f.submitted(f.startup(name=name), cohort) for name in ("A", 'B, 100% & "C"', "D", "E")}
    first = client.get(reverse(LIST)).content.decode()
    Startup.objects.filter(pk=made['B, 100% & "C"'].startup_id).update(name="Z", name_folded="z")
    second = client.get(reverse(LIST) + link(first, "next")).content.decode()
    assert names(second) == ["D", "E"]
    assert link(second, "prev") != ""


@pytest.mark.django_db
def test_page_of_which_nothing_is_left_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("applications.admin.startups.StartupAdmin.list_per_page", 1)
    client, programme = sign_in()
    cohort = f.cohort(programme)
    first, second = (f.submitted(f.startup(name=name), cohort).startup for name in ("Bee", "Cat"))
    page = client.get(reverse(LIST)).content.decode()
    Startup.objects.filter(pk=second.pk).update(name="Ant", name_folded="ant")
    again = client.get(reverse(LIST) + link(page, "next")).content.decode()
    assert (names(page), names(again), link(again, "prev")) == ([first.name], ["Ant"], "")


@pytest.mark.django_db
def test_a_later_page_compares_rows_and_counts_nothing() -> None:
    client, programme = sign_in()
    made = f.submitted(f.startup(name="Ours"), f.cohort(programme))
    with CaptureQueriesContext(connection) as asked:
        client.get(f"{reverse(LIST)}?after=a,{made.startup_id}")
    said = " ".join(query["sql"] for query in asked)
    assert "ROW(" in said
    assert "OFFSET" not in said
    assert "COUNT(" not in said


@pytest.mark.django_db
@pytest.mark.parametrize("order", [["name_folded", "id"], ["-name_folded", "-id"], ["id"], ["-id"]])
def test_what_lies_beyond_a_row(order: list[str]) -> None:
    for name in ("b", "a", "b", "c"):
        f.startup(name=name)
    rows = list(Startup.objects.order_by(*order))
    for place, row in enumerate(rows):
        after = beyond(ordered(Startup.objects.all(), order), order, place_of(row, order), back=False)
        before = beyond(ordered(Startup.objects.all(), order), order, place_of(row, order), back=True)
        assert list(after) == rows[place + 1 :]
        assert list(before) == rows[:place]
        assert list(before.order_by(*turned(order))) == rows[:place][::-1]


def test_every_list_has_an_order_to_cut_by() -> None:
    """One direction, ending in the key: else one comparison of rows could not say what lies beyond one."""
    orders = {
        model._meta.label: page.ordering or ("-id",)
        for model, page in admin.site._registry.items()
        if isinstance(page, ScopedAdmin)
    }
    assert orders
    for label, order in orders.items():
        assert order[-1] in ("id", "-id"), label
        assert len({name.startswith("-") for name in order}) == 1, label
