"""One row of every table with states in each of them, of the tables of money and of what a session leaves."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import models

from applications import actions as applying
from applications.models import Application, Decision, Offer, Participation, Review, ReviewAssignment, SettingsChange
from mentorship import actions as mentoring
from mentorship.actions import NewItem
from mentorship.models import ActionItem, Attendance, MentorSession, Mentorship, SessionMove, SessionNote
from payouts import actions
from payouts.models import (
    Award,
    BatchFile,
    Correction,
    Disbursement,
    Funding,
    Hold,
    LedgerAccount,
    Payment,
    PaymentBatch,
    PaymentSource,
    PayoutAccount,
    SourceChange,
    Transfer,
)
from portal.laws.transitions import move
from portal.models import OutgoingMail, Role
from tests import factories
from tests.applications import judging
from tests.factories import AT, DECIDED
from tests.mentorship import builders
from tests.payouts import money
from tests.payouts.money import DUE

LATER = DUE + timedelta(days=1)
Build = Callable[[], models.Model]
ROWS: dict[tuple[str, str], Build] = {}


def row(
    model: type[models.Model], *states: str
) -> Callable[[Callable[..., models.Model]], Callable[..., models.Model]]:
    """Register a builder of a model's row, for each of the states that it is given; one without states takes none."""

    def register(build: Callable[..., models.Model]) -> Callable[..., models.Model]:
        for state in states or ("",):
            ROWS[model._meta.db_table, state] = partial(build, state) if states else build
        return build

    return register


def moved(obj: Any, *states: str, **changes: Any) -> Any:
    """Move an object on, with what only the last of the states needs."""
    for nth, state in enumerate(states, start=1):
        move(obj, state, by=None, at=LATER, **(changes if nth == len(states) else {}))
    return obj


# --- Mail -------------------------------------------------------------------------------------------


@row(OutgoingMail, "queued", "sending", "sent", "failed", "bounced")
def mail(state: str) -> OutgoingMail:
    factories.offer()
    made = OutgoingMail.objects.filter(state="queued", secret=False).order_by("id")[0]
    way = {"queued": [], "sending": ["sending"], "sent": ["sending", "sent"], "failed": ["sending", "failed"]}
    later = {"sent": {"sent_at": LATER}}
    for step in way.get(state, ["sending", "sent", "bounced"]):
        moved(made, step, **later.get(step, {}))
    return made


# --- Applications -----------------------------------------------------------------------------------


@row(Application, "draft", "submitted", "returned", "accepted", "waitlisted", "declined", "withdrawn")
def application(state: str) -> Application:
    outcomes = {"accepted": "accept", "waitlisted": "waitlist", "declined": "decline"}
    match state:
        case "draft":
            return factories.draft()
        case "accepted" | "waitlisted" | "declined":
            decision = factories.confirmed(None, outcomes[state])
            factories.fund(decision.application.cohort)
            applying.release(decision.application.cohort, by=judging.manager_of(decision.application), at=DECIDED)
            return Application.objects.get(pk=decision.application_id)
        case "submitted":
            return factories.submitted()
    made = factories.submitted()
    if state == "returned":
        applying.return_for_information(made, "Which country?", by=judging.manager_of(made), at=AT)
    else:
        applying.withdraw(made, by=factories.founder_of(made.startup), at=AT)
    return made


@row(Decision, "proposed", "confirmed", "released", "withdrawn")
def decision(state: str) -> Decision:
    match state:
        case "proposed":
            return judging.proposed()
        case "confirmed":
            return factories.confirmed()
        case "released":
            return factories.offer().decision
    made = judging.proposed()
    applying.take_back(made, by=made.proposed_by, at=DECIDED)
    return made


@row(Offer, "open", "accepted", "declined", "lapsed", "revoked")
def offer(state: str) -> Offer:
    made = factories.offer()
    match state:
        case "accepted":
            applying.accept_offer(made, by=factories.founder_of(made.application.startup), at=DECIDED)
        case "declined":
            founder = factories.founder_of(made.application.startup)
            applying.decline_offer(made, "Other plans", by=founder, at=DECIDED)
        case "lapsed":
            applying.lapse_offer(made, at=made.expires_at)
        case "revoked":
            applying.revoke_offer(made, "A mistake", by=judging.manager_of(made.application), at=DECIDED)
    return Offer.objects.get(pk=made.pk)


