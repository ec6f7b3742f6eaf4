"""An application as data: what a version freezes, and the one projection through which anybody else reads it."""

from typing import Any

from django.utils.translation import gettext as _

from applications.models import Application, ApplicationVersion, Document, EligibilityCriterion, Question
from applications.questions import KINDS, kind_of
from applications.questions.questionnaire import Contents, contents


def snapshot(application: Application, said: Contents | None = None) -> dict[str, Any]:
    """Return questions, answers, documents and facts of the draft as JSON-ready data, in the form's order.

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
                "questions": [_question(q, said.stored(q).value, said.attached(q)) for q in questions],
            }
            for section, questions in said.asked.sections
        ],
        "facts": {fact: {"value": row.value, "as_of": row.as_of.isoformat()} for fact, row in said.facts.items()},
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
    """Return a version as a reviewer may see it: in a blind phase nothing that tells who it is (law 10).

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
    """Return the name under which a reviewer knows an application: its startup's, or in a blind phase its reference."""
    return application.reference if blind else application.startup.name


def _tells_who(question: dict[str, Any]) -> bool:
    """Return whether an answer tells who it is: as the programme says, or by its nature (a link, a document)."""
    return bool(question["identifies"] or question["documents"] or KINDS[question["kind"]].tells_who)


def answer_words(question: dict[str, Any]) -> str:
    """Return a frozen answer in the reader's language."""
    asked = Question(kind=question["kind"], choices=question["choices"])
    return kind_of(asked).show(question["value"])


def fact_words(value: Any, criterion: EligibilityCriterion | None) -> str:
    """Return a fact in the reader's language; as it stands where its cohort no longer asks for it."""
    if criterion is None:
        return _("No answer") if value is None else str(value)
    return kind_of(criterion).show(value)
