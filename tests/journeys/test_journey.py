"""One startup travels the whole programme, in a real browser, as each person in turn."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum
from playwright.sync_api import Page

from applications import actions
from applications.models import Application, Decision
from mentorship.models import MentorSession
from payouts.models import LedgerAccount, Transfer
from payouts.rails.nacha_reader import read
from portal import clock
from portal.models import OutgoingMail, User
from tests.journeys import steps
from tests.journeys.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Shot = Callable[[Page, str], None]


def person(part: str) -> User:
    return User.objects.get(email=address(part))


def address(part: str) -> str:
    return f"{part}@demo.tremplin.example"


def time_passes(how: str) -> None:
    """Move the demo's clock, and let what is due happen."""
    call_command("clock", how, verbosity=0)
    call_command("tick", "--all", verbosity=0)


def decide_the_others() -> None:
    """Let the two managers decide of the demo's other startups."""
    at = clock.now()
    others = Application.objects.filter(cohort__programme__slug="sirocco", state="submitted")
    for application in others.exclude(startup__name=steps.NAME):
        decision = application.decisions.exclude(state="withdrawn").first()
        if decision is None:
            decision = actions.propose(application, "decline", by=person("manager"), at=at)
        if decision.state == Decision.State.PROPOSED:
            second = "manager2" if decision.proposed_by == person("manager") else "manager"
            actions.confirm(decision, by=person(second), at=at)


def balances() -> dict[str, int]:
    """Add the startup's accounts up from its transfers, account by account."""
    mine = LedgerAccount.objects.filter(award__startup__name=steps.NAME)
    into = dict(
        Transfer.objects.filter(credit_account__in=mine)
        .values_list("credit_account__kind")
        .annotate(Sum("amount_minor"))
    )
    out = dict(
        Transfer.objects.filter(debit_account__in=mine).values_list("debit_account__kind").annotate(Sum("amount_minor"))
    )
    return {kind: into.get(kind, 0) - out.get(kind, 0) for kind in into}


def apply(visit: Visit, shot: Shot, folder: Path) -> str:
    with visit() as page:
        steps.check_eligibility(page, shot)
    with visit() as page:
        steps.sign_in(page, address("founder"))
        steps.start(page, shot)
        steps.write(page, shot, folder)
        steps.submit(page, shot)
    reference: str = Application.objects.get(startup__name=steps.NAME).reference
    assert OutgoingMail.objects.filter(kind="application_submitted", text__contains=reference).count() == 1
    return reference


def be_chosen(visit: Visit, shot: Shot, reference: str) -> None:
    with visit(address("manager")) as page:
        steps.assign(page, shot)
    with visit(address("reviewer")) as page:
        steps.review(page, reference, shot)
    with visit(address("reviewer2")) as page:
        steps.review(page, reference, None)
    with visit(address("manager")) as page:
        steps.propose(page, shot)
    decide_the_others()
    with visit(address("manager2")) as page:
        steps.confirm_and_release(page, shot)
    assert balances() == {"reserved": 3_600_000}
    with visit(address("founder")) as page:
        steps.accept_and_sign(page, shot)
        steps.give_account(page, shot)
    assert balances() == {"reserved": 0, "committed": 3_600_000}
    with visit(address("manager")) as page:
        steps.vouch(page, "Confirm", "Called the number in the application")
    with visit(address("preparer")) as page:
        steps.vouch(page, "Verify", "Bank letter of today", shot)


def be_paid(visit: Visit, shot: Shot, folder: Path) -> None:
    time_passes(Application.objects.get(startup__name=steps.NAME).participation.first_period.replace(day=8).isoformat())
    with visit(address("preparer")) as page:
        steps.prepare(page, shot)
    with visit(address("approver")) as page:
        body = steps.approve_download_and_send(page, shot, folder)
    [batch] = read(body).batches
    assert [(e.account.strip(), e.amount) for e in batch.entries] == [("000123456789", 600_000)]
    assert balances() == {"reserved": 0, "committed": 3_000_000, "payable": 0, "in_transit": 600_000}
    with visit(address("founder"), width=390) as page:
        steps.see_money(page, shot, "22-on-its-way-phone", "On its way")
    time_passes("+6d")
    assert balances() == {"reserved": 0, "committed": 3_000_000, "payable": 0, "in_transit": 0, "disbursed": 600_000}
    with visit(address("manager")) as page:
        steps.see_cohort_money(page, shot)


def meet_the_mentor(visit: Visit, shot: Shot) -> None:
    with visit(address("manager")) as page:
        steps.pair(page, shot)
    with visit(address("founder")) as page:
        steps.book(page, shot)
    invited = OutgoingMail.objects.exclude(calendar="").filter(calendar__contains="METHOD:REQUEST")
    assert set(invited.values_list("to_email", flat=True)) == {address("founder"), address("mentor")}
    time_passes(MentorSession.objects.latest("pk").ends_at.isoformat())
    with visit(address("mentor")) as page:
        steps.log(page, shot)
    with visit(address("founder")) as page:
        steps.see_log(page, shot)
        steps.see_money(page, shot, "23-paid", "Paid")
    with visit(address("founder"), width=768, dark=True) as page:
        steps.see_money(page, shot, "31-dark", "Paid")


def test_journey(demo: None, visit: Visit, shot: Shot, tmp_path: Path) -> None:
    reference = apply(visit, shot, tmp_path)
    be_chosen(visit, shot, reference)
    be_paid(visit, shot, tmp_path)
    meet_the_mentor(visit, shot)
