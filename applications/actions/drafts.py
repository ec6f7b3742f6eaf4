"""Writing: from the first word of a draft to all of them, saved one by one and never lost (law 9)."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from applications import rules
from applications.actions.startups import require_editor
from applications.models import (
    Answer,
    Application,
    Cohort,
    Document,
    EligibilityCriterion,
    EligibilityFact,
    Question,
    Startup,
)
from portal.language.dates import day_of
from portal.laws.transitions import acting, lock
from portal.models import User
from portal.refusals import Refusal

Asked = Question | EligibilityCriterion

MOST_DOCUMENTS = 5
SAME_HAND = timedelta(seconds=20)


class Overtaken(Refusal):
    """The answer was changed meanwhile, by somebody else or in another window.

    `answer` is what stands there: an answer, a fact, or None where a fact was taken back; who did that is not kept.
    """

    def __init__(self, answer: Answer | EligibilityFact | None, by: User) -> None:
        super().__init__(self._words(answer, by))
        self.answer = answer

    @staticmethod
    def _words(answer: Answer | EligibilityFact | None, by: User) -> str:
        if answer is None:
            return _("This answer was taken back meanwhile.")
        who, _at = _hand(answer)
        if who == by:
            return _("You changed this answer in another window.")
        return _("%(who)s changed this answer meanwhile.") % {"who": who}


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


@transaction.atomic
def save_draft(
    application: Application,
    written: Mapping[Asked, Any],
    *,
    by: User,
    at: datetime,
    seen: Mapping[Asked, int] | None = None,
) -> dict[Asked, Refusal]:
    """Save answers and facts as they were written; whether they can be submitted is asked at submission.

    One that cannot be saved keeps none of the others from it.

    :param written: values by question and criterion; a fact that is None is taken back.
    :param seen: the version of each answer and fact that the writer saw (0 for none); another one is not overwritten.
    :return: why, for each that was not saved.
    :raises Refusal: if the application is no draft, or by who may not edit.
    """
    _require_editable(application, by)
    answers = {asked: value for asked, value in written.items() if isinstance(asked, Question)}
    facts = {asked: value for asked, value in written.items() if isinstance(asked, EligibilityCriterion)}
    return {
        **(_save_answers(application, answers, seen or {}, by=by, at=at) if answers else {}),
        **(_state_facts(application, facts, seen or {}, by=by, at=at) if facts else {}),
    }


def save_answer(
    application: Application, question: Question, value: Any, *, by: User, at: datetime, seen: int | None = None
) -> Answer | None:
    """Save one answer; give it, or None where nothing is said.

    :raises Refusal: what `save_draft` gives or raises.
    """
    refused = save_draft(application, {question: value}, by=by, at=at, seen={} if seen is None else {question: seen})
    if question in refused:
        raise refused[question]
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

    :raises Refusal: what `save_draft` gives or raises.
    """
    refused = save_draft(application, {criterion: value}, by=by, at=at, seen={} if seen is None else {criterion: seen})
    if criterion in refused:
        raise refused[criterion]
    return EligibilityFact.objects.filter(application=application, fact=criterion.fact).first()


def _save_answers(
    application: Application, values: Mapping[Question, Any], seen: Mapping[Asked, int], *, by: User, at: datetime
) -> dict[Asked, Refusal]:
    refused: dict[Asked, Refusal] = {}
    new, changed = [], []
    stored = {
        answer.question_id: answer
        for answer in Answer.objects.filter(application=application, question__in=values).select_related("saved_by")
    }
    for question, value in values.items():
        answer = stored.get(question.pk)
        if len(json.dumps(value, ensure_ascii=False)) > 8 * question.max_length + 2000:
            words = _("This text is far too long to be kept: at most %(n)d characters.")
            refused[question] = Refusal(words % {"n": question.max_length})
        elif answer is None:
            if not rules.is_blank(value):
                new.append(Answer(application=application, question=question, value=value, saved_by=by, saved_at=at))
        elif answer.value == value:
            continue
        elif _overtaken(answer, seen.get(question), by=by, at=at):
            refused[question] = Overtaken(answer, by)
        else:
            answer.value, answer.version, answer.saved_by, answer.saved_at = value, answer.version + 1, by, at
            changed.append(answer)
    Answer.objects.bulk_create(new)
    Answer.objects.bulk_update(changed, ["value", "version", "saved_by", "saved_at"])
    return refused


