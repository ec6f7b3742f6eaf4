"""Searching long lists: the beginnings of words and of codes, and only by what an index answers."""

import pytest
from django.contrib import admin
from django.db import connection

from applications.models import Application, Startup
from portal.scoped_admin import ScopedAdmin
from portal.searching import find, is_quick
from tests import factories as f

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
def test_names_and_codes_are_searched_by_their_indexes() -> None:
    assert is_quick(PLACES)
    assert not is_quick(["name"])
    assert not is_quick([])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        for places, index in ((["startup__name_folded"], "startup_words"), (["reference"], "reference")):
            plan = find(Application.objects.all(), places, "ab12").explain()
            assert index in plan
    searched = [page for page in admin.site._registry.values() if isinstance(page, ScopedAdmin) and page.search_fields]
    assert sum(is_quick(page.search_fields) for page in searched) >= 9
