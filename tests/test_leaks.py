"""No export tells more than its pages: each one that is registered is walked with what must not be in it.

Four things leak easily: startups with which one is in conflict, what a blind reviewer may not see, drafts, and other
programmes. An export of a desk has a case here; that of a record list has its line in the permission matrix.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from applications.admin.applications import UnconflictedAdmin
from applications.models import Cohort, Conflict, Startup
from portal import clock
from portal.desk.records import ScopedAdmin
from portal.desk.tables_by_name import openers
from portal.models import User
from tests import factories as f
from tests import world
from tests.mentorship import builders
from tests.payouts import money
from tests.permissions import ADMIN, LETTERS
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare_refusals")]
OURS = ("Loomwork", "Readywell", "Blockwell")  # startups of the world's programme
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Case:
    """An export of a desk: of which place, who may take it, and what is in it for who is free of conflicts."""

    place: Callable[[World], int]
    admitted: str
    told: str = "Loomwork"
    query: str = ""


CASES = {
    "decisions": Case(lambda made: made.participation.cohort_id, "MU"),
    "offers": Case(lambda made: made.participation.cohort_id, "MU", query="?show=offers"),
    "batches": Case(lambda made: 0, "MPAUE", told=""),
    "payments": Case(lambda made: made.batch.pk, "MPAU"),
    "ready_months": Case(lambda made: made.participation.cohort.programme_id, "MPAU", told="Readywell"),
    "blocked_months": Case(lambda made: made.participation.cohort.programme_id, "MPAU", told="Blockwell"),
    "pairing": Case(lambda made: 0, "MUE", query="?show=paired"),
    "mentors": Case(lambda made: 0, "MUE", told="Nadia Mentor", query="?show=mentors"),
}


def whole_world() -> World:
    """Build the world, and beside it: a month that is ready, a mentor, a draft, another programme with money and mentors."""
    made = world.build()
    programme = made.participation.cohort.programme
    cohort = f.cohort(programme)
    money.ready(f.participation(f.submitted(f.startup(name="Readywell"), cohort)))
    f.participation(f.submitted(f.startup(name="Blockwell"), cohort))
    f.draft(f.startup(name="Draftwell"), Cohort.objects.get(pk=made.participation.cohort_id))
    far = f.participation(f.submitted(f.startup(name="Farwell")))
    money.settled(money.ready(far))
    builders.held(builders.pair(far, builders.mentor_person(far, "Farwell Mentor")))
    builders.mentor_person(made.participation, "Nadia Mentor")
    return made


def export(person: User | None, name: str, place: int, query: str = "") -> HttpResponse:
    """Take an export as CSV."""
    client = Client()
    if person:
        client.force_login(person, backend=BACKEND)
    address = reverse("admin:desk_export", args=[name, place]) + query
    return client.post(address, {"format": "csv"})  # type: ignore[return-value]  # a response of Django's


def taken(person: User | None, name: str, place: int, query: str = "") -> str | None:
    """Give the text of an export, or None for whom it is not."""
    response = export(person, name, place, query)
    return response.content.decode() if response.status_code == 200 else None


def rows_listed(person: User, name: str) -> list[Any]:
    """Give the rows of a record list as its page shows them, none where it is not theirs."""
    client = Client()
    client.force_login(person, backend=BACKEND)
    response: Any = client.get(reverse(f"admin:{name}_changelist"))
    return list(response.context_data["cl"].result_list) if response.status_code == 200 else []


def test_every_export_has_its_leak_cases() -> None:
    records = {page.table_name for page in admin.site._registry.values() if isinstance(page, ScopedAdmin)}
    assert set(openers()) == set(CASES) | records
    assert records == set(ADMIN)


@pytest.mark.parametrize("name", sorted(CASES))
def test_export_of_a_desk_leaks_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: money.DUE)
    made, case = whole_world(), CASES[name]
    place = case.place(made)
    texts = {part: taken(person, name, place, case.query) for part, person in made.people.items()}
    assert "".join(LETTERS[part] for part in LETTERS if texts[part] is not None) == case.admitted  # roles; blindness
    for part, text in texts.items():
        if text is None:
            continue
        assert "Farwell" not in text, part  # other programmes
        assert "Draftwell" not in text, part  # drafts
        if LETTERS[part] != "E":
            assert case.told in text, part
        else:
            assert [name for name in OURS if name in text] == []
    for part in ("manager", "preparer", "approver", "auditor"):
        person = made.people[part]
        assert person
        for startup in Startup.objects.filter(name__in=OURS):
            Conflict.objects.create(person=person, startup=startup, kind="investor", declared_at=f.AT)
        text = taken(person, name, place, case.query)
        assert text is None or [name for name in OURS if name in text] == [], part  # conflict


def test_exports_of_records_have_the_rows_of_their_lists_and_no_other() -> None:
    made, checked, over = whole_world(), 0, list[tuple[str, str]]()
    manager = made.people["manager"]
    assert manager
    Conflict.objects.create(person=manager, startup=made.participation.startup, kind="investor", declared_at=f.AT)
    for page in [page for page in admin.site._registry.values() if isinstance(page, ScopedAdmin)]:
        name = page.table_name
        for part, person in made.people.items():
            listed = rows_listed(person, name) if person else []
            text = taken(person, name, 0)
            if (text is not None) != (LETTERS[part] in ADMIN[name][0]):
                over.append((name, f"{part} is admitted or not"))
            if text is None:
                continue
            checked += 1
            exported = len(list(csv.reader(io.StringIO(text)))) - 1
            if exported != len(listed) and not (exported > len(listed) == page.list_per_page):
                over.append((name, f"{part}: not the rows of the list"))
            if "Farwell" in text and LETTERS[part] != "O":
                over.append((name, f"{part}: other programmes"))
            if "Draftwell" in text and name.startswith("applications_") and name != "applications_startup":
                over.append((name, f"{part}: drafts"))
            if part == "manager" and isinstance(page, UnconflictedAdmin) and "Loomwork" in text:
                over.append((name, f"{part}: conflict"))
    assert over == []
    assert checked > 100