def _overtaken(answer: Answer | EligibilityFact | None, seen: int | None, *, by: User, at: datetime) -> bool:
    if seen is None or seen == (answer.version if answer else 0):
        return False
    if answer is None:
        return True
    # What one saved oneself a moment ago was sent by the same page, which has not heard of it yet.
    who, saved_at = _hand(answer)
    return who != by or at - saved_at > SAME_HAND


def _hand(answer: Answer | EligibilityFact) -> tuple[User, datetime]:
    """Give who wrote what stands there, and when."""
    if isinstance(answer, EligibilityFact):
        return answer.stated_by, answer.stated_at
    return answer.saved_by, answer.saved_at


def _state_facts(
    application: Application,
    values: Mapping[EligibilityCriterion, Any],
    seen: Mapping[Asked, int],
    *,
    by: User,
    at: datetime,
) -> dict[Asked, Refusal]:
    refused: dict[Asked, Refusal] = {}
    taken_back, stated = [], []
    stored = {fact.fact: fact for fact in application.facts.select_related("stated_by")}
    for criterion, value in values.items():
        fact = stored.get(criterion.fact)
        if value is not None and not rules.fits(criterion.kind, value):
            words = _("This value does not fit the question “%(question)s”.")
            refused[criterion] = Refusal(words % {"question": criterion})
        elif value == (fact.value if fact else None):
            continue
        elif _overtaken(fact, seen.get(criterion), by=by, at=at):
            refused[criterion] = Overtaken(fact, by)
        elif value is None:
            taken_back.append(criterion.fact)
        else:
            stated.append(
                EligibilityFact(
                    application=application,
                    fact=criterion.fact,
                    value=value,
                    as_of=day_of(at, zone=application.cohort.programme.timezone),
                    stated_by=by,
                    stated_at=at,
                )
            )
    if taken_back:
        application.facts.filter(fact__in=taken_back).delete()
    # A fact that is stated anew is no longer what somebody verified.
    EligibilityFact.objects.bulk_create(
        stated,
        update_conflicts=True,
        unique_fields=["application", "fact"],
        update_fields=["value", "as_of", "stated_by", "stated_at", "verified_by", "verified_at", "evidence"],
    )
    return refused


@transaction.atomic
def attach_document(
    application: Application,
    question: Question,
    *,
    name: str,
    size: int,
    sha256: str,
    stored_as: str,
    by: User,
    at: datetime,
) -> Document:
    """Bind stored bytes to a question; the same bytes twice are one document.

    :param stored_as: key in the private storage; `applications.documents.storage.keep` checked and wrote it before.
    :raises Refusal: if the application is not a draft, or the question has many documents already.
    """
    _require_editable(application, by)
    there = Document.objects.filter(application=application, question=question, removed_at=None)
    if same := there.filter(sha256=sha256).first():
        return same
    if there.count() >= MOST_DOCUMENTS:
        raise Refusal(
            _("There are %(n)d documents here already. Remove one before you add another.") % {"n": MOST_DOCUMENTS}
        )
    return Document.objects.create(
        application=application,
        question=question,
        name=name,
        content_type="application/pdf",
        size=size,
        sha256=sha256,
        stored_as=stored_as,
        uploaded_by=by,
        uploaded_at=at,
    )


@transaction.atomic
def remove_document(document: Document, *, by: User, at: datetime) -> None:
    """Take a document out of the draft; its row stays as a trace.

    :raises Refusal: if the application is not a draft.
    """
    _require_editable(document.application, by)
    Document.objects.filter(pk=document.pk, removed_at=None).update(removed_at=at)


def _require_editable(application: Application, by: User) -> None:
    require_editor(application.startup, by)
    lock(application)
    if not application.is_editable:
        raise Refusal(_("This application is submitted and can no longer be changed."))
