"""Holds: placed with words and a day of review, kept only by a second person, lifted."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from applications.models import Conflict
from payouts import actions
from payouts.models import Disbursement, Hold
from portal.laws import act_clock
from portal.laws.transitions import acting
from portal.models import OutgoingMail, Role, User
from portal.operations import law_checks
from portal.refusals import Refusal
from portal.registry import registry
from tests import factories
from tests.factories import DECIDED
from tests.payouts import money
from tests.payouts.threads import at_once
from tests.races import outcomes

pytestmark = pytest.mark.django_db


def place(by: User | None = None, **told: Any) -> Hold:
    seat = told.pop("seat", None) or factories.participation()
    by = by or factories.holder(Role.MANAGER, seat.cohort.programme)
    values: dict[str, Any] = {"reason": "report", "notice": "A report is missing.", "review_on": date(2027, 5, 10)}
    return actions.place_hold(seat, **(values | told), by=by, at=DECIDED)


def staff(hold: Hold, role: str = Role.MANAGER) -> User:
    return factories.holder(role, hold.participation.cohort.programme)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER])
def test_hold_is_placed_and_told(role: str) -> None:
    seat = factories.participation()
    hold = place(factories.holder(role, seat.cohort.programme), seat=seat, note="Called twice")
    assert (hold.reason, hold.notice, hold.note, hold.noticed_at) == (
        "report",
        "A report is missing.",
        "Called twice",
        DECIDED,
    )
    mail = OutgoingMail.objects.get(kind="hold_placed")
    assert mail.to_email == factories.founder_of(seat.startup).email
    assert "> A report is missing." in mail.text
    assert "May 10, 2027" in mail.text
    assert "Called twice" not in mail.text


@pytest.mark.parametrize("role", [Role.MENTOR, Role.REVIEWER, Role.AUDITOR])
def test_hold_takes_staff(role: str) -> None:
    seat = factories.participation()
    with pytest.raises(Refusal, match="another role"):
        place(factories.holder(role, seat.cohort.programme), seat=seat)


def test_mentor_with_a_desk_stops_no_money_alone() -> None:
    seat = factories.participation()
    mentor = factories.holder(Role.MANAGER, seat.cohort.programme)
    Conflict.objects.create(person=mentor, startup=seat.startup, kind="mentor", declared_at=DECIDED)
    with pytest.raises(Refusal, match="conflict of interest"):
        place(mentor, seat=seat)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"notice": "  "}, "Say to the startup"),
        ({"review_on": date(2027, 4, 12)}, "within 31 days"),
        ({"review_on": date(2027, 5, 14)}, "within 31 days"),
    ],
)
def test_hold_needs_words_and_an_early_review(told: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        place(**told)
    assert not Hold.objects.exists()


def test_second_click_places_nothing() -> None:
    hold = place()
    with pytest.raises(Refusal, match="already"):
        place(hold.placed_by, seat=hold.participation)


def test_hold_is_kept_by_a_second_person() -> None:
    hold, second = place(), None
    with pytest.raises(Refusal, match="A second person keeps it longer"):
        actions.keep_hold(hold, review_on=date(2027, 5, 12), by=hold.placed_by, at=DECIDED)
    second = staff(hold)
    with pytest.raises(Refusal, match="Give a day after"):
        actions.keep_hold(hold, review_on=hold.review_on, by=second, at=DECIDED)
    actions.keep_hold(hold, review_on=date(2027, 5, 12), by=second, at=DECIDED)
    hold.refresh_from_db()
    assert (hold.review_on, hold.kept_by, hold.kept_at) == (date(2027, 5, 12), second, DECIDED)


def test_each_extension_of_a_hold_takes_another_person() -> None:
    hold = place()
    second, third = staff(hold), staff(hold)
    actions.keep_hold(hold, review_on=date(2027, 5, 11), by=second, at=DECIDED)
    with pytest.raises(Refusal, match="You extended this hold last"):
        actions.keep_hold(hold, review_on=date(2027, 5, 12), by=second, at=DECIDED + timedelta(hours=1))
    actions.keep_hold(hold, review_on=date(2027, 5, 12), by=third, at=DECIDED + timedelta(hours=1))
    actions.keep_hold(hold, review_on=date(2027, 5, 13), by=second, at=DECIDED + timedelta(hours=2))
    assert Hold.objects.get(pk=hold.pk).review_on == date(2027, 5, 13)


def test_hold_is_lifted_once_and_told() -> None:
    hold = place()
    with pytest.raises(Refusal, match="Say why"):
        actions.lift_hold(hold, why=" ", by=hold.placed_by, at=DECIDED)
    actions.lift_hold(hold, why="The report came", by=hold.placed_by, at=DECIDED)
    assert OutgoingMail.objects.filter(kind="hold_lifted").count() == 1
    stale = Hold.objects.get(pk=hold.pk)
    stale.lifted_at = None
    with pytest.raises(Refusal, match="lifted already"):
        actions.lift_hold(stale, why="Again", by=hold.placed_by, at=DECIDED)
    stale.lifted_at = None
    with pytest.raises(Refusal, match="lifted already"):
        actions.keep_hold(stale, review_on=date(2027, 5, 12), by=staff(hold), at=DECIDED)


def test_lifted_hold_lets_the_month_open() -> None:
    account = money.verified()
    hold = place(seat=account.participation)
    assert actions.open_months(money.DUE) == 0
    actions.lift_hold(hold, why="The report came", by=hold.placed_by, at=money.DUE)
    assert actions.open_months(money.DUE) == 1
    assert Disbursement.objects.filter(state="ready").count() == 1


def test_hold_is_no_older_than_what_was_approved_while_it_waited() -> None:
    batch = money.approved(at=money.DUE)
    seat = batch.payments.get().account.participation
    by = factories.holder(Role.MANAGER, seat.cohort.programme)
    told: dict[str, Any] = {"reason": "report", "notice": "A report is missing.", "review_on": date(2027, 5, 10)}
    hold = actions.place_hold(seat, **told, by=by, at=money.DUE - timedelta(seconds=3))
    assert hold.placed_at == money.DUE
    assert [row for verdict in law_checks.check(registry.law_questions, money.DUE) for row in verdict.rows] == []


def test_approval_is_refused_at_an_instant_when_the_month_was_held() -> None:
    month = money.ready()
    batch = money.draft(month)
    seat = month.award.participation
    hold = place(seat=seat, review_on=date(2027, 5, 10))
    actions.lift_hold(hold, why="The report came", by=hold.placed_by, at=money.DUE)
    with pytest.raises(Refusal, match="hold was placed"):
        actions.approve_batch(batch, by=money.approver(batch), at=money.DUE - timedelta(seconds=3))
    actions.approve_batch(batch, by=money.approver(batch), at=money.DUE)
    assert Disbursement.objects.get(pk=month.pk).state == "approved"


@pytest.mark.django_db(transaction=True)
def test_two_who_lift_at_once_lift_once() -> None:
    hold = place()
    people = [staff(hold), staff(hold)]
    acts = [partial(actions.lift_hold, Hold.objects.get(pk=hold.pk), why="Done", by=by, at=DECIDED) for by in people]
    results = at_once(*acts)
    assert outcomes(results) == ["NoneType", "Refusal"]
    assert OutgoingMail.objects.filter(kind="hold_lifted").count() == 1


# --- Instants that raw SQL makes up -----------------------------------------------------------------


def actor_and_instant() -> tuple[str, datetime]:
    """Return who acts, and when, as the transaction was told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('tremplin.actor'), current_setting('tremplin.at')")
        actor, at = cursor.fetchone()
    return actor, datetime.fromisoformat(at)


