"""The desks of managers: what they show, to whom, what each button does and refuses, in how many queries."""

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications import actions, rules
from applications.desks import counts
from applications.desks.cohorts import ROWS
from applications.models import (
    Application,
    Cohort,
    Conflict,
    Decision,
    EligibilityCriterion,
    EligibilityFinding,
    Offer,
    ReviewAssignment,
    RubricCriterion,
)
from portal import clock
from portal.desk.counts import Rows, count
from portal.models import Role, User
from portal.money import Money
from portal.refusals import Refusal
from portal.registry import registry
from tests import factories as f
from tests.applications.judging import (
    assigned,
    cleared,
    conflict,
    manager_of,
    phase_of,
    proposed,
    reviewed,
    reviewer_of,
)
from tests.factories import DECIDED
from tests.marks import marks

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture(autouse=True)
def _present(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.AT)


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def desk(name: str, *args: object) -> str:
    return reverse(f"admin:{name}", args=args)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def said(response: Any) -> list[str]:
    """Give the messages of the page that a form led to."""
    return [str(message) for message in response.context["messages"]]


def confirming(cohort: Cohort, act: str, *applications: Application) -> str:
    """Give the address of the page that asks before an act on chosen applications of the board."""
    address = desk("desk_bulk", "decisions", cohort.pk, act)
    shown = marks(f.holder(Role.MANAGER, cohort.programme), "decisions", cohort.pk, applications)
    return f"{address}?{urlencode([('row', each) for each in shown])}"


def confirmed(client: Client, address: str) -> Any:
    """Confirm what a page asks, as it was shown; give what it leads to."""
    return client.post(address, client.get(address).context["hidden"], follow=True)


def cohort_of(*applications: Application) -> Cohort:
    return applications[0].cohort


def two_managers(cohort: Cohort) -> tuple[User, User]:
    return f.holder(Role.MANAGER, cohort.programme, "Ruth"), f.holder(Role.MANAGER, cohort.programme, "Soren")


# --- who may ----------------------------------------------------------------------------------------


def every_desk(application: Application, assignment: ReviewAssignment) -> dict[str, str]:
    key = application.cohort_id
    return {
        "desk_assignments": desk("desk_assignments"),
        "desk_assignment": desk("desk_assignment", key),
        "desk_take_back": desk("desk_take_back", assignment.pk),
        "desk_ask": desk("desk_ask", application.pk),
        "desk_go_on": desk("desk_go_on", application.pk),
        "desk_decisions": desk("desk_decisions"),
        "desk_decision_board": desk("desk_decision_board", key),
        "desk_decision": desk("desk_decision", application.pk),
        "desk_release": desk("desk_release", key),
    }


LOOKED_AT = {"desk_assignments", "desk_assignment", "desk_decisions", "desk_decision_board", "desk_decision"}
PARTS: dict[str, tuple[Callable[[Application], User], set[str]]] = {
    "manager": (manager_of, set()),
    "auditor": (lambda a: f.holder(Role.AUDITOR, a.cohort.programme), LOOKED_AT),
    "reviewer": (reviewer_of, {"none"}),
    "finance": (lambda a: f.holder(Role.FINANCE_PREPARER, a.cohort.programme), {"none"}),
    "founder": (lambda a: f.founder_of(a.startup), {"none"}),
    "elsewhere": (lambda a: f.holder(Role.MANAGER, f.programme()), {"desk_assignments", "desk_decisions"}),
}


@pytest.mark.parametrize("part", PARTS)
def test_desks_open_for_managers_and_auditors_of_the_programme(part: str) -> None:
    make, allowed = PARTS[part]
    application = f.submitted()
    addresses = every_desk(application, assigned(application))
    client = signed_in(make(application))
    opened = {name for name, address in addresses.items() if client.get(address).status_code == 200}
    assert opened == (allowed - {"none"} if allowed else set(addresses) - {"desk_go_on"})  # it was not asked


