"""Offers: their clock, answers, the next on the waitlist, the signature and the seat."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from applications import actions
from applications.actions import lapse_due_offers
from applications.models import Agreement, Application, Cohort, Membership, Offer, Participation
from portal.laws.transitions import move
from portal.models import OutgoingMail, User
from portal.refusals import Refusal
from portal.registry import registry
from tests import factories as f
from tests.applications.judging import conflict, mails, manager_of, moves
from tests.arranged import past_laws
from tests.factories import DECIDED
from tests.races import race, refusals

pytestmark = pytest.mark.django_db
LATE = DECIDED + timedelta(days=10)


def fresh(offer: Offer) -> Offer:
    related = ("application__startup", "cohort__programme", "terms")
    return Offer.objects.select_related(*related).get(pk=offer.pk)


def founder(offer: Offer) -> User:
    return f.founder_of(offer.application.startup)


def released(*ranks: int, seats: int = 1, budget: int = 1_000_000_000) -> tuple[Offer, list[Application]]:
    """Release one acceptance and a waitlist; give the offer and those who wait, as applied."""
    cohort = f.cohort(seats=seats)
    f.fund(cohort, budget)
    f.confirmed(f.submitted(to=cohort))
    waiting = [f.confirmed(f.submitted(to=cohort), "waitlist", rank=rank).application for rank in ranks]
    [offer] = actions.release(cohort, by=f.holder("manager", cohort.programme), at=DECIDED)
    return fresh(offer), waiting


def states(applications: list[Application]) -> list[str]:
    return [Application.objects.get(pk=a.pk).state for a in applications]


# --- accepting --------------------------------------------------------------------------------------


def test_accept_takes_the_kept_seat() -> None:
    offer = f.offer()
    seat = actions.accept_offer(offer, by=founder(offer), at=DECIDED)
    assert (offer.state, seat.state, seat.months, seat.first_period) == (
        "accepted",
        "onboarding",
        6,
        offer.first_period,
    )
    assert (seat.startup, seat.cohort, seat.created_at) == (offer.application.startup, offer.cohort, DECIDED)
    assert moves(seat) == [("", "onboarding")]
    assert mails("offer_accepted") == [founder(offer).email]


def test_accept_is_a_founders_act_in_time() -> None:
    offer = f.offer()
    editor = f.user()
    Membership.objects.create(startup=offer.application.startup, person=editor, role="editor", joined_at=f.AT)
    for by in (editor, f.user(), manager_of(offer.application)):
        with pytest.raises(Refusal, match="Only a founder"):
            actions.accept_offer(offer, by=by, at=DECIDED)
    with pytest.raises(Refusal, match="has run out"):
        actions.accept_offer(offer, by=founder(offer), at=offer.expires_at)
    assert (fresh(offer).state, Participation.objects.count()) == ("open", 0)
    actions.accept_offer(offer, by=founder(offer), at=offer.expires_at - timedelta(seconds=1))


def test_accept_by_a_stale_copy_is_refused() -> None:
    offer = f.offer()
    stale = fresh(offer)
    actions.decline_offer(offer, "", by=founder(offer), at=DECIDED)
    with pytest.raises(Refusal, match="cannot become"):
        actions.accept_offer(stale, by=founder(offer), at=DECIDED)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_on_accept_at_once_take_one_seat() -> None:
    offer = f.offer()
    by = founder(offer)
    results = race(*[lambda: actions.accept_offer(fresh(offer), by=by, at=DECIDED)] * 3)
    assert (len(refusals(results)), Participation.objects.count(), mails("offer_accepted")) == (2, 1, [by.email])


# --- ending -----------------------------------------------------------------------------------------


def end(offer: Offer, how: str, at: Any = DECIDED) -> None:
    """End an offer by a founder's word, a manager's, or its clock."""
    if how == "declined":
        actions.decline_offer(offer, "Moved abroad", by=founder(offer), at=at)
    elif how == "revoked":
        actions.revoke_offer(offer, "It closed down", by=manager_of(offer.application), at=at)
    else:
        assert actions.lapse_offer(offer, at=max(at, LATE))


ENDS = ["declined", "revoked", "lapsed"]


@pytest.mark.parametrize("how", ENDS)
def test_ended_offer_goes_to_the_next_on_the_waitlist(how: str) -> None:
    offer, waiting = released(2, 1, 3)
    end(offer, how)
    at = LATE if how == "lapsed" else DECIDED
    assert fresh(offer).state == how
    assert states(waiting) == ["waitlisted", "accepted", "waitlisted"]
    promoted = Offer.objects.get(application=waiting[1])
    assert (promoted.state, promoted.made_at, promoted.expires_at) == ("open", at, at + timedelta(days=10))
    assert mails("decision_accepted") == sorted([founder(offer).email, f.founder_of(waiting[1].startup).email])


@pytest.mark.parametrize("how", ENDS)
def test_ended_offer_with_nobody_waiting_frees_the_seat(how: str) -> None:
    offer, _nobody = released()
    end(offer, how)
    assert Offer.objects.filter(cohort=offer.cohort).holding_seats().count() == 0


def test_each_end_goes_down_the_list() -> None:
    offer, waiting = released(1, 2)
    for expected in (["accepted", "waitlisted"], ["accepted", "accepted"], ["accepted", "accepted"]):
        end(fresh(Offer.objects.get(cohort=offer.cohort, state="open")), "declined")
        assert states(waiting) == expected
    assert not Offer.objects.filter(state="open").exists()


def test_who_withdrew_from_the_waitlist_is_passed_over() -> None:
    offer, waiting = released(1, 2)
    actions.withdraw(waiting[0], by=f.founder_of(waiting[0].startup), at=DECIDED)
    end(offer, "declined")
    assert states(waiting) == ["withdrawn", "accepted"]


def test_decline_keeps_the_reason_and_is_a_founders() -> None:
    offer = f.offer()
    with pytest.raises(Refusal, match="Only a founder"):
        actions.decline_offer(offer, "", by=f.user(), at=DECIDED)
    end(offer, "declined")
    assert fresh(offer).decline_reason == "Moved abroad"


def test_revoke_needs_a_free_manager_and_a_reason() -> None:
    offer = f.offer()
    involved = manager_of(offer.application)
    conflict(involved, offer.application.startup)
    for by, reason, words in (
        (f.user(), "Why not", "Only managers"),
        (involved, "Why not", "You have a conflict"),
        (manager_of(offer.application), "  ", "Say why"),
    ):
        with pytest.raises(Refusal, match=words):
            actions.revoke_offer(offer, reason, by=by, at=DECIDED)
    end(offer, "revoked")
    assert mails("offer_revoked") == [founder(offer).email]


def test_lapse_waits_for_the_clock_and_happens_once() -> None:
    offer = f.offer()
    assert not actions.lapse_offer(offer, at=offer.expires_at - timedelta(seconds=1))
    assert [actions.lapse_offer(fresh(offer), at=LATE) for _tick in range(2)] == [True, False]
    assert (fresh(offer).state, mails("offer_lapsed")) == ("lapsed", [founder(offer).email])


def test_sweep_lets_overdue_offers_lapse_and_no_others() -> None:
    overdue, accepted, open_ = f.offer(), f.offer(), f.offer()
    actions.accept_offer(accepted, by=founder(accepted), at=DECIDED)
    with past_laws():
        Offer.objects.filter(pk=open_.pk).update(expires_at=LATE + timedelta(days=1))
    assert (lapse_due_offers(LATE), lapse_due_offers(LATE)) == (1, 0)
    assert [fresh(o).state for o in (overdue, accepted, open_)] == ["lapsed", "accepted", "open"]


def offer_in(state: str) -> Offer:
    """Make an offer in a state, through the real acts."""
    offer = f.offer()
    if state == "accepted":
        actions.accept_offer(offer, by=founder(offer), at=DECIDED)
    elif state != "open":
        end(offer, state)
    return fresh(offer)


ACTS: dict[str, Callable[[Offer], object]] = {
    "accept": lambda offer: actions.accept_offer(offer, by=founder(offer), at=DECIDED),
    "decline": lambda offer: actions.decline_offer(offer, "", by=founder(offer), at=DECIDED),
    "revoke": lambda offer: actions.revoke_offer(offer, "Why", by=manager_of(offer.application), at=DECIDED),
}


@pytest.mark.parametrize("state", Offer.State.values)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_on_every_state(act: str, state: str) -> None:
    offer = offer_in(state)
    if state == "open":
        ACTS[act](offer)
        return
    with pytest.raises(Refusal, match=r"cannot become|already been done"):
        ACTS[act](offer)
    assert fresh(offer).state == state


@pytest.mark.parametrize("before", Offer.State.values)
@pytest.mark.parametrize("after", Offer.State.values)
def test_every_pair_of_states(before: str, after: str) -> None:
    offer = offer_in(before)
    if after in Offer.TRANSITIONS.get(before, ()):
        with transaction.atomic():  # an acceptance takes a seat, too
            move(offer, after, by=None, at=offer.expires_at if after == "lapsed" else DECIDED)
            assert fresh(offer).state == after
            transaction.set_rollback(True)
        return
    with pytest.raises(Refusal):
        move(offer, after, by=None, at=DECIDED)
    assert fresh(offer).state == before


@pytest.mark.parametrize("before", Participation.State.values)
@pytest.mark.parametrize("after", Participation.State.values)
def test_every_pair_of_states_of_a_seat(before: str, after: str) -> None:
    seat = f.participation(signed=before not in ("onboarding", "withdrawn"))
    path = {"paused": ["paused"], "graduated": ["graduated"], "ended": ["ended"], "withdrawn": ["withdrawn"]}
    for state in path.get(before, []):
        move(seat, state, by=None, at=DECIDED)
    assert seat.state == before
    if before == "onboarding" and after == "active":
        f.sign(seat.offer)
        return
    if after in Participation.TRANSITIONS.get(before, ()):
        move(seat, after, by=None, at=DECIDED)
        assert moves(seat)[-1] == (before, after)
        return
    with pytest.raises(Refusal):
        move(seat, after, by=None, at=DECIDED)


# --- too little money for the next ------------------------------------------------------------------


def test_next_without_money_leaves_the_seat_free_until_a_manager_offers_it() -> None:
    offer, [waiting] = released(1)
    cohort = offer.cohort
    by = f.holder("manager", cohort.programme)
    poor = _poor()
    registry.moments["decisions_released"].append(poor)
    try:
        end(offer, "declined")
        assert states([waiting]) == ["waitlisted"]
        with pytest.raises(Refusal, match="budget is short"):
            actions.offer_free_seat(cohort, by=by, at=DECIDED)
    finally:
        registry.moments["decisions_released"].remove(poor)
    assert (states([waiting]), moves(waiting)[-1]) == (["waitlisted"], ("submitted", "waitlisted"))
    made = actions.offer_free_seat(cohort, by=by, at=DECIDED)
    assert (made.application_id, states([waiting])) == (waiting.pk, ["accepted"])


def _poor() -> Callable[..., None]:
    def refuse(**_about: object) -> None:
        raise Refusal("The budget is short.")

    return refuse


def test_free_seat_is_a_managers_and_needs_seat_and_somebody() -> None:
    offer, _waiting = released(1, 2)
    by = f.holder("manager", offer.cohort.programme)
    with pytest.raises(Refusal, match="Only managers"):
        actions.offer_free_seat(offer.cohort, by=f.user(), at=DECIDED)
    with pytest.raises(Refusal, match="No seat"):
        actions.offer_free_seat(offer.cohort, by=by, at=DECIDED)
    empty, _nobody = released(seats=2)
    with pytest.raises(Refusal, match="Nobody waits"):
        actions.offer_free_seat(empty.cohort, by=f.holder("manager", empty.cohort.programme), at=DECIDED)


# --- races ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_accept_and_lapse_at_once_leave_one_truth() -> None:
    for _round in range(4):
        offer, [waiting] = released(1)
        by = founder(offer)
        just_before, just_after = offer.expires_at - timedelta(seconds=1), offer.expires_at
        race(
            lambda: actions.accept_offer(fresh(offer), by=by, at=just_before),  # noqa: B023  # joined within the round
            lambda: actions.lapse_offer(fresh(offer), at=just_after),  # noqa: B023  # as above
        )
        taken = Participation.objects.filter(offer=offer).exists()
        assert (fresh(offer).state, taken, states([waiting])) in [
            ("accepted", True, ["waitlisted"]),
            ("lapsed", False, ["accepted"]),
        ]
        assert Offer.objects.filter(cohort=offer.cohort).holding_seats().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_let_each_offer_lapse_once() -> None:
    offer, waiting = released(1, 2)
    assert sorted(race(lambda: lapse_due_offers(LATE), lambda: lapse_due_offers(LATE)), key=str) == [0, 1]
    assert states(waiting) == ["accepted", "waitlisted"]
    assert mails("offer_lapsed") == [founder(offer).email]


@pytest.mark.django_db(transaction=True)
def test_offers_of_one_cohort_ending_at_once_promote_different_startups() -> None:
    cohort = f.cohort(seats=2)
    f.fund(cohort)
    for _seat in range(2):
        f.confirmed(f.submitted(to=cohort))
    waiting = [f.confirmed(f.submitted(to=cohort), "waitlist", rank=n).application for n in (1, 2, 3)]
    offers = actions.release(cohort, by=f.holder("manager", cohort.programme), at=DECIDED)
    people = [founder(offer) for offer in offers]
    results = race(
        *[
            lambda offer=offer, by=by: actions.decline_offer(fresh(offer), "", by=by, at=DECIDED)
            for offer, by in zip(offers, people, strict=True)
        ]
    )
    assert (refusals(results), states(waiting)) == ([], ["accepted", "accepted", "waitlisted"])
    assert Offer.objects.filter(cohort=cohort).holding_seats().count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_end_and_a_release_at_once_do_not_wait_for_each_other() -> None:
    for _round in range(3):
        offer, _waiting = released(1, seats=3)
        cohort = offer.cohort
        late = f.submitted(to=cohort)
        f.confirmed(late)
        by, releaser = founder(offer), f.holder("manager", cohort.programme)
        results = race(
            lambda: actions.decline_offer(fresh(offer), "", by=by, at=DECIDED),  # noqa: B023  # joined within the round
            lambda: actions.release(Cohort.objects.get(pk=cohort.pk), by=releaser, at=DECIDED),  # noqa: B023  # as above
        )
        assert refusals(results) == []
        assert states([late]) == ["accepted"]


# --- signing ----------------------------------------------------------------------------------------


def sign(offer: Offer, **changes: Any) -> Agreement:
    told: dict[str, Any] = {
        "signed_name": "Ada Founder",
        "digest": offer.terms.digest,
        "language": "fr",
        "ip_address": "192.0.2.1",
        "by": founder(offer),
        "at": DECIDED,
    } | changes
    return actions.sign_agreement(offer, **told)


def test_sign_keeps_the_words_as_they_were_and_opens_the_seat() -> None:
    seat = f.participation(signed=False)
    agreement = sign(seat.offer, signed_name="  Ada Founder ")
    assert (agreement.language, agreement.title, agreement.text) == (
        "fr",
        "Convention de participation",
        "La startup accepte.",
    )
    assert (agreement.digest, agreement.signed_name, agreement.signed_at) == (
        seat.offer.terms.digest,
        "Ada Founder",
        DECIDED,
    )
    assert (agreement.signed_by, agreement.ip_address) == (founder(seat.offer), "192.0.2.1")
    seat.refresh_from_db()
    assert (seat.state, mails("agreement_signed")) == ("active", [founder(seat.offer).email])


def test_sign_refuses_others_other_terms_no_name_and_twice() -> None:
    offer = f.offer()
    with pytest.raises(Refusal, match="Accept the offer first"):
        sign(offer)
    actions.accept_offer(offer, by=founder(offer), at=DECIDED)
    for changes, words in (
        ({"by": f.user()}, "Only a founder"),
        ({"signed_name": "  "}, "full name"),
        ({"digest": "0" * 64}, "not the terms"),
    ):
        with pytest.raises(Refusal, match=words):
            sign(offer, **changes)
    assert not Agreement.objects.exists()
    sign(offer)
    with pytest.raises(Refusal, match="signed already"):
        sign(offer)


@pytest.mark.django_db(transaction=True)
def test_two_founders_sign_at_once() -> None:
    seat = f.participation(signed=False)
    second = f.user()
    Membership.objects.create(startup=seat.startup, person=second, role="founder", joined_at=f.AT)
    people = [founder(seat.offer), second]
    results = race(*[lambda by=by: sign(fresh(seat.offer), by=by) for by in people])
    assert refusals(results) == ["The agreement is signed already."]
    assert (Agreement.objects.count(), OutgoingMail.objects.filter(kind="agreement_signed").count()) == (1, 2)


def test_lapse_is_one_transaction_with_the_promotion() -> None:
    """When the promotion breaks, the offer does not end: law 11 wants both or neither."""
    offer, _waiting = released(1)

    def broken(**_about: object) -> None:
        raise RuntimeError("lights out")

    registry.moments["offers_ended"].append(broken)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            actions.lapse_offer(offer, at=LATE)
    finally:
        registry.moments["offers_ended"].remove(broken)
    assert fresh(offer).state == "open"
