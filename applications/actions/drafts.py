"""Writing: from the first word of a draft to all of them, saved one by one and never lost (law 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from applications.actions.documents import attach_uploads, require_editable
from applications.models import Answer, Application, Cohort, EligibilityCriterion, EligibilityFact, Question, Startup
from applications.permissions import require_editor
from applications.questions import Asked, kind_of
from applications.questions.entries import AsSent, AsStored, Overtaken, Saved
from portal.language.dates import day_of
from portal.laws.transitions import acting, lock
from portal.models import User
from portal.refusals import Refusal


@transaction.atomic
def start_application(startup: Startup, cohort: Cohort, *, by: User, at: datetime) -> Application:
    """Start a draft, or give the one that the startup has in this cohort already.

    :raises Refusal: if the cohort takes no applications now, or by who may not edit.
    """
    require_editor(startup, by)
    lock(startup)  # two clicks, one application
    if existing := Application.objects.filter(startup=startup, cohort=cohort).first():
        return existing
    if not cohort.is_open(at):
        raise Refusal(_("This cohort does not take applications now."))
    acting(by=by, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('applications_application', 'id'))")
        key = cursor.fetchone()[0]
    return Application.objects.create(
        pk=key, startup=startup, cohort=cohort, reference=f"{cohort.code}-{key:04d}", started_by=by, started_at=at
    )


def save_draft(application: Application, sent: Sequence[AsSent], *, by: User, at: datetime) -> Saved:
    """Save what was sent into a draft; whether it can be submitted is asked at submission.

    A field that cannot be saved keeps none of the others from it.

    :raises Refusal: if the application is no draft, or by who may not edit.
    """
    uploads = [each for each in sent if kind_of(each.asked).is_document]
    values = [each for each in sent if not kind_of(each.asked).is_document]
    saved = _save_values(application, values, by=by, at=at) if values or not application.is_editable else Saved()
    return replace(saved, refused={**saved.refused, **attach_uploads(application, uploads, by=by, at=at)})


def save_answer(
    application: Application, question: Question, value: Any, *, by: User, at: datetime, seen: int | None = None
) -> Answer | None:
    """Save one answer; return it, or None where nothing is said.

    :raises Refusal: what `save_draft` returns or raises.
    """
    _save_one(application, AsSent(question, value, seen), by=by, at=at)
    return Answer.objects.filter(application=application, question=question).first()


def state_fact(
    application: Application,
    criterion: EligibilityCriterion,
    value: Any,
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> EligibilityFact | None:
    """State one fact that a criterion asks for, as of the day of the act; None takes it back.

    :raises Refusal: what `save_draft` returns or raises.
    """
    _save_one(application, AsSent(criterion, value, seen), by=by, at=at)
    return EligibilityFact.objects.filter(application=application, fact=criterion.fact).first()


def _save_one(application: Application, sent: AsSent, *, by: User, at: datetime) -> None:
    for refusal in save_draft(application, [sent], by=by, at=at).refused.values():
        raise refusal


@transaction.atomic
def _save_values(application: Application, sent: Sequence[AsSent], *, by: User, at: datetime) -> Saved:
    require_editable(application, by)
    stored = _stored(application, [each.asked for each in sent])
    refused: dict[Asked, Refusal] = {}
    changed: list[AsSent] = []
    for each in sent:
        there = stored[each.asked]
        if refusal := _refusal(each, there, by=by, at=at):
            refused[each.asked] = refusal
        elif not there.says(each.value):
            changed.append(each)
    rows = {each.asked: _row(application, each, stored[each.asked], by=by, at=at) for each in changed}
    _write(application, rows)
    return Saved(refused, stored, stored | {asked: AsStored(row) for asked, row in rows.items()})


def _stored(application: Application, asked: Sequence[Asked]) -> dict[Asked, AsStored]:
    """Read what the draft says to what is asked; who wrote it is read where somebody is told of it."""
    questions = [each for each in asked if isinstance(each, Question)]
    criteria = [each for each in asked if isinstance(each, EligibilityCriterion)]
    answers = application.answers.filter(question__in=questions) if questions else ()
    facts = application.facts.all() if criteria else ()
    by_question = {answer.question_id: answer for answer in answers}
    by_name = {fact.fact: fact for fact in facts}
    stored: dict[Asked, AsStored] = {each: AsStored(by_question.get(each.pk)) for each in questions}
    return stored | {each: AsStored(by_name.get(each.fact)) for each in criteria}


def _refusal(sent: AsSent, stored: AsStored, *, by: User, at: datetime) -> Refusal | None:
    """Return why a field is not saved: it cannot be read or kept, or what stands there was changed meanwhile."""
    if sent.refusal:
        return sent.refusal
    if words := kind_of(sent.asked).unkept(sent.value):
        return Refusal(words)
    if not stored.says(sent.value) and stored.overtook(sent, by=by, at=at):
        return Overtaken(stored, by)
    return None


def _row(
    application: Application, sent: AsSent, stored: AsStored, *, by: User, at: datetime
) -> Answer | EligibilityFact | None:
    """Return the row that keeps what was sent; None where it takes a fact back."""
    value = sent.value
    if isinstance(sent.asked, Question):
        version = stored.version + 1
        return Answer(
            application=application, question=sent.asked, value=value, version=version, saved_by=by, saved_at=at
        )
    if value is None:
        return None
    as_of = day_of(at, zone=application.cohort.programme.timezone)
    return EligibilityFact(
        application=application, fact=sent.asked.fact, value=value, as_of=as_of, stated_by=by, stated_at=at
    )


def _write(application: Application, rows: Mapping[Asked, Answer | EligibilityFact | None]) -> None:
    Answer.objects.bulk_create(
        [row for row in rows.values() if isinstance(row, Answer)],
        update_conflicts=True,
        unique_fields=["application", "question"],
        update_fields=["value", "version", "saved_by", "saved_at"],
    )
    taken_back = [asked.fact for asked, row in rows.items() if row is None and isinstance(asked, EligibilityCriterion)]
    if taken_back:
        application.facts.filter(fact__in=taken_back).delete()
    # A fact that is stated anew is no longer what somebody verified.
    EligibilityFact.objects.bulk_create(
        [row for row in rows.values() if isinstance(row, EligibilityFact)],
        update_conflicts=True,
        unique_fields=["application", "fact"],
        update_fields=["value", "as_of", "stated_by", "stated_at", "verified_by", "verified_at", "evidence"],
    )