def test_auditors_see_no_button_and_can_press_none() -> None:
    application = f.submitted()
    reviewed(application)
    proposed(application)
    client = signed_in(f.holder(Role.AUDITOR, application.cohort.programme))
    for address in (
        desk("desk_assignment", application.cohort_id),
        desk("desk_decision_board", application.cohort_id),
        desk("desk_decision", application.pk),
    ):
        shown = client.get(address).content.decode()
        content = re.sub(r'(?s)<form class="table-filters".*?</form>', "", shown[shown.index('<div class="desk">') :])
        assert ("<button" in content, 'type="checkbox"' in content) == (False, False)
    for name in ("desk_assign", "desk_offer_next"):
        assert client.post(desk(name, application.cohort_id)).status_code == 404
    assert client.get(confirming(application.cohort, "confirm", application)).status_code == 404
    assert (
        client.post(desk("desk_decision", application.pk), {"action": "propose", "outcome": "decline"}).status_code
        == 404
    )
    assert Decision.objects.get().state == "proposed"


def test_visitors_are_led_to_the_login() -> None:
    assert "/login/" in Client().get(desk("desk_decision_board", f.cohort().pk)).headers["Location"]


def test_manager_of_one_programme_presses_nothing_in_another_they_audit() -> None:
    application = f.submitted()
    person = f.holder(Role.MANAGER, f.programme())
    f.grant(person, Role.AUDITOR, application.cohort.programme)
    client = signed_in(person)
    shown = client.post(desk("desk_release", application.cohort_id))
    assert shown.status_code == 404
    assert client.post(desk("desk_ask", application.pk), {"question": "Why?"}).status_code == 404


# --- assigning --------------------------------------------------------------------------------------


def test_assign_one_reviewer_to_many_and_many_to_one() -> None:
    cohort = f.cohort()
    first, second = f.submitted(to=cohort), f.submitted(to=cohort)
    ada, bob = reviewer_of(first, "Ada"), reviewer_of(first, "Bob")
    client = signed_in(manager_of(first))
    order = {"applications": [first.pk, second.pk], "reviewers": [ada.pk], "phase": phase_of(first).pk}
    assert said(client.post(desk("desk_assign", cohort.pk), order, follow=True)) == ["2 reviews assigned."]
    order = {"applications": [first.pk], "reviewers": [ada.pk, bob.pk], "phase": phase_of(first).pk}
    answers = said(client.post(desk("desk_assign", cohort.pk), order, follow=True))
    assert answers == ["1 review assigned.", f"{first.reference}: Ada has this application already."]
    shown = text(client.get(desk("desk_assignment", cohort.pk)))
    assert "0 of 2" in shown
    assert shown.count("Unassign") == 3


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("applications", "at least one application"),
        ("reviewers", "at least one reviewer"),
        ("phase", "no review phase"),
    ],
)
def test_assign_says_what_was_not_chosen(missing: str, words: str) -> None:
    application = f.submitted()
    order = {
        "applications": [application.pk],
        "reviewers": [reviewer_of(application).pk],
        "phase": phase_of(application).pk,
    }
    del order[missing]
    shown = signed_in(manager_of(application)).post(desk("desk_assign", application.cohort_id), order)
    assert (shown.status_code, words in text(shown)) == (422, True)
    assert len(re.findall(r'name="(?:applications|reviewers)" value="[0-9]+"[^>]* checked', text(shown))) == (
        2 if missing == "phase" else 1
    )
    assert not ReviewAssignment.objects.exists()


def test_assign_takes_no_applications_or_reviewers_from_elsewhere() -> None:
    application, other = f.submitted(), f.submitted()
    client = signed_in(manager_of(application))
    order = {"applications": [other.pk], "reviewers": [reviewer_of(other).pk], "phase": phase_of(other).pk}
    assert client.post(desk("desk_assign", application.cohort_id), order).status_code == 422
    assert not ReviewAssignment.objects.exists()