@row(Participation, "onboarding", "active", "paused", "graduated", "ended", "withdrawn")
def participation(state: str) -> Participation:
    if state in ("onboarding", "withdrawn"):
        made = factories.participation(signed=False)
        return made if state == "onboarding" else moved(made, state)
    made = factories.participation()
    return made if state == "active" else moved(made, state)


@row(ReviewAssignment, "assigned", "cleared", "conflicted", "removed")
def assignment(state: str) -> ReviewAssignment:
    match state:
        case "assigned":
            return judging.assigned()
        case "cleared":
            return judging.cleared().assignment
    made = judging.assigned()
    if state == "conflicted":
        applying.declare_conflict(made, "family", "", by=made.reviewer, at=AT)
    else:
        applying.take_assignment_back(made, by=judging.manager_of(made.application), at=AT)
    return made


@row(Review, "draft", "submitted")
def review(state: str) -> Review:
    return judging.cleared() if state == "draft" else judging.reviewed()


# --- Money ------------------------------------------------------------------------------------------


@row(Award, "reserved", "committed", "closed", "freed")
def award(state: str) -> Award:
    if state in ("reserved", "freed"):
        made = Award.objects.get(offer=factories.offer())
        return made if state == "reserved" else moved(made, state)
    made = Award.objects.get(participation=factories.participation())
    return made if state == "committed" else moved(made, state)


@row(Disbursement, "scheduled", "ready", "approved", "paid", "lapsed", "cancelled")
def disbursement(state: str) -> Disbursement:
    match state:
        case "ready":
            return money.ready()
        case "approved":
            return money.approved().payments.get().disbursement
        case "paid":
            return money.settled().payments.get().disbursement
    made = Disbursement.objects.get(award__participation=factories.participation(), n=1)
    return made if state == "scheduled" else moved(made, state)


@row(Payment, "prepared", "sent", "settled", "returned", "withdrawn")
def payment(state: str) -> Payment:
    match state:
        case "sent":
            return money.sent().payments.get()
        case "settled":
            return money.settled().payments.get()
        case "returned":
            made = money.sent().payments.get()
            actions.return_payment(made, code="R06", by=None, at=LATER)
            return made
    made = money.draft().payments.get()
    if state == "withdrawn":
        actions.take_out(made, by=money.approver(made.batch), at=DUE)
    return made


@row(PaymentBatch, "draft", "approved", "frozen", "sent", "closed", "cancelled")
def batch(state: str) -> PaymentBatch:
    builds = {
        "draft": money.draft,
        "approved": money.approved,
        "frozen": money.frozen,
        "sent": money.sent,
        "closed": money.settled,
    }
    if state in builds:
        return builds[state]()
    made = money.draft()
    actions.cancel_batch(made, reason="Wrong day", by=money.approver(made), at=DUE)
    return made


@row(BatchFile)
def file() -> BatchFile:
    return BatchFile.objects.get(batch=money.frozen())


@row(PayoutAccount, "pending", "confirmed", "verified", "retired", "rejected")
def account(state: str) -> PayoutAccount:
    match state:
        case "confirmed":
            return money.confirmed()
        case "verified":
            return money.verified()
    made = money.given() if state == "pending" else money.verified()
    return made if state == "pending" else moved(made, state)


@row(Hold, "open", "kept", "lifted")
def hold(state: str) -> Hold:
    seat = factories.participation()
    programme = seat.cohort.programme
    one, other = (factories.holder(Role.MANAGER, programme) for _ in range(2))
    day = (DECIDED + timedelta(days=7)).date()
    made = actions.place_hold(seat, reason="report", notice="A report is missing.", review_on=day, by=one, at=DECIDED)
    if state == "kept":
        actions.keep_hold(made, review_on=day + timedelta(days=1), by=other, at=DECIDED)
    if state == "lifted":
        actions.lift_hold(made, why="It came", by=other, at=DECIDED)
    return made


