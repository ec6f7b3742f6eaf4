"""Acts on many rows do what was shown: a row that is another by then is left out or refused, and named."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.models import Application, Decision
from payouts.actions import give_account
from payouts.models import Disbursement, PaymentBatch
from portal import clock
from portal.desk import bulk_jobs
from portal.desk.records import ScopedAdmin
from portal.desk.table import Selection, Table
from portal.desk.tables_by_name import open_table
from portal.laws.transitions import acting
from portal.models import BulkJob, OutgoingMail, Role, User
from portal.outbox.queue import queue_mail
from portal.registry import registry
from tests import factories as f
from tests.applications.judging import manager_of, proposed
from tests.marks import marks, versions
from tests.payouts import money

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class Scene:
    """Two rows of a list that an act is offered on, and how one of them becomes another than was shown."""

    table: str
    place: int
    act: str
    person: User
    rows: list[Any]
    change: Callable[[], object]
    done: Callable[[], list[int]]
    at: datetime = f.AT
    stays: bool = True  # in the list, with its name


def confirming() -> Scene:
    cohort = f.cohort()
    rows = [f.submitted(to=cohort) for _n in range(2)]
    shown = [proposed(each, "accept") for each in rows]
    other = f.holder(Role.MANAGER, cohort.programme, "Soren")

    def change() -> None:
        actions.propose(rows[0], "decline", by=shown[0].proposed_by, at=f.AT, seen=shown[0].pk)

    def done() -> list[int]:
        return list(Decision.objects.filter(state="confirmed").values_list("application_id", flat=True))

    return Scene("decisions", cohort.pk, "confirm", other, rows, change, done)


def declining() -> Scene:
    cohort = f.cohort()
    rows = [f.submitted(to=cohort) for _n in range(2)]

    def done() -> list[int]:
        return list(Decision.objects.filter(outcome="decline").values_list("application_id", flat=True))

    return Scene(
        "decisions", cohort.pk, "decline", manager_of(rows[0]), rows, lambda: proposed(rows[0], "accept"), done
    )


def creating() -> Scene:
    rows = money.ready_months(2)
    programme = rows[0].award.cohort.programme
    preparer = f.holder(Role.FINANCE_PREPARER, programme)

    def change() -> None:
        # What is ready never changes by itself; with other bank details it is not ready any more.
        seat = rows[0].award.participation
        assert seat is not None
        give_account(seat, money.details(account_number="200300400"), by=money.founder_of(seat), at=money.DUE)

    def done() -> list[int]:
        return list(Disbursement.objects.filter(payments__isnull=False).values_list("pk", flat=True))

    return Scene("ready_months", programme.pk, "create", preparer, rows, change, done, money.DUE, stays=False)


def sending() -> Scene:
    ada = f.user()
    for once in "ab":
        told = {"login_url": "/", "reset_url": "/"}
        queue_mail("account_exists", to=ada, about=ada, at=f.AT, once=once, context=told)
    acting(by=None, at=f.AT)
    OutgoingMail.objects.update(state="sending")
    OutgoingMail.objects.update(state="failed", error="no such host")
    rows = list(OutgoingMail.objects.order_by("pk"))

    def done() -> list[int]:
        return list(OutgoingMail.objects.filter(state="queued").values_list("pk", flat=True))

    def change() -> None:
        first = OutgoingMail.objects.filter(pk=rows[0].pk)
        acting(by=None, at=f.AT)
        for told in ({"state": "queued"}, {"state": "sending"}, {"state": "failed", "error": "Mailbox unknown"}):
            first.update(**told)

    return Scene("portal_outgoingmail", 0, "resend", f.user(is_operator=True), rows, change, done)


SCENES = {
    ("decisions", "confirm"): confirming,
    ("decisions", "decline"): declining,
    ("ready_months", "create"): creating,
    ("portal_outgoingmail", "resend"): sending,
}


@pytest.fixture
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made: Scene = request.param()
    monkeypatch.setattr(clock, "now", lambda: made.at)
    return made


every_act = pytest.mark.parametrize("scene", SCENES.values(), ids=[" ".join(name) for name in SCENES], indirect=True)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def asking(scene: Scene, **query: Any) -> str:
    address = reverse("admin:desk_bulk", args=[scene.table, scene.place, scene.act])
    return f"{address}?{urlencode(query, doseq=True)}"


def shown_now(scene: Scene, rows: list[Model] | None = None) -> list[str]:
    return marks(scene.person, scene.table, scene.place, scene.rows if rows is None else rows, scene.at)


def name_of(scene: Scene) -> str:
    return open_table(scene.table, scene.person, scene.place, scene.at).names_of([scene.rows[0].pk])[0]


@every_act
def test_row_that_changed_since_the_list_is_left_out_and_named(scene: Scene) -> None:
    client, address, name = signed_in(scene.person), asking(scene, row=shown_now(scene)), name_of(scene)
    before = scene.done()
    scene.change()
    page = client.get(address)
    told = (
        f"Changed since you looked, and left out: {name}."
        if scene.stays
        else "It was 2 months before, and is 1 month now."
    )
    assert page.context["changed"].startswith(told)
    client.post(address, page.context["hidden"])
    assert set(scene.done()) - set(before) - {scene.rows[0].pk} == {scene.rows[1].pk}
    assert BulkJob.objects.get().keys == [scene.rows[1].pk]


@every_act
@pytest.mark.parametrize("which", ["rows", "page", "all"])
def test_row_that_changed_since_the_page_that_asks_is_asked_again(scene: Scene, which: str) -> None:
    seen = shown_now(scene)
    client, address = signed_in(scene.person), asking(scene, which=which, row=seen, page=",".join(seen))
    form = client.get(address).context["hidden"]
    scene.change()
    again = client.post(address, form)
    assert (again.status_code, BulkJob.objects.count()) == (409, 0)
    assert bool(again.context["changed"])


@every_act
def test_row_that_changed_since_it_was_confirmed_is_refused(scene: Scene) -> None:
    keys, told = [row.pk for row in scene.rows], (scene.person, scene.table, scene.place, scene.rows)
    job = BulkJob(
        person=scene.person,
        table=scene.table,
        place=scene.place,
        act=scene.act,
        keys=keys,
        versions=versions(*told, scene.at),
        asked_at=scene.at,
    )
    before = scene.done()
    name = name_of(scene)
    scene.change()
    bulk_jobs.start(job)
    refused = job.__class__.objects.get().refusals.get()
    said = ("since you looked", name) if scene.stays else ("no longer in the list", "")
    assert all(words in f"{refused.label} {refused.words}" for words in said)
    others = {scene.rows[1].pk} if scene.act != "create" else set()  # one batch is made of all of them, or none
    assert set(scene.done()) - set(before) - {scene.rows[0].pk} == others


@every_act
def test_row_that_comes_without_what_was_shown_is_left_out(scene: Scene) -> None:
    client = signed_in(scene.person)
    answer = client.get(asking(scene, row=[row.pk for row in scene.rows]), follow=True)
    assert "Changed since you looked, and left out" in str(next(iter(answer.context["messages"])))


def test_what_was_accepted_is_not_confirmed_as_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: f.AT)
    scene = confirming()
    board = signed_in(scene.person).get(reverse("admin:desk_decision_board", args=[scene.place])).content.decode()
    assert re.findall(r'name="row" value="([^"]+)"', board) == shown_now(scene)
    page = signed_in(scene.person).get(asking(scene, row=shown_now(scene)))
    assert [name.rpartition(": ")[2] for name in page.context["names"]] == ["accept", "accept"]
    assert page.context["consequences"][0] == "Proposed: accept 2"
    address = asking(scene, row=shown_now(scene, scene.rows[:1]))
    scene.change()
    answer = signed_in(scene.person).get(address, follow=True)
    assert (Decision.objects.filter(state="confirmed").count(), answer.redirect_chain[-1][1]) == (0, 302)


# --- Every act on many rows carries what was shown ------------------------------------------------------


def tables_with_acts() -> list[Table]:
    """Open every table that offers an act on many rows."""
    opened: list[Table] = []
    for make in SCENES.values():
        scene = make()
        opened.append(open_table(scene.table, scene.person, scene.place, scene.at))
    return opened


def test_every_act_on_many_rows_says_what_it_depends_on() -> None:
    declared = {name for name, opener in registry.tables.items() if _acts_of(opener) is not Table.acts}
    records = [page for page in admin.site._registry.values() if isinstance(page, ScopedAdmin) and page.has_bulk_acts]
    declared |= {page.table_name for page in records}
    assert {name for name, _act in SCENES} == declared
    offered = set()
    for table in tables_with_acts():
        assert table.depends, table.name
        offered |= {(table.name, act) for act in table.acts()}
    assert offered == set(SCENES)


def _acts_of(opener: Any) -> Any:
    assert issubclass(opener, Table)
    return opener.acts


def test_act_on_all_rows_that_checks_none_is_no_act() -> None:
    scene = creating()
    table = open_table(scene.table, scene.person, scene.place, scene.at)
    act = table.acts()["create"]

    def careless(selection: Selection, **_told: Any) -> str:
        return ""

    with pytest.raises(AssertionError, match="without holding them"):
        bulk_jobs._on_all(
            act.__class__("create", "Create", careless, is_whole=True), bulk_jobs._selected(table, {}), scene.at, {}
        )
    assert (PaymentBatch.objects.count(), Application.objects.exists()) == (0, True)