def test_board_shows_findings_progress_and_filters() -> None:
    cohort = f.cohort()
    read, asked, lonely = (f.submitted(f.startup(name=name), cohort) for name in ("Readwell", "Askwell", "Lonely"))
    reviewed(read)
    cleared(read)
    manager = manager_of(read)
    actions.return_for_information(asked, "Which?", by=manager, at=f.AT)
    client = signed_in(manager)
    shown = text(client.get(desk("desk_assignment", cohort.pk)))
    assert [name in shown for name in ("Readwell", "Askwell", "Lonely", "all met", "No reviewers")] == [True] * 5
    few = text(client.get(desk("desk_assignment", cohort.pk) + "?show=few"))
    assert ["Readwell" in few, "Lonely" in few] == [False, True]
    returned = text(client.get(desk("desk_assignment", cohort.pk) + "?show=asked"))
    assert ["Askwell" in returned, "Lonely" in returned, "Continue without an answer" in returned] == [
        True,
        False,
        True,
    ]
    assert lonely.reference in shown


@pytest.mark.parametrize("query", ["show=nonsense", "show=%00"])
def test_board_with_an_invalid_filter_shows_no_row_and_says_so(query: str) -> None:
    application = f.submitted(f.startup(name="Loomwork"))
    client = signed_in(manager_of(application))
    address = desk("desk_assignment", application.cohort_id)
    assert "Loomwork" in text(client.get(address))
    shown = text(client.get(f"{address}?{query}"))
    assert ("Loomwork" in shown, "A filter isn't valid" in shown.replace("&#x27;", "'")) == (False, True)


def test_board_says_a_criterion_in_words() -> None:
    application = f.submitted()
    finding = application.findings.get(criterion__fact="developers")
    EligibilityFinding.objects.create(
        application=application, criterion=finding.criterion, verdict="fail", value=0, found_at=f.AT
    )
    assert "developers?" in text(signed_in(manager_of(application)).get(desk("desk_assignment", application.cohort_id)))


@pytest.mark.parametrize(("is_hard", "looks"), [(True, [True, False]), (False, [False, True])])
def test_only_what_must_hold_is_red(is_hard: bool, looks: list[bool]) -> None:
    criterion = EligibilityCriterion(question={"en": "Other aid?"}, is_hard=is_hard)
    finding = EligibilityFinding(criterion=criterion, verdict="fail")
    drawn = render_to_string("applications/desks/_finding.html", {"finding": finding})
    assert ["family-bad" in drawn, "not required" in drawn] == looks


def test_ask_and_go_on_without() -> None:
    application = f.submitted()
    client = signed_in(manager_of(application))
    empty = client.post(desk("desk_ask", application.pk), {"question": " "})
    assert (empty.status_code, "Say what you need to know." in text(empty)) == (422, True)
    assert said(client.post(desk("desk_ask", application.pk), {"question": "Which model?"}, follow=True)) == [
        "Sent. The startup must answer now."
    ]
    again = client.post(desk("desk_ask", application.pk), {"question": "Which model, again?"})
    assert (again.status_code, "Which model, again?" in text(again)) == (422, True)
    client.post(desk("desk_go_on", application.pk))
    application.refresh_from_db()
    assert application.state == "submitted"
    twice = client.post(desk("desk_go_on", application.pk), follow=True)
    assert said(twice)[-1] == "You have already done this."


def test_take_back_says_what_it_means_and_keeps_the_reason() -> None:
    review = reviewed()
    client = signed_in(manager_of(review.assignment.application))
    there = desk("desk_take_back", review.assignment.pk)
    assert "Their submitted review no longer counts." in text(client.get(there))
    refused = client.post(there, {"reason": ""})
    assert (refused.status_code, "Say why it shall no longer count" in text(refused)) == (422, True)
    client.post(there, {"reason": "Knew the founder"})
    assert ReviewAssignment.objects.get().state == "removed"


