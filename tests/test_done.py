"""Who loses a race about something that is done reads that it is done: a co-founder, a colleague, a second click.

The other one comes first after the page of the slower one was read, and before its act.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import models
from django.test import Client
from django.urls import reverse

from applications import actions
from applications.models import Application, Decision, Membership, Offer
from mentorship import actions as mentoring
from mentorship.models import MentorSession
from payouts import actions as paying
from payouts.models import Hold, PayoutAccount
from portal.accounts import step_up
from portal.models import Role, StepUp, User
from portal.refusals import Done, Refusal
from tests import factories as f
from tests.applications import judging
from tests.applications.pages import form_on, member, set_clock, signed_in, text, told
from tests.mentorship import builders
from tests.payouts import money

pytestmark = pytest.mark.django_db
FAILED = ("cannot become", "could not", "was not", "no longer", "Somebody may have been quicker")


def overtake(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, first: Callable[[], object]) -> None:
    """Let somebody else act right before an act that a page asks for."""
    act = getattr(where, name)

    def late(*args: Any, **told: Any) -> Any:
        monkeypatch.setattr(where, name, act)
        first()
        return act(*args, **told)

    monkeypatch.setattr(where, name, late)


def fresh(row: models.Model) -> Any:
    """Give a row as another request reads it."""
    return type(row)._base_manager.get(pk=row.pk)


def told_that_it_is_done(answer: Any) -> list[str]:
    """Give the messages of the page one lands on, none of which says that something failed."""
    assert answer.status_code == 200, answer.status_code
    words = told(answer)
    assert words
    assert not [line for line in words for failed in FAILED if failed in line]
    assert {message.level_tag for message in answer.context["messages"]} <= {"info", "success"}
    return words


def two_founders(startup: Any) -> tuple[User, Client]:
    """Give a co-founder, who is quicker, and the browser of the other."""
    return member(startup, Membership.Role.FOUNDER), signed_in(f.founder_of(startup))


def test_application_that_a_co_founder_submits(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.AT)
    ready = f.submitted()
    actions.reopen(ready, by=f.founder_of(ready.startup), at=f.AT)
    quicker, client = two_founders(ready.startup)
    edit = reverse("application_edit", args=[ready.pk])
    sent = form_on(client.get(edit)) | {"action": "submit"}
    overtake(monkeypatch, actions, "submit", lambda: actions.submit(fresh(ready), by=quicker, at=f.AT))
    answer = client.post(edit, sent, follow=True)
    assert told_that_it_is_done(answer) == ["This application is already submitted, with everything you wrote."]
    assert fresh(ready).state == Application.State.SUBMITTED
    assert told_that_it_is_done(client.post(edit, sent, follow=True))  # also when the page came back


def test_offer_that_a_co_founder_accepts_and_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.DECIDED)
    offer = f.offer()
    quicker, client = two_founders(offer.application.startup)
    accept, sign = reverse("offer_accept", args=[offer.pk]), reverse("offer_sign", args=[offer.pk])
    overtake(monkeypatch, actions, "accept_offer", lambda: actions.accept_offer(fresh(offer), by=quicker, at=f.DECIDED))
    words = told_that_it_is_done(client.post(accept, follow=True))
    assert words == ["This has already been done: this offer is “accepted”."]
    overtake(monkeypatch, actions, "sign_agreement", lambda: f.sign(fresh(offer)))
    signature = {"signed_name": "Bea", "agreed": "on", "digest": offer.terms.digest, "language": "en"}
    for _click in range(2):
        answer = client.post(sign, signature, follow=True)
        assert told_that_it_is_done(answer) == ["The agreement is signed already."]


def test_offer_that_a_co_founder_declines(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.DECIDED)
    offer = f.offer()
    quicker, client = two_founders(offer.application.startup)
    first: dict[str, Any] = {"by": quicker, "at": f.DECIDED}
    overtake(monkeypatch, actions, "decline_offer", lambda: actions.decline_offer(fresh(offer), "No", **first))
    answer = client.post(reverse("offer_decline", args=[offer.pk]), {"reason": "No"}, follow=True)
    assert "This has already been done: this offer is “declined”." in told(answer)
    assert (answer.status_code, fresh(offer).state) == (200, Offer.State.DECLINED)


def test_bank_details_that_a_co_founder_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.DECIDED)
    account = money.given()
    startup = account.participation.startup
    quicker, slower = member(startup, Membership.Role.FOUNDER), member(startup, Membership.Role.FOUNDER)
    address = reverse("payout_account_confirm", args=[account.participation_id, account.version])
    first: dict[str, Any] = {"by": quicker, "at": f.DECIDED}
    overtake(monkeypatch, step_up, "try_code", lambda: paying.confirm_account(fresh(account), **first))
    client = signed_in(slower)
    proving = client.post(address)["Location"]
    code = step_up.code_for(StepUp.objects.get().uuid)
    answer = client.post(proving, {"code": code}, follow=True)
    assert answer.request["PATH_INFO"] == reverse("payout_account", args=[account.participation_id])
    words = told_that_it_is_done(answer)
    assert words == ["This has already been done: this payout account is “waits to be verified”."]
    for _click in range(2):
        words = told_that_it_is_done(client.post(address, follow=True))
        assert words == ["This has already been done: this payout account is “waits to be verified”."]
    assert PayoutAccount.objects.get().confirmed_by == quicker


def test_session_that_a_co_founder_cancels_and_books(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, builders.NOW)
    session = builders.session()
    pair = session.mentorship
    now: dict[str, Any] = {"at": builders.NOW}
    quicker, client = two_founders(pair.participation.startup)
    address = reverse("session_cancel", args=[session.pk])
    overtake(monkeypatch, mentoring, "cancel", lambda: mentoring.cancel(fresh(session), reason="", by=quicker, **now))
    for _click in range(2):
        answer = client.post(address, {"reason": ""}, follow=True)
        assert set(told_that_it_is_done(answer)) == {"This session is cancelled already."}
    assert fresh(session).state == MentorSession.State.CANCELLED

    hour = builders.slots(pair)[0]
    again: dict[str, Any] = {"topic": "Theirs", "by": quicker, **now}
    overtake(monkeypatch, mentoring, "book", lambda: mentoring.book(builders.fetched(pair), hour, **again))
    sent = {"with": pair.pk, "starts_at": hour.isoformat(), "topic": "Mine: evaluations"}
    answer = client.post(reverse("booking", args=[pair.participation_id]), sent)
    assert f"{quicker} has already booked this hour for your startup." in text(answer)
    assert (answer.status_code, "Mine: evaluations" in text(answer)) == (422, True)  # what was typed stays


def test_decisions_that_a_colleague_confirms_and_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.DECIDED)
    cohort = f.cohort()
    f.fund(cohort)
    decision = judging.proposed(f.submitted(to=cohort))
    one, two = (f.holder(Role.MANAGER, cohort.programme) for _ in range(2))
    client = signed_in(one)
    first: dict[str, Any] = {"by": two, "at": f.DECIDED}
    confirm = reverse("admin:desk_decision_act", args=[decision.pk, "confirm"])
    overtake(monkeypatch, actions_of_page(), "on_form", lambda: actions.confirm(fresh(decision), **first))
    words = told_that_it_is_done(client.post(confirm, follow=True))
    assert words == ["This has already been done: this decision is “confirmed”."]
    assert told_that_it_is_done(client.get(confirm, follow=True)) == ["A colleague has already done this."]
    assert fresh(decision).state == Decision.State.CONFIRMED
    release = reverse("admin:desk_release", args=[cohort.pk])
    overtake(monkeypatch, actions_of_page(), "on_form", lambda: actions.release(fresh(cohort), **first))
    words = told_that_it_is_done(client.post(release, follow=True))
    assert words == ["All decisions of this cohort are released."]


def actions_of_page() -> Any:
    from portal.desk import acts

    return acts


def test_hold_that_a_colleague_lifts_keeps_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, f.DECIDED)
    seat = f.participation()
    programme = seat.cohort.programme
    one, two = (f.holder(Role.MANAGER, programme) for _ in range(2))
    about: dict[str, Any] = {
        "reason": "report",
        "notice": "A report is missing.",
        "review_on": date(2027, 4, 20),
        "at": f.DECIDED,
    }
    hold = paying.place_hold(seat, **about, by=f.holder(Role.MANAGER, programme))
    lift = lambda: paying.lift_hold(fresh(hold), why="It came", by=two, at=f.DECIDED)  # noqa: E731  # read once
    overtake(monkeypatch, actions_of_page(), "on_form", lift)
    answer = signed_in(one).post(reverse("admin:desk_hold_act", args=[hold.pk, "lift"]), {"why": "It has come"})
    assert ("This hold is lifted already." in text(answer), "It has come" in text(answer)) == (True, True)
    assert Hold.objects.get().lifted_by == two


def test_invitation_accepted_twice_is_accepted() -> None:
    startup, guest = f.startup(), f.user()
    asked = actions.invite(startup, guest.email, "editor", by=f.founder_of(startup), at=f.AT)
    actions.accept_invitation(asked, by=guest, at=f.AT)
    with pytest.raises(Done, match="already accepted"):
        actions.accept_invitation(asked, by=guest, at=f.AT)


def test_what_is_done_is_a_refusal_to_whoever_asks_for_it_in_bulk() -> None:
    assert issubclass(Done, Refusal)
