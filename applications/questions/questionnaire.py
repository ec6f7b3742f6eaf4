"""What a cohort asks, and what a draft says to it."""

from collections.abc import Iterator
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


def questionnaire(cohort: Cohort) -> Questionnaire:
    """Read what a cohort asks; a section without a question asks nothing."""
    sections: dict[int, tuple[Section, list[Question]]] = {}
    questions = Question.objects.filter(section__cohort=cohort).select_related("section")
    for question in questions.order_by("section__order", "section", "order", "id"):
        sections.setdefault(question.section_id, (question.section, []))[1].append(question)
    return Questionnaire(list(cohort.criteria.order_by("order", "id")), list(sections.values()))


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
    """Read what a draft says, once for all who show, judge or freeze it."""
    documents: dict[int, list[Document]] = {}
    for document in application.documents.filter(removed_at=None).select_related("uploaded_by").order_by("id"):
        documents.setdefault(document.question_id, []).append(document)
    return Contents(
        asked=asked or questionnaire(application.cohort),
        answers={answer.question_id: answer for answer in application.answers.all()},
        documents=documents,
        facts={fact.fact: fact for fact in application.facts.order_by("fact")},
    )
