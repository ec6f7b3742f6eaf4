"""Every act there is, on the page that asks before it: GET, wrong words, another's change, other methods, the language."""

import html
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import resolve, reverse

import applications.desks
import mentorship.desks
import payouts.desks
from applications import actions
from applications.models import Cohort, Terms
from payouts.actions import ask_correction
from payouts.models import PaymentSource
from portal import clock
from portal.accounts import rescued_forms
from portal.desk.acts import Act
from portal.desk.bulk_act import BulkAct
from portal.desk.records import ScopedAdmin
from portal.laws.transitions import acting
from portal.models import OutgoingMail, Role, SecondFactorReset, User
from portal.outbox.queue import queue_mail
from tests import factories as f
from tests.applications import judging
from tests.marks import marks
from tests.mentorship import builders
from tests.payouts import money
from tests.payouts.test_hold_desk import place, staff
from tests.test_methods import METHODS, WORDS

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HALF = "Half a thought"
TEMPLATE = "desk/act.html"


@dataclass(frozen=True)
class Page:
    """A page that asks before an act: whose, where, and when."""

    person: User
    address: str
    at: datetime = f.AT


def desk(name: str, *args: object) -> str:
    return reverse(f"admin:desk_{name}", args=args)


def record(found: models.Model, act: str) -> str:
    return reverse(f"admin:{found._meta.app_label}_{found._meta.model_name}_act", args=[found.pk, act])


def many(table: str, place: int, act: str, **query: object) -> str:
    told = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{desk('bulk', table, place, act)}?{told}"


# --- A scene for each act -------------------------------------------------------------------------------


def released(seats: int) -> Cohort:
    """Make a released cohort with one offer and one startup on the waitlist."""
    cohort = f.cohort(seats=seats)
    f.fund(cohort)
    for outcome in ("accept", "waitlist"):
        f.confirmed(f.submitted(to=cohort), outcome)
    actions.release(cohort, by=f.holder(Role.MANAGER, cohort.programme), at=f.DECIDED)
    return cohort


def of_application(name: str) -> Callable[[], Page]:
    def scene() -> Page:
        application = f.submitted()
        manager = judging.manager_of(application)
        if name == "go_on":
            actions.return_for_information(application, "Which?", by=manager, at=f.AT)
        return Page(manager, desk(name, application.pk))

    return scene


def of_assignment() -> Page:
    assignment = judging.assigned()
    return Page(judging.manager_of(assignment.application), desk("take_back", assignment.pk))


