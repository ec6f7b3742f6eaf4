"""What a cohort asks, and what a draft says to it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What a cohort asks, in the form's order. Published, it stands still: it may be read before a lock is held."""

    criteria: list[EligibilityCriterion]
    sections: list[tuple[Section, list[Question]]]

    def questions(self) -> Iterator[Question]:
        return (question for _section, questions in self.sections for question in questions)

    def everything(self) -> Iterator[Asked]:
        yield from self.criteria
        yield from self.questions()


def questionnaire(cohort: Cohort, *, only: Collection[str] | None = None) -> Questionnaire:
    """Read what a cohort asks; a section without a question asks nothing.

    :param only: names of form fields, where no more is wanted of it than what they ask.
    """
    sections: dict[int, tuple[Section, list[Question]]] = {}
    questions, criteria = Question.objects.filter(section__cohort=cohort), cohort.criteria.order_by("order", "id")
    facts = _without("fact-", only or ())
    if only is not None:
        questions = questions.filter(pk__in=posted_ids(_without("answer-", only)))
        criteria = criteria.filter(fact__in=facts)
    for question in questions.select_related("section").order_by("section__order", "section", "order", "id"):
        sections.setdefault(question.section_id, (question.section, []))[1].append(question)
    has_criteria = only is None or facts  # none at all are not worth a query, which Django puts together all the same
    return Questionnaire(list(criteria) if has_criteria else [], list(sections.values()))


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
            for q in self.asked.questions()
        }
        return {key: words for key, words in found.items() if words}


def contents(application: Application, asked: Questionnaire | None = None) -> Contents:
    """Read what a draft says to what is asked, once for all who show, judge or freeze it."""
    asked = asked or questionnaire(application.cohort)
    questions = list(asked.questions())
    with_documents = [question for question in questions if kind_of(question).is_document]
    attached = application.documents.filter(question__in=with_documents, removed_at=None)
    documents: dict[int, list[Document]] = {}
    for document in attached.select_related("uploaded_by").order_by("id"):
        documents.setdefault(document.question_id, []).append(document)
    facts = application.facts.filter(fact__in=[criterion.fact for criterion in asked.criteria])
    return Contents(
        asked=asked,
        answers={row.question_id: row for row in application.answers.filter(question__in=questions)},
        documents=documents,
        facts={fact.fact: fact for fact in facts.order_by("fact")},
    )