def test_manager_in_conflict_sees_that_it_is_there_and_nothing_else() -> None:
    application, other = f.submitted(), None
    review = reviewed(application, comment="Committee words")
    other = f.submitted(to=application.cohort)
    proposed(application)
    manager = manager_of(application)
    conflict(manager, application.startup)
    client = signed_in(manager)
    for name, words in (
        ("desk_assignment", "A colleague must assign"),
        ("desk_decision_board", "A colleague must decide"),
    ):
        shown = text(client.get(desk(name, application.cohort_id)))
        assert [application.startup.name in shown, words in shown, other.startup.name in shown] == [True] * 3
        assert str(review.assignment.reviewer) not in shown.split("desk-side")[0]
        assert [
            hidden in shown for hidden in ("60.0", f'value="{application.pk}"', desk("desk_decision", application.pk))
        ] == [False] * 3
    for name in ("desk_decision", "desk_ask", "desk_go_on"):
        assert client.get(desk(name, application.pk)).status_code == 404
    assert client.get(desk("desk_take_back", review.assignment.pk)).status_code == 404
    assert client.post(desk("desk_decision_act", Decision.objects.get().pk, "confirm")).status_code == 404
    answer = client.get(confirming(application.cohort, "confirm", application), follow=True)
    assert said(answer) == ["Select at least one row."]
    assert Decision.objects.get().state == "proposed"


# --- deciding ---------------------------------------------------------------------------------------


def test_ranking_orders_by_weighted_score_and_shows_spread_and_voices() -> None:
    cohort = f.cohort()
    names = {"Middle": [3, 4], "Best": [5], "Unread": [], "Low": [1, 2]}
    for name, points in names.items():
        application = f.submitted(f.startup(name=name), cohort)
        for given in points:
            reviewed(application, given, "accept" if given > 2 else "decline")
    shown = text(signed_in(manager_of(Application.objects.all()[0])).get(desk("desk_decision_board", cohort.pk)))
    places = [shown.index(f">{name}<") for name in ("Best", "Middle", "Low", "Unread")]
    assert places == sorted(places)
    assert [words in shown for words in ("100.0", "70.0", "20.0", "2 of 2", "0 of 0", "2 accept", "2 decline")] == [
        True
    ] * 7


def test_ranking_agrees_with_the_rule_of_scores() -> None:
    """The database's order is that of rules.total_score, criteria of different weights included."""
    cohort = f.cohort(publish=False)
    RubricCriterion.objects.filter(cohort=cohort).update(max_points=7)
    cohort.published_at = f.AT - timedelta(days=31)
    cohort.save()
    expected = {}
    for first, second in [(7, 0), (0, 7), (3, 3), (6, 1), (1, 4)]:
        application = f.submitted(to=cohort)
        review = cleared(application)
        rubric = list(cohort.rubric.order_by("order"))
        actions.save_review(
            review,
            points=dict(zip(rubric, (first, second), strict=True)),
            recommendation="accept",
            comment="",
            feedback="",
            by=review.assignment.reviewer,
            at=f.AT,
        )
        actions.submit_review(review, by=review.assignment.reviewer, at=f.AT)
        expected[application.pk] = rules.total_score([rules.Points(first, 7, 1), rules.Points(second, 7, 2)])
    ranked: list[Any] = list(Application.objects.filter(cohort=cohort).ranked())
    assert [a.pk for a in ranked] == sorted(expected, key=lambda key: (-(expected[key] or 0), key))
    assert [a.score for a in ranked] == [expected[a.pk] for a in ranked]


def test_reviews_taken_back_or_in_draft_do_not_count() -> None:
    application = f.submitted()
    taken = reviewed(application, 5)
    actions.take_assignment_back(taken.assignment, by=manager_of(application), at=f.AT, reason="Conflict")
    cleared(application)
    reviewed(application, 2)
    shown = text(signed_in(manager_of(application)).get(desk("desk_decision_board", application.cohort_id)))
    assert ["40.0" in shown, "1 of 2" in shown] == [True, True]


