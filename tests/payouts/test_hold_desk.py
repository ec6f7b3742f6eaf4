"""The desk of holds: each open one with its reason and day of review, lifted or kept longer by who may."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Conflict, Participation
from payouts import actions
from payouts.models import Hold
from portal import clock
from portal.models import DemoClock, OutgoingMail, Role, User
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.test_desks import browser, get, post

pytestmark = pytest.mark.django_db
NOTICE = "A report is missing."
LATER = "2027-05-20"


@pytest.fixture(autouse=True)
def _today() -> None:
    """Let the site's clock stand in the tests' time."""
    DemoClock.objects.update_or_create(pk=1, defaults={"ahead": DUE - clock.now()})
    clock.forget()


def place(seat: Participation | None = None, by: User | None = None, **told: Any) -> Hold:
    seat = seat or factories.participation()
    values: dict[str, Any] = {"reason": "report", "notice": NOTICE, "review_on": date(2027, 5, 10)}
    return actions.place_hold(seat, **(values | told), by=by or staff(seat), at=DECIDED)


def staff(seat: Participation, role: str = Role.MANAGER) -> User:
    return factories.holder(role, seat.cohort.programme)


def acts_on(text: str) -> list[str]:
    """Give the acts that a page leads to."""
    return re.findall(r"/admin/desks/holds/\d+/(\w+)/", text)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER])
def test_hold_is_kept_longer_and_lifted_at_the_desk(role: str) -> None:
    hold = place(note="Called twice")
    second = staff(hold.participation, role)
    client = browser(second)
    text = get(client, "desk_holds")
    for words in (
        hold.participation.startup.name,
        "Something the agreement asks for is missing",
        NOTICE,
        "Called twice",
        "May 10, 2027",
    ):
        assert words in text
    assert str(hold.placed_by) in text
    assert acts_on(text) == ["lift", "keep"]
    assert "the founders see that day on their page" in get(client, "desk_hold_act", hold.pk, "keep")
    text = post(client, "desk_hold_act", hold.pk, "keep", review_on=LATER)
    assert "Extended. It must be reviewed by the day you chose." in text
    assert "May 20, 2027" in text
    assert f"extended by {second}" in text
    text = get(client, "desk_hold_act", hold.pk, "lift")
    assert NOTICE in text
    assert "What is due becomes ready again by itself" in text
    text = post(client, "desk_hold_act", hold.pk, "lift", why="The report came")
    assert "Lifted. The founders have been told." in text
    assert "No money is on hold" in text
    hold.refresh_from_db()
    assert (hold.kept_by, hold.review_on, hold.lifted_by, hold.lifted_why) == (
        second,
        date(2027, 5, 20),
        second,
        "The report came",
    )
    assert OutgoingMail.objects.filter(kind="hold_lifted").count() == 1


def test_who_kept_it_last_lifts_it_and_keeps_it_no_longer() -> None:
    hold = place()
    second = staff(hold.participation)
    actions.keep_hold(hold, review_on=hold.review_on + timedelta(days=1), by=second, at=DECIDED)
    text = get(browser(second), "desk_holds")
    assert acts_on(text) == ["lift"]
    assert "You extended this hold last. Another person must extend it now." in text


def test_who_placed_it_lifts_it_and_keeps_it_no_longer() -> None:
    hold = place()
    client = browser(hold.placed_by)
    text = get(client, "desk_holds")
    assert acts_on(text) == ["lift"]
    assert "You placed this hold. Another person must extend it." in text
    assert "A second person keeps it longer." in post(client, "desk_hold_act", hold.pk, "keep", review_on=LATER)
    hold.refresh_from_db()
    assert (hold.kept_by, hold.review_on) == (None, date(2027, 5, 10))
    assert "Lifted." in post(client, "desk_hold_act", hold.pk, "lift", why="It came")


@pytest.mark.parametrize(
    ("review_on", "words"),
    [("2027-05-10", "Give a day after May 10, 2027."), ("2027-07-20", "Look at the hold again within 31 days")],
)
def test_day_that_does_not_fit_is_refused_with_words(review_on: str, words: str) -> None:
    hold = place()
    client = browser(staff(hold.participation))
    assert words in post(client, "desk_hold_act", hold.pk, "keep", review_on=review_on)
    assert Hold.objects.get().kept_by is None


@pytest.mark.parametrize(("act", "told"), [("lift", {"why": " "}), ("keep", {"review_on": "soon"}), ("keep", {})])
def test_form_without_words_is_shown_again(act: str, told: dict[str, str]) -> None:
    hold = place()
    client = browser(staff(hold.participation))
    assert client.post(reverse("admin:desk_hold_act", args=[hold.pk, act]), told).status_code == 422
    assert Hold.objects.open().exists()


def test_second_click_is_refused() -> None:
    hold = place()
    client = browser(staff(hold.participation))
    post(client, "desk_hold_act", hold.pk, "lift", why="It came")
    assert "You have already done this." in post(client, "desk_hold_act", hold.pk, "lift", why="It came")
    assert "This hold is lifted already." in post(client, "desk_hold_act", hold.pk, "keep", review_on=LATER)
    assert OutgoingMail.objects.filter(kind="hold_lifted").count() == 1


def test_who_is_in_conflict_looks_on() -> None:
    hold = place()
    friend = staff(hold.participation)
    Conflict.objects.create(person=friend, startup=hold.participation.startup, kind="family", declared_at=DECIDED)
    client = browser(friend)
    text = get(client, "desk_holds")
    assert (NOTICE in text, acts_on(text)) == (True, [])
    assert "You have a conflict of interest with this startup. A colleague must do this." in text
    assert "You have a conflict of interest" in post(client, "desk_hold_act", hold.pk, "lift", why="It came")
    assert Hold.objects.open().exists()


def test_auditor_sees_holds_and_acts_on_none() -> None:
    hold = place()
    client = browser(staff(hold.participation, Role.AUDITOR))
    text = get(client, "desk_holds")
    assert (NOTICE in text, acts_on(text)) == (True, [])
    for act in ("lift", "keep"):
        get(client, "desk_hold_act", hold.pk, act, status=404)
        assert client.post(reverse("admin:desk_hold_act", args=[hold.pk, act]), {"why": "x"}).status_code == 404
    assert Hold.objects.open().exists()


def test_strangers_and_nonsense_are_404() -> None:
    hold = place()
    elsewhere = browser(factories.holder(Role.MANAGER, factories.programme()))
    founder = browser(money.founder_of(hold.participation))
    assert NOTICE not in get(elsewhere, "desk_holds")
    get(founder, "desk_holds", status=404)
    for client in (elsewhere, founder):
        for act in ("lift", "keep"):
            get(client, "desk_hold_act", hold.pk, act, status=404)
            told = {"why": "x", "review_on": LATER}
            assert client.post(reverse("admin:desk_hold_act", args=[hold.pk, act]), told).status_code == 404
    for pk, act in ((hold.pk, "nonsense"), (0, "lift")):
        get(browser(hold.placed_by), "desk_hold_act", pk, act, status=404)
    assert Hold.objects.open().exists()


def test_holds_to_look_at_again_come_first_and_are_marked_as_the_tile_counts_them() -> None:
    first, second, third = money.seats(3)
    by = staff(first)
    place(second, by, review_on=DUE.date(), notice="Today.")
    place(third, by, review_on=DUE.date() + timedelta(days=1), notice="Tomorrow.")
    place(first, by, review_on=DUE.date() - timedelta(days=2), notice="Overdue.")
    text = get(browser(by), "desk_holds")
    assert re.findall(r"Today\.|Tomorrow\.|Overdue\.", text) == ["Overdue.", "Today.", "Tomorrow."]
    marks = re.findall(r"review due|Today\.|Tomorrow\.|Overdue\.", text)
    assert marks == ["Overdue.", "review due", "Today.", "review due", "Tomorrow."]
    assert "2 holds to review" in get(browser(by), "index")


def test_cohort_and_bank_details_show_their_own_holds() -> None:
    account = money.given()
    hold = place(account.participation)
    only = place(hold.participation, reason="account", notice="Is it theirs?", account=account)
    other = place(notice="Of another cohort.")
    factories.grant(hold.placed_by, Role.MANAGER, other.participation.cohort.programme)
    client = browser(hold.placed_by)
    for name, pk in (("desk_cohort_money", hold.participation.cohort_id), ("desk_account", account.pk)):
        text = get(client, name, pk)
        assert (NOTICE in text, "Is it theirs?" in text, "Of another cohort." in text) == (True, True, False)
        assert f"only the account …{account.last_four}" in text
        assert acts_on(text) == ["lift", "lift", "keep"]
    assert "Of another cohort." in get(client, "desk_holds")
    for each in (hold, only):
        actions.lift_hold(each, why="It came", by=hold.placed_by, at=DUE)
        text = get(client, "desk_account", account.pk)
        assert each.notice not in text


def test_many_holds_are_leafed_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payouts.desks.holds.PAGE", 2)
    monkeypatch.setattr("payouts.desks.cohort_money.HOLDS", 2)
    seats = money.seats(3)
    by = staff(seats[0])
    for n, seat in enumerate(seats):
        place(seat, by, notice=f"Hold {n}.")
    for reason in ("bank", "dispute"):
        place(seats[2], by, reason=reason, review_on=date(2027, 5, 11))
    client = browser(by)
    text = get(client, "desk_holds")
    assert re.findall(r"Hold \d\.", text) == ["Hold 0.", "Hold 1."]
    [after] = re.findall(r'\?after=[^"]+', text)
    assert re.findall(r"Hold \d\.", client.get(reverse("admin:desk_holds") + after).content.decode()) == ["Hold 2."]
    # The awards of a cohort have a next page of their own.
    text = get(client, "desk_cohort_money", seats[2].cohort_id)
    assert f'<a class="btn btn-outline btn-sm" href="{reverse("admin:desk_holds")}">More' in text


def test_holds_take_as_many_queries_for_many() -> None:
    counts = []
    for n in (1, 3):
        seats = money.seats(n)
        accounts = [money.given(seat, account_number=f"900{n}{k:05}") for k, seat in enumerate(seats)]
        for seat in seats:
            place(seat)
        for _ in range(n - 1):
            place(seats[0])
        client = browser(staff(seats[0]))
        pages = (
            ("desk_holds",),
            ("desk_cohort_money", seats[0].cohort_id),
            ("desk_account", accounts[0].pk),
            ("index",),
        )
        for name, *args in pages:
            get(client, name, *args)
        counts.append([money.queries(lambda: get(client, name, *args)) for name, *args in pages])  # noqa: B023  # called at once
    assert counts[0] == counts[1]
