"""Startups that applied before the newcomer came: written, submitted, judged and proposed for through the real acts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from applications import actions
from applications.documents import storage
from applications.models import Application, Cohort, Membership, Question, Review, ReviewAssignment, Startup
from demo.applications import people
from demo.applications.pdf import one_page
from portal.models import User

Data = Mapping[str, Any]

ASSIGNED_AGO = timedelta(hours=30)
JUDGED_AGO = timedelta(hours=6)
PROPOSED_AGO = timedelta(hours=3)
DETAILS = ("name", "legal_name", "country", "city", "website", "description")


def play(data: Data, cohort: Cohort, cast: Mapping[str, User], at: datetime) -> None:
    """Let one startup live until today: founders, application, reviews, and what a manager proposes."""
    started_at = at + timedelta(days=data["started"])
    startup = _found(data, started_at)
    application = _write(startup, cohort, data, started_at)
    if "submitted" not in data:
        return
    actions.submit(application, by=startup.created_by, at=at + timedelta(days=data["submitted"]))
    for row in data.get("reviews", []):
        _review(application, row, reviewer=cast[row["by"]], manager=cast["manager"], at=at)
    if proposal := data.get("proposal"):
        _propose(application, proposal, by=cast["manager"], at=at - PROPOSED_AGO)


def _found(data: Data, at: datetime) -> Startup:
    """Make a startup and its founders: accounts without a password, which nobody signs in with."""
    founders = [User(**{"language": "en", "joined_at": at} | row) for row in data["founders"]]
    for founder in founders:
        founder.set_unusable_password()
    people.save(founders)
    first, *others = founders
    startup = actions.create_startup(by=first, at=at, **{name: data[name] for name in DETAILS if name in data})
    for other in others:
        Membership.objects.create(startup=startup, person=other, role=Membership.Role.FOUNDER, joined_at=at)
    return startup


def _write(startup: Startup, cohort: Cohort, data: Data, at: datetime) -> Application:
    by = startup.created_by
    application = actions.start_application(startup, cohort, by=by, at=at)
    criteria = {criterion.fact: criterion for criterion in cohort.criteria.all()}
    for fact, value in data["facts"].items():
        actions.state_fact(application, criteria[fact], value, by=by, at=at)
    questions = {question.key: question for question in Question.objects.filter(section__cohort=cohort)}
    for key, value in data["answers"].items():
        actions.save_answer(application, questions[key], value, by=by, at=at)
    if name := data.get("document"):
        slides = next(question for question in questions.values() if question.kind == Question.Kind.FILE)
        _attach(application, slides, name, by=by, at=at)
    return application


def _attach(application: Application, question: Question, name: str, *, by: User, at: datetime) -> None:
    lines = (application.startup.name, application.startup.description)
    upload = SimpleUploadedFile(name, one_page(*lines), content_type="application/pdf")
    kept = storage.keep(upload, by=by)
    actions.attach_document(
        application,
        question,
        name=kept.name,
        size=kept.size,
        sha256=kept.sha256,
        stored_as=kept.stored_as,
        by=by,
        at=at,
    )


def _review(application: Application, row: Data, *, reviewer: User, manager: User, at: datetime) -> None:
    """Go as far as the data say: assigned, in conflict, begun, or submitted."""
    phase = application.cohort.phases.order_by("opens_at", "id")[0]
    assignment = actions.assign_reviewer(application, reviewer, phase, by=manager, at=at - ASSIGNED_AGO)
    at -= JUDGED_AGO
    if kind := row.get("conflict"):
        actions.declare_conflict(assignment, kind, "", by=reviewer, at=at)
    elif "points" in row:
        review = _judge(assignment, row, by=reviewer, at=at)
        if not row.get("draft"):
            actions.submit_review(review, by=reviewer, at=at)


def _judge(assignment: ReviewAssignment, row: Data, *, by: User, at: datetime) -> Review:
    review = actions.declare_clear(assignment, by=by, at=at)
    rubric = assignment.application.cohort.rubric.order_by("order", "id")
    actions.save_review(
        review,
        points=dict(zip(rubric, row["points"], strict=True)),
        recommendation=row.get("recommendation", ""),
        comment=row.get("comment", ""),
        feedback=row.get("feedback", ""),
        by=by,
        at=at,
    )
    return review


def _propose(application: Application, proposal: Data, *, by: User, at: datetime) -> None:
    cohort = application.cohort
    given: dict[str, Any] = {}
    if proposal["outcome"] != "decline":
        given = {
            "months": cohort.programme.months,
            "monthly_cap_minor": cohort.programme.monthly_cap_minor,
            "first_period": cohort.first_period,
        }
    actions.propose(application, by=by, at=at, **given, **proposal)
