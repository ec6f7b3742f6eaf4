"""Proposing, confirming, taking back and releasing: effects, refusals, races, and that the set equals its steps."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from applications import actions
from applications.actions.decisions import make_offers
from applications.models import Application, Cohort, Conflict, Decision, Offer, Terms
from applications.release_plan import plan_release
from portal.laws.transitions import move
from portal.models import OutgoingMail, Transition, User
from portal.refusals import Done, Refusal
from portal.registry import registry
from tests import factories as f
from tests.applications.judging import conflict, mails, manager_of, moves, proposed
from tests.factories import DECIDED
from tests.races import race, refusals

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {"months": 6, "monthly_cap_minor": 600_000, "first_period": date(2027, 5, 1)}


def manager(cohort: Cohort) -> User:
    return f.holder("manager", cohort.programme)


def fresh(decision: Decision) -> Decision:
    return Decision.objects.select_related("application__cohort__programme").get(pk=decision.pk)


# --- proposing --------------------------------------------------------------------------------------


def test_propose_keeps_the_figures_of_this_startup() -> None:
    application = f.submitted()
    by = manager_of(application)
    made = actions.propose(
        application,
        "accept",
        months=4,
        monthly_cap_minor=450_050,
        first_period=date(2027, 6, 17),
        message="Welcome",
        by=by,
        at=DECIDED,
    )
    assert (made.state, made.outcome, made.months, str(made.monthly_cap)) == ("proposed", "accept", 4, "$4,500.50")
    assert (made.first_period, made.message, made.proposed_by, made.confirmed_by) == (
        date(2027, 6, 1),
        "Welcome",
        by,
        None,
    )
    assert (application.state, mails("decision_accepted")) == ("submitted", [])


def test_propose_anew_takes_the_earlier_one_back() -> None:
    first = f.confirmed()
    second = proposed(first.application, "decline")
    assert list(Decision.objects.current()) == [second]
    assert moves(first) == [("", "proposed"), ("proposed", "confirmed"), ("confirmed", "withdrawn")]


def test_propose_twice_the_same_is_one() -> None:
    application = f.submitted()
    by = manager_of(application)
    first, second = (proposed(application, "accept", by=by, seen=0) for _click in range(2))
    assert (first, Decision.objects.count()) == (second, 1)


def test_propose_does_not_overwrite_what_was_not_seen() -> None:
    application = f.submitted()
    known = proposed(application, "accept")
    with pytest.raises(Refusal, match="decided about this application meanwhile"):
        proposed(application, "decline", seen=0)
    assert list(Decision.objects.current()) == [known]
    assert proposed(application, "decline", seen=known.pk).outcome == "decline"


@pytest.mark.parametrize(
    ("outcome", "given", "words"),
    [
        ("accept", {}, "how many months"),
        ("accept", GIVEN | {"months": 0}, "how many months"),
        ("accept", GIVEN | {"months": -1}, "how many months"),
        ("accept", GIVEN | {"monthly_cap_minor": -1}, "how many months"),
        ("accept", GIVEN | {"first_period": None}, "how many months"),
        ("accept", GIVEN | {"months": 7}, "at most .6,000.00 a month for 6 months"),
        ("accept", GIVEN | {"monthly_cap_minor": 600_001}, "at most .6,000.00"),
        ("waitlist", GIVEN, "which place"),
        ("waitlist", GIVEN | {"rank": 0}, "which place"),
        ("waitlist", GIVEN | {"rank": -3}, "which place"),
    ],
)
def test_propose_refuses_figures_that_cannot_be(outcome: str, given: dict[str, Any], words: str) -> None:
    application = f.submitted()
    with pytest.raises(Refusal, match=words):
        actions.propose(application, outcome, by=manager_of(application), at=DECIDED, **given)
    assert not Decision.objects.exists()


def test_propose_refuses_strangers_and_people_in_conflict() -> None:
    application = f.submitted()
    involved = manager_of(application)
    conflict(involved, application.startup)
    for by, words in (
        (f.user(), "Only managers"),
        (f.holder("auditor", application.cohort.programme), "Only managers"),
        (f.holder("manager", f.programme()), "Only managers"),
        (involved, "You have a conflict"),
    ):
        with pytest.raises(Refusal, match=words):
            proposed(application, "decline", by=by)


def application_in(state: str) -> Application:
    """Make an application in a state, through the real acts."""
    if state == "draft":
        return f.draft()
    if state == "accepted":
        return f.offer().application
    if state in ("waitlisted", "declined"):
        decision = f.confirmed(outcome="waitlist" if state == "waitlisted" else "decline")
        actions.release(decision.application.cohort, by=manager_of(decision.application), at=DECIDED)
        return Application.objects.get(pk=decision.application_id)
    application = f.submitted()
    if state == "returned":
        actions.return_for_information(application, "Which?", by=manager_of(application), at=f.AT)
    if state == "withdrawn":
        actions.withdraw(application, by=f.founder_of(application.startup), at=f.AT)
    return application


@pytest.mark.parametrize("state", Application.State.values)
def test_only_submitted_applications_are_proposed_for(state: str) -> None:
    application = application_in(state)
    assert application.state == state
    if state == "submitted":
        assert proposed(application, "decline").state == "proposed"
        return
    with pytest.raises(Refusal, match="asked for more information" if state == "returned" else "not waiting"):
        proposed(application, "decline")


# --- confirming and taking back ---------------------------------------------------------------------


def test_confirm_is_the_second_persons() -> None:
    decision = proposed()
    second = manager_of(decision.application)
    with pytest.raises(Refusal, match="You proposed this decision"):
        actions.confirm(decision, by=decision.proposed_by, at=DECIDED)
    for _click in range(2):
        actions.confirm(fresh(decision), by=second, at=DECIDED)
    decision = fresh(decision)
    assert (decision.state, decision.confirmed_by, decision.confirmed_at) == ("confirmed", second, DECIDED)
    assert moves(decision) == [("", "proposed"), ("proposed", "confirmed")]


def test_confirm_refuses_strangers_conflicts_and_a_proposer_in_conflict() -> None:
    decision = proposed()
    application = decision.application
    involved = manager_of(application)
    conflict(involved, application.startup)
    with pytest.raises(Refusal, match="Only managers"):
        actions.confirm(decision, by=f.user(), at=DECIDED)
    with pytest.raises(Refusal, match="You have a conflict"):
        actions.confirm(decision, by=involved, at=DECIDED)
    conflict(decision.proposed_by, application.startup)
    with pytest.raises(Refusal, match="Who proposed this"):
        actions.confirm(decision, by=manager_of(application), at=DECIDED)
    assert fresh(decision).state == "proposed"


def decision_in(state: str) -> Decision:
    """Make a decision in a state, through the real acts."""
    decision = proposed()
    if state == "withdrawn":
        actions.take_back(decision, by=decision.proposed_by, at=DECIDED)
    elif state != "proposed":
        actions.confirm(decision, by=manager_of(decision.application), at=DECIDED)
    if state == "released":
        f.fund(decision.application.cohort)
        actions.release(decision.application.cohort, by=manager_of(decision.application), at=DECIDED)
    return fresh(decision)


ACTS = {"confirm": (actions.confirm, {"proposed"}), "take_back": (actions.take_back, {"proposed", "confirmed"})}


@pytest.mark.parametrize("state", Decision.State.values)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_on_every_state(act: str, state: str) -> None:
    do, allowed = ACTS[act]
    decision = decision_in(state)
    by = manager_of(decision.application)
    if state in allowed:
        do(decision, by=by, at=DECIDED)
        return
    with pytest.raises(Refusal, match=r"cannot become|already been done"):
        do(decision, by=by, at=DECIDED)
    assert fresh(decision).state == state


@pytest.mark.parametrize("before", Decision.State.values)
@pytest.mark.parametrize("after", Decision.State.values)
def test_every_pair_of_states(before: str, after: str) -> None:
    decision = decision_in(before)
    given: dict[str, Any] = {}
    by = manager_of(decision.application)
    if after == "confirmed":
        given = {"confirmed_by": by, "confirmed_at": DECIDED}
    if after in Decision.TRANSITIONS.get(before, ()):
        with transaction.atomic():  # a release moves the application, too
            move(decision, after, by=by, at=DECIDED, **given)
            assert fresh(decision).state == after
            transaction.set_rollback(True)
        return
    with pytest.raises(Refusal):
        move(decision, after, by=None, at=DECIDED, **given)
    assert fresh(decision).state == before


def test_take_back_refuses_strangers_and_people_in_conflict() -> None:
    decision = f.confirmed()
    involved = manager_of(decision.application)
    conflict(involved, decision.application.startup)
    for by in (f.user(), involved):
        with pytest.raises(Refusal, match=r"Only managers|You have a conflict"):
            actions.take_back(decision, by=by, at=DECIDED)
    actions.take_back(decision, by=manager_of(decision.application), at=DECIDED, reason="Too early")
    assert Transition.objects.of(decision).last().reason == "Too early"


def test_confirm_by_a_stale_copy_is_refused() -> None:
    decision = proposed()
    stale = fresh(decision)
    actions.take_back(decision, by=decision.proposed_by, at=DECIDED)
    with pytest.raises(Refusal, match="cannot become"):
        actions.confirm(stale, by=manager_of(decision.application), at=DECIDED)


@pytest.mark.django_db(transaction=True)
def test_two_people_confirm_at_once() -> None:
    decision = proposed()
    people = [manager_of(decision.application), manager_of(decision.application)]
    results = race(*[lambda by=by: actions.confirm(fresh(decision), by=by, at=DECIDED) for by in people])
    assert len(refusals(results)) == 1
    assert fresh(decision).confirmed_by in people
    assert moves(decision) == [("", "proposed"), ("proposed", "confirmed")]


@pytest.mark.django_db(transaction=True)
def test_confirm_and_take_back_at_once_leave_one_history() -> None:
    decision = proposed()
    one, other = manager_of(decision.application), manager_of(decision.application)
    race(
        lambda: actions.confirm(fresh(decision), by=one, at=DECIDED),
        lambda: actions.take_back(fresh(decision), by=other, at=DECIDED),
    )
    assert fresh(decision).state == "withdrawn"
    assert moves(decision)[-1][1] == "withdrawn"


# --- releasing --------------------------------------------------------------------------------------


def cohort_decided(accept: int = 2, waitlist: int = 1, decline: int = 1, **fields: Any) -> Cohort:
    """Make a cohort with confirmed decisions, and its budget."""
    cohort = f.cohort(**fields)
    f.fund(cohort)
    for n, outcome in enumerate(["accept"] * accept + ["waitlist"] * waitlist + ["decline"] * decline):
        given = {"rank": n + 1} if outcome == "waitlist" else {}
        f.confirmed(f.submitted(to=cohort), outcome, **given)
    return cohort


def test_release_does_all_at_once() -> None:
    cohort = cohort_decided()
    plan = plan_release(cohort)
    assert (plan.accepted, plan.waitlisted, plan.declined, plan.mails, plan.refusal) == (2, 1, 1, 4, "")
    assert (plan.seats, plan.seats_taken, plan.seats_left, str(plan.reserved)) == (10, 0, 8, "$72,000.00")
    offers = actions.release(cohort, by=manager(cohort), at=DECIDED, seen=plan.seen)
    assert sorted(cohort.applications.values_list("state", flat=True)) == [
        "accepted",
        "accepted",
        "declined",
        "waitlisted",
    ]
    assert set(Decision.objects.values_list("state", flat=True)) == {"released"}
    assert {(o.state, o.made_at, o.expires_at) for o in offers} == {("open", DECIDED, DECIDED + timedelta(days=10))}
    assert (cohort.released_at, len(offers), Offer.objects.count()) == (DECIDED, 2, 2)
    kinds = OutgoingMail.objects.filter(kind__startswith="decision_").values_list("kind", flat=True)
    assert sorted(kinds) == ["decision_accepted", "decision_accepted", "decision_declined", "decision_waitlisted"]
    assert plan_release(cohort).refusal == "There is nothing to release."


def test_release_tells_every_member_who_may_sign_in_and_nobody_else() -> None:
    application = f.submitted()
    startup = application.startup
    here, gone, shut = (f.user() for _n in range(3))
    for person, left in ((here, None), (gone, f.AT), (shut, None)):
        startup.memberships.create(person=person, role="viewer", joined_at=f.AT, ended_at=left)
    shut.is_active = False
    shut.save(update_fields=["is_active"])
    f.confirmed(application, "decline")
    actions.release(application.cohort, by=manager_of(application), at=DECIDED)
    assert mails("decision_declined") == sorted([f.founder_of(startup).email, here.email])


def test_release_refuses_who_is_no_manager() -> None:
    cohort = cohort_decided(decline=0)
    for by in (f.user(), f.holder("auditor", cohort.programme), f.holder("manager", f.programme())):
        with pytest.raises(Refusal, match="Only managers"):
            actions.release(cohort, by=by, at=DECIDED)


def assert_release_refused(cohort: Cohort, words: str, **told: Any) -> None:
    states = sorted(cohort.applications.values_list("pk", "state"))
    decided = sorted(Decision.objects.values_list("pk", "state"))
    with pytest.raises(Refusal, match=words):
        actions.release(cohort, by=manager(cohort), at=DECIDED, **told)
    assert sorted(cohort.applications.values_list("pk", "state")) == states
    assert sorted(Decision.objects.values_list("pk", "state")) == decided
    assert not OutgoingMail.objects.filter(kind__startswith="decision_").exists()
    assert not Offer.objects.filter(cohort=cohort).exists()


def test_release_refuses_undecided_and_merely_proposed_applications() -> None:
    cohort = cohort_decided()
    f.submitted(to=cohort)
    assert_release_refused(cohort, "1 application has no confirmed decision")
    proposed(f.submitted(to=cohort), "decline")
    assert_release_refused(cohort, "2 applications have no confirmed decision")


def test_release_waits_for_information_or_goes_on_without() -> None:
    cohort = cohort_decided()
    asked = f.submitted(to=cohort)
    by = manager(cohort)
    actions.return_for_information(asked, "Which?", by=by, at=f.AT)
    assert_release_refused(cohort, "1 application waits for information")
    actions.go_on_without_answer(asked, by=by, at=f.AT)
    f.confirmed(asked, "decline")
    assert len(actions.release(cohort, by=by, at=DECIDED)) == 2


def test_release_refuses_more_offers_than_seats() -> None:
    assert_release_refused(cohort_decided(accept=3, seats=2), "3 startups are to be accepted, but only 2 seats")


def test_release_refuses_without_published_terms() -> None:
    cohort = cohort_decided()
    published_at = Terms.objects.get(programme=cohort.programme).published_at
    assert published_at
    before_terms = published_at - timedelta(days=1)
    with pytest.raises(Refusal, match="no published terms"):
        actions.release(cohort, by=manager(cohort), at=before_terms)
    assert not Offer.objects.exists()


def test_release_refuses_a_list_that_changed_since_it_was_looked_at() -> None:
    cohort = cohort_decided()
    seen = plan_release(cohort).seen
    f.confirmed(f.submitted(to=cohort), "decline")
    assert_release_refused(cohort, "have changed since you looked", seen=seen)


def test_release_refuses_an_empty_cohort_and_a_second_time() -> None:
    assert_release_refused(f.cohort(), "nothing to release")
    cohort = cohort_decided(accept=0)
    actions.release(cohort, by=manager(cohort), at=DECIDED)
    with pytest.raises(Done, match="are released"):
        actions.release(cohort, by=manager(cohort), at=DECIDED)


def test_release_is_undone_when_another_app_refuses() -> None:
    cohort = cohort_decided()

    def poor(**_about: object) -> None:
        raise Refusal("The budget is short.")

    registry.moments["decisions_released"].append(poor)
    try:
        assert_release_refused(cohort, "budget is short")
    finally:
        registry.moments["decisions_released"].remove(poor)


def test_release_refuses_what_the_budget_does_not_hold() -> None:
    pytest.importorskip("payouts.reactions")
    cohort = f.cohort()
    f.fund(cohort, 3_599_999)
    f.confirmed(f.submitted(to=cohort))
    assert_release_refused(cohort, "budget|money")
    f.fund(cohort, 1)
    assert len(actions.release(cohort, by=manager(cohort), at=DECIDED)) == 1


def test_release_leaves_withdrawn_applications_alone() -> None:
    cohort = cohort_decided()
    gone = Application.objects.filter(cohort=cohort, decisions__outcome="accept").order_by("pk")[0]
    actions.withdraw(gone, by=f.founder_of(gone.startup), at=DECIDED)
    assert len(actions.release(cohort, by=manager(cohort), at=DECIDED)) == 1
    gone.refresh_from_db()
    assert (gone.state, Offer.objects.filter(application=gone).exists()) == ("withdrawn", False)


def test_a_later_release_counts_the_seats_of_the_first() -> None:
    cohort = cohort_decided(accept=2, waitlist=0, decline=0, seats=3)
    by = manager(cohort)
    actions.release(cohort, by=by, at=DECIDED)
    connection.check_constraints()  # as at its commit
    for _late in range(2):
        f.confirmed(f.submitted(to=cohort))
    with pytest.raises(Refusal, match="2 startups are to be accepted, but only 1 seats"):
        actions.release(cohort, by=by, at=DECIDED)


def outcome_of(cohort: Cohort) -> list[tuple[Any, ...]]:
    """Give what a release left behind, without keys."""
    rows = []
    for application in cohort.applications.order_by("pk"):
        decision = application.decisions.current().get()
        offer = Offer.objects.filter(application=application).first()
        made = offer and (offer.state, offer.months, offer.monthly_cap_minor, offer.made_at, offer.expires_at)
        rows.append((application.state, decision.state, moves(application), moves(decision), made))
    return rows


def test_release_of_the_set_equals_single_steps() -> None:
    """The set-based act leaves what moving each decision, application and offer by itself leaves."""
    together, apart = cohort_decided(), cohort_decided()
    actions.release(together, by=manager(together), at=DECIDED)
    by = manager(apart)
    states = {"accept": "accepted", "waitlist": "waitlisted", "decline": "declined"}
    with transaction.atomic():
        for application in apart.applications.order_by("pk"):
            decision = application.decisions.get()
            move(decision, "released", by=by, at=DECIDED)
            move(application, states[decision.outcome], by=by, at=DECIDED)
            if decision.outcome == "accept":
                made = make_offers([decision], apart, by=by, at=DECIDED)
                registry.emit("decisions_released", offers=made, by=by, at=DECIDED)
    assert outcome_of(together) == outcome_of(apart)


def test_release_asks_the_database_the_same_for_few_and_many() -> None:
    counts = []
    for n in (1, 4):
        cohort = cohort_decided(accept=0, waitlist=0, decline=n)
        by = manager(cohort)
        assert by.grants(DECIDED)
        with CaptureQueriesContext(connection) as asked:
            actions.release(cohort, by=by, at=DECIDED)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_are_one() -> None:
    cohort = cohort_decided()
    people = [manager(cohort), manager(cohort)]
    results = race(
        *[lambda by=by: actions.release(Cohort.objects.get(pk=cohort.pk), by=by, at=DECIDED) for by in people]
    )
    assert refusals(results) == ["All decisions of this cohort are released."]
    assert (Offer.objects.count(), OutgoingMail.objects.filter(kind__startswith="decision_").count()) == (2, 4)


@pytest.mark.django_db(transaction=True)
def test_release_and_withdrawal_at_once_never_offer_to_who_is_gone() -> None:
    for _round in range(4):
        cohort = cohort_decided(accept=2, waitlist=0, decline=0)
        by = manager(cohort)
        leaving = cohort.applications.order_by("pk")[0]
        founder = f.founder_of(leaving.startup)
        race(
            lambda: actions.release(Cohort.objects.get(pk=cohort.pk), by=by, at=DECIDED),  # noqa: B023  # joined within the round
            partial(actions.withdraw, leaving, by=founder, at=DECIDED),
        )
        leaving.refresh_from_db()
        offered = Offer.objects.filter(application=leaving).exists()
        assert (leaving.state, offered) in [("withdrawn", False), ("accepted", True)]
        assert Offer.objects.filter(cohort=cohort).count() in (1, 2)


def test_the_law_of_conflicts_holds_for_release_itself() -> None:
    """A conflict that arises after confirmation does not undo what two people decided before."""
    decision = f.confirmed(outcome="decline")
    conflict(decision.proposed_by, decision.application.startup)
    actions.release(decision.application.cohort, by=manager_of(decision.application), at=DECIDED)
    assert fresh(decision).state == "released"


def test_raw_conflicts_stop_raw_confirmations() -> None:
    decision = proposed()
    by = manager_of(decision.application)
    Conflict.objects.create(person=by, startup=decision.application.startup, kind="family", declared_at=f.AT)
    with transaction.atomic(), pytest.raises(IntegrityError, match="decision_free_of_conflict"):
        move(decision, "confirmed", by=by, at=DECIDED, confirmed_by=by, confirmed_at=DECIDED)