def of_decision(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        decision = judging.proposed()
        return Page(judging.manager_of(decision.application), desk("decision_act", decision.pk, act))

    return scene


def of_release() -> Page:
    cohort = f.cohort()
    f.fund(cohort)
    f.confirmed(f.submitted(to=cohort))
    return Page(f.holder(Role.MANAGER, cohort.programme), desk("release", cohort.pk), f.DECIDED)


def of_offer() -> Page:
    offer = f.offer()
    return Page(judging.manager_of(offer.application), desk("revoke", offer.pk), f.DECIDED)


def of_waitlist() -> Page:
    cohort = released(seats=2)
    return Page(f.holder(Role.MANAGER, cohort.programme), desk("offer_next", cohort.pk), f.DECIDED)


def of_batch(make: Callable[[], Any], act: str) -> Callable[[], Page]:
    def scene() -> Page:
        batch = make()
        by = f.holder(Role.FINANCE_PREPARER, batch.programme) if act == "cancel" else money.approver(batch)
        return Page(by, desk("batch_act", batch.pk, act), money.DUE)

    return scene


def of_payment(make: Callable[[], Any], act: str) -> Callable[[], Page]:
    def scene() -> Page:
        batch = make()
        by = f.holder(Role.FINANCE_PREPARER, batch.programme)
        return Page(by, desk("payment_act", batch.payments.get().pk, act), money.DUE)

    return scene


def of_correction(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        payment = money.settled().payments.get()
        asking = f.holder(Role.FINANCE_PREPARER, payment.batch.programme)
        correction = ask_correction(payment, reason="The wrong row", by=asking, at=money.DUE + timedelta(days=5))
        by = money.approver(payment.batch)
        return Page(by, desk("correction_act", correction.pk, act), money.DUE + timedelta(days=5))

    return scene


def of_account(make: Callable[[], Any], act: str) -> Callable[[], Page]:
    def scene() -> Page:
        account = make()
        return Page(staff(account.participation), desk("account_act", account.pk, act), f.DECIDED)

    return scene


def of_hold(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        hold = place()
        return Page(staff(hold.participation), desk("hold_act", hold.pk, act), money.DUE)

    return scene


def of_seat(name: str) -> Callable[[], Page]:
    def scene() -> Page:
        seat = f.participation()
        return Page(staff(seat), desk(name, seat.pk), money.DUE)

    return scene


def of_pairing(name: str) -> Callable[[], Page]:
    def scene() -> Page:
        first = builders.pair()
        pair = builders.pair(first.participation) if name == "pairing_first" else first
        return Page(builders.manager(pair.participation), desk(name, pair.pk), builders.NOW)

    return scene


def of_session() -> Page:
    session = builders.session()
    return Page(builders.manager(session.mentorship.participation), record(session, "cancel"), builders.NOW)


def operator() -> User:
    return f.user(is_operator=True)


def of_person(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        person = f.user(is_active=act != "reopen")
        Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={})
        return Page(operator(), record(person, act))

    return scene


def of_grant(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        role, waiting = (
            (Role.FINANCE_PREPARER, {"confirmed_by": None, "confirmed_at": None})
            if act == "confirm"
            else (Role.MENTOR, {})
        )
        return Page(operator(), record(f.grant(f.user(), role, f.programme(), **waiting), act))

    return scene


def of_lost_factor() -> Page:
    person, asking = f.user(), operator()
    with f.act_of(asking):
        asked = SecondFactorReset.objects.create(person=person, reason="Voice", asked_by=asking, asked_at=f.AT)
    return Page(operator(), record(asked, "confirm"))


def mail(state: str) -> OutgoingMail:
    ada = f.user()
    queue_mail("account_exists", to=ada, about=ada, at=f.AT, context={"login_url": "/", "reset_url": "/"})
    acting(by=None, at=f.AT)
    OutgoingMail.objects.update(state="sending")
    OutgoingMail.objects.update(state=state, **({"sent_at": f.AT} if state == "sent" else {}))
    return OutgoingMail.objects.get()


def of_mail(state: str, act: str) -> Callable[[], Page]:
    return lambda: Page(operator(), record(mail(state), act))


def of_terms() -> Page:
    programme = f.programme()
    terms = Terms.objects.create(
        programme=programme, version=2, title={"en": "Terms"}, text={"en": "The startup agrees."}
    )
    return Page(f.holder(Role.MANAGER, programme), record(terms, "publish"))


def of_cohort() -> Page:
    cohort = f.cohort(publish=False)
    return Page(f.holder(Role.MANAGER, cohort.programme), record(cohort, "publish"))


def of_settings() -> Page:
    programme = f.cohort().programme
    return Page(f.holder(Role.MANAGER, programme), record(programme, "settings"))


def of_settings_change(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        programme = f.cohort().programme
        by, told = f.holder(Role.MANAGER, programme), {"monthly_cap_minor": 1, "months": 6, "cooling_off_days": 3}
        change = actions.ask_settings_change(programme, **told, reason="A trial", by=by, at=f.AT)
        return Page(f.holder(Role.MANAGER, programme), record(change, act))

    return scene


def of_budget() -> Page:
    cohort = f.cohort()
    return Page(f.holder(Role.MANAGER, cohort.programme), desk("fund", cohort.pk))


def of_source() -> Page:
    money.draft()
    source = PaymentSource.objects.get()
    return Page(f.holder(Role.FINANCE_APPROVER, source.programme), record(source, "bank"), money.DUE)


def of_source_change(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        change = money.ask_change(money.draft().source, odfi=money.ROUTING)
        return Page(f.holder(Role.FINANCE_PREPARER, change.source.programme), record(change, act), money.DUE)

    return scene


def of_board(act: str) -> Callable[[], Page]:
    def scene() -> Page:
        cohort = f.submitted().cohort
        return Page(f.holder(Role.MANAGER, cohort.programme), many("decisions", cohort.pk, act, which="all", counted=1))

    return scene


def of_ready_months() -> Page:
    month = money.ready_months(1)[0]
    programme = month.award.cohort.programme
    preparer = f.holder(Role.FINANCE_PREPARER, programme)
    [shown] = marks(preparer, "ready_months", programme.pk, [month], money.DUE)
    address = many("ready_months", programme.pk, "create", which="page", page=shown)
    return Page(preparer, address, money.DUE)


def of_mails() -> Page:
    person = operator()
    [shown] = marks(person, "portal_outgoingmail", 0, [mail("failed")])
    return Page(person, many("portal_outgoingmail", 0, "resend", row=shown))


# By the name and the button of each.
SCENES: list[tuple[str, Callable[[], Page]]] = [
    ("take-back: Unassign", of_assignment),
    ("ask: Send question", of_application("ask")),
    ("go-on: Continue without an answer", of_application("go_on")),
    ("confirm: Confirm", of_decision("confirm")),
    ("withdraw: Withdraw proposal", of_decision("withdraw")),
    ("release: Release all decisions", of_release),
    ("revoke: Revoke offer", of_offer),
    ("next: Offer to next on waitlist", of_waitlist),
    ("approve: Approve", of_batch(money.draft, "approve")),
    ("freeze: Freeze", of_batch(money.approved, "freeze")),
    ("send: Mark as sent", of_batch(money.frozen, "send")),
    ("settle: Mark all as paid", of_batch(money.sent, "settle")),
    ("cancel: Cancel batch", of_batch(money.draft, "cancel")),
    ("take-out: Remove", of_payment(money.draft, "take-out")),
    ("settle: Mark as paid", of_payment(money.sent, "settle")),
    ("return: Mark as returned", of_payment(money.sent, "return")),
    ("correct: Request correction", of_payment(money.settled, "correct")),
    ("confirm: Confirm correction", of_correction("confirm")),
    ("withdraw: Withdraw correction", of_correction("withdraw")),
    ("confirm: Confirm for the startup", of_account(money.given, "confirm")),
    ("verify: Verify", of_account(money.confirmed, "verify")),
    ("reject: Reject", of_account(money.verified, "reject")),
    ("fund: Add to the budget", of_budget),
    ("hold: Place hold", of_seat("hold")),
    ("lift: Lift hold", of_hold("lift")),
    ("keep: Extend hold", of_hold("keep")),
    ("pair: Pair", of_seat("pairing_pair")),
    ("end: End pairing", of_pairing("pairing_end")),
    ("first: Make primary mentor", of_pairing("pairing_first")),
    ("cancel: Cancel for the programme", of_session),
    ("reset-second-factor: Ask to take the lost second factor away", of_person("reset-second-factor")),
    ("close: Close the account", of_person("close")),
    ("reopen: Open the account again", of_person("reopen")),
    ("grant: Give a role", lambda: Page(operator(), reverse("admin:portal_rolegrant_list_act", args=["grant"]))),
    ("confirm: Confirm the role", of_grant("confirm")),
    ("end: End the role", of_grant("end")),
    ("confirm: Confirm, and take the second factor away", of_lost_factor),
    ("resend: Send again", of_mail("failed", "resend")),
    ("bounced: Mark as come back", of_mail("sent", "bounced")),
    ("publish: Publish", of_terms),
    ("publish: Publish", of_cohort),
    ("settings: Request change of money settings", of_settings),
    ("confirm: Confirm change", of_settings_change("confirm")),
    ("withdraw: Withdraw change", of_settings_change("withdraw")),
    ("bank: Request change of bank account or ids", of_source),
    ("confirm: Confirm change", of_source_change("confirm")),
    ("withdraw: Withdraw change", of_source_change("withdraw")),
    ("many: Confirm proposals", of_board("confirm")),
    ("many: Propose to decline", of_board("decline")),
    ("many: Create batch", of_ready_months),
    ("many: Send again", of_mails),
]


# --- What there is --------------------------------------------------------------------------------------


def called(act: Act) -> str:
    return f"{'many' if isinstance(act, BulkAct) else act.name}: {act.label}"


def acts_in(module: ModuleType) -> Iterator[Act]:
    """Give the acts that a module names, by themselves or several together."""
    for value in vars(module).values():
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,):
            if isinstance(each, Act):
                yield each


def declared() -> Counter[str]:
    """Name every act of desks and records."""
    found: dict[int, str] = {}  # a desk names what another declares
    for package in (applications.desks, payouts.desks, mentorship.desks):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            found |= {id(act): called(act) for act in acts_in(import_module(module.name))}
    records = [act for page in admin.site._registry.values() if isinstance(page, ScopedAdmin) for act in page.acts]
    return Counter([*found.values(), *map(called, records), *(f"many: {act.label}" for act in records if act.bulk)])


def test_every_act_has_its_scene() -> None:
    assert Counter(name for name, _scene in SCENES) == declared()


# --- What each page does --------------------------------------------------------------------------------


def wrong(form: forms.Form) -> tuple[dict[str, str], list[str]]:
    """Fill a form so that it is not valid; give what of it must stand in it again."""
    told, kept = {}, []
    for name, field in form.fields.items():
        told[name] = HALF
        if isinstance(field, forms.CharField) and field.max_length:
            told[name] = HALF + "!" * field.max_length
        is_secret = any(part in name for part in ("account_number", "routing_number"))
        if not isinstance(field, forms.ChoiceField | forms.ModelChoiceField | forms.BooleanField) and not is_secret:
            kept.append(told[name])
    return told, kept


@pytest.mark.parametrize(("name", "scene"), SCENES)
def test_page_of_an_act_holds_what_every_one_promises(
    name: str, scene: Callable[[], Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = scene()
    monkeypatch.setattr(clock, "now", lambda: page.at + timedelta(minutes=1))
    client = Client()
    client.force_login(page.person, backend=BACKEND)

    shown = client.get(page.address)
    assert (shown.status_code, TEMPLATE in [template.name for template in shown.templates]) == (200, True)
    assert called(shown.context["act"]) == name
    assert shown.context["is_possible"]
    hidden = {name: str(value) for name, value in shown.context["hidden"].items()}

    told, kept = wrong(shown.context["form"])
    view = resolve(urlsplit(page.address).path).func
    assert rescued_forms.is_restored(view) or not told, "what is typed is lost where the session has ended"
    stale = client.post(page.address, {**hidden, "shown": "of another page", **told})
    text = html.unescape(stale.content.decode())
    assert (stale.status_code, "Something has changed" in text) == (409, True)
    assert [words for words in kept if words not in text] == []

    if told:
        refused = client.post(page.address, {**hidden, **told})
        text = html.unescape(refused.content.decode())
        assert (refused.status_code, "There is a problem" in text or "problems" in text) == (422, True)
        assert [words for words in kept if words not in text] == []

    for method in METHODS:
        response = getattr(client, method)(page.address)
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, POST")
        assert WORDS["en"] in response.content.decode()

    switched = client.post(reverse("set_language"), {"language": "fr", "next": page.address}, follow=True)
    assert ([address for address, _status in switched.redirect_chain], switched.status_code) == ([page.address], 200)
    assert 'lang="fr"' in switched.content.decode()
    assert called(switched.context["act"]) == called(shown.context["act"])