def offered(application: Application, **changes: Any) -> dict[str, Any]:
    given = {
        "action": "propose",
        "outcome": "accept",
        "months": "4",
        "monthly_cap": "4500.50",
        "first_period": "2027-06-01",
        "message": "Welcome",
        "seen": "0",
    }
    return given | changes


def test_propose_form_is_prefilled_from_programme_and_cohort() -> None:
    application = f.submitted()
    shown = text(signed_in(manager_of(application)).get(desk("desk_decision", application.pk)))
    assert [words in shown for words in ('value="6000"', 'value="6"', "USD, at most $6,000.")] == [True] * 3
    assert '<option value="2027-05-01" selected>May 2027</option>' in shown


def test_propose_confirm_take_back_on_the_page() -> None:
    application = f.submitted()
    ruth, soren = two_managers(application.cohort)
    there = desk("desk_decision", application.pk)
    first, second = signed_in(ruth), signed_in(soren)
    assert said(first.post(there, offered(application), follow=True)) == ["Proposed. A colleague must confirm it."]
    made = Decision.objects.get()
    assert (made.months, made.monthly_cap, made.first_period.isoformat()) == (4, Money(450_050, "USD"), "2027-06-01")
    mine = text(first.get(there))
    confirm, withdraw = (desk("desk_decision_act", made.pk, act) for act in ("confirm", "withdraw"))
    assert ["A colleague must confirm it." in mine, confirm in mine] == [True, False]
    assert confirm in text(second.get(there))
    refused = first.post(confirm)
    assert (refused.status_code, "You proposed this decision. A colleague must confirm it." in text(refused)) == (
        422,
        True,
    )
    asked = text(second.get(confirm))
    assert "It is offered 4 months from May 2027, at most $4,500.50 a month." not in asked
    assert "It is offered 4 months from June 2027, at most $4,500.50 a month." in asked
    assert "Message to the applicant: Welcome" in asked
    for words in ("Confirmed. It will be released with all others.", "You have already done this."):
        assert said(second.post(confirm, follow=True)) == [words]
    assert said(first.post(withdraw, follow=True)) == ["Proposal withdrawn."]
    assert said(second.get(withdraw, follow=True)) == ["A colleague has already done this."]
    assert [d.state for d in Decision.objects.all()] == ["withdrawn"]
    assert "No decision has been proposed" not in text(first.get(there))


def test_double_click_on_propose_is_one_proposal() -> None:
    application = f.submitted()
    client = signed_in(manager_of(application))
    for _click in range(2):
        client.post(desk("desk_decision", application.pk), offered(application))
    assert [d.state for d in Decision.objects.all()] == ["proposed"]