def test_act_on_a_hold_tells_who_and_when() -> None:
    hold = place()
    assert actor_and_instant() == (str(hold.placed_by_id), DECIDED)
    second, later = staff(hold), DECIDED + timedelta(days=1)
    actions.keep_hold(hold, review_on=date(2027, 5, 12), by=second, at=later)
    assert actor_and_instant() == (str(second.pk), later)
    actions.lift_hold(hold, why="It came.", by=hold.placed_by, at=later + timedelta(hours=1))
    assert actor_and_instant() == (str(hold.placed_by_id), later + timedelta(hours=1))


@pytest.mark.parametrize("act_at", [DECIDED + timedelta(days=30), None], ids=["another act", "no act"])
def test_hold_is_lifted_at_no_instant_that_the_row_makes_up(act_at: datetime | None) -> None:
    hold = place()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('tremplin.at', %s, true)", [act_at.isoformat() if act_at else ""])
    with pytest.raises(IntegrityError, match="hold_in_hands_of_staff"), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(lifted_by=hold.placed_by, lifted_at=DECIDED, lifted_why="Fine")


def test_hold_is_lifted_by_no_act_of_another_day() -> None:
    hold = place()
    act_clock.set_free(connection, False)
    acting(by=hold.placed_by, at=DECIDED)
    with pytest.raises(IntegrityError, match="hold_in_hands_of_staff"), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(lifted_by=hold.placed_by, lifted_at=DECIDED, lifted_why="Fine")
