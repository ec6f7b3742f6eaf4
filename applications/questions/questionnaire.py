"""What a cohort asks, and what a draft says to it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from applications.models import (
    Answer,
    Application,
    Cohort,
    Document,
    EligibilityCriterion,
    EligibilityFact,
    Question,
    Section,
)
from applications.questions import kind_of
from applications.questions.base import Asked
from applications.questions.entries import AsStored
from portal.forms import posted_ids


@dataclass(frozen=True)
class Questionnaire:
    """What a cohort asks, in the form's order. Published, it stands still: it may be read before a lock is held."""

    criteria: list[EligibilityCriterion]
    questions: list[Question]

    @cached_property
    def sections(self) -> list[tuple[Section, list[Question]]]:
        """Group the questions as the form shows them; a section without a question asks nothing."""
        return [(section, list(asked)) for section, asked in groupby(self.questions, attrgetter("section"))]

    def everything(self) -> Iterator[Asked]:
        yield from self.criteria
        yield from self.questions


def questionnaire(cohort: Cohort) -> Questionnaire:
    """Read what a cohort asks."""
    questions = Question.objects.filter(section__cohort=cohort).select_related("section")
    return Questionnaire(
        list(cohort.criteria.order_by("order", "id")),
        list(questions.order_by("section__order", "section", "order", "id")),
    )


def questionnaire_of(cohort: Cohort, names: Collection[str]) -> Questionnaire:
    """Read no more of what a cohort asks than the named fields of its form, in no order and without their sections."""
    facts = _without("fact-", names)
    keys = posted_ids(_without("answer-", names))
    # None at all are not worth a query, which Django puts together all the same.
    return Questionnaire(
        list(cohort.criteria.filter(fact__in=facts)) if facts else [],
        list(Question.objects.filter(section__cohort=cohort, pk__in=keys)) if keys else [],
    )


def _without(prefix: str, names: Collection[str]) -> list[str]:
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a draft says at one moment: answers and documents by question id, facts by name."""

    asked: Questionnaire
    answers: dict[int, Answer]
    documents: dict[int, list[Document]]
    facts: dict[str, EligibilityFact]

    def stored(self, asked: Asked) -> AsStored:
        """Return what it says to one question or criterion."""
        row = self.facts.get(asked.fact) if isinstance(asked, EligibilityCriterion) else self.answers.get(asked.pk)
        return AsStored(row)

    def attached(self, question: Question) -> list[Document]:
        return self.documents.get(question.pk, [])

    def problems(self) -> dict[int, str]:
        """Return what keeps the answers from being submitted, by question id, in the form's order."""
        found = {
            q.pk: kind_of(q).problem(self.stored(q).value, documents=len(self.attached(q)))
            for q in self.asked.questions
        }
        return {key: words for key, words in found.items() if words}


def contents(application: Application, asked: Questionnaire | None = None) -> Contents:
    """Read what a draft says to what is asked, once for all who show, judge or freeze it."""
    asked = asked or questionnaire(application.cohort)
    with_documents = [question for question in asked.questions if kind_of(question).is_document]
    attached = application.documents.filter(question__in=with_documents, removed_at=None)
    documents: dict[int, list[Document]] = {}
    for document in attached.select_related("uploaded_by").order_by("id"):
        documents.setdefault(document.question_id, []).append(document)
    facts = application.facts.filter(fact__in=[criterion.fact for criterion in asked.criteria])
    return Contents(
        asked=asked,
        answers={row.question_id: row for row in application.answers.filter(question__in=asked.questions)},
        documents=documents,
        facts={fact.fact: fact for fact in facts.order_by("fact")},
    )
