"""One of everything: a startup half way through the programme, and one person for each part."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.utils import timezone

from applications import actions
from applications.documents import storage
from applications.models import Document, Participation, Question, ReviewAssignment
from demo.applications.pdf import one_page
from mentorship.actions import NewItem
from mentorship.models import MentorSession
from payouts.actions import ask_correction, confirm_correction, place_hold, settle
from payouts.models import Hold, Payment, PaymentBatch, PayoutAccount
from portal.accounts import step_up
from portal.models import AccountEvent, BulkJob, Export, JobRun, LawCheck, Role, SecondFactorReset, User
from tests import factories as f
from tests.mentorship import builders
from tests.payouts import money
from tests.stages import stage

PDF = one_page("Deck", "Slides")
PARTS = (
    "founder",
    "stranger",
    "reviewer",
    "mentor",
    "manager",
    "preparer",
    "approver",
    "auditor",
    "operator",
    "elsewhere",
)


@dataclass
class World:
    """The people by part, and the seat around which everything is."""

    people: dict[str, User | None]
    participation: Participation
    document: Document
    assignment: ReviewAssignment
    account: PayoutAccount
    batch: PaymentBatch
    held: MentorSession
    booked: MentorSession


def build() -> World:
    """Give the world, with the one document's file in its place."""
    rows: list[Any] = _rows()
    people = dict(zip(PARTS, rows, strict=False))
    made = World({"visitor": None, **people}, *rows[len(PARTS) :])
    if not default_storage.exists(made.document.stored_as):
        default_storage.save(made.document.stored_as, ContentFile(PDF))
    return made


@stage()
def _rows() -> list[models.Model]:
    """Build everything through the real acts; give the people by part, then the rest in the order of World's fields."""
    programme = f.programme()
    cohort = f.cohort(programme)
    founder, stranger = f.user("Founder"), f.user("Stranger")
    people = {
        "founder": founder,
        "stranger": stranger,
        "reviewer": f.holder(Role.REVIEWER, programme),
        "mentor": f.holder(Role.MENTOR, programme),
        "manager": f.holder(Role.MANAGER, programme),
        "preparer": f.holder(Role.FINANCE_PREPARER, programme),
        "approver": f.holder(Role.FINANCE_APPROVER, programme),
        "auditor": f.holder(Role.AUDITOR, programme),
        "operator": f.user("Operator", is_operator=True),
        "elsewhere": f.holder(Role.MANAGER, f.programme()),
    }
    f.grant(people["elsewhere"], Role.AUDITOR, f.programme())
    f.startup(stranger)
    draft = f.draft(f.startup(founder, name="Loomwork"), cohort)
    document = _document(draft)
    actions.submit(draft, by=founder, at=f.AT)
    assignment = actions.assign_reviewer(draft, people["reviewer"], cohort.phases.get(), by=people["manager"], at=f.AT)
    actions.declare_clear(assignment, by=people["reviewer"], at=f.AT)
    seat = f.participation(draft)
    batch = money.sent(money.ready(seat))
    _corrected(batch.payments.get(), people["preparer"], people["approver"])
    pair = builders.pair(seat, people["mentor"])
    held = builders.held(pair, items=[NewItem("startup", "Collect scans")])
    booked = builders.session(pair, nth=1)
    actions.invite(seat.startup, "somebody@example.org", "viewer", by=founder, at=f.DECIDED)
    account = PayoutAccount.objects.get(participation=seat)
    manager, operator = people["manager"], people["operator"]
    place_hold(
        seat, reason=Hold.Reason.values[0], notice="We ask.", review_on=date(2027, 6, 1), by=manager, at=money.DUE
    )
    step_up.ask("payout_account", seat, {}, about="Bank details", by=founder, at=money.DUE)
    step_up.ask("payout_account_confirm", account, {}, about="Bank details", by=founder, at=money.DUE)
    step_up.ask("invite_founder", seat.startup, {}, about="A founder", by=founder, at=money.DUE)
    actions.ask_settings_change(
        programme, monthly_cap_minor=1, months=6, cooling_off_days=3, reason="A trial", by=manager, at=f.AT
    )
    money.ask_change(batch.source, by=people["approver"], odfi=money.ROUTING, at=money.DUE)
    with f.act_of(operator):
        SecondFactorReset.objects.create(person=founder, reason="Known by voice", asked_by=operator, asked_at=f.AT)
    AccountEvent.objects.create(person=founder, kind=AccountEvent.Kind.REFUSED, at=f.AT)
    JobRun.objects.create(name="mail", started_at=f.AT)
    LawCheck.objects.create(checked_on=f.AT.date(), law=1, count=0, checked_at=f.AT)
    board: dict[str, Any] = {"person": manager, "table": "decisions", "place": cohort.pk, "asked_at": f.AT}
    BulkJob.objects.create(act="decline", keys=[draft.pk], versions=[""], **board)
    Export.objects.create(
        title="Ranking",
        format="csv",
        programmes=[programme.pk],
        rows=1,
        made_at=timezone.now(),
        stored_as="exports/lost.csv",
        sha256="0" * 64,
        **board,
    )
    return [*(people[part] for part in PARTS), seat, document, assignment, account, batch, held, booked]


def _corrected(payment: Payment, preparer: User, approver: User) -> None:
    """Mark a payment as paid by mistake, and put that right."""
    settle(payment, by=preparer, at=money.DUE)
    correction = ask_correction(payment, reason="The wrong row", by=preparer, at=money.DUE)
    confirm_correction(correction, by=approver, at=money.DUE)


def _document(draft: Any) -> Document:
    founder = f.founder_of(draft.startup)
    kept = storage.keep(SimpleUploadedFile("deck.pdf", PDF), by=founder)
    question = Question.objects.get(section__cohort=draft.cohort, key="deck")
    return actions.attach_document(
        draft,
        question,
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        stored_as=kept.stored_as,
        by=founder,
        at=f.AT + timedelta(hours=-1),
    )