def test_propose_from_a_stale_page_is_refused_and_keeps_the_words() -> None:
    application = f.submitted()
    known = proposed(application, "decline")
    there = desk("desk_decision", application.pk)
    answer = signed_in(manager_of(application)).post(there, offered(application, message="Long and careful words"))
    assert answer.status_code == 422
    assert ["decided about this application meanwhile" in text(answer), "Long and careful words" in text(answer)] == [
        True
    ] * 2
    assert list(Decision.objects.current()) == [known]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"months": "7"}, "at most $6,000.00 a month for 6 months"),
        ({"months": "many"}, "Enter a whole number."),
        ({"months": ""}, "Say how many months"),
        ({"monthly_cap": "6000.01"}, "at most $6,000.00"),
        ({"monthly_cap": "-5"}, "greater than or equal to 0"),
        ({"monthly_cap": "1.234"}, "no more than 2 decimal places"),
        ({"outcome": ""}, "This field is required."),
        ({"outcome": "waitlist", "rank": ""}, "Say which place"),
        ({"first_period": "1999-01-01"}, "Select a valid choice."),
        ({"message": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_propose_refuses_what_cannot_be_and_keeps_the_words(changes: dict[str, str], words: str) -> None:
    application = f.submitted()
    answer = signed_in(manager_of(application)).post(
        desk("desk_decision", application.pk), offered(application, **{"message": "Kept words"} | changes)
    )
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert "message" in changes or "Kept words" in text(answer)
    assert not Decision.objects.exists()


def test_decline_needs_no_figures_and_waitlist_suggests_the_next_place() -> None:
    cohort = f.cohort()
    first, second = f.submitted(to=cohort), f.submitted(to=cohort)
    client = signed_in(manager_of(first))
    client.post(desk("desk_decision", first.pk), offered(first, outcome="decline", months="", monthly_cap=""))
    declined = first.decisions.get()
    assert (declined.outcome, declined.months, declined.rank) == ("decline", None, None)
    client.post(desk("desk_decision", first.pk), offered(first, outcome="waitlist", rank="3", seen=declined.pk))
    shown = text(client.get(desk("desk_decision", second.pk)))
    assert 'name="rank" value="4"' in shown


def test_many_are_confirmed_and_declined_at_once() -> None:
    cohort = f.cohort()
    ruth, soren = two_managers(cohort)
    mine, theirs, open_ = (f.submitted(to=cohort) for _n in range(3))
    proposed(mine, by=ruth)
    proposed(theirs, by=soren)
    client = signed_in(ruth)
    refused = confirmed(client, confirming(cohort, "confirm", mine, theirs, open_))
    assert [(each.label, each.words) for each in refused.context["refusals"]] == [
        (f"{mine.startup.name} ({mine.reference})", "You proposed this decision. A colleague must confirm it."),
        (f"{open_.startup.name} ({open_.reference})", "No decision has been proposed for this application."),
    ]
    assert refused.context["done"] == "1 decision confirmed."
    assert said(confirmed(client, confirming(cohort, "decline", open_))) == ["1 application proposed for decline."]
    assert sorted(Decision.objects.current().values_list("application_id", "outcome", "state")) == [
        (mine.pk, "accept", "proposed"),
        (theirs.pk, "accept", "confirmed"),
        (open_.pk, "decline", "proposed"),
    ]


def waiting(rows: Callable[[User, datetime], Rows], user: User) -> int:
    return count(user, {"": rows(user, f.AT)})[""]


def test_applications_and_proposals_wait_for_a_manager_who_may_act() -> None:
    cohort = f.cohort()
    ruth, soren = two_managers(cohort)
    first, _second = f.submitted(to=cohort), f.submitted(to=cohort)
    assert (waiting(counts.to_assign, ruth), waiting(counts.to_confirm, ruth)) == (2, 0)
    proposed(first, by=soren)
    assert (waiting(counts.to_assign, ruth), waiting(counts.to_confirm, ruth), waiting(counts.to_confirm, soren)) == (
        1,
        1,
        0,
    )
    Conflict.objects.create(person=ruth, startup=first.startup, kind="other", declared_at=f.AT)
    assert waiting(counts.to_confirm, ruth) == 0
    auditor = f.holder(Role.AUDITOR, cohort.programme)
    assert [*counts.to_assign(auditor, f.AT), *counts.to_confirm(auditor, f.AT)] == []


def test_board_counts_seats_and_money_and_filters(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = f.cohort(seats=2)
    monkeypatch.setattr(registry, "cohort_money", [lambda of: {"available": Money(5_000_000, "USD")}])
    for name in ("One", "Two", "Three"):
        proposed(f.submitted(f.startup(name=name), cohort))
    f.submitted(f.startup(name="Openwell"), cohort)
    client = signed_in(f.holder(Role.MANAGER, cohort.programme))
    shown = text(client.get(desk("desk_decision_board", cohort.pk)))
    for words in (
        "0 of 2",
        "1 more is to be accepted than there are seats",
        "$108,000",
        "$50,000 available",
        "3 to confirm",
    ):
        assert words in shown
    open_ = text(client.get(desk("desk_decision_board", cohort.pk) + "?show=open"))
    assert [f">{name}<" in open_ for name in ("Openwell", "One")] == [True, False]
    waiting = text(client.get(desk("desk_decision_board", cohort.pk) + "?show=proposed"))
    assert [f">{name}<" in waiting for name in ("Openwell", "One")] == [False, True]


def test_money_is_not_spoken_of_where_there_is_no_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "cohort_money", [])
    application = f.submitted()
    client = signed_in(manager_of(application))
    assert " available" not in text(client.get(desk("desk_decision_board", application.cohort_id)))


# --- releasing --------------------------------------------------------------------------------------


def decided(**fields: Any) -> Cohort:
    cohort = f.cohort(**fields)
    f.fund(cohort)
    for outcome in ("accept", "waitlist", "decline"):
        f.confirmed(f.submitted(f.startup(name=outcome.title()), cohort), outcome)
    return cohort


def test_release_page_lists_what_will_happen_and_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = decided()
    set_clock(monkeypatch, DECIDED)
    client = signed_in(f.holder(Role.MANAGER, cohort.programme))
    page = client.get(desk("desk_release", cohort.pk))
    for words in (
        "1 startup gets an offer.",
        "1 startup goes on the waitlist.",
        "1 startup is declined.",
        "3 emails go out",
        "1 are taken now, 9 of 10 stay free",
        "$36,000",
        "This cannot be undone.",
    ):
        assert words in text(page)
    shown = page.context["hidden"]["shown"]
    answers = [client.post(desk("desk_release", cohort.pk), {"shown": shown}, follow=True) for _click in range(2)]
    assert said(answers[0]) == ["Released. Every applicant gets an email now."]
    assert (said(answers[1]), answers[1].status_code) == (["All decisions of this cohort are released."], 200)
    assert (Offer.objects.count(), Cohort.objects.get(pk=cohort.pk).released_at) == (1, DECIDED)


def test_release_page_refuses_with_the_acts_own_sentence() -> None:
    cohort = decided()
    late = f.submitted(to=cohort)
    client = signed_in(f.holder(Role.MANAGER, cohort.programme))
    page = client.get(desk("desk_release", cohort.pk))
    assert ["1 application has no confirmed decision yet." in text(page), "This cannot be undone" in text(page)] == [
        True,
        False,
    ]
    answer = client.post(desk("desk_release", cohort.pk), {"shown": page.context["hidden"]["shown"]})
    assert (answer.status_code, "1 application has no confirmed decision yet." in text(answer)) == (422, True)
    f.confirmed(late, "decline")
    answer = client.post(desk("desk_release", cohort.pk), {"shown": page.context["hidden"]["shown"]})
    assert (answer.status_code, "This changed after you opened the page." in text(answer)) == (409, True)
    assert not Offer.objects.exists()


def test_after_release_the_desk_shows_clocks_and_takes_offers_back(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = decided(seats=1)
    set_clock(monkeypatch, DECIDED)
    manager = f.holder(Role.MANAGER, cohort.programme)
    [offer] = actions.release(cohort, by=manager, at=DECIDED)
    client = signed_in(manager)
    shown = text(client.get(desk("desk_decision_board", cohort.pk)))
    assert [words in shown for words in ("Offers", "Apr 22, 2027", "in 10 days", "Decisions released on")] == [True] * 4
    assert "Release…" not in shown
    there = desk("desk_revoke", offer.pk)
    assert (client.get(there).status_code, client.post(there, {"reason": ""}).status_code) == (200, 422)
    assert said(client.post(there, {"reason": "It closed down"}, follow=True)) == [
        "Revoked. Its seat and money are free again."
    ]
    after = text(client.get(desk("desk_decision_board", cohort.pk)))
    assert "from the waitlist" in after
    again = client.post(there, {"reason": "Again"})
    assert (again.status_code, "You have already done this." in text(again)) == (422, True)


def test_free_seat_is_offered_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = decided(seats=2)
    set_clock(monkeypatch, DECIDED)
    manager = f.holder(Role.MANAGER, cohort.programme)
    actions.release(cohort, by=manager, at=DECIDED)
    client = signed_in(manager)
    assert "A seat is available" in text(client.get(desk("desk_decision_board", cohort.pk)))
    there = desk("desk_offer_next", cohort.pk)
    asked = client.get(there)
    assert "Waitlist, place 1 on the waitlist, gets an offer and an email at once." in text(asked)
    told = {"shown": asked.context["hidden"]["shown"]}
    assert said(client.post(there, told, follow=True)) == ["Waitlist has an offer now."]
    again = client.post(there, told)
    assert (again.status_code, "No seat of this cohort is free." in text(again)) == (422, True)


def test_double_click_offers_one_seat(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = decided(seats=3)
    late = f.submitted(f.startup(name="Second"), cohort)
    f.confirmed(late, "waitlist", rank=2)
    set_clock(monkeypatch, DECIDED)
    manager = f.holder(Role.MANAGER, cohort.programme)
    actions.release(cohort, by=manager, at=DECIDED)
    client, there = signed_in(manager), desk("desk_offer_next", cohort.pk)
    told = {"shown": client.get(there).context["hidden"]["shown"]}
    first, second = (client.post(there, told) for _click in range(2))
    assert (first.status_code, second.status_code) == (302, 409)
    assert "Second, place 2 on the waitlist" in text(second)
    assert Offer.objects.count() == 2
    with pytest.raises(Refusal, match="The waitlist has changed"):
        actions.offer_free_seat(cohort, by=manager, at=DECIDED, seen=late.pk + 1)


# --- how much is asked of the database --------------------------------------------------------------


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return sum("portal_democlock" not in query["sql"] for query in asked)  # read anew every second


@pytest.mark.parametrize("name", ["desk_assignment", "desk_decision_board"])
def test_boards_ask_the_same_for_one_three_and_thirty(name: str) -> None:
    cohort = f.cohort()
    manager = f.holder(Role.MANAGER, cohort.programme)
    reviewers = [f.holder(Role.REVIEWER, cohort.programme) for _n in range(2)]
    client, counts, made = signed_in(manager), [], 0
    for wanted in (1, 3, 30):
        while made < wanted:
            application = f.submitted(to=cohort)
            for reviewer in reviewers:
                review = cleared(application, reviewer)
            if made % 2:
                proposed(application, by=manager)
            made += 1
        counts.append(queries(client, desk(name, cohort.pk)))
    assert counts == [counts[0]] * 3
    assert counts[0] <= 20
    assert review


def test_boards_come_in_pages() -> None:
    cohort = f.cohort()
    for n in range(ROWS + 1):
        f.submitted(f.startup(name=f"Startup number {n:02}"), cohort)
    client = signed_in(f.holder(Role.MANAGER, cohort.programme))
    for name in ("desk_assignment", "desk_decision_board"):
        first = text(client.get(desk(name, cohort.pk) + "?show=all"))
        [following] = re.findall(r'href="([?][^"]*)" rel="next"', first)
        second = text(client.get(desk(name, cohort.pk) + html.unescape(following)))
        assert ["Startup number 00" in first, f"Startup number {ROWS}" in first] == [True, False]
        assert ["Startup number 00" in second, f"Startup number {ROWS}" in second] == [False, True]
        assert ['rel="next"' in second, 'rel="prev"' in second, "show=all" in following] == [False, True, True]
        assert client.get(desk(name, cohort.pk) + "?after=nonsense").status_code == 200
