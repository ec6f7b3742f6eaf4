"""The page that asks before an act: what it keeps, what it says, and that an act is done once."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from payouts import actions
from payouts.models import Hold, PaymentBatch
from portal import clock
from portal.models import DemoClock, OutgoingMail, Role
from tests import factories
from tests.payouts import money
from tests.payouts.money import DUE
from tests.payouts.test_desks import browser
from tests.payouts.test_hold_desk import place, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> None:
    """Let the site's clock stand in the tests' time."""
    DemoClock.objects.update_or_create(pk=1, defaults={"ahead": DUE - clock.now()})
    clock.forget()


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def batch_page(batch: PaymentBatch, act: str) -> str:
    return reverse("admin:desk_batch_act", args=[batch.pk, act])


def hold_page(hold: Hold, act: str) -> str:
    return reverse("admin:desk_hold_act", args=[hold.pk, act])


def test_page_lists_what_will_happen_and_carries_what_it_showed() -> None:
    batch = money.draft()
    page = browser(money.approver(batch)).get(batch_page(batch, "approve"))
    text = page.content.decode()
    assert "What will happen" in text
    assert text.count("<li>") >= 3
    assert f'name="shown" value="{page.context["hidden"]["shown"]}"' in text


def test_changed_subject_is_said_and_confirmed_anew() -> None:
    batch = money.draft(*money.ready_months(3))
    approver = browser(money.approver(batch))
    opened = approver.get(batch_page(batch, "approve"))
    preparer = factories.holder(Role.FINANCE_PREPARER, batch.programme)
    actions.take_out(batch.payments.order_by("pk")[0], reason="Asked to wait", by=preparer, at=DUE)
    stale = approver.post(batch_page(batch, "approve"), {"shown": opened.context["hidden"]["shown"]})
    assert (stale.status_code, "This changed after you opened the page" in stale.content.decode()) == (409, True)
    assert "2 payments" in stale.content.decode()
    batch.refresh_from_db()
    assert batch.state == "draft"
    again = approver.post(batch_page(batch, "approve"), {"shown": stale.context["hidden"]["shown"]}, follow=True)
    assert said(again) == ["Approved and frozen. The file can be downloaded."]


def test_anothers_change_keeps_what_was_typed() -> None:
    hold = place()
    mine, theirs = (browser(staff(hold.participation)) for _ in range(2))
    opened = mine.get(hold_page(hold, "keep"))
    theirs.post(hold_page(hold, "keep"), {"review_on": "2027-05-18"})
    stale = mine.post(hold_page(hold, "keep"), {"review_on": "2027-05-20", "shown": opened.context["hidden"]["shown"]})
    assert (stale.status_code, 'value="2027-05-20"' in stale.content.decode()) == (409, True)
    assert str(Hold.objects.get().review_on) == "2027-05-18"


def test_invalid_form_is_shown_again_with_what_was_typed() -> None:
    seat = factories.participation()
    client = browser(staff(seat))
    told = {"reason": "report", "notice": "A report is missing.", "review_on": "soon"}
    refused = client.post(reverse("admin:desk_hold", args=[seat.pk]), told)
    text = refused.content.decode()
    assert (refused.status_code, "There is a problem" in text, "A report is missing." in text) == (422, True, True)


def test_refusal_is_an_error_of_the_form_and_keeps_what_was_typed() -> None:
    hold = place()
    refused = browser(staff(hold.participation)).post(hold_page(hold, "keep"), {"review_on": "2027-05-10"})
    text = refused.content.decode()
    assert (refused.status_code, "Give a day after May 10, 2027." in text) == (422, True)
    assert 'role="alert"' in text
    assert 'value="2027-05-10"' in text


def test_second_click_lands_with_a_message_and_does_nothing() -> None:
    batch = money.draft()
    approver = browser(money.approver(batch))
    opened = approver.get(batch_page(batch, "approve")).context["hidden"]["shown"]
    answers = [approver.post(batch_page(batch, "approve"), {"shown": opened}, follow=True) for _click in range(2)]
    assert [said(answer) for answer in answers] == [
        ["Approved and frozen. The file can be downloaded."],
        ["You have already done this."],
    ]
    assert [answer.redirect_chain[-1][0] for answer in answers] == [reverse("admin:desk_batch", args=[batch.pk])] * 2
    assert said(approver.get(batch_page(batch, "approve"), follow=True)) == ["You have already done this."]


def test_who_comes_too_late_is_told_and_keeps_what_was_typed() -> None:
    hold = place()
    first, second = (browser(staff(hold.participation)) for _ in range(2))
    first.post(hold_page(hold, "lift"), {"why": "The report came"})
    late = second.post(hold_page(hold, "lift"), {"why": "Also read it"})
    text = late.content.decode()
    assert (late.status_code, "This hold is lifted already." in text, "Also read it" in text) == (422, True, True)
    assert 'type="submit">Lift hold' not in text  # a button that can only refuse
    assert OutgoingMail.objects.filter(kind="hold_lifted").count() == 1
    gone = second.get(hold_page(hold, "lift"), follow=True)
    assert said(gone) == ["This has already been done, or is no longer possible."]


def test_what_cannot_be_done_says_why_and_has_no_button() -> None:
    cohort = factories.submitted().cohort
    text = (
        browser(factories.holder(Role.MANAGER, cohort.programme))
        .get(reverse("admin:desk_release", args=[cohort.pk]))
        .content.decode()
    )
    assert "It cannot be done now" in text
    assert 'type="submit">Release all decisions' not in text


def test_language_is_switched_on_the_address_of_a_post() -> None:
    account = money.given()
    client: Client = browser(factories.holder(Role.MANAGER, account.participation.cohort.programme))
    there = reverse("admin:desk_account_number", args=[account.pk])
    switched = client.post(reverse("set_language"), {"language": "fr", "next": there}, follow=True)
    assert [address for address, _status in switched.redirect_chain] == [
        there,
        reverse("admin:desk_account", args=[account.pk]),
    ]
    assert switched.status_code == 200