@row(SettingsChange, "asked", "confirmed", "withdrawn")
def settings_change(state: str) -> SettingsChange:
    programme = factories.cohort().programme
    by, other = (factories.holder(Role.MANAGER, programme, name=name) for name in ("Mira Manager", "Max Manager"))
    told = {"monthly_cap_minor": programme.monthly_cap_minor, "months": 5, "cooling_off_days": 7}
    made = applying.ask_settings_change(programme, **told, reason="A shorter year", by=by, at=LATER)
    if state == "confirmed":
        applying.confirm_settings_change(made, by=other, at=LATER)
    if state == "withdrawn":
        applying.withdraw_settings_change(made, by=other, at=LATER)
    return made


@row(Correction, "asked", "confirmed", "withdrawn")
def correction(state: str) -> Correction:
    paid = money.settled().payments.get()
    by, other = factories.holder(Role.FINANCE_PREPARER, paid.batch.programme), money.approver(paid.batch)
    made = actions.ask_correction(paid, reason="The wrong row", by=by, at=LATER)
    if state == "confirmed":
        actions.confirm_correction(made, by=other, at=LATER)
    if state == "withdrawn":
        actions.withdraw_correction(made, by=other, at=LATER)
    return made


@row(PaymentSource)
def source() -> PaymentSource:
    return money.draft().source


@row(SourceChange, "asked", "confirmed", "withdrawn")
def source_change(state: str) -> SourceChange:
    told: dict[str, Any] = {
        "routing_number": money.ROUTING,
        "account_number": "55512345678",
        "account_type": "checking",
    }
    made = money.ask_change(money.draft().source, **told)
    second = factories.holder(Role.FINANCE_PREPARER, made.source.programme)
    if state == "confirmed":
        actions.confirm_source_change(made, by=second, at=LATER)
    if state == "withdrawn":
        actions.withdraw_source_change(made, by=second, at=LATER)
    return made


@row(Funding)
def funding() -> Funding:
    return Funding.objects.get(cohort=factories.participation().cohort)


@row(LedgerAccount)
def ledger_account() -> LedgerAccount:
    return LedgerAccount.objects.get(award__participation=factories.participation(), kind="committed")


@row(Transfer)
def transfer() -> Transfer:
    return Transfer.objects.get(event="commit", debit_account__award__participation=factories.participation())


# --- Mentorship -------------------------------------------------------------------------------------


@row(Mentorship, "active", "ended")
def mentorship(state: str) -> Mentorship:
    made = builders.pair()
    if state == "ended":
        mentoring.end_pairing(made, by=builders.manager(made.participation), at=builders.NOW)
    return made


@row(MentorSession, "booked", "held", "no_show", "cancelled", "cancelled_late")
def session(state: str) -> MentorSession:
    match state:
        case "booked":
            return builders.session()
        case "held":
            return builders.held()
    made = builders.session()
    by = builders.founder(made.mentorship)
    match state:
        case "no_show":
            mentoring.mark_no_show(made, by=by, at=made.ends_at)
        case "cancelled":
            mentoring.cancel(made, by=by, at=builders.NOW)
        case "cancelled_late":
            mentoring.cancel(made, reason="Ill", by=by, at=made.starts_at - timedelta(hours=1))
    return made


@row(Attendance, "booked", "held")
def attendance(state: str) -> Attendance:
    made = builders.session() if state == "booked" else builders.held()
    return Attendance.objects.get(session=made, startup=None)


@row(SessionNote)
def note() -> SessionNote:
    return SessionNote.objects.get(session=builders.held())


@row(SessionMove)
def session_move() -> SessionMove:
    made = builders.session()
    hour = builders.slots(made.mentorship)[-1]
    mentoring.reschedule(made, hour, by=builders.founder(made.mentorship), at=builders.NOW)
    return SessionMove.objects.get(session=made)


@row(ActionItem, "open", "done", "dropped")
def item(state: str) -> ActionItem:
    promised = NewItem("startup", "Collect scans", date(2027, 6, 1))
    made = ActionItem.objects.get(session=builders.held(items=[promised]))
    if state != "open":
        moved(made, state, closed_by=made.created_by, closed_at=LATER)
    return made
