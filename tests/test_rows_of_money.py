"""The desks of money and mentoring ask as much for three hundred rows as for one, and fetch what they show."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from applications.models import Cohort, Participation, Programme
from demo.applications import crowd
from demo.applications.crowd.shape import SLUG
from mentorship.models import Mentorship
from payouts.models import Kind, PaymentBatch, PayoutAccount
from portal.models import User
from tests.test_rows import BESIDE, CROWD, MOST_QUERIES, MOST_QUERIES_OF_DESKS, Counted, crowd_cohort

SIZES = (1, 3, 300)


@dataclass(frozen=True)
class Board:
    """A page: whose it is, its address, the setting of how many rows it shows, and what each row fetches at most."""

    person: User
    address: str
    setting: str
    each: int = 1
    is_long: bool = True  # in every crowd there is more of it than one row; who is held or waits is chosen by key


def boards() -> Iterator[Board]:
    manager, preparer = crowd.cast("manager"), crowd.cast("preparer")
    programme = Programme.objects.get(slug=SLUG)
    busiest = Mentorship.objects.active().values_list("mentor__person").annotate(n=Count("pk")).order_by("-n", "pk")
    mentor, batch = User.objects.get(pk=busiest[0][0]), PaymentBatch.objects.order_by("-count")[0]
    # A strip is six months, beside it the session ahead, the one before, and counts of what is open on either side.
    yield Board(mentor, reverse("mentoring"), "mentorship.views.mentoring.STARTUPS", 11)
    for show in ("log", "ahead", "mine", "theirs"):
        address = f"{reverse('mentoring')}?show={show}"
        yield Board(mentor, address, "mentorship.views.mentoring.LISTED", is_long=show == "ahead")
    pairing = reverse("admin:desk_pairing")
    yield Board(manager, pairing, "mentorship.desks.pairing_table.SeatTable.size", 9)
    yield Board(manager, f"{pairing}?show=paired", "mentorship.desks.pairing_table.SeatTable.size", 9)
    yield Board(
        manager, f"{pairing}?show=paired&q=nordic", "mentorship.desks.pairing_table.SeatTable.size", 9, is_long=False
    )
    yield Board(manager, f"{pairing}?show=mentors", "mentorship.desks.mentor_table.MentorTable.size", 2)
    seat = Participation.objects.filter(state="active", mentorships=None, cohort__programme=programme).first()
    seat = seat or Participation.objects.filter(state="active", cohort__programme=programme)[0]
    yield Board(
        manager, reverse("admin:desk_pairing_pair", args=[seat.pk]), "mentorship.forms.pairings.OFFERED", is_long=False
    )
    yield Board(preparer, reverse("admin:desk_accounts"), "payouts.desks.accounts.LISTED", is_long=False)
    account = PayoutAccount.objects.order_by("pk").values_list("pk", flat=True)[0]
    account_page = reverse("admin:desk_account", args=[account])
    yield Board(preparer, account_page, "payouts.desks.holds.PAGE", is_long=False)
    yield Board(preparer, reverse("admin:desk_holds"), "payouts.desks.holds.PAGE", is_long=False)
    yield Board(preparer, reverse("admin:desk_batches"), "payouts.desks.batch_tables.BatchTable.size", is_long=False)
    prepare = reverse("admin:desk_batch_prepare", args=[programme.pk])
    yield Board(preparer, prepare, "payouts.desks.ready_table.ReadyTable.size", is_long=False)
    blocked = reverse("admin:desk_batch_blocked", args=[programme.pk])
    yield Board(preparer, blocked, "payouts.desks.blocked_table.BlockedTable.size", is_long=False)
    yield Board(preparer, reverse("admin:desk_batch", args=[batch.pk]), "payouts.desks.batch_tables.PaymentTable.size")
    money = reverse("admin:desk_cohort_money", args=[crowd_cohort()])
    yield Board(preparer, money, "payouts.desks.cohort_money.PAGE", 12)


@pytest.mark.django_db
def test_desks_of_money_and_mentoring_fetch_what_they_show(monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("seed_demo", startups=CROWD, stdout=StringIO())
    over, short = list[tuple[object, ...]](), []
    for board in boards():
        client = Client()
        client.force_login(board.person, backend="allauth.account.auth_backends.AuthenticationBackend")
        asked = []
        for size in SIZES:
            monkeypatch.setattr(board.setting, size)
            first = client.get(board.address)
            with connection.execute_wrapper(counted := Counted()):
                assert client.get(board.address).status_code == 200
            asked.append(counted.queries)
            if counted.queries > MOST_QUERIES_OF_DESKS or counted.rows > board.each * (size + 1) + BESIDE:
                over.append((board.address, size, counted.queries, counted.rows))
            if size == 1 and board.is_long and b'rel="next"' not in first.content:
                short.append(board.address)
        if len(set(asked)) > 1:
            over.append((board.address, *asked))
    assert (over, short) == ([], [])


@pytest.mark.django_db
def test_the_money_of_cohorts_is_asked_for_at_once() -> None:
    call_command("seed_demo", stdout=StringIO())
    client, address, asked = Client(), reverse("admin:desk_money"), []
    client.force_login(crowd.cast("preparer"), backend="allauth.account.auth_backends.AuthenticationBackend")
    model = Cohort.objects.order_by("pk")[0]
    for size in SIZES:
        copies = [copy(model) for _n in range(size - Cohort.objects.filter(programme=model.programme).count())]
        for each in copies:
            each.pk, each.slug, each.code = None, f"c-{uuid4()}", uuid4().hex[:6].upper()
        Cohort.objects.bulk_create(copies)
        with connection.execute_wrapper(counted := Counted()):
            response = client.get(address)
        shown = len(response.context_data["rows"])  # type: ignore[index]  # Django gives it to every desk
        assert counted.rows <= shown * (1 + len(Kind.values)) + BESIDE
        asked.append(counted.queries)
    assert shown >= max(SIZES)
    assert set(asked) == {asked[0]}
    assert asked[0] <= MOST_QUERIES
