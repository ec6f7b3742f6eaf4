"""An application as data: what a version freezes, and the one projection through which anybody else reads it."""

from dataclasses import dataclass
from typing import Any

from applications.models import (
    Application,
    ApplicationVersion,
    Cohort,
    Document,
    EligibilityCriterion,
    EligibilityFact,
    Question,
    Section,
)

Sections = list[tuple[Section, list[Question]]]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What a cohort asks, in the form's order. Published, it stands still: it may be read before a lock is held."""

    criteria: list[EligibilityCriterion]
    sections: Sections


def questionnaire(cohort: Cohort) -> Questionnaire:
    """Read what a cohort asks; a section without a question asks nothing."""
    sections: dict[int, tuple[Section, list[Question]]] = {}
    questions = Question.objects.filter(section__cohort=cohort).select_related("section")
    for question in questions.order_by("section__order", "section", "order", "id"):
        sections.setdefault(question.section_id, (question.section, []))[1].append(question)
    return Questionnaire(list(cohort.criteria.order_by("order", "id")), list(sections.values()))


@dataclass(frozen=True, slots=True)
class Contents:
    """What a draft says at one moment: answers and documents by question id, the form in its order, facts by name."""

    answers: dict[int, Any]
    documents: dict[int, list[Document]]
    sections: Sections
    facts: list[EligibilityFact]


def contents(application: Application, asked: Questionnaire | None = None) -> Contents:
    """Read what a draft says, once for all who judge or freeze it."""
    asked = asked or questionnaire(application.cohort)
    documents: dict[int, list[Document]] = {}
    for document in application.documents.filter(removed_at=None).order_by("id"):
        documents.setdefault(document.question_id, []).append(document)
    return Contents(
        answers=dict(application.answers.values_list("question_id", "value")),
        documents=documents,
        sections=asked.sections,
        facts=list(application.facts.order_by("fact")),
    )


def snapshot(application: Application, said: Contents | None = None) -> dict[str, Any]:
    """Give questions, answers, documents and facts of the draft as JSON-ready data, in the form's order.

    Questions go along word for word, so that a version can be read when the form has long changed.
    """
    said = said or contents(application)
    return {
        "startup": {
            "name": application.startup.name,
            "country": application.startup.country,
            "city": application.startup.city,
            "website": application.startup.website,
        },
        "sections": [
            {
                "title": section.title,
                "questions": [_question(q, said.answers.get(q.pk), said.documents.get(q.pk, [])) for q in questions],
            }
            for section, questions in said.sections
        ],
        "facts": {f.fact: {"value": f.value, "as_of": f.as_of.isoformat()} for f in said.facts},
    }


def _question(question: Question, value: Any, documents: list[Document]) -> dict[str, Any]:
    return {
        "key": question.key,
        "kind": question.kind,
        "label": question.label,
        "choices": question.choices,
        "identifies": question.identifies,
        "value": value,
        "documents": [{"id": d.pk, "name": d.name, "size": d.size, "sha256": d.sha256} for d in documents],
    }


def as_seen(version: ApplicationVersion, *, blind: bool) -> dict[str, Any]:
    """Give a version as a reviewer may see it: in a blind phase nothing that tells who it is (law 10).

    Every page, list, mail, export and search of review reads applications through this.
    """
    content: dict[str, Any] = version.content
    if not blind:
        return content
    sections = [
        {**section, "questions": [q for q in section["questions"] if not _tells_who(q)]}
        for section in content["sections"]
    ]
    return {"startup": None, "sections": sections, "facts": content["facts"]}


def known_as(application: Application, *, blind: bool) -> str:
    """Give the name under which a reviewer knows an application: its startup's, or in a blind phase its reference."""
    return application.reference if blind else application.startup.name


def _tells_who(question: dict[str, Any]) -> bool:
    """Say whether an answer tells who it is: because the programme says so, or by its nature (a link, a document)."""
    by_nature = question["kind"] in (Question.Kind.URL, Question.Kind.FILE)
    return bool(question["identifies"] or question["documents"] or by_nature)
