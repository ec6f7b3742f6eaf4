"""Searching long lists: the beginnings of words and of codes, and only by what an index answers."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Application, Cohort, Startup
from portal.desk.records import ScopedAdmin
from portal.desk.search import find, is_quick
from portal.models import Role, Transition, User
from tests import factories as f
from tests.arranged import past_laws

PLACES = ("reference", "startup__name_folded")


def names(term: str) -> list[str]:
    rows = find(Startup.objects.all(), ["name_folded"], term)
    return list(rows.order_by("name_folded").values_list("name", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("elan", ["Élan Santé"]),
        ("SANTÉ él", ["Élan Santé"]),
        ("lan", []),
        ("elan nobody", []),
        ("o'neil", ["O'Neil & Sons"]),
        ("son:* | !x", []),
        ("&'\\", []),
        ("", ["Élan Santé", "O'Neil & Sons"]),
    ],
)
def test_words_are_found_by_their_beginning(term: str, found: list[str]) -> None:
    for name in ("Élan Santé", "O'Neil & Sons"):
        f.startup(name=name)
    assert names(term) == found


@pytest.mark.django_db
def test_every_word_is_found_at_one_of_the_places() -> None:
    made = f.submitted(f.startup(name="Loomwork Labs"))
    f.submitted(f.startup(name="Other"))
    for term in (made.reference, made.reference.lower()[:-1], "labs loom", f"loom {made.reference}"):
        assert list(find(Application.objects.all(), PLACES, term)) == [made], term
    assert list(find(Application.objects.all(), PLACES, "loom other")) == []


@pytest.mark.django_db
def test_people_are_found_by_their_names_as_they_write_them() -> None:
    made = f.user(name="Zoé McAllister")
    for term in ("zoé", "MCALL zoé", made.email[:5].upper()):
        assert made in find(User.objects.all(), ["email", "name"], term), term
    assert made not in find(User.objects.all(), ["email", "name"], "allister")


@pytest.mark.django_db
def test_a_word_that_many_have_gives_the_same_rows_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [f.submitted(f.startup(name=f"Loomwork {n} O'Neil")) for n in range(3)]
    f.submitted(f.startup(name="Other loose"))
    for term in ("loom", "loom o'neil", "lo", "work", "neil", "other loo", made[0].reference[:3], made[0].reference):
        monkeypatch.setattr("portal.desk.search.FEW", 1000)
        looked_up = find(Application.objects.all(), PLACES, term)
        monkeypatch.setattr("portal.desk.search.FEW", 0)
        met = find(Application.objects.all(), PLACES, term)
        assert sorted(looked_up.values_list("pk")) == sorted(met.values_list("pk")), term
        assert (" = ANY(" in str(looked_up.query), " = ANY(" in str(met.query)) == (looked_up.exists(), False), term
    assert find(Application.objects.all(), PLACES, "loom").count() == len(made)


@pytest.mark.django_db
def test_pages_of_a_word_that_many_have_join_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [f.submitted(f.startup(name=f"Loomwork {n}")) for n in range(7)]
    home = made[0].cohort.programme
    with past_laws():
        Cohort.objects.update(programme=home)
    reader, page = Client(), admin.site._registry[Application]
    reader.force_login(f.holder(Role.MANAGER, home), backend="allauth.account.auth_backends.AuthenticationBackend")
    monkeypatch.setattr(page, "list_per_page", 2)
    for few in (1, 1000):
        monkeypatch.setattr("portal.desk.search.FEW", few)
        seen, address = list[int](), "?q=loom"
        while address:
            found = reader.get(reverse("admin:applications_application_changelist") + address).context["cl"]
            seen += [row.pk for row in found.result_list]
            address = found.next_url
        assert seen == sorted((each.pk for each in made), reverse=True)


@pytest.mark.django_db
def test_names_and_codes_are_searched_by_their_indexes() -> None:
    assert is_quick(Application, PLACES)
    assert not is_quick(Startup, ["name"])
    assert not is_quick(Startup, ["city"])
    assert not is_quick(Startup, [])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        made = f.submitted(f.startup(name="Ab12 Labs"))
        for place, term, index in (
            ("startup__name_folded", "ab12", "startup_words"),
            ("reference", made.reference, "reference_"),
        ):
            with CaptureQueriesContext(connection) as lookup:
                find(Application.objects.all(), [place], term)
            cursor.execute(f"EXPLAIN {lookup[0]['sql']}")
            assert index in "\n".join(line for (line,) in cursor.fetchall())
    searched = [page for page in admin.site._registry.values() if isinstance(page, ScopedAdmin) and page.search_fields]
    slow = [page.model for page in searched if not is_quick(page.model, list(page.search_fields))]
    assert slow == [Transition]  # which searches by a way of its own
    assert len(searched) > 12
